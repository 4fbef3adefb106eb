// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc.c - rows of making a process, from fork to the parent's wait.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

static void await(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		row_unavailable("child");
}

static uint64_t loop_fork_exit(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		await(pid);
	}
	return now_ns() - start;
}

static uint64_t loop_fork_exec(uint64_t n, void *arg)
{
	char *const *argv = arg;
	uint64_t start = now_ns();

	while (n--) {
		pid_t pid = fork();

		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
		await(pid);
	}
	return now_ns() - start;
}

static uint64_t loop_vfork_exec(uint64_t n, void *arg)
{
	char *const *argv = arg;
	uint64_t start = now_ns();

	while (n--) {
		pid_t pid = vfork();

		if (pid == 0) {
			execv(argv[0], argv);
			_exit(127);
		}
		await(pid);
	}
	return now_ns() - start;
}

static double measure_fork_exit(const struct row *row)
{
	(void)row;
	return loop_min(loop_fork_exit, NULL);
}

static double measure_exec(const struct row *row)
{
	char *argv[] = {(char *)helper_path("true"), NULL};

	return loop_min(row->arg ? loop_vfork_exec : loop_fork_exec, argv);
}

static double measure_shell(const struct row *row)
{
	char *argv[] = {NULL, "-c", "./true; exit $?", NULL};

	(void)row;
	argv[0] = (char *)helper_path("sh");
	if (chdir(helper_path(".")) < 0)
		row_unavailable("chdir");
	argv[0] = "./sh";
	return loop_min(loop_fork_exec, argv);
}

const struct row proc_rows[] = {
	{"fork_exit", "us", measure_fork_exit, 0, 0},
	{"vfork_exec", "us", measure_exec, 1, 0},
	{"fork_exec", "us", measure_exec, 0, 0},
	{"fork_sh", "us", measure_shell, 0, 0},
	{0},
};
