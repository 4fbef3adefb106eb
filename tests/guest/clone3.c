// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clone3.c - clone3 with its own stack, shared memory, a pidfd, and the child's
 * id stored and cleared.
 */
#include <linux/sched.h>
#include <poll.h>

#include "test.h"

static volatile int shared;
static volatile pid_t tid_cell;

static __attribute__((noinline)) long clone3_call(struct clone_args *args, void (*fn)(void))
{
	long ret;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "call *%4\n\t"
			 "ud2\n"
			 "1:"
			 : "=a"(ret)
			 : "0"(SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(fn)
			 : "rcx", "r11", "memory");
	return ret;
}

static void child(void)
{
	shared = 77;
	syscall(SYS_exit, 9);
	__builtin_unreachable();
}

int main(void)
{
	char *stack = map_pages(16, PROT_READ | PROT_WRITE);
	int pidfd = -1;
	siginfo_t info = { 0 };
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_PARENT_SETTID,
		.pidfd = (uintptr_t)&pidfd,
		.child_tid = (uintptr_t)&tid_cell,
		.parent_tid = (uintptr_t)&tid_cell,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)stack,
		.stack_size = 16 * PAGE,
	};

	for (int i = 0; i < 20; i++) {
		long pid;

		shared = 0;
		pid = clone3_call(&args, child);
		if (pid < 0 && -pid == ENOSYS)
			break;
		REQUIRE(pid > 0);
		REQUIRE(poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 5000) == 1);
		REQUIRE(waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED) == 0);
		EXPECT(info.si_status == 9 && info.si_pid == pid, "%d %d", info.si_status,
		       info.si_pid);
		EXPECT(shared == 77, "shared is %d", shared);
		EXPECT(tid_cell == pid, "the child's id is %d, not %ld", tid_cell, pid);
		close(pidfd);
	}
	return test_end();
}
