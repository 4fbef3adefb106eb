// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jump.c - a guest user's program that jumps all over the monitor, each time in
 * a child process with random registers. usage: jump SEED COUNT
 *
 * Runs: in the guest, user space. Without --isolation it may end the VM; what
 * must hold then is checked outside.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MONITOR	    0x7f800000ul
#define MONITOR_END 0x80000000ul
#define TEXT	    0x7f802000ul
#define TEXT_SIZE   0xc000ul

static uint64_t x;

static uint64_t next(void)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static uint64_t hostile(void)
{
	static const uint64_t like[] = {
		0, 1, ~0ul, 9, 3, 4, MONITOR, 0x7fc00000, 0x7fc80000, 0x7fce0000, 0x7fcf0000,
		0x7fd00000, 0x41000000, 0x600000000000, 0x7c0000000000, 57, 231, 15,
	};

	return next() & 1 ? next() : like[next() % (sizeof(like) / sizeof(like[0]))];
}

static void jump(uint64_t to)
{
	static uint64_t regs[16];
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 15; i++)
		regs[i] = hostile();
	if (next() & 1)
		regs[4] = (uintptr_t)stack + 32768;
	regs[15] = to;
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
			 "mov 112(%%r15), %%r14\n\t"
			 "jmp *120(%%r15)" ::"r"(regs)
			 : "memory");
}

/* All rights for all protection keys: nothing keeps user code from this. */
static void take_rights(void)
{
	__asm__ volatile("wrpkru" ::"a"(0), "c"(0), "d"(0) : "memory");
}

/* The guest's CPUID does not tell of keys. */
static int has_keys(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		take_rights();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? atol(argv[2]) : 100;
	int keys = has_keys();

	x = (argc > 1 ? strtoull(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15 + 1;
	for (long i = 0; i < count; i++) {
		uint64_t to = TEXT + next() % TEXT_SIZE;
		pid_t pid;

		if (next() % 4 == 0)
			to = MONITOR + next() % (MONITOR_END - MONITOR);
		next();
		printf("%ld %#lx\n", i, to);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			alarm(1);
			if (keys && next() & 1)
				take_rights();
			jump(to);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid) {
			puts("no child");
			return 1;
		}
	}
	puts("alive");
	return 0;
}
