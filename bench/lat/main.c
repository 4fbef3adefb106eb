// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - lat: small latencies and bandwidths of the system it runs on.
 *
 * usage: lat [-l] [-t MS] [-w DIR] [ROW...]
 *
 * Prints one line "name value unit" for each row, and "# name: reason" for a
 * row that this system cannot do. -l lists the rows, -t sets the length of one
 * repetition, -w the directory for work files; a ROW may be a prefix ("ctx").
 *
 * Runs: in user space, pinned to the first CPU that it may use.
 *
 * Must hold: a row that crashes or hangs costs that row only. A signal that ends lat
 * ends the row, too, and removes its files. Nothing else
 * runs while a row is measured: after each line the reader gets time to take it
 * away, because in a guest somebody there has to carry it out.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../await.h"
#include "lat.h"
#include "loop.h"
#include "work.h"

#define ROW_SECONDS 30
#define PAUSE_US    30000

static const struct row *const families[] = {
	syscall_rows, signal_rows, ipc_rows,	ctx_rows, proc_rows, fault_rows,
	mmap_rows,    clock_rows,  thread_rows, mem_rows, cpu_rows,  file_rows,
	hackbench_rows,
};

static sigset_t outside; /* the signal mask that lat was started with */

static void pin(void)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one);
		return;
	}
}

static void measure(const struct row *row)
{
	double value;

	row_begin(row->name);
	setpgid(0, 0);
	value = row->measure(row);
	if (!strcmp(row->unit, "us"))
		value /= 1000;
	dprintf(STDOUT_FILENO, "%s %.*f %s\n", row->name, value < 100 ? 3 : 1, value, row->unit);
	_exit(0);
}

/* Wait for the row's process, but not for ever; its group holds its children. */
static int await_row(const struct row *row, pid_t pid)
{
	int status, sig = await_signal(ROW_SECONDS);

	if (sig != SIGCHLD) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (!sig) {
		printf("# %s: no result after %d s\n", row->name, ROW_SECONDS);
		await_signal(ROW_SECONDS); /* its end */
		return 1;
	}
	if (sig != SIGCHLD) {
		work_close();
		_exit(128 + sig);
	}
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status))
		printf("# %s: killed by signal %d\n", row->name, WTERMSIG(status));
	else if (status && WEXITSTATUS(status) != EXIT_UNAVAILABLE)
		printf("# %s: ended with status %d\n", row->name, WEXITSTATUS(status));
	return status != 0;
}

static int run_row(const struct row *row)
{
	pid_t pid;
	int bad;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("lat: fork");
		return 1;
	}
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &outside, NULL);
		measure(row);
	}
	bad = await_row(row, pid);
	fflush(stdout);
	usleep(PAUSE_US);
	return bad;
}

static int wanted(const struct row *row, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strncmp(row->name, *names, strlen(*names)))
			return 1;
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: lat [-l] [-t MS] [-w DIR] [ROW...]\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *dir = NULL;
	int opt, list = 0, bad = 0;

	while ((opt = getopt(argc, argv, "lt:w:")) != -1) {
		if (opt == 'l')
			list = 1;
		else if (opt == 'w')
			dir = optarg;
		else if (opt == 't' && atoi(optarg) > 0)
			loop_target_ns = (uint64_t)atoi(optarg) * 1000000u;
		else
			return usage();
	}
	await_block(&outside);
	if (!list && work_open(dir) < 0)
		return 1;
	pin();
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		for (const struct row *row = families[i]; row->name; row++) {
			if (!wanted(row, argv + optind))
				continue;
			if (list)
				printf("%s %s\n", row->name, row->unit);
			else
				bad |= run_row(row);
		}
	if (!list)
		work_close();
	return bad;
}
