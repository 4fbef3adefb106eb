/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * registers.h - hostile register values, and a jump with all of them loaded.
 *
 * Runs: in a guest: freestanding or in its user space; random numbers on the host, too. Needs
 * no library.
 */
#ifndef HOSTILE_REGISTERS_H
#define HOSTILE_REGISTERS_H

#include <stdint.h>

/* rax rcx rdx rbx rsp rbp rsi rdi r8..r14, and where to jump: address and code segment. */
#define REGISTERS	16
#define REGISTER_STACK	4
#define REGISTER_TARGET 15

#define CODE_64 (0x33ull << 32)
#define CODE_32 (0x23ull << 32)

/* Never 0, for which there is no next. */
static inline uint64_t random_start(uint64_t seed)
{
	return seed * 0x9e3779b97f4a7c15 | 1;
}

/* xorshift64 */
static inline uint64_t random_next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/*
 * What attackers like: addresses of every region, small numbers, signals, numbers of
 * system calls that the monitor makes, reasons of a hand-off; or anything.
 */
static inline uint64_t random_hostile(uint64_t *x)
{
	static const uint64_t like[] = {
		0, 1, 3, 4, 5, 7, 8, 9, 10, 11, 15, 0x11, 24, 31, 56, 57, 202, 231, 4096, ~0ull, ~1ull,
		0x7a7, 0x7a8, 0x200000, 0x69000000, 0x7b800000, 0x7ba00000, 0x7bc00000, 0x7bc80000,
		0x7bce0000, 0x7bcf0000, 0x7bdf0000, 0x7bdf1000, 0x7bdf4000, 0x7be00000,
		0x648000000000, 0x650000000000, 0x6f0000000000, 0x6f8000000000, 0x700000000000,
	};
	uint64_t r = random_next(x), value = like[(r >> 8) % (sizeof(like) / sizeof(like[0]))];

	switch (r & 3) {
	case 0:
		return random_next(x);
	case 1:
		return value + (random_next(x) & 0xfff8);
	default:
		return value;
	}
}

/*
 * A set of registers for a jump to TARGET, below 4 GiB; every second one has STACK, its
 * middle, every fourth goes to 32-bit code.
 */
static inline void random_registers(uint64_t *x, uint64_t regs[REGISTERS], const void *stack,
				    uint64_t target)
{
	unsigned int i;

	for (i = 0; i < REGISTER_TARGET; i++)
		regs[i] = random_hostile(x);
	if (random_next(x) & 1)
		regs[REGISTER_STACK] = (uintptr_t)stack;
	regs[REGISTER_TARGET] = target | (random_next(x) & 3 ? CODE_64 : CODE_32);
}

/* Loads REGS and jumps; r15 keeps the address of REGS. */
void registers_jump(const uint64_t regs[REGISTERS]) __attribute__((noreturn));
__asm__(".pushsection .text\n"
	"registers_jump:\n\t"
	"mov %rdi, %r15\n\t"
	"mov $0x2b, %eax\n\t"
	"mov %eax, %ds\n\t"
	"mov %eax, %es\n\t"
	"mov 0(%r15), %rax\n\t"
	"mov 8(%r15), %rcx\n\t"
	"mov 16(%r15), %rdx\n\t"
	"mov 24(%r15), %rbx\n\t"
	"mov 32(%r15), %rsp\n\t"
	"mov 40(%r15), %rbp\n\t"
	"mov 48(%r15), %rsi\n\t"
	"mov 56(%r15), %rdi\n\t"
	"mov 64(%r15), %r8\n\t"
	"mov 72(%r15), %r9\n\t"
	"mov 80(%r15), %r10\n\t"
	"mov 88(%r15), %r11\n\t"
	"mov 96(%r15), %r12\n\t"
	"mov 104(%r15), %r13\n\t"
	"mov 112(%r15), %r14\n\t"
	".byte 0x41, 0xff, 0x6f, 0x78\n" /* ljmp *120(%r15), which nobody shall rewrite */
	".popsection");

#endif
