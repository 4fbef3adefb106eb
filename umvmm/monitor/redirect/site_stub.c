// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_stub.c - the stubs of rewritten call sites, and the slots that lead to them.
 *
 * Runs: monitor, in a context. A stub is the displaced group, byte for byte, then what
 * SYSCALL does to rcx, then a jump to the gate. So what has happened at an offset within
 * the group is what has happened at that offset of the site. No flag is changed, and no
 * register but rcx, which is free at a SYSCALL.
 *
 * With --isolation split the tables are built here, and copied to the user sibling.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "entry/pku.h"
#include "site_stub.h"

#define STUB_SIZE 32u
#define FILTER	  1024u

extern char gate_syscall[], pku_site[], sibling_site_gate[];

_Static_assert(SHAPE_GROUP_MAX + 15 <= STUB_SIZE, "a stub: movabs, jmp rel32");
_Static_assert(UMVMM_SLOT_TABLE + SHAPE_SLOTS_SIZE <= UMVMM_STUBS, "slots");
_Static_assert(UMVMM_STUBS + SHAPE_SLOTS * STUB_SIZE <= UMVMM_STUBS_END, "stubs");

static struct site sites[SHAPE_SLOTS]; /* those whose syscall is not 0, all below `limit` */
static uint32_t limit;
static uint32_t used[2]; /* places without and with guard that were given out */
static int mapped, mapped_split; /* and for user code of which vcpu->split */
/* Which addresses may be jumps in padding: a bit for each hash. */
static uint64_t filter[FILTER / 64];

static int map_private(uint64_t at, uint64_t len, int prot)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (this_vcpu->split)
		sibling_mmap(at, len, prot, flags, -1, 0);
	return host_mmap(at, len, prot, flags, -1, 0) < 0 ||
	       pku_protect_tables(at, len, prot) < 0 ? -1 : 0;
}

static int map_tables(void)
{
	const int rw = PROT_READ | PROT_WRITE;

	if (mapped && mapped_split == (int)this_vcpu->split)
		return 0;
	site_stub_drop();
	mapped = 0;
	if (map_private(UMVMM_SLOT_TABLE, SHAPE_SLOTS_SIZE, rw) ||
	    map_private(UMVMM_STUBS, SHAPE_SLOTS * STUB_SIZE, rw | PROT_EXEC))
		return -1;
	mapped = 1;
	mapped_split = (int)this_vcpu->split;
	return 0;
}

/* In the sibling, which has no vCPU page, to its own gate. */
static uintptr_t gate_address(void)
{
	return (uintptr_t)(this_vcpu->split ? sibling_site_gate :
			   pku_enabled()    ? pku_site :
					      gate_syscall);
}

