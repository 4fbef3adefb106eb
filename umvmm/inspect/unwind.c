// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unwind.c - the guest kernel's stacks, by its own ORC tables.
 *
 * Must hold: tables and stack come from the guest. Nothing is reached but by
 * guestmem_read_kernel(), and who calls unwind_next() counts the frames.
 */
#include "unwind.h"

#include <string.h>

#include "returns.h"

#define IRET_FRAME_AT offsetof(struct pt_regs, ip)
#define USER_MODE     3u

enum { ORC_UNDEFINED, ORC_PREV_SP, ORC_DX, ORC_DI, ORC_BP, ORC_SP, ORC_R10, ORC_R13,
       ORC_BP_INDIRECT, ORC_SP_INDIRECT };
enum { TYPE_CALL, TYPE_REGS, TYPE_REGS_PARTIAL };

struct orc_entry {
	int16_t sp_offset, bp_offset;
	unsigned int sp_reg : 4, bp_reg : 4, type : 2, end : 1;
} __attribute__((packed));
_Static_assert(sizeof(struct orc_entry) == 6, "arch/x86/include/asm/orc_types.h");

/* What code with frame pointers would have: the kernel's orc_fp_entry. */
static const struct orc_entry frame_pointer = {
	.sp_reg = ORC_BP, .sp_offset = 16, .bp_reg = ORC_PREV_SP, .bp_offset = -16,
};
/* Somebody has called a null pointer. */
static const struct orc_entry null_call = { .sp_reg = ORC_SP, .sp_offset = 8 };

static bool get(const struct unwind *u, uint64_t va, uint64_t *value)
{
	return guestmem_read_kernel(&u->guest->mem, va, value, sizeof(*value)) == 0;
}

