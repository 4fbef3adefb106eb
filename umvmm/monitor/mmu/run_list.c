// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run_list.c - runs of pages, sorted by address.
 *
 * Runs: monitor, in a context; no calls of the host. unit tests.
 */
#include "run_list.h"

/* A place between runs: before run i of the chunk that is the at'th by address. */
struct place {
	uint32_t at, i;
};

static struct run_chunk *chunk_at(struct run_list *l, uint32_t at)
{
	return &l->chunk[l->order[at]];
}

/* The place of the first run that ends behind va; at == chunks if there is none. */
static struct place place_of(const struct run_list *l, uint64_t va)
{
	uint32_t lo = 0, hi = l->chunks;
	const struct run_chunk *c;
	struct place p;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		c = &l->chunk[l->order[mid]];
		if (run_end(&c->run[c->count - 1]) > va)
			hi = mid;
		else
			lo = mid + 1;
	}
	p = (struct place){ lo, 0 };
	if (lo == l->chunks)
		return p;
	c = &l->chunk[l->order[lo]];
	lo = 0;
	hi = c->count - 1;
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (run_end(&c->run[mid]) > va)
			hi = mid;
		else
			lo = mid + 1;
	}
	p.i = lo;
	return p;
}

const struct run *run_list_find(const struct run_list *l, uint64_t va)
{
	struct place p = place_of(l, va);

	return p.at < l->chunks ? &l->chunk[l->order[p.at]].run[p.i] : 0;
}

/* A new chunk becomes the at'th. */
static struct run_chunk *insert_chunk(struct run_list *l, uint32_t at)
{
	uint16_t number;

	if (l->chunks == l->known) {
		l->order[l->known] = (uint16_t)l->known;
		l->known++;
	}
	number = l->order[l->chunks];
	for (uint32_t k = l->chunks; k > at; k--)
		l->order[k] = l->order[k - 1];
	l->order[at] = number;
	l->chunks++;
	l->chunk[number].count = 0;
	return &l->chunk[number];
}

static void erase_chunk(struct run_list *l, uint32_t at)
{
	uint16_t number = l->order[at];

	l->chunks--;
	for (uint32_t k = at; k < l->chunks; k++)
		l->order[k] = l->order[k + 1];
	l->order[l->chunks] = number;
}

/* This full chunk becomes two; the one that the place is in. */
static struct run_chunk *split(struct run_list *l, struct place *p)
{
	struct run_chunk *c = chunk_at(l, p->at), *next = insert_chunk(l, p->at + 1);
	const uint32_t half = RUNS_IN_CHUNK / 2;

	for (uint32_t k = half; k < RUNS_IN_CHUNK; k++)
		next->run[k - half] = c->run[k];
	next->count = RUNS_IN_CHUNK - half;
	c->count = half;
	if (p->i <= half)
		return c;
	p->i -= half;
	return next;
}

static void insert(struct run_list *l, struct place p, const struct run *r)
{
	struct run_chunk *c;

	/* behind all of a chunk rather than before the next one's first */
	if (p.i == 0 && p.at && chunk_at(l, p.at - 1)->count < RUNS_IN_CHUNK) {
		p.at--;
		p.i = chunk_at(l, p.at)->count;
	}
	c = p.at < l->chunks ? chunk_at(l, p.at) : 0;
	if (!c || (c->count == RUNS_IN_CHUNK && p.i == 0))
		c = insert_chunk(l, p.at);
	else if (c->count == RUNS_IN_CHUNK)
		c = split(l, &p);
	for (uint32_t k = c->count; k > p.i; k--)
		c->run[k] = c->run[k - 1];
	c->run[p.i] = *r;
	c->count++;
	l->count++;
}

/* So many runs of one chunk, from this place on. */
static void erase(struct run_list *l, struct place p, uint32_t n)
{
	struct run_chunk *c = chunk_at(l, p.at);

	c->count -= n;
	l->count -= n;
	for (uint32_t k = p.i; k < c->count; k++)
		c->run[k] = c->run[k + n];
	if (!c->count)
		erase_chunk(l, p.at);
}

void run_list_remove(struct run_list *l, uint64_t start, uint64_t end)
{
	for (;;) {
		struct place p = place_of(l, start);
		struct run_chunk *c;
		struct run *r;
		uint64_t behind;
		uint32_t n = 0;

		if (p.at == l->chunks)
			return;
		c = chunk_at(l, p.at);
		r = &c->run[p.i];
		if (r->va >= end)
			return;
		behind = run_end(r);
		if (r->va < start) {
			r->pages = (uint32_t)((start - r->va) / PAGE_SIZE);
			if (behind > end) { /* the middle of one */
				struct run tail = *r;

				tail.off += end - r->va;
				tail.va = end;
				tail.pages = (uint32_t)((behind - end) / PAGE_SIZE);
				p.i++;
				insert(l, p, &tail);
				return;
			}
			continue;
		}
		if (behind > end) {
			r->off += end - r->va;
			r->va = end;
			r->pages = (uint32_t)((behind - end) / PAGE_SIZE);
			return;
		}
		while (p.i + n < c->count && run_end(&c->run[p.i + n]) <= end)
			n++;
		erase(l, p, n);
	}
}

/* Is the second the first's continuation, for the host, too? */
static int joins(const struct run *a, const struct run *b)
{
	return run_end(a) == b->va && a->off + a->pages * PAGE_SIZE == b->off &&
	       a->prot == b->prot && a->kind == b->kind;
}

void run_list_add(struct run_list *l, const struct run *r, int join)
{
	struct run whole = *r;
	struct place p;

	run_list_remove(l, r->va, run_end(r));
	if (join) {
		const struct run *before = r->va ? run_list_find(l, r->va - PAGE_SIZE) : 0;

		if (before && joins(before, &whole)) {
			whole.va = before->va;
			whole.off = before->off;
			whole.pages += before->pages;
			erase(l, place_of(l, before->va), 1);
		}
		p = place_of(l, whole.va);
		if (p.at < l->chunks) {
			const struct run *behind = &chunk_at(l, p.at)->run[p.i];

			if (joins(&whole, behind)) {
				whole.pages += behind->pages;
				erase(l, p, 1);
			}
		}
	}
	insert(l, place_of(l, whole.va), &whole);
}

void run_list_clear(struct run_list *l)
{
	l->count = 0;
	l->chunks = 0;
}

int run_list_room(const struct run_list *l, uint32_t more, uint32_t most)
{
	if (most > RUNS_MAX)
		most = RUNS_MAX;
	return l->count + more <= most && l->chunks + more <= CHUNKS_MAX;
}
