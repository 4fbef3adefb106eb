// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec_dynamic.c - fork and exec of a dynamically linked PIE, with pipes.
 *
 * Flags: dynamic
 */
#include "test.h"

static int child_main(void)
{
	char buf[64] = "";

	REQUIRE(read(0, buf, sizeof(buf) - 1) > 0);
	printf("got %s", buf);
	return 7;
}

int main(int argc, char **argv)
{
	int in[2], out[2], status;
	char buf[64] = "";
	pid_t pid;

	if (argc > 1)
		return child_main();
	for (int i = 0; i < 30; i++) {
		REQUIRE(pipe(in) == 0 && pipe(out) == 0);
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0) {
			dup2(in[0], 0);
			dup2(out[1], 1);
			close(in[1]);
			close(out[0]);
			execl("/proc/self/exe", argv[0], "child", (char *)NULL);
			_exit(1);
		}
		close(in[0]);
		close(out[1]);
		REQUIRE(write(in[1], "word", 4) == 4);
		close(in[1]);
		memset(buf, 0, sizeof(buf));
		REQUIRE(read(out[0], buf, sizeof(buf) - 1) > 0);
		EXPECT(!strcmp(buf, "got word"), "'%s'", buf);
		close(out[0]);
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7, "status %#x", status);
	}
	return test_end();
}