/* The last of COUNT entries whose address is not above IP: each holds its distance to it. */
static bool search(const struct guestmem *mem, uint64_t ips, uint64_t orcs, uint32_t count,
		   uint64_t ip, struct orc_entry *entry)
{
	uint32_t low = 0, high = count, found = 0;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		uint64_t at = ips + 4ull * mid;
		int32_t distance;

		if (guestmem_read_kernel(mem, at, &distance, sizeof(distance)) < 0)
			return false;
		if (at + (uint64_t)(int64_t)distance <= ip) {
			found = mid;
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return count && guestmem_read_kernel(mem, orcs + found * sizeof(*entry), entry,
					     sizeof(*entry)) == 0;
}

static bool find(const struct unwind *u, uint64_t ip, struct orc_entry *entry)
{
	const struct linux_guest *l = u->guest;
	const struct image *image = &l->mem.image;
	const struct module *m = modules_at(&l->modules, ip);

	if (m)
		return m->orc && search(&l->mem, m->orc_ip, m->orc, m->orcs, ip, entry);
	return l->orc && ip >= image->virt && ip - image->virt < image->end - image->start &&
	       search(&l->mem, l->orc_ip, l->orc, l->orcs, ip, entry);
}

/* A register of the frame: known whole, or from the one before where only IRET's is new. */
static bool from_regs(const struct unwind *u, size_t field, uint64_t *value)
{
	const struct pt_regs *regs;

	if (u->known == REGS_FULL)
		regs = &u->regs;
	else if (u->known == REGS_IRET && u->prev_known == REGS_FULL)
		regs = &u->prev_regs;
	else
		return false;
	memcpy(value, (const char *)regs + field, sizeof(*value));
	return true;
}

static bool previous_sp(const struct unwind *u, const struct orc_entry *orc, uint64_t *sp)
{
	const uint64_t offset = (uint64_t)(int64_t)orc->sp_offset;

	switch (orc->sp_reg) {
	case ORC_SP:
		*sp = u->sp + offset;
		return true;
	case ORC_BP:
		*sp = u->bp + offset;
		return true;
	case ORC_SP_INDIRECT:
		if (!get(u, u->sp, sp))
			return false;
		*sp += offset;
		return true;
	case ORC_BP_INDIRECT:
		return get(u, u->bp + offset, sp);
	case ORC_R10:
		return from_regs(u, offsetof(struct pt_regs, r10), sp);
	case ORC_R13:
		return from_regs(u, offsetof(struct pt_regs, r13), sp);
	case ORC_DI:
		return from_regs(u, offsetof(struct pt_regs, di), sp);
	case ORC_DX:
		return from_regs(u, offsetof(struct pt_regs, dx), sp);
	default:
		return false;
	}
}

static bool previous_bp(struct unwind *u, const struct orc_entry *orc, uint64_t sp)
{
	uint64_t bp;

	switch (orc->bp_reg) {
	case ORC_UNDEFINED:
		if (from_regs(u, offsetof(struct pt_regs, bp), &bp))
			u->bp = bp;
		return true;
	case ORC_PREV_SP:
		return get(u, sp + (uint64_t)(int64_t)orc->bp_offset, &u->bp);
	case ORC_BP:
		return get(u, u->bp + (uint64_t)(int64_t)orc->bp_offset, &u->bp);
	default:
		return false;
	}
}

/* What an interrupt or exception has pushed: all of pt_regs, or what IRET takes. */
static bool enter_regs(struct unwind *u, uint64_t sp, bool full)
{
	const size_t at = full ? 0 : IRET_FRAME_AT;

	/* registers that IRET's frame does not have are those of the frame before */
	if (u->known != REGS_IRET) {
		u->prev_regs = u->regs;
		u->prev_known = u->known;
	}
	if (guestmem_read_kernel(&u->guest->mem, sp, (char *)&u->regs + at, sizeof(u->regs) - at) < 0)
		return false;
	if (full)
		u->prev_known = REGS_NONE;
	u->known = full ? REGS_FULL : REGS_IRET;
	u->ip = u->regs.ip;
	u->sp = u->regs.sp;
	u->exact = true;
	u->user = (u->regs.cs & USER_MODE) == USER_MODE;
	return true;
}

/*
 * An address to return to that no call has left there, a function's first: where a new task
 * begins, and a tracer's of which the task does not say what it stands for.
 */
static bool not_called(const struct unwind *u)
{
	return linux_begins(u->guest, u->ip, "ret_from_fork") ||
	       returns_replaced(u->guest, u->ip);
}

static bool return_address(struct unwind *u, uint64_t at)
{
	uint64_t original;

	if (!get(u, at, &u->ip))
		return false;
	if (u->task && returns_replaced(u->guest, u->ip) &&
	    returns_original(u->guest, u->task, at, &original))
		u->ip = original;
	u->exact = not_called(u);
	return true;
}

bool unwind_next(struct unwind *u)
{
	struct orc_entry orc;
	uint64_t sp, before = u->sp;

	if (u->user)
		return false;
	if (u->ip == 0) {
		orc = null_call;
	} else if (!find(u, u->exact ? u->ip : u->ip - 1, &orc)) {
		orc = frame_pointer;
		u->unsure = true;
	}
	if (orc.sp_reg == ORC_UNDEFINED || !previous_sp(u, &orc, &sp))
		return false;
	switch (orc.type) {
	case TYPE_CALL:
		u->known = u->prev_known = REGS_NONE;
		u->sp = sp;
		if (sp == before || !return_address(u, sp - 8) || !previous_bp(u, &orc, sp))
			return false;
		/* where kernel threads begin, and nobody has called them */
		return u->ip != 0;
	case TYPE_REGS:
	case TYPE_REGS_PARTIAL:
		return enter_regs(u, sp, orc.type == TYPE_REGS) && previous_bp(u, &orc, sp);
	default:
		return false;
	}
}

void unwind_from_regs(struct unwind *u, const struct linux_guest *l, const struct task *task,
		      const struct pt_regs *regs)
{
	*u = (struct unwind){ .guest = l, .task = task, .ip = regs->ip, .sp = regs->sp,
			      .bp = regs->bp, .exact = true, .regs = *regs, .known = REGS_FULL,
			      .user = (regs->cs & USER_MODE) == USER_MODE };
}

int unwind_from_task(struct unwind *u, const struct linux_guest *l, const struct task *task)
{
	const uint64_t sp = task->sp;
	uint64_t bp, ret, size;

	*u = (struct unwind){ .guest = l, .task = task };
	if (!layout_get(&l->layout, "OFFSET(inactive_task_frame.bp)", &bp) ||
	    !layout_get(&l->layout, "OFFSET(inactive_task_frame.ret_addr)", &ret) ||
	    !layout_get(&l->layout, "SIZE(inactive_task_frame)", &size) ||
	    !get(u, sp + bp, &u->bp) || !return_address(u, sp + ret))
		return -1;
	u->sp = sp + size;
	return 0;
}
