// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdso_clock.c - clock_gettime and gettimeofday need no system call, never go
 * backwards, and agree with the system call.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/time.h>

#include "test.h"

static uint64_t ns(clockid_t clock)
{
	struct timespec ts;

	REQUIRE(clock_gettime(clock, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static uint64_t ns_by_call(clockid_t clock)
{
	struct timespec ts;

	REQUIRE(syscall(SYS_clock_gettime, clock, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void no_calls(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clock_gettime, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_gettimeofday, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
}

static void child(void *arg)
{
	uint64_t last = 0, t;
	struct timeval tv;

	(void)arg;
	no_calls();
	for (int i = 0; i < 200000; i++) {
		t = ns(CLOCK_MONOTONIC);
		if (t < last) {
			EXPECT(0, "the clock went back by %lu ns", last - t);
			break;
		}
		last = t;
	}
	ns(CLOCK_REALTIME);
	gettimeofday(&tv, NULL);
}

int main(void)
{
	int status;

	for (int i = 0; i < 1000; i++) {
		uint64_t a = ns(CLOCK_MONOTONIC), b = ns_by_call(CLOCK_MONOTONIC),
			 c = ns(CLOCK_MONOTONIC);

		EXPECT(a <= b && b <= c, "%lu, by system call %lu, %lu", a, b, c);
	}
	status = in_child(child, NULL);
	EXPECT(status == 0, "a clock needed a system call, or went wrong: %#x", status);
	return test_end();
}
