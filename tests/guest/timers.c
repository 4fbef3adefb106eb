// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * timers.c - nanosleep, timerfd, setitimer and poll take as long as asked for:
 * never less, and not for ever.
 */
#include <poll.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include "test.h"

/* A busy host is no fault of the guest's; a lost timer would be later still. */
#define LATE 3.0

static volatile sig_atomic_t alarms;

static void handler(int sig)
{
	(void)sig;
	alarms++;
}

static void check(const char *what, double took, double want)
{
	EXPECT(took >= want - 0.0005, "%s: %.4f s, asked for %.4f", what, took, want);
	EXPECT(took < want + LATE, "%s: %.4f s, asked for %.4f", what, took, want);
}

int main(void)
{
	static const long sleeps[] = { 1000, 100000, 1000000, 20000000, 200000000 };
	struct sigaction sa = { .sa_handler = handler };
	struct itimerspec spec = { { 0, 5000000 }, { 0, 5000000 } };
	struct itimerval it = { { 0, 10000 }, { 0, 10000 } };
	uint64_t ticks, total = 0;
	double start;
	int fd;

	for (unsigned int i = 0; i < sizeof(sleeps) / sizeof(sleeps[0]); i++) {
		struct timespec ts = { 0, sleeps[i] };

		start = now();
		REQUIRE(nanosleep(&ts, NULL) == 0);
		check("nanosleep", now() - start, (double)sleeps[i] * 1e-9);
	}
	start = now();
	for (int i = 0; i < 100; i++)
		usleep(1000);
	check("100 times 1 ms", now() - start, 0.1);

	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	start = now(); /* before the timer: whoever waits for a CPU in between is not early */
	REQUIRE(fd >= 0 && timerfd_settime(fd, 0, &spec, NULL) == 0);
	while (total < 40) {
		REQUIRE(read(fd, &ticks, sizeof(ticks)) == sizeof(ticks));
		total += ticks;
	}
	check("40 ticks of a timerfd", now() - start, 0.2);

	sigaction(SIGALRM, &sa, NULL);
	start = now();
	REQUIRE(setitimer(ITIMER_REAL, &it, NULL) == 0);
	while (alarms < 20)
		pause();
	check("20 alarms", now() - start, 0.2);
	it = (struct itimerval){ 0 };
	setitimer(ITIMER_REAL, &it, NULL);

	start = now();
	EXPECT(poll(NULL, 0, 50) == 0, "poll");
	check("poll", now() - start, 0.05);

	/* CPU time passes when, and only when, the CPU is used */
	struct timespec cpu0, cpu1;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu0);
	usleep(100000);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu1);
	double used = (double)(cpu1.tv_sec - cpu0.tv_sec) + (double)(cpu1.tv_nsec - cpu0.tv_nsec) * 1e-9;

	EXPECT(used < 0.05, "asleep for 0.1 s, but %.3f s of CPU time", used);
	return test_end();
}
