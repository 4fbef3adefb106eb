// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * breaks.c - breakpoints and watchpoints.
 *
 * Runs: in the tracer.
 *
 * An INT3 is in guest physical memory, so in every address space and every vCPU at
 * once. The monitor knows by a table that it is not the guest's own. Hardware
 * breakpoints are virtual addresses, which each process of a vCPU puts in force before
 * it runs (monitor/cpu/debug.c). Where the host has no debug registers for us the monitor
 * watches these addresses all the same (monitor/debugger/watch.c); a breakpoint is an INT3, too, where
 * its page is mapped when it is set: that costs nothing until it is met.
 *
 * Must hold: no vCPU runs while anything of this changes.
 */
#include "state.h"

#include <errno.h>
#include <string.h>

#include <tracer/ptrace/breakpoint.h>

#define INT3 0xcc

static uint64_t pa_of(const struct soft_break *b)
{
	return b->pa & SOFT_PA;
}

/* The first that is at PA or behind it. */
static unsigned int find(const struct target *t, uint64_t pa)
{
	unsigned int low = 0, high = t->soft_count;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (pa_of(&t->soft[mid]) < pa)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_at(const struct target *t, unsigned int i, uint64_t pa)
{
	return i < t->soft_count && pa_of(&t->soft[i]) == pa;
}

/* One that was asked for as OF says: 0 as TARGET_SOFT, SOFT_HW as TARGET_EXECUTE. */
static bool is_this(const struct soft_break *b, uint64_t va, uint64_t of)
{
	return b->va == va && (b->pa & SOFT_HW) == of;
}

bool target_soft_at(const struct target *t, uint64_t va)
{
	for (unsigned int i = 0; i < t->soft_count; i++)
		if (is_this(&t->soft[i], va, 0))
			return true;
	return false;
}

bool target_execute_at(const struct target *t, uint64_t va)
{
	for (unsigned int n = 0; n < HW_BREAKS; n++)
		if (t->hw[n].used && t->hw[n].kind == TARGET_EXECUTE && t->hw[n].va == va)
			return true;
	return false;
}

void target_hide_breaks(const struct target *t, uint64_t pa, uint8_t *buf, size_t len)
{
	for (unsigned int i = find(t, pa); i < t->soft_count; i++) {
		uint64_t at = pa_of(&t->soft[i]) - pa;

		if (at >= len)
			break;
		if (buf[at] == INT3)
			buf[at] = SOFT_BYTE(t->soft[i].pa);
	}
}

static void set_byte(struct soft_break *b, uint8_t byte)
{
	b->pa = (b->pa & (SOFT_PA | SOFT_HW)) | (uint64_t)byte << 56;
}

static void publish(struct target *t)
{
	memcpy(t->shared->soft, t->soft, t->soft_count * sizeof(t->soft[0]));
	t->shared->soft_count = t->soft_count;
}

void target_keep_breaks(struct target *t, uint64_t pa, uint8_t *buf, size_t len)
{
	bool any = false;

	for (unsigned int i = find(t, pa); i < t->soft_count; i++) {
		uint64_t at = pa_of(&t->soft[i]) - pa;

		if (at >= len)
			break;
		/* others may be at the same place, where we have put an INT3 already */
		if (i && is_at(t, i - 1, pa + at))
			set_byte(&t->soft[i], SOFT_BYTE(t->soft[i - 1].pa));
		else
			set_byte(&t->soft[i], buf[at]);
		buf[at] = INT3;
		any = true;
	}
	if (any)
		publish(t);
}

static int insert_soft(struct target *t, unsigned int vcpu, uint64_t va, uint64_t of)
{
	uint8_t *byte, own;
	unsigned int i;
	uint64_t pa;

	if (target_translate(t, vcpu, va, &pa) < 0)
		return -EFAULT;
	byte = physmem_range(&t->mem, pa, 1);
	if (!byte)
		return -EFAULT;
	own = *byte;
	for (i = find(t, pa); is_at(t, i, pa); i++) {
		if (is_this(&t->soft[i], va, of))
			return 0;
		own = SOFT_BYTE(t->soft[i].pa);
	}
	if (t->soft_count == SOFT_BREAKS)
		return -ENOSPC;
	memmove(&t->soft[i + 1], &t->soft[i], (t->soft_count - i) * sizeof(t->soft[0]));
	t->soft[i] = (struct soft_break){ .va = va, .pa = pa | of };
	set_byte(&t->soft[i], own);
	t->soft_count++;
	publish(t);
	*byte = INT3;
	return 0;
}

/* The guest may have written there meanwhile: then it is not our INT3 any more. */
static void remove_soft_at(struct target *t, unsigned int i)
{
	uint64_t pa = pa_of(&t->soft[i]);
	uint8_t *byte = physmem_range(&t->mem, pa, 1), own = SOFT_BYTE(t->soft[i].pa);

	t->soft_count--;
	memmove(&t->soft[i], &t->soft[i + 1], (t->soft_count - i) * sizeof(t->soft[0]));
	if (byte && *byte == INT3 && !is_at(t, find(t, pa), pa))
		*byte = own;
}

static int remove_soft(struct target *t, uint64_t va, uint64_t of)
{
	int err = -ENOENT;

	for (unsigned int i = t->soft_count; i-- > 0;) {
		if (!is_this(&t->soft[i], va, of))
			continue;
		remove_soft_at(t, i);
		err = 0;
	}
	publish(t);
	return err;
}

/* Of DR7. */
static uint64_t field_of(enum target_break kind, unsigned int len)
{
	static const uint8_t length[] = {
		[1] = DR_LEN_1, [2] = DR_LEN_2, [4] = DR_LEN_4, [8] = DR_LEN_8
	};

	if (kind == TARGET_EXECUTE)
		return DR_RW_EXECUTE;
	return (kind == TARGET_WRITE ? DR_RW_WRITE : DR_RW_READ) | length[len];
}

/* The monitor does what the host's debug registers do not. */
static void publish_watches(struct target *t)
{
	static const uint32_t kinds[] = { [TARGET_EXECUTE] = WATCH_EXECUTE,
					  [TARGET_WRITE] = WATCH_WRITE,
					  [TARGET_READ] = WATCH_ACCESS,
					  [TARGET_ACCESS] = WATCH_ACCESS };
	struct watch watch[HW_BREAKS] = { 0 };
	uint32_t count = 0;

	for (unsigned int n = 0; n < HW_BREAKS && t->emulates; n++) {
		if (!t->hw[n].used)
			continue;
		watch[n] = (struct watch){ t->hw[n].va, t->hw[n].len, kinds[t->hw[n].kind] };
		count++;
	}
	t->shared->watches = count;
	if (!memcmp(watch, t->shared->watch, sizeof(watch)))
		return;
	memcpy(t->shared->watch, watch, sizeof(watch));
	t->shared->watch_change++;
}

static void publish_hw(struct target *t)
{
	struct breakpoints b = { 0 };

	for (unsigned int n = 0; n < HW_BREAKS && !t->emulates; n++) {
		if (!t->hw[n].used)
			continue;
		t->shared->hw_addr[n] = t->hw[n].va;
		b.control |= DR7_LOCAL(n) | field_of(t->hw[n].kind, t->hw[n].len) << DR7_SHIFT(n);
	}
	t->shared->hw_control = (uint32_t)b.control;
	publish_watches(t);
}

static bool is_guests(uint64_t va)
{
	struct breakpoints b = { .addr = { va }, .control = DR7_LOCAL(0) };

	breakpoint_limit(&b);
	return b.control != 0;
}

static bool same(const struct target *t, unsigned int n, enum target_break kind, uint64_t va,
		 unsigned int len)
{
	return t->hw[n].used && t->hw[n].kind == kind && t->hw[n].va == va && t->hw[n].len == len;
}

/* What T has in its list now comes into force; slot N is new. */
static int put_in_force(struct target *t, unsigned int vcpu, unsigned int n)
{
	int err;

	if (!t->emulates) {
		publish_hw(t);
		err = target_sync(t, vcpu);
		if (err != -EPERM)
			return err;
		t->emulates = true;
	}
	publish_hw(t);
	if (t->hw[n].kind != TARGET_EXECUTE)
		return 0;
	err = insert_soft(t, vcpu, t->hw[n].va, SOFT_HW);
	return err == -EFAULT ? 0 : err; /* the monitor sees when a page is there */
}

static void remove_hw(struct target *t, unsigned int n)
{
	t->hw[n].used = false;
	if (t->hw[n].kind == TARGET_EXECUTE)
		remove_soft(t, t->hw[n].va, SOFT_HW);
	publish_hw(t);
}

static int insert_hw(struct target *t, unsigned int vcpu, enum target_break kind, uint64_t va,
		     unsigned int len)
{
	unsigned int slot = HW_BREAKS;
	int err;

	for (unsigned int n = HW_BREAKS; n-- > 0;) {
		if (same(t, n, kind, va, len))
			return 0;
		if (!t->hw[n].used)
			slot = n;
	}
	if (slot == HW_BREAKS)
		return -ENOSPC;
	t->hw[slot].used = true;
	t->hw[slot].kind = kind;
	t->hw[slot].va = va;
	t->hw[slot].len = len;
	err = put_in_force(t, vcpu, slot);
	if (err < 0)
		remove_hw(t, slot);
	return err;
}

static bool valid_length(enum target_break kind, uint64_t va, unsigned int len)
{
	if (kind == TARGET_SOFT || kind == TARGET_EXECUTE)
		return len == 1;
	return (len == 1 || len == 2 || len == 4 || len == 8) && !(va % len);
}

int target_insert(struct target *t, unsigned int vcpu, enum target_break kind, uint64_t va,
		  unsigned int len)
{
	int err = vcpu < t->ncpus ? target_needs_all(t) : -EINVAL;

	if (err)
		return err;
	if (!valid_length(kind, va, len) || !is_guests(va))
		return -EINVAL;
	return kind == TARGET_SOFT ? insert_soft(t, vcpu, va, 0) : insert_hw(t, vcpu, kind, va, len);
}

int target_remove(struct target *t, enum target_break kind, uint64_t va, unsigned int len)
{
	int err = target_needs_all(t);

	if (err)
		return err;
	if (kind == TARGET_SOFT)
		return remove_soft(t, va, 0);
	for (unsigned int n = 0; n < HW_BREAKS; n++) {
		if (!same(t, n, kind, va, len))
			continue;
		remove_hw(t, n);
		return 0;
	}
	return -ENOENT;
}

void target_remove_all(struct target *t)
{
	while (t->soft_count)
		remove_soft_at(t, t->soft_count - 1);
	t->shared->soft_count = 0;
	for (unsigned int n = 0; n < HW_BREAKS; n++)
		t->hw[n].used = false;
	publish_hw(t);
}
