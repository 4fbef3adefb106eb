// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust_end.c - when modules can no longer be loaded, all processes are kept from the
 * kernel's memory, those that run, too. It cannot be undone, so it is done only where no other tests
 * follow: by tests/faults/users.sh.
 *
 * Flags: guest-only trusted
 */
#include "trust.h"

int main(void)
{
	int fd, asked[2], answer[2], status;
	char c;
	pid_t pid;

	if (getenv("HOST_LACKS")) /* other tests follow */
		return 0;
	REQUIRE(pipe(asked) == 0 && pipe(answer) == 0);
	EXPECT(!walled(), "before");
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		EXPECT(!walled(), "a child, before");
		REQUIRE(write(answer[1], "x", 1) == 1);
		REQUIRE(read(asked[0], &c, 1) == 1);
		EXPECT(walled(), "a child that runs already");
		_exit(test_failures != 0);
	}
	REQUIRE(read(answer[0], &c, 1) == 1);
	fd = open("/proc/sys/kernel/modules_disabled", O_WRONLY);
	REQUIRE(fd >= 0 && write(fd, "1", 1) == 1);
	EXPECT(walled(), "who has switched them off");
	REQUIRE(write(asked[1], "x", 1) == 1);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "the child: %#x", status);
	return test_end();
}
