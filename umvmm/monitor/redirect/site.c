// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - rewriting a user system call site into a jump to the gate.
 *
 * Runs: monitor, in a context. A site that was seen often becomes a jump through a slot of
 * this context (site_stub.c) in a private copy of its page (site_page.c); site_shape.c
 * knows which code can, and docs/syscall-sites.md why.
 *
 * Must hold: the guest never sees the change. So whatever interrupts a stub leaves it for
 * the guest's own code (site_leave_stub), a jump to a displaced instruction is noticed
 * (site_middle), and while somebody steps or has breakpoints there are no rewritten sites.
 */
#include "context/context.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "debugger/stop.h"
#include "mmu/mmu.h"
#include "report/report.h"
#include "site.h"
#include "site_page.h"
#include "site_stub.h"

#define HOT	     16u /* calls before a site is worth it: the copy costs ~2 us */
#define AGAIN	     4u	 /* calls before it is worth it for another program */
#define RARELY	     4096u
#define SETS	     64u
#define WAYS	     4u
#define MIDDLE_LIMIT 16u /* jumps into a group until that site is left as it is */

/* Why a call came by SIGSYS; a counter for each (vm.h). */
enum why { COLD, SHAPE, TEXT, PAGE, DEBUG, FULL, JUMPED };

/* How often which SYSCALL was seen lately. */
static struct seen {
	uint64_t rip;
	uint32_t count;
	uint16_t why;  /* it was not rewritten when that was last tried */
	uint16_t more; /* calls until it is tried again: other code may be there by then */
} seen[SETS][WAYS];

static void count(enum why why)
{
	struct vcpu_stats *s = &this_vcpu->stats;
	uint64_t *const counters[] = { &s->syscall_cold, &s->syscall_shape, &s->syscall_text,
				       &s->syscall_page, &s->syscall_debug, &s->syscall_full,
				       &s->syscall_jumped };

	++*counters[why];
}

void site_drop(void)
{
	/* no rewritten copy survives a flush */
	if (site_stub_any())
		mmu_flush_user();
	site_stub_drop();
}

void site_wall_changed(void)
{
	if (site_stub_misleads())
		site_drop();
}

/* ---- rewriting ---- */

/* What is around the SYSCALL at va: of the page before only if it is there. */
static int read_text(uint64_t va, struct shape_text *t, uint8_t code[SHAPE_WINDOW])
{
	uint64_t page = va & PAGE_MASK, start = va - SHAPE_BEFORE, end = va + SHAPE_BEHIND;

	if (va < SHAPE_BEFORE)
		return -1;
	if (start < page && guest_read(start, code, page - start, AS_USER_CODE))
		start = page;
	if (end > page + PAGE_SIZE)
		end = page + PAGE_SIZE;
	t->code = code;
	t->len = (uint32_t)(end - start);
	t->at = (uint32_t)(va - start);
	t->page = start < page ? (uint32_t)(page - start) : 0;
	t->page_end = t->len;
	t->address = (uint32_t)va;
	if (guest_read(page > start ? page : start, code + t->page, t->len - t->page, AS_USER_CODE))
		return -1;
	shape_read(t);
	return 0;
}

/* The first padding that no other site uses. */
static int free_pad(const struct shape_text *t, uint64_t va, struct shape *s)
{
	uint8_t code[SHAPE_SKIP + SHAPE_JUMP];
	unsigned int n;
	int from = -128;

	for (; !shape_pad(t, from, s); from = s->jump + 1) {
		n = shape_pad_code(s, 0, code, &from);
		if (!site_stub_pad_taken(va, va + (uint64_t)(int64_t)from, n))
			return 0;
	}
	return -1;
}

static int choose(const struct shape_text *t, uint64_t va, struct shape *s)
{
	uint32_t nr = (uint32_t)ctx.regs.r[GPR_RAX], n = site_stub_find(va);

	if (shape_is_landmark(t, nr))
		return -1;
	if (!shape_number(t, nr, s) || !free_pad(t, va, s))
		return 0;
	return n != SITE_NONE && site_stub(n)->middle >= MIDDLE_LIMIT ? -1 : shape_group(t, s);
}

