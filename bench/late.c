// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * late.c - how late calls with a timeout return: late [-n SAMPLES] [-u MICROSECONDS] [CALL…]
 *
 * Runs: natively and in guests. The calls take turns, so that what disturbs one disturbs all.
 * Prints for each "CALL SAMPLES", and how many samples were late by no more than each limit of
 * the head line and by more than the last before, in microseconds. bench/late.sh compares
 * systems by it.
 *
 * The calls sleep in whole milliseconds where they cannot less: so does -u.
 */
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NSEC_PER_SEC 1000000000ll

static const int limits[] = { 100, 200, 500, 1000, 2000, 4000, 10000, 1000000000 };
#define LIMITS (sizeof(limits) / sizeof(limits[0]))

static int epoll_fd;
static long microseconds = 1000;

static void by_epoll_pwait(void)
{
	struct epoll_event event;

	epoll_pwait(epoll_fd, &event, 1, (int)(microseconds / 1000), NULL);
}

static void by_poll(void)
{
	poll(NULL, 0, (int)(microseconds / 1000));
}

static struct timespec duration(void)
{
	return (struct timespec){ microseconds / 1000000, microseconds % 1000000 * 1000 };
}

static void by_nanosleep(void)
{
	struct timespec ts = duration();

	nanosleep(&ts, NULL);
}

static void by_futex(void)
{
	static uint32_t word;
	struct timespec ts = duration();

	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &ts, NULL, 0);
}

static struct {
	const char *name;
	void (*sleep)(void);
	int wanted;
	unsigned int late[LIMITS];
} calls[] = {
	{ .name = "epoll_pwait", .sleep = by_epoll_pwait },
	{ .name = "poll", .sleep = by_poll },
	{ .name = "nanosleep", .sleep = by_nanosleep },
	{ .name = "futex", .sleep = by_futex },
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void sample(size_t call)
{
	int64_t start = now(), late;
	size_t i = 0;

	calls[call].sleep();
	late = (now() - start) / 1000 - microseconds;
	while (i < LIMITS - 1 && late > limits[i])
		i++;
	calls[call].late[i]++;
}

static int usage(void)
{
	fprintf(stderr, "usage: late [-n SAMPLES] [-u MICROSECONDS] [CALL...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned int samples = 1000;
	int c, all;

	while ((c = getopt(argc, argv, "n:u:")) != -1) {
		if (c == 'n')
			samples = (unsigned int)atoi(optarg);
		else if (c == 'u')
			microseconds = atol(optarg) / 1000 * 1000;
		else
			return usage();
	}
	if (microseconds < 1000)
		return usage();
	all = optind == argc;
	for (; optind < argc; optind++) {
		size_t i = 0;

		while (i < CALLS && strcmp(calls[i].name, argv[optind]))
			i++;
		if (i == CALLS)
			return usage();
		calls[i].wanted = 1;
	}
	epoll_fd = epoll_create1(0);
	for (unsigned int n = 0; n < samples; n++)
		for (size_t i = 0; i < CALLS; i++)
			if (all || calls[i].wanted)
				sample(i);
	printf("%-12s %7s", "call", "samples");
	for (size_t i = 0; i < LIMITS - 1; i++)
		printf(" %7d", limits[i]);
	printf(" %7s\n", "more");
	for (size_t i = 0; i < CALLS; i++) {
		if (!all && !calls[i].wanted)
			continue;
		printf("%-12s %7u", calls[i].name, samples);
		for (size_t j = 0; j < LIMITS; j++)
			printf(" %7u", calls[i].late[j]);
		putchar('\n');
	}
	return 0;
}
