// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec_loop.c - the program executes itself 300 times, and keeps what exec keeps.
 *
 * Flags: timeout=40
 */
#include "test.h"

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 300;
	char text[16], pid[16];
	volatile char *old;

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (argc > 2)
		EXPECT(!strcmp(pid, argv[2]), "the process id changed from %s to %s", argv[2], pid);
	/* what the last image mapped here must be gone and zero */
	old = mmap((void *)0x200000000000, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(old != MAP_FAILED);
	EXPECT(*old == 0, "memory of the image before");
	*old = 1;
	if (n == 0 || test_failures)
		return test_end();
	snprintf(text, sizeof(text), "%d", n - 1);
	execl("/proc/self/exe", argv[0], text, pid, (char *)NULL);
	REQUIRE(!"exec");
	return 1;
}