/* Would there be a shape, if the page did not end? */
static enum why shape_or_page(struct shape_text *t, uint64_t va)
{
	struct shape s;

	t->page = 0;
	return choose(t, va, &s) ? SHAPE : PAGE;
}

/* Is the site of this SYSCALL a jump already? */
static int is_live(uint64_t va)
{
	uint32_t n = site_stub_find(va), i;
	uint8_t code[SHAPE_CODE_MAX];
	const struct site *s;
	const uint8_t *here;

	if (n == SITE_NONE || !site_page_is_private(va))
		return 0;
	s = site_stub(n);
	if (this_vcpu->split)
		return s->live && s->serial == site_page_serial(va);
	here = (const uint8_t *)(uintptr_t)(va - s->shape.group);
	for (i = shape_code(&s->shape, site_stub_slot(n), code); i--;)
		if (here[i] != code[i])
			return 0;
	return 1;
}

/* Does the guest's memory have what the stub displaces? Then only a jump to us is undefined. */
static int is_displaced(uint32_t n)
{
	const struct site *s = site_stub(n);
	const uint8_t *stub = site_stub_code(n);
	uint8_t code[SHAPE_CODE_MAX];
	unsigned int i;

	if (guest_read(s->syscall - s->shape.group, code, s->shape.group + SYSCALL_SIZE,
		       AS_USER_CODE))
		return 0;
	for (i = 0; i < s->shape.group; i++)
		if (code[i] != stub[i])
			return 0;
	return code[i] == 0x0f && code[i + 1] == 0x05;
}

static void write_site(uint64_t va, uint32_t n)
{
	struct site *site = site_stub(n);
	uint8_t code[SHAPE_CODE_MAX + SHAPE_SKIP + SHAPE_JUMP];
	unsigned int len;
	int from;

	if (site->shape.kind == SHAPE_PAD) {
		len = shape_pad_code(&site->shape, site_stub_slot(n), code, &from);
		site_page_write(va + (uint64_t)(int64_t)from, code, len);
	}
	len = shape_code(&site->shape, site_stub_slot(n), code);
	site_page_write(va - site->shape.group, code, len);
	site->live = 1;
	site->serial = site_page_serial(va);
	this_vcpu->stats.site_patched++;
}

/* Rewrites the site whose SYSCALL is at va. COLD: that was done. */
static enum why rewrite(uint64_t va)
{
	uint8_t code[SHAPE_WINDOW];
	struct shape_text t;
	struct shape s;
	uint32_t n;

	if ((ctx.regs.rflags & RFLAGS_TF) || debug_active() || stop_attached())
		return DEBUG;
	if (is_live(va))
		return JUMPED;
	if (!site_page_is_text(va))
		return TEXT;
	if ((va & ~PAGE_MASK) == PAGE_SIZE - 1)
		return PAGE;
	if (read_text(va, &t, code))
		return TEXT;
	n = site_stub_find(va);
	if (n != SITE_NONE && !is_displaced(n))
		site_stub(n)->middle = 0; /* that was other text's */
	if (choose(&t, va, &s))
		return shape_or_page(&t, va);
	switch (site_page_open(va)) {
	case SITE_PAGE_NO_TEXT:
		return TEXT;
	case SITE_PAGE_FULL:
		return FULL;
	case SITE_PAGE_OPEN:
		break;
	}
	n = site_stub_make(va, &s, code + t.at - s.group);
	if (n == SITE_NONE) {
		site_drop(); /* start again */
		return FULL;
	}
	write_site(va, n);
	return COLD;
}

static struct seen *lookup(uint64_t rip)
{
	struct seen *set = seen[(rip >> 1 ^ rip >> 12) % SETS], *least = set;
	unsigned int i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].rip == rip)
			return &set[i];
		if (set[i].count < least->count)
			least = &set[i];
	}
	/* the others of its set grow old */
	for (i = 0; i < WAYS; i++)
		set[i].count /= 2;
	*least = (struct seen){ .rip = rip };
	return least;
}

