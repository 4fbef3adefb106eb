// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * host_probes.c - system calls that a new host's kernel never shows to a filter: uretprobe
 * and uprobe. Whoever answers a guest's program, it gets an error or SIGILL, and its
 * memory and its descriptors are as they were.
 *
 * Flags: guest-only
 */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define URETPROBE 335
#define UPROBE	  336

static void one(long number)
{
	static char memory[65536];
	int status, ends[2];
	pid_t pid;

	memset(memory, 0x5a, sizeof(memory));
	REQUIRE(pipe(ends) == 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 40; i++) { /* also from a rewritten site */
			long ret = syscall(number, memory, sizeof(memory), memory, memory, memory, memory);

			if (ret != -1 || (errno != ENOSYS && errno != ENXIO && errno != EINVAL))
				_exit(1);
		}
		for (size_t i = 0; i < sizeof(memory); i++)
			if (memory[i] != 0x5a)
				_exit(2);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 3);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT((WIFSIGNALED(status) && WTERMSIG(status) == SIGILL) ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 0), "call %ld: status %#x", number, status);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	one(URETPROBE);
	one(UPROBE);
	return test_end();
}
