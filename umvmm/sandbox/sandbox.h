/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h - what umvmm's own processes may still ask of the host once a guest may run.
 *
 * The filter of what runs guest code is another: tracer/policy/seccomp.h.
 */
#ifndef UMVMM_SANDBOX_SANDBOX_H
#define UMVMM_SANDBOX_SANDBOX_H

#include <stdint.h>

/*
 * Each: for the rest of this process's life, for threads that it starts later and for its
 * forks. While it has one thread. 0, or -1 after a message.
 *
 * A call that would lead out (a program, a file, a socket, another process's memory) raises
 * SIGSYS, which ENDED gets, in a signal handler, with the number of the call; it must not
 * return. Any other fails with EPERM: C libraries differ in what they try.
 */
int sandbox_manager(void (*ended)(int call)) __attribute__((warn_unused_result));
int sandbox_tracer(void (*ended)(int call)) __attribute__((warn_unused_result));

/*
 * For whoever looks at a guest's memory: reads and writes the files that are open, for so many
 * SECONDS of CPU time; then it says so and exits with EXIT_SELF.
 */
int sandbox_reader(unsigned int seconds) __attribute__((warn_unused_result));

/* Of CPU time, to look at a guest: an honest one takes a tenth of a second. */
#define READER_SECONDS 5u
/* And to write all of its memory into a file: a CPU copies 64 MiB in a second, at the least. */
static inline unsigned int dump_seconds(uint64_t size)
{
	return READER_SECONDS + (unsigned int)(size / (64ull << 20));
}

#endif
