// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * flush_range.c - entries of random ranges change to absent, read-only, writable, or another
 * page, and are flushed (SDM vol. 3, 4.10.4): by INVLPG of each, by a load of CR3, or by
 * UMVMM_MSR_FLUSH, which is as INVLPG of each page of a range. Behind it each access does
 * what the tables say, in the range and beside it, at user addresses, at the kernel's, and
 * where one meets the other; in address spaces that were not loaded, too. Values that name
 * no range are refused, and ranges of which nothing is the guest's do no harm.
 */
#include "lib.h"

#define UMVMM_MSR_FLUSH 0x4b564d43u /* umvmm/abi.h */
#define FLUSH_MOST	4095u

#define PAGES	64u	    /* on each side of an edge */
#define POOL	(32 * MiB) /* two sets of pages, and a large one */
#define LARGE	(36 * MiB)
#define ROUNDS	100u
#define NOFLUSH (1ull << 63)
#define CR4_PCIDE (1ull << 17)

static uint64_t table[2][512] __attribute__((aligned(4096)));
static uint64_t upper[4][512] __attribute__((aligned(4096)));
static volatile uint32_t *at;
static uint64_t seed = 1;

static uint32_t random(uint32_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((seed >> 33) % n);
}

static void load(void) { (void)*at; }
static void store(void) { *at = *at; }

/* The entry of page n of 2 * PAGES, whose middle is the edge. */
static uint64_t *entry(unsigned int n)
{
	return n < PAGES ? &table[0][512 - PAGES + n] : &table[1][n - PAGES];
}

static uint32_t *memory(unsigned int set, unsigned int n)
{
	return (uint32_t *)(POOL + (set * 2 * PAGES + n) * PAGE);
}

enum { BY_PAGE, BY_CR3, BY_RANGE, WAYS };

static void flush(uint64_t va, uint64_t pages, uint32_t way)
{
	switch (way) {
	case BY_RANGE:
		wrmsr(UMVMM_MSR_FLUSH, va | pages);
		break;
	case BY_CR3:
		write_cr3(read_cr3());
		break;
	default:
		for (uint64_t i = 0; i < pages; i++)
			invlpg((void *)(va + i * PAGE));
	}
}

/* Does page n do what its entry says? */
static void check(uint64_t edge, unsigned int n)
{
	uint64_t e = *entry(n);
	int vector;

	at = (volatile uint32_t *)(edge - PAGES * PAGE + n * PAGE);
	vector = raises(load);
	EXPECT(vector == (e & PTE_P ? -1 : PF), "%x, entry %x: vector %d", (uintptr_t)at, e,
	       vector);
	if (vector != -1)
		return;
	EXPECT(*at == *(uint32_t *)(e & PTE_ADDR), "%x, entry %x reads %x", (uintptr_t)at, e, *at);
	vector = raises(store);
	EXPECT(vector == (e & PTE_W ? -1 : PF), "%x, entry %x: store: vector %d", (uintptr_t)at, e,
	       vector);
}

static void change(unsigned int n, uint32_t how, uint64_t bits)
{
	uint64_t page = (uintptr_t)memory(how & 1, n);

	if (how < 2)
		*entry(n) = 0;
	else
		*entry(n) = page | PTE_P | PTE_A | bits | (how < 4 ? 0 : PTE_W) | (how < 6 ? 0 : PTE_D);
}

static void ranges(uint64_t edge, uint64_t bits)
{
	uint64_t start = edge - PAGES * PAGE;

	for (unsigned int n = 0; n < 2 * PAGES; n++)
		change(n, 7, bits);
	flush(start, 2 * PAGES, BY_PAGE);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		unsigned int from = random(2 * PAGES), n = 1 + random(2 * PAGES - from);
		uint32_t how = random(8), mixed = random(3);

		for (unsigned int i = 0; i < 12; i++)
			check(edge, random(2 * PAGES));
		for (unsigned int i = from; i < from + n; i++) {
			if (mixed == 2 || (mixed == 1 && !random(8)))
				how = random(8);
			change(i, how, bits);
		}
		flush(start + from * PAGE, n, random(WAYS));
		check(edge, from);
		check(edge, from + n - 1);
		for (unsigned int i = 0; i < 4; i++)
			check(edge, from + random(n));
		check(edge, from ? from - 1 : 0);
		check(edge, from + n < 2 * PAGES ? from + n : 0);
	}
	for (unsigned int n = 0; n < 2 * PAGES; n++)
		*entry(n) = 0;
	flush(start, 2 * PAGES, BY_PAGE);
}

