// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_sandbox.c - what umvmm's own processes may not do any more, and how the children are
 * found whose page tables are bounded.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/sandbox/landlock.h>
#include <umvmm/steward/overhead.h>
#include <umvmm/sandbox/sandbox.h>

#include "unit.h"

/* The status of a child that runs TRY, which gives one. */
static int in_child(int (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int errno_of(long ret)
{
	return ret < 0 ? errno : 0;
}

static int open_after_landlock(void)
{
	landlock_no_files();
	return errno_of(open("/dev/null", O_RDONLY));
}

START_TEST(landlock)
{
	ck_assert_int_eq(in_child(open_after_landlock), (landlock_abi() ? EACCES : 0) << 8);
}
END_TEST

static int read_in_vain(void)
{
	char byte;

	if (sandbox_reader(5) < 0)
		return 1;
	if (errno_of(open("/dev/null", O_RDONLY)) != EPERM || errno_of(fork()) != EPERM ||
	    errno_of(socket(AF_UNIX, SOCK_STREAM, 0)) != EPERM ||
	    errno_of(kill(getpid(), 0)) != EPERM || errno_of(getppid()) != EPERM ||
	    errno_of(execl("/bin/true", "true", NULL)) != EPERM ||
	    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
		    MAP_FAILED)
		return 2;
	/* and what it needs */
	if (!malloc(16 << 20) || errno_of(pread(STDIN_FILENO, &byte, 1, 0)) == EPERM)
		return 3;
	return 0;
}

START_TEST(reader)
{
	ck_assert_int_eq(in_child(read_in_vain), 0);
}
END_TEST

static int read_for_ever(void)
{
	if (sandbox_reader(1) < 0)
		return 1;
	for (;;)
		;
}

START_TEST(reader_ends)
{
	ck_assert_int_eq(in_child(read_for_ever), EXIT_SELF << 8);
}
END_TEST

static void way_out(int call)
{
	_exit(call == SYS_execve ? 42 : 1);
}

static int leave_manager(void)
{
	if (sandbox_manager(way_out) < 0 || errno_of(open("/dev/null", O_RDONLY)) != EPERM ||
	    errno_of(unlink("/nonexistent")) != EPERM ||
	    errno_of(syscall(SYS_ptrace, 0, 0, 0, 0)) != EPERM || errno_of(fork()) != EPERM)
		return 2;
	execl("/bin/true", "true", NULL);
	return 3;
}

static int leave_tracer(void)
{
	if (sandbox_tracer(way_out) < 0 || errno_of(open("/dev/null", O_RDONLY)) != EPERM ||
	    errno_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)) != EPERM)
		return 2;
	execl("/bin/true", "true", NULL);
	return 3;
}

START_TEST(ways_out)
{
	ck_assert_int_eq(in_child(leave_manager), 42 << 8);
	ck_assert_int_eq(in_child(leave_tracer), 42 << 8);
}
END_TEST

#define CHILDREN 70u /* more than there is room for at first */

static bool has(const struct children *c, pid_t pid)
{
	for (unsigned int i = 0; i < c->count; i++)
		if (c->pid[i] == pid)
			return true;
	return false;
}

/* Whether the host lists them or not. */
START_TEST(children)
{
	struct children listed = { 0 }, searched = { 0 };
	pid_t child[CHILDREN];

	for (unsigned int i = 0; i < CHILDREN; i++) {
		child[i] = fork();
		if (child[i] == 0)
			for (;;)
				pause();
	}
	ck_assert_int_eq(overhead_children(&listed, getpid(), false), 0);
	ck_assert_int_eq(overhead_children(&searched, getpid(), true), 0);
	ck_assert_uint_eq(listed.count, CHILDREN);
	ck_assert_uint_eq(searched.count, CHILDREN);
	for (unsigned int i = 0; i < CHILDREN; i++) {
		ck_assert(has(&listed, child[i]) && has(&searched, child[i]));
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	/* nobody, as where others' processes are hidden */
	ck_assert_int_eq(overhead_children(&searched, getpid(), true), -1);
	free(listed.pid);
	free(searched.pid);
}
END_TEST

/* What its children have is counted. */
START_TEST(tables)
{
	struct overhead o = { .parent = getpid(), .mem_size = 1 << 20 };
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	ck_assert_int_gt(overhead_look(&o), 0);
	ck_assert_uint_gt(o.tables, 4096);
	ck_assert_uint_eq(o.limit, overhead_limit(1 << 20, 1));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	free(o.look[0].process);
	free(o.look[1].process);
	free(o.children.pid);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sandbox");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, landlock);
	tcase_add_test(tc, reader);
	tcase_add_test(tc, reader_ends);
	tcase_add_test(tc, ways_out);
	tcase_add_test(tc, children);
	tcase_add_test(tc, tables);
	return unit_run(tc);
}
