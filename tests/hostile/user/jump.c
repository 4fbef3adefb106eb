// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jump.c - a guest user's program that jumps all over the monitor, each time in
 * a child process with random registers. usage: jump SEED COUNT TEXT TEXT_END
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

#include "../registers.h"

#define MONITOR	    0x7f800000ul
#define MONITOR_END 0x80000000ul

static uint64_t x;

static void jump(uint64_t to)
{
	static uint64_t regs[REGISTERS];
	char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	random_registers(&x, regs, stack + 32768, to);
	registers_jump(regs);
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
	int keys = has_keys();
	uint64_t text, text_size;
	long count;

	if (argc != 5)
		return 2;
	x = random_start(strtoull(argv[1], NULL, 0));
	count = atol(argv[2]);
	text = strtoull(argv[3], NULL, 0);
	text_size = strtoull(argv[4], NULL, 0) - text;
	for (long i = 0; i < count; i++) {
		uint64_t to = text + random_next(&x) % text_size;
		pid_t pid;

		if (random_next(&x) % 4 == 0)
			to = MONITOR + random_next(&x) % (MONITOR_END - MONITOR);
		random_next(&x); /* each child's registers are others */
		printf("%ld %#lx\n", i, to);
		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			alarm(1);
			if (keys && random_next(&x) & 1)
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