/* The tables that map [edge - 2 MiB, edge + 2 MiB); where they are there they are used. */
static uint64_t *directory_entry(uint64_t va, unsigned int side)
{
	uint64_t *t = pml4;

	for (int shift = 39; shift > 21; shift -= 9) {
		uint64_t *e = &t[(va >> shift) & 511];

		if (!(*e & PTE_P))
			*e = (uintptr_t)upper[side * 2 + (shift == 30)] | PTE_P | PTE_W | PTE_U;
		t = (uint64_t *)(uintptr_t)(*e & PTE_ADDR);
	}
	return &t[(va >> 21) & 511];
}

static void around(uint64_t edge, uint64_t bits)
{
	uint64_t *low = directory_entry(edge - 2 * MiB, 0), *high = directory_entry(edge, 1);

	*low = (uintptr_t)table[0] | PTE_P | PTE_W | PTE_U;
	*high = (uintptr_t)table[1] | PTE_P | PTE_W | PTE_U;
	write_cr3(read_cr3());
	ranges(edge, bits);

	/* a large page behind the edge becomes small ones; the range has its first page only */
	*high = LARGE | PTE_P | PTE_W | PTE_U | PTE_A | PTE_D | PTE_S;
	flush(edge, 1, BY_RANGE);
	for (unsigned int i = 0; i < 512; i += 73) {
		at = (volatile uint32_t *)(edge + i * PAGE);
		*at = 0x1a79e000 + i;
		EXPECT(*(uint32_t *)(LARGE + i * PAGE) == 0x1a79e000 + i, "%x", (uintptr_t)at);
	}
	for (unsigned int n = 0; n < 2 * PAGES; n++)
		change(n, 7, bits);
	*high = (uintptr_t)table[1] | PTE_P | PTE_W | PTE_U;
	flush(edge - 3 * PAGE, 4, BY_RANGE);
	for (unsigned int n = PAGES; n < 2 * PAGES; n++)
		check(edge, n);
	for (unsigned int i = 73; i < 512; i += 73) {
		at = (volatile uint32_t *)(edge + i * PAGE);
		EXPECT(raises(load) == (*entry(PAGES + i) & PTE_P ? -1 : PF), "%x", (uintptr_t)at);
	}
	for (unsigned int n = 0; n < 2 * PAGES; n++)
		*entry(n) = 0;
	flush(edge - 2 * MiB, 1024, BY_RANGE);
	at = (volatile uint32_t *)edge;
	EXPECT(raises(load) == PF, "%x", (uintptr_t)at);
	*low = *high = 0;
	write_cr3(read_cr3());
}

/* Addresses of the kernel: what another address space had mapped is flushed, too. */
static void elsewhere(void)
{
	static uint64_t other[512] __attribute__((aligned(4096)));
	uint64_t edge = 0x660000200000, here = (uintptr_t)pml4 | 1, there = (uintptr_t)other | 2;

	*directory_entry(edge - 2 * MiB, 0) = (uintptr_t)table[0] | PTE_P | PTE_W;
	*directory_entry(edge, 1) = (uintptr_t)table[1] | PTE_P | PTE_W;
	for (unsigned int i = 0; i < 512; i++)
		other[i] = pml4[i];
	write_cr4(read_cr4() | CR4_PCIDE);
	for (unsigned int round = 0; round < 80; round++) {
		unsigned int from = random(2 * PAGES), n = 1 + random(2 * PAGES - from);

		write_cr3(here | (round ? NOFLUSH : 0));
		for (unsigned int i = 0; i < 2 * PAGES; i++)
			check(edge, i);
		write_cr3(there | (round ? NOFLUSH : 0));
		for (unsigned int i = from; i < from + n; i++)
			change(i, random(8), 0);
		flush(edge + (from - (uint64_t)PAGES) * PAGE, n, round & 1 ? BY_PAGE : BY_RANGE);
	}
	write_cr3(here | NOFLUSH);
	for (unsigned int i = 0; i < 2 * PAGES; i++)
		check(edge, i);
	write_cr3((uintptr_t)pml4);
	write_cr4(read_cr4() & ~CR4_PCIDE);
}

