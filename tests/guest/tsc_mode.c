// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsc_mode.c - prctl(PR_SET_TSC, PR_TSC_SIGSEGV) is either refused, and RDTSC goes on, or
 * RDTSC is a SIGSEGV until PR_TSC_ENABLE, in a child, too: whoever was promised a signal is
 * not told the time.
 *
 * Flags: native-tsd
 */
#include <sched.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <x86intrin.h>

#include "test.h"

static sigjmp_buf back;

static void on_segv(int sig)
{
	(void)sig;
	siglongjmp(back, 1);
}

static bool tells(void)
{
	if (sigsetjmp(back, 1))
		return false;
	return __rdtsc() != 0;
}

static int mode(void)
{
	int value = 0;

	REQUIRE(prctl(PR_GET_TSC, &value) == 0);
	return value;
}

static void expect_mode(int wanted, const char *when)
{
	EXPECT(mode() == wanted, "%d %s", mode(), when);
	EXPECT(tells() == (wanted == PR_TSC_ENABLE), "%s", when);
}

int main(void)
{
	int status, wanted = PR_TSC_SIGSEGV;
	pid_t pid;

	signal(SIGSEGV, on_segv);
	expect_mode(PR_TSC_ENABLE, "at the start");
	EXPECT(prctl(PR_SET_TSC, 7) == -1 && errno == EINVAL, "errno %d", errno);
	if (prctl(PR_SET_TSC, PR_TSC_SIGSEGV) < 0) {
		EXPECT(errno == EINVAL, "errno %d", errno);
		wanted = PR_TSC_ENABLE;
	}
	expect_mode(wanted, "after PR_TSC_SIGSEGV");
	sched_yield();
	usleep(1000);
	expect_mode(wanted, "later");
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		expect_mode(wanted, "in a child");
		exit(test_failures != 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "the child's status is %#x", status);
	EXPECT(prctl(PR_SET_TSC, PR_TSC_ENABLE) == 0, "errno %d", errno);
	expect_mode(PR_TSC_ENABLE, "at the end");
	return test_end();
}
