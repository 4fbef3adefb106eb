/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lat.h - what the row families share: the row table and the timing loop.
 *
 * Runs: in user space, of the host or of any guest; static, so that the same
 * bytes run everywhere.
 *
 * Must hold: each row runs in a process of its own (main.c), so a row may
 * change signal handlers, limits and memory as it likes, and may simply exit
 * through row_unavailable() when the system lacks what it needs.
 */
#ifndef BENCH_LAT_H
#define BENCH_LAT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * A measured loop: does n operations and returns how many nanoseconds they
 * took. Preparation and clearing up stay outside of its two calls of now_ns().
 */
typedef uint64_t (*loop_fn)(uint64_t n, void *arg);

struct row {
	const char *name;
	const char *unit; /* "ns", "us" or "MB/s" */
	double (*measure)(const struct row *row);
	long arg, arg2; /* what tells the rows of one family apart */
};

/* The families, each ending with a row without a name. */
extern const struct row syscall_rows[], signal_rows[], ipc_rows[], ctx_rows[], proc_rows[];
extern const struct row fault_rows[], mmap_rows[], clock_rows[], thread_rows[], mem_rows[];
extern const struct row cpu_rows[], file_rows[], hackbench_rows[];

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Keep a value, and the loop that makes it, from being optimised away. */
static inline void use(uint64_t value)
{
	asm volatile("" : : "r"(value) : "memory");
}

/* Nanoseconds of one operation: the minimum of several repetitions. */
double loop_min(loop_fn loop, void *arg);

/* How a row's process says that it has already told why there is no value. */
#define EXIT_UNAVAILABLE 3

/* This process measures the row of that name. */
void row_begin(const char *name);
/* End this row's process; the system cannot do it and errno says why. */
void row_unavailable(const char *what) __attribute__((noreturn));
/* The same for another reason. */
void row_unavailable_because(const char *reason) __attribute__((noreturn));

/* A path below the work directory (a tmpfs wherever there is one). */
const char *work_path(const char *name);
/* One of the programs that lie beside lat: true, sh. */
const char *helper_path(const char *name);

/* Make a file of that size in the work directory; returns it opened. */
int work_file(const char *name, size_t size);
#endif
