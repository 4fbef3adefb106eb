// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork.c - fork and wait: status, ids, and memory that is no longer shared.
 */
#include "test.h"

int main(void)
{
	volatile int value = 1;
	int status;

	for (int i = 0; i < 100; i++) {
		pid_t parent = getpid(), pid = fork();

		REQUIRE(pid >= 0);
		if (pid == 0) {
			value = 2;
			_exit(getppid() == parent && getpid() != parent ? 40 + i % 3 : 1);
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 40 + i % 3, "status %#x", status);
		EXPECT(value == 1, "the child wrote into its parent");
	}
	return test_end();
}
