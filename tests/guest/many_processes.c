// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * many_processes.c - 200 children at once, all of them waiting, all of them
 * answering.
 *
 * Flags: timeout=60
 */
#include "test.h"

#define COUNT 200

int main(void)
{
	int go[2], done[2], status, seen = 0;
	pid_t pid[COUNT];
	unsigned char byte;

	REQUIRE(pipe(go) == 0 && pipe(done) == 0);
	for (int i = 0; i < COUNT; i++) {
		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (pid[i] == 0) {
			close(go[1]);
			byte = (unsigned char)i;
			if (read(go[0], &status, 1) != 0)
				_exit(1);
			_exit(write(done[1], &byte, 1) == 1 ? 0 : 1);
		}
	}
	close(go[1]);
	close(done[1]);
	while (read(done[0], &byte, 1) == 1)
		seen++;
	EXPECT(seen == COUNT, "%d children answered", seen);
	for (int i = 0; i < COUNT; i++) {
		REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
		EXPECT(status == 0, "child %d: %#x", i, status);
	}
	return test_end();
}
