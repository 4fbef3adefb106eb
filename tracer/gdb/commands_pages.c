// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands_pages.c - monitor info tlb, info mem: the guest's page tables.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

const char *monitor_flags(const struct walk *w)
{
	static char text[8];

	text[0] = w->flags & PTE_USER ? 'u' : 's';
	text[1] = 'r';
	text[2] = w->flags & PTE_WRITE ? 'w' : '-';
	text[3] = w->flags & PTE_NX ? '-' : 'x';
	text[4] = w->flags & PTE_GLOBAL ? 'g' : '-';
	text[5] = w->flags & PTE_ACCESSED ? 'a' : '-';
	text[6] = w->flags & PTE_DIRTY ? 'd' : '-';
	return text;
}

int monitor_cr3(struct stub *s, uint64_t *cr3)
{
	struct target_regs regs;

	if (target_get_regs(s->target, memory_vcpu(s), &regs)) {
		text_add(&s->output, "no CPU has stopped\n");
		return -1;
	}
	*cr3 = regs.cr3;
	return 0;
}

static bool chosen_cr3(struct stub *s, int argc, char **argv, uint64_t *cr3)
{
	char *end;

	if (argc < 2)
		return monitor_cr3(s, cr3) == 0;
	*cr3 = strtoull(argv[1], &end, 0);
	if (!*end)
		return true;
	text_add(&s->output, "%s: not a number\n", argv[1]);
	return false;
}

static bool room(const struct text *t)
{
	return t->size < TEXT_MAX;
}

static bool see_page(void *ctx, const struct walk *w)
{
	struct stub *s = ctx;

	text_add(&s->output, "%016llx: %016llx %s%s\n", (unsigned long long)w->va,
		 (unsigned long long)w->pa, monitor_flags(w),
		 w->size == 4096 ? "" : w->size == 2 << 20 ? " 2M" : " 1G");
	return room(&s->output);
}

void monitor_tlb(struct stub *s, int argc, char **argv)
{
	uint64_t cr3;

	if (chosen_cr3(s, argc, argv, &cr3))
		walk_each(s->target, cr3, see_page, s);
}

struct range {
	struct stub *s;
	uint64_t start, end, flags;
};

static void print_range(const struct range *r)
{
	const struct walk w = { .flags = r->flags };
	char flags[8];

	if (r->start == r->end)
		return;
	memcpy(flags, monitor_flags(&w), 5);
	flags[4] = '\0';
	text_add(&r->s->output, "%016llx-%016llx %16llx %s\n", (unsigned long long)r->start,
		 (unsigned long long)r->end, (unsigned long long)(r->end - r->start), flags);
}

static bool see_range(void *ctx, const struct walk *w)
{
	const uint64_t matters = PTE_USER | PTE_WRITE | PTE_NX;
	struct range *r = ctx;

	if (w->va == r->end && (w->flags & matters) == r->flags) {
		r->end += w->size;
		return true;
	}
	print_range(r);
	r->start = w->va;
	r->end = w->va + w->size;
	r->flags = w->flags & matters;
	return room(&r->s->output);
}

void monitor_mem(struct stub *s, int argc, char **argv)
{
	struct range r = { .s = s };
	uint64_t cr3;

	if (!chosen_cr3(s, argc, argv, &cr3))
		return;
	walk_each(s->target, cr3, see_range, &r);
	print_range(&r);
}
