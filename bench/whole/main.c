// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - whole: how long whole programs take on the system it runs on.
 *
 * usage: whole [-2] [-n REPS] ROW...
 *
 * Prints one line "name value ms" for each ROW, which names a file in the folder
 * programs/rows beside this program; "# name: broken: reason" for one whose work
 * failed or whose output is wrong, "# name: reason" for one that ended otherwise. With -2 a row
 * runs on two CPUs, then on one of them, and a second line "name_speedup value x" says how many
 * times as fast it was on two.
 *
 * Runs: in user space, of the host or of any guest; static, so that the same
 * bytes run everywhere. The programs that it measures are those of the host, or
 * copies of them (pack).
 *
 * Must hold: nothing of a row is left when the next one starts, or when a signal ends
 * whole, neither processes nor files. A row whose output was not as it must be has no value.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../await.h"
#include "whole.h"

#define ROW_SECONDS 120
/* The reader of a line gets time to take it away: in a guest somebody there must carry it out. */
#define PAUSE_US   30000
#define BURY_TRIES 5000

static int usage(void)
{
	fprintf(stderr, "usage: whole [-2] [-n REPS] ROW...\n");
	return 2;
}

/* programs/ beside this program, wherever that is. */
static const char *programs_path(void)
{
	static char path[PATH_MAX + 16];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
	char *slash;

	path[len < 0 ? 0 : len] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash : path, "/programs");
	return path;
}

/* Bury all children; orphans of the row are ours, too. One that left the group may live on. */
static void bury(pid_t group)
{
	kill(-group, SIGKILL);
	for (int i = 0; i < BURY_TRIES; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (errno == ECHILD)
			return;
		usleep(1000);
	}
}

/* Wait for the row's process, but not for ever. */
static int await_row(const char *name, pid_t pid, const char *work)
{
	int status = 0, sig;
	pid_t dead;

	/* an orphan's end is a SIGCHLD like any other */
	while ((dead = waitpid(-1, &status, WNOHANG)) != pid) {
		if (dead > 0)
			continue;
		sig = await_signal(ROW_SECONDS);
		if (!sig) {
			printf("# %s: no result after %d s\n", name, ROW_SECONDS);
			return 1;
		}
		if (sig != SIGCHLD) {
			bury(pid);
			work_leave(work);
			_exit(128 + sig);
		}
	}
	if (WIFSIGNALED(status))
		printf("# %s: broken: killed by signal %d\n", name, WTERMSIG(status));
	else if (status && WEXITSTATUS(status) != EXIT_TOLD)
		printf("# %s: broken: ended with status %d\n", name, WEXITSTATUS(status));
	return status != 0;
}

static int run_row(const struct plan *plan, const char *name, const sigset_t *outside)
{
	const char *work = work_enter();
	pid_t pid;
	int bad;

	if (!work)
		return 1;
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("whole: fork");
		return 1;
	}
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, outside, NULL);
		setpgid(0, 0);
		row_measure(plan, name);
	}
	setpgid(pid, pid); /* whoever is first */
	bad = await_row(name, pid, work);
	bury(pid);
	work_leave(work);
	fflush(stdout);
	usleep(PAUSE_US);
	return bad;
}

int main(int argc, char **argv)
{
	struct plan plan = {.programs = programs_path(), .reps = 5};
	sigset_t outside;
	int opt, bad = 0;

	while ((opt = getopt(argc, argv, "2n:")) != -1) {
		if (opt == '2')
			plan.two_cpus = true;
		else if (opt == 'n' && atoi(optarg) > 0)
			plan.reps = atoi(optarg);
		else
			return usage();
	}
	if (optind == argc)
		return usage();
	await_block(&outside);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (; optind < argc; optind++)
		bad |= run_row(&plan, argv[optind], &outside);
	return bad;
}