void site_seen(uint64_t rip)
{
	struct seen *s = lookup(rip);

	if (++s->count >= HOT + s->more) {
		s->why = (uint16_t)rewrite(rip - SYSCALL_SIZE);
		s->more = s->why == SHAPE || s->why == PAGE ? RARELY : 0;
		if (s->why != COLD)
			s->count = 0;
	}
	count((enum why)s->why);
}

void site_another_space(void)
{
	unsigned int i, k;

	for (i = 0; i < SETS; i++)
		for (k = 0; k < WAYS; k++)
			if (seen[i][k].count > HOT - AGAIN)
				seen[i][k].count = HOT - AGAIN;
	site_stub_forget();
}

/* ---- leaving it ---- */

/* site_leave_stub() has come from here, and gone there. */
static uint64_t left_stub, left_for;

int site_leave_stub(void)
{
	uint64_t rip = ctx.regs.rip;
	uint32_t n = site_stub_at(rip), pad = SITE_NONE;
	const struct site *s;

	left_for = 0;
	if (n == SITE_NONE)
		pad = site_stub_pad(rip);
	if (pad != SITE_NONE && !is_live(site_stub(pad)->syscall))
		pad = SITE_NONE; /* other text is there by now */
	if (n == SITE_NONE && pad == SITE_NONE)
		return 0;
	s = site_stub(n == SITE_NONE ? pad : n);
	ctx.regs.rip = s->syscall;
	if (n == SITE_NONE)
		return 1;
	/* the stub begins with the group; behind it only rcx changes, which SYSCALL will set */
	rip -= (uintptr_t)site_stub_code(n);
	if (rip < s->shape.group)
		ctx.regs.rip = s->syscall - s->shape.group + rip;
	left_stub = (uintptr_t)site_stub_code(n) + rip;
	left_for = ctx.regs.rip;
	return 1;
}

uint64_t site_resume_rip(void)
{
	uint32_t n = site_stub_at(left_stub);

	/*
	 * To its own place there leads no way but a fault. Its stub is as good, as long as the
	 * same text is there; guest code may have run since, and may step.
	 */
	if (!left_for || left_for != ctx.regs.rip || n == SITE_NONE ||
	    left_stub - (uintptr_t)site_stub_code(n) >= site_stub(n)->shape.group ||
	    (ctx.regs.rflags & RFLAGS_TF) || debug_active() || stop_attached() || !is_displaced(n))
		return ctx.regs.rip;
	return left_stub;
}

/* The group and the SYSCALL as they are in the guest's memory. */
static void put_back(uint32_t n)
{
	struct site *s = site_stub(n);
	uint64_t start = s->syscall - s->shape.group;
	uint8_t code[SHAPE_CODE_MAX];
	unsigned int len = s->shape.group + SYSCALL_SIZE;

	s->live = 0;
	if (s->middle < MIDDLE_LIMIT)
		s->middle++;
	if (site_page_is_private(start) && !guest_read(start, code, len, AS_USER_CODE))
		site_page_write(start, code, len);
}

enum site_middle site_middle(void)
{
	uint32_t n = site_stub_around(ctx.regs.rip, 0);
	struct site *s;

	while (n != SITE_NONE && !is_displaced(n))
		n = site_stub_around(ctx.regs.rip, n + 1);
	if (n == SITE_NONE)
		return SITE_NOT_OURS;
	s = site_stub(n);
	/* a fault sets RF in its frame (SDM vol. 3 18.3.1.1), a jump does not */
	ctx.regs.rflags &= ~(uint64_t)RFLAGS_RF;
	if (ctx.regs.rip == s->syscall) { /* which is never undefined */
		ctx.regs.rip += SYSCALL_SIZE;
		return SITE_CALL;
	}
	if (!s->live)
		return SITE_NOT_OURS;
	put_back(n);
	return SITE_AGAIN;
}
