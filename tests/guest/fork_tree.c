// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fork_tree.c - every process forks four more, three levels deep.
 *
 * Flags: timeout=40
 */
#include "test.h"

static int tree(int depth)
{
	int status, count = 1;
	pid_t pid[4];

	if (depth == 0)
		return 1;
	for (int i = 0; i < 4; i++) {
		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (pid[i] == 0)
			_exit(tree(depth - 1));
	}
	for (int i = 0; i < 4; i++) {
		REQUIRE(waitpid(pid[i], &status, 0) == pid[i] && WIFEXITED(status));
		count += WEXITSTATUS(status);
	}
	return count;
}

int main(void)
{
	int count = tree(3);

	EXPECT(count == 1 + 4 + 16 + 64, "%d processes", count);
	return test_end();
}
