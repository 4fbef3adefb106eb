// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vfork.c - the child of vfork shares memory and stops its parent until exec or
 * exit.
 */
#include "test.h"

static volatile int shared, i;

int main(int argc, char **argv)
{
	char *const args[] = { argv[0], (char *)"child", NULL };
	int status;
	pid_t pid;

	if (argc > 1)
		return 5;
	for (i = 0; i < 50; i++) {
		shared = 0;
		pid = vfork();
		if (pid == 0) {
			shared = 42;
			if (i & 1)
				execv("/proc/self/exe", args);
			_exit(5);
		}
		EXPECT(shared == 42, "vfork's child does not share memory");
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 5, "status %#x", status);
	}
	return test_end();
}