/* The last user page below what the kernel has and the first one above it go at once. */
static void both_sides(uint64_t start, uint64_t end)
{
	uint64_t *low = directory_entry(start - 2 * MiB, 0), *high = directory_entry(end, 1);

	*low = (uintptr_t)table[0] | PTE_P | PTE_W | PTE_U;
	*high = (uintptr_t)table[1] | PTE_P | PTE_W | PTE_U;
	for (unsigned int n = PAGES - 1; n <= PAGES; n++) {
		at = (volatile uint32_t *)(n < PAGES ? start - PAGE : end);
		change(n, 7, PTE_U);
		EXPECT(raises(store) == -1, "%x", (uintptr_t)at);
		*entry(n) = 0;
	}
	write_cr3(read_cr3());
	EXPECT(raises(load) == PF, "%x", (uintptr_t)at);
	at = (volatile uint32_t *)(start - PAGE);
	EXPECT(raises(load) == PF, "%x", (uintptr_t)at);
	*low = *high = 0;
	write_cr3(read_cr3());
}

static uint64_t value;

static void write_value(void) { wrmsr(UMVMM_MSR_FLUSH, value); }

static void hostile(void)
{
	static const uint64_t refused[] = { 0, 0x10000000, 1ull << 47 | 1, ~0ull, 1ull << 63 | 1 };
	static const uint64_t harmless[] = {
		1, FLUSH_MOST, 0x200000 | FLUSH_MOST, 0x67fff000 | FLUSH_MOST, 0x7f7ff000 | 2,
		0x7b800000 | 1, 0x7b800000 | FLUSH_MOST, 0x7bdff000 | FLUSH_MOST,
		0x647ffffff000 | FLUSH_MOST, 0x6efffffff000 | FLUSH_MOST,
		0x6f0000000000 | FLUSH_MOST, 0x6ffffffff000 | FLUSH_MOST,
		0x71fffffff000 | FLUSH_MOST, 0x7fffff000000 | FLUSH_MOST, 0x7ffffffff000 | 1,
		0x7ffffffff000 | FLUSH_MOST,
	};

	for (unsigned int i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		value = refused[i];
		EXPECT(raises(write_value) == GP, "%x", value);
	}
	for (unsigned int i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
		value = harmless[i];
		EXPECT(raises(write_value) == -1, "%x", value);
	}
	for (unsigned int i = 0; i < 400; i++) {
		value = ((uint64_t)random(1u << 24) << 23 | random(1u << 23)) & ~0xfffull;
		value |= 1 + random(FLUSH_MOST);
		EXPECT(raises(write_value) == -1, "%x", value);
	}
}

void test_main(void)
{
	EXPECT(rdmsr(UMVMM_MSR_FLUSH) == 1, "it is not there");
	write_cr0(read_cr0() | 1u << 16); /* WP */
	for (unsigned int i = 0; i < 4 * PAGES; i++)
		*memory(0, i) = 0xf1a50000 + i;
	around(0x8000200000, PTE_U);
	around(0x8000200000, 0);
	around(0x660000200000, 0);
	around(0x68000000, PTE_U);     /* the kernel's window begins */
	around(0x648000000000, PTE_U); /* its range begins */
	both_sides(0x68000000, 0x7be00000);
	both_sides(0x648000000000, 0x700000000000);
	hostile();
	elsewhere();
}
