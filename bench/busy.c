// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * busy.c - busy: keeps one CPU busy until it is killed.
 *
 * usage: busy CPU PARENT
 *
 * Runs: on the host, as a child of bench/run (PARENT is its pid), with normal
 * priority, in a session of its own: where the scheduler shares the CPU among
 * sessions, the neighbour is one beside the measured system, not a part of it.
 *
 * Must hold: it does not outlive its parent, whatever that dies of.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	cpu_set_t one;

	if (argc != 3) {
		fprintf(stderr, "usage: busy CPU PARENT\n");
		return 2;
	}
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != atoi(argv[2]))
		return 1; /* the parent is gone already */
	CPU_ZERO(&one);
	CPU_SET(atoi(argv[1]), &one);
	if (setsid() < 0 || sched_setaffinity(0, sizeof(one), &one) < 0) {
		perror("busy");
		return 1;
	}
	for (;;)
		asm volatile("");
}
