// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * breaks.c - the breakpoints that gdb has set.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "breaks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BREAKS_MAX 65536u

static struct break_point *find(const struct breaks *b, enum target_break kind, uint64_t address,
				unsigned int len)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->list[i].kind == kind && b->list[i].address == address &&
		    b->list[i].len == len)
			return &b->list[i];
	return NULL;
}

static int make_room(struct breaks *b)
{
	size_t room = b->room ? 2 * b->room : 16;
	struct break_point *list;

	if (b->count < b->room)
		return 0;
	if (b->count == BREAKS_MAX)
		return -ENOSPC;
	list = realloc(b->list, room * sizeof(*list));
	if (!list)
		return -ENOMEM;
	b->list = list;
	b->room = room;
	return 0;
}

/* Debug registers are few: those that only linger make room. */
static void drop(struct breaks *b, struct target *t, bool hardware_only)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->count; i++) {
		const struct break_point *p = &b->list[i];

		if (p->wanted || (hardware_only && p->kind == TARGET_SOFT) ||
		    target_remove(t, p->kind, p->address, p->len) == -EBUSY)
			b->list[kept++] = *p;
	}
	b->count = kept;
}

int breaks_insert(struct breaks *b, struct target *t, unsigned int vcpu, enum target_break kind,
		  uint64_t address, unsigned int len)
{
	struct break_point *p = find(b, kind, address, len);
	int err;

	if (p) {
		p->wanted = true;
		return 0;
	}
	err = make_room(b);
	if (err)
		return err;
	err = target_insert(t, vcpu, kind, address, len);
	if (err == -ENOSPC) {
		drop(b, t, true);
		err = target_insert(t, vcpu, kind, address, len);
	}
	if (err)
		return err;
	b->list[b->count++] = (struct break_point){ kind, true, len, address };
	return 0;
}

int breaks_remove(struct breaks *b, enum target_break kind, uint64_t address, unsigned int len)
{
	struct break_point *p = find(b, kind, address, len);

	if (!p || !p->wanted)
		return -ENOENT;
	p->wanted = false;
	return 0;
}

bool breaks_has(const struct breaks *b, enum target_break kind, uint64_t address)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->list[i].kind == kind && b->list[i].address == address)
			return b->list[i].wanted;
	return false;
}

void breaks_settle(struct breaks *b, struct target *t)
{
	drop(b, t, false);
}

void breaks_free(struct breaks *b)
{
	free(b->list);
	memset(b, 0, sizeof(*b));
}
