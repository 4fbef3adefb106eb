// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jump.c - jumps to a byte of the monitor with random registers.
 *
 * Runs: in the guest, virtual CPL 0. Command line: at= the address, seed= of the
 * registers.
 */
#include "lib.h"

static uint64_t regs[16];

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* What attackers like: addresses of every region, small numbers, anything. */
static uint64_t hostile(uint64_t *x)
{
	static const uint64_t like[] = {
		0, 1, ~0ull, 9, 3, 4, 0x7f800000, 0x7fc00000, 0x7fc80000, 0x7fce0000, 0x7fcf0000,
		0x7fd00000, 0x7c0000000000, 0x200000, 0x600000000000, 0x11, 4096, 57, 231,
	};
	uint64_t r = next(x);

	switch (r & 3) {
	case 0:
		return next(x);
	case 1:
		return like[(r >> 8) % (sizeof(like) / sizeof(like[0]))] + (next(x) & 0xfff8);
	default:
		return like[(r >> 8) % (sizeof(like) / sizeof(like[0]))];
	}
}

static void go(void)
{
	__asm__ volatile("mov %0, %%r15\n\t"
			 "mov 0(%%r15), %%rax\n\t"
			 "mov 8(%%r15), %%rcx\n\t"
			 "mov 16(%%r15), %%rdx\n\t"
			 "mov 24(%%r15), %%rbx\n\t"
			 "mov 32(%%r15), %%rsp\n\t"
			 "mov 40(%%r15), %%rbp\n\t"
			 "mov 48(%%r15), %%rsi\n\t"
			 "mov 56(%%r15), %%rdi\n\t"
			 "mov 64(%%r15), %%r8\n\t"
			 "mov 72(%%r15), %%r9\n\t"
			 "mov 80(%%r15), %%r10\n\t"
			 "mov 88(%%r15), %%r11\n\t"
			 "mov 96(%%r15), %%r12\n\t"
			 "mov 104(%%r15), %%r13\n\t"
			 "jmp *120(%%r15)" ::"r"(regs)
			 : "memory");
}

void test_main(void)
{
	uint64_t seed = number("seed") * 0x9e3779b97f4a7c15 + 1;
	uint8_t *stack = (uint8_t *)new_page() + 2048;

	for (unsigned int i = 0; i < 15; i++)
		regs[i] = hostile(&seed);
	if (next(&seed) & 1)
		regs[4] = (uintptr_t)stack;
	regs[15] = number("at");
	go();
}
