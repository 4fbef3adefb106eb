// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debug_registers.c - breakpoints of the kernel's own, at CPL 0: execution, writes,
 * accesses; what is disabled, and what the registers read as (SDM vol. 3 18.2).
 *
 * part=execution on the command line: only these, without a watchpoint. QEMU's TCG
 * (7.2) makes a debug exception without end of a step over a write that is watched.
 * Flags: needs-breakpoints
 */
#include "lib.h"

#define RF	   0x10000ull
#define TF	   0x100ull
#define DR6_FIXED  0xffff0ff0ull
#define DR7_FIXED  0x400ull
#define BS	   0x4000ull

#define EXECUTE 0ull
#define WRITE	1ull
#define ACCESS	3ull
#define ROUNDS	200

#define DR_ACCESS(n)                                                                      \
	static inline uint64_t read_dr##n(void)                                           \
	{                                                                                 \
		uint64_t v;                                                               \
                                                                                          \
		__asm__ volatile("mov %%dr" #n ", %0" : "=r"(v)::"memory");               \
		return v;                                                                 \
	}                                                                                 \
	static inline void write_dr##n(uint64_t v)                                        \
	{                                                                                 \
		__asm__ volatile("mov %0, %%dr" #n ::"r"(v) : "memory");                  \
	}
DR_ACCESS(0)
DR_ACCESS(1)
DR_ACCESS(6)
DR_ACCESS(7)

static volatile uint64_t watched, other;
static volatile uint8_t *const watched_bytes = (volatile uint8_t *)&watched;
static volatile int hits;
static uint64_t seen, seen_rip, seen_flags;

static uint64_t control(unsigned int n, uint64_t type, unsigned int len)
{
	const uint64_t bits = len == 8 ? 2 : len - 1;

	return 2ull << (2 * n) | (type | bits << 2) << (16 + 4 * n); /* global */
}

static void on_debug(struct frame *f)
{
	if (f->vector != DB) {
		print("vector %x at %x, cr2 %x\n", f->vector, f->rip, last_cr2);
		finish(1);
	}
	hits++;
	seen = read_dr6() ^ DR6_FIXED;
	seen_rip = f->rip;
	seen_flags = f->flags;
	write_dr6(DR6_FIXED);
	f->flags = (f->flags & ~TF) | RF;
}

/* One hit since the last call of this, with DR6; or with 0 none. */
static void expect(const char *what, uint64_t dr6)
{
	EXPECT(hits == (dr6 ? 1 : 0), "%s: %d hits", what, hits);
	EXPECT(!hits || seen == dr6, "%s: DR6 %x, not %x", what, seen, dr6);
	hits = 0;
}

static __attribute__((noinline)) void function(void)
{
	__asm__ volatile("nop");
}

static void registers(void)
{
	write_dr0(0x123456789abcdef0);
	EXPECT(read_dr0() == 0x123456789abcdef0, "DR0 %x", read_dr0());
	EXPECT(read_dr6() == DR6_FIXED, "DR6 %x", read_dr6());
	EXPECT(read_dr7() == DR7_FIXED, "DR7 %x", read_dr7());
}

static void execution(void)
{
	write_dr0((uint64_t)(uintptr_t)function);
	function();
	expect("only DR0", 0);
	write_dr7(control(0, EXECUTE, 1));
	function();
	EXPECT(hits && seen_rip == (uint64_t)(uintptr_t)function, "rip %x", seen_rip);
	EXPECT(!(seen_flags & RF), "RF in the frame: %x", seen_flags);
	expect("execution", 1);
	write_dr7(0);
	function();
	expect("disabled", 0);
	write_dr7(control(0, EXECUTE, 1));
	function();
	expect("enabled again", 1);
	write_dr7(0);
}

static void data(void)
{
	write_dr0((uint64_t)(uintptr_t)&other);
	write_dr1((uint64_t)(uintptr_t)&watched);
	write_dr7(control(0, WRITE, 8) | control(1, WRITE, 8));
	(void)watched;
	expect("a read where writes are watched", 0);
	watched = 1;
	expect("a write", 2);
	other = 1;
	expect("another", 1);
	write_dr7(control(1, ACCESS, 8));
	other = 2;
	expect("a write that was watched before", 0);
	(void)watched;
	expect("a read", 2);
	/* an address is taken without the bits below the length */
	write_dr1((uint64_t)(uintptr_t)&watched + 3);
	write_dr7(control(1, WRITE, 4));
	watched_bytes[0] = 1;
	expect("the first of four bytes", 2);
	watched_bytes[4] = 1;
	expect("the fifth", 0);
	/* a step over a write that is watched */
	__asm__ volatile("pushfq; orq %1, (%%rsp); popfq; movb $1, %0"
			 : "=m"(watched_bytes[0])
			 : "i"(TF)
			 : "memory", "cc");
	expect("a step over a write", 2 | BS);
	write_dr7(0);
}

/* What a handler does: disable all, enable all; no hit may be lost or be one too many. */
static void again_and_again(void)
{
	int want = 0;

	for (int i = 0; i < ROUNDS && !failures; i++) {
		const uint64_t on = control(i & 1, WRITE, 8);

		write_dr0((uint64_t)(uintptr_t)(i & 2 ? &watched : &other));
		write_dr1((uint64_t)(uintptr_t)(i & 2 ? &other : &watched));
		write_dr7(on);
		watched++;
		other++;
		want++;
		EXPECT(hits == want, "round %d: %d hits", i, hits);
		write_dr7(0);
		watched++;
		other++;
		EXPECT(hits == want, "round %d, disabled: %d hits", i, hits);
	}
	hits = 0;
}

/* Places that the host must not watch for us; they just never hit. */
static void elsewhere(void)
{
	static const uint64_t places[] = { 0x7bc00000, 0x7b801000, 0x7bdffff8, 0x6f0000000000,
					   0x7ffffffff000, 0xffffffff81000000 };

	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		write_dr0(places[i]);
		write_dr1((uint64_t)(uintptr_t)&watched);
		write_dr7(control(0, ACCESS, 8) | control(1, WRITE, 8));
		watched++;
		expect("a write, with a place that is not ours in DR0", 2);
	}
	write_dr7(0);
}

void test_main(void)
{
	on_trap = on_debug;
	registers();
	execution();
	if (word_is("part", "execution"))
		return;
	data();
	again_and_again();
	elsewhere();
}