static void put(uint8_t *p, uint64_t v, unsigned int bytes)
{
	while (bytes--) {
		*p++ = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t stub_address(uint32_t n)
{
	return UMVMM_STUBS + n * STUB_SIZE;
}

static void build(uint8_t code[STUB_SIZE], uint32_t n, uint64_t syscall, const struct shape *shape,
		  const uint8_t *group)
{
	uint8_t *p = code;
	unsigned int i;

	for (i = 0; i < shape->group; i++)
		*p++ = group[i];
	put(p, 0xb948, 2); /* movabs $rip, %rcx */
	put(p + 2, syscall + SYSCALL_SIZE, 8);
	p[10] = 0xe9; /* jmp gate */
	p += 15;
	put(p - 4, gate_address() - (stub_address(n) + (uint64_t)(p - code)), 4);
	while (p < code + STUB_SIZE)
		*p++ = 0xcc;
}

static void store8(uint64_t at, uint64_t v)
{
	*(uint64_t *)(uintptr_t)at = v;
	if (this_vcpu->split)
		sibling_poke8(at, v);
}

/* What is stored there already need not be ordered. */
static void store_stub(uint32_t n, const uint8_t code[STUB_SIZE])
{
	uint64_t at = stub_address(n), v;
	unsigned int i, k;

	for (i = 0; i < STUB_SIZE; i += 8) {
		for (v = 0, k = 8; k--;)
			v = v << 8 | code[i + k];
		if (*(uint64_t *)(uintptr_t)(at + i) != v)
			store8(at + i, v);
	}
	if (*(uint64_t *)(uintptr_t)(uint64_t)site_stub_slot(n) != at)
		store8(site_stub_slot(n), at);
}

static unsigned int hash(uint64_t rip)
{
	return (unsigned int)(rip ^ rip >> 10) % FILTER;
}

/* A free place, or SITE_NONE. */
static uint32_t allocate(int guarded)
{
	const uint32_t row = guarded ? SHAPE_GUARDED : SHAPE_SLOTS_ROW - SHAPE_GUARDED;
	uint32_t n = used[guarded] / row * SHAPE_SLOTS_ROW + used[guarded] % row +
		     (guarded ? 0 : SHAPE_GUARDED);

	if (n >= SHAPE_SLOTS)
		return SITE_NONE;
	used[guarded]++;
	if (n >= limit)
		limit = n + 1;
	return n;
}

static int is_guarded(uint32_t n)
{
	return n % SHAPE_SLOTS_ROW < SHAPE_GUARDED;
}

uint32_t site_stub_make(uint64_t syscall, const struct shape *shape, const uint8_t *group)
{
	uint64_t jump = syscall + (uint64_t)(int64_t)shape->jump;
	uint8_t code[STUB_SIZE];
	uint32_t n;

	if (map_tables())
		return SITE_NONE;
	n = site_stub_find(syscall);
	if (n == SITE_NONE || is_guarded(n) < shape_needs_guard(shape)) {
		if (n != SITE_NONE)
			sites[n].syscall = 0;
		n = allocate(shape_needs_guard(shape));
		if (n == SITE_NONE)
			return SITE_NONE;
		sites[n] = (struct site){ .syscall = syscall };
	}
	sites[n].shape = *shape;
	build(code, n, syscall, shape, group);
	store_stub(n, code);
	if (shape->kind == SHAPE_PAD)
		filter[hash(jump) / 64] |= 1ull << hash(jump) % 64;
	return n;
}

uint32_t site_stub_slot(uint32_t n)
{
	return UMVMM_SLOT_TABLE + shape_slot(n);
}

uint32_t site_stub_find(uint64_t syscall)
{
	uint32_t n;

	for (n = 0; n < limit; n++)
		if (sites[n].syscall == syscall)
			return n;
	return SITE_NONE;
}

uint32_t site_stub_around(uint64_t rip, uint32_t n)
{
	for (; n < limit; n++)
		if (sites[n].syscall && sites[n].shape.kind != SHAPE_PAD &&
		    sites[n].syscall - rip <= sites[n].shape.group)
			return n;
	return SITE_NONE;
}

uint32_t site_stub_at(uint64_t rip)
{
	uint64_t n = (rip - UMVMM_STUBS) / STUB_SIZE;

	return rip >= UMVMM_STUBS && n < limit && sites[n].syscall ? (uint32_t)n : SITE_NONE;
}

static uint64_t jump_address(const struct site *s)
{
	return s->syscall + (uint64_t)(int64_t)s->shape.jump;
}

uint32_t site_stub_pad(uint64_t rip)
{
	uint32_t n;

	if (!(filter[hash(rip) / 64] >> hash(rip) % 64 & 1))
		return SITE_NONE;
	for (n = 0; n < limit; n++)
		if (sites[n].syscall && sites[n].shape.kind == SHAPE_PAD && jump_address(&sites[n]) == rip)
			return n;
	return SITE_NONE;
}

int site_stub_pad_taken(uint64_t syscall, uint64_t start, unsigned int len)
{
	uint32_t n;

	for (n = 0; n < limit; n++)
		if (sites[n].syscall && sites[n].shape.kind == SHAPE_PAD && sites[n].syscall != syscall &&
		    jump_address(&sites[n]) - SHAPE_SKIP < start + len &&
		    start < jump_address(&sites[n]) + SHAPE_JUMP)
			return 1;
	return 0;
}

struct site *site_stub(uint32_t n)
{
	return &sites[n];
}

const uint8_t *site_stub_code(uint32_t n)
{
	return (const uint8_t *)(uintptr_t)stub_address(n);
}

void site_stub_drop(void)
{
	unsigned int i;

	while (limit)
		sites[--limit].syscall = 0;
	used[0] = used[1] = 0;
	for (i = 0; i < FILTER / 64; i++)
		filter[i] = 0;
}

void site_stub_forget(void)
{
	if (!mapped || !mapped_split)
		return;
	site_stub_drop();
	mapped = 0;
	sibling_munmap(UMVMM_SLOT_TABLE, UMVMM_STUBS_END - UMVMM_SLOT_TABLE);
}

int site_stub_any(void)
{
	return limit != 0;
}

int site_stub_misleads(void)
{
	return site_stub_any() && mapped_split != (int)this_vcpu->split;
}
