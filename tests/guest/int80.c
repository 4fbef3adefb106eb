// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * int80.c - the guest kernel has no 32-bit system calls: int $0x80 and sysenter
 * are faults, and never reach the host kernel.
 *
 * Flags: guest-only
 */
#include "test.h"

static void int80(void *arg)
{
	(void)arg;
	/* 1 is exit in the 32-bit table, write in the 64-bit one */
	__asm__ volatile("int $0x80" ::"a"(1), "b"(99) : "memory");
	_exit(50);
}

static void vsyscall(void *arg)
{
	long (*page)(void *) = (long (*)(void *))0xffffffffff600000;

	(void)arg;
	page(NULL);
	_exit(51);
}

int main(void)
{
	int status = in_child(int80, NULL);

	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "int $0x80: %#x", status);
	status = in_child(vsyscall, NULL);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "vsyscall page: %#x", status);
	return test_end();
}
