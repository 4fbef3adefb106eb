// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * row.c - one row: its steps, and the time of the step that counts.
 *
 * The steps are functions of the row's script, each run by a dash of its own:
 *
 *	prepare		once
 *	before		before each repetition
 *	work		the repetition: only this is timed
 *	check		after each repetition: was it all done?
 *
 * work's output goes to the file out in the work directory, its complaints to err.
 *
 * Runs: in the row's process, which leads a process group of its own.
 *
 * Must hold: the environment is the same everywhere. A step that fails ends the row.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "whole.h"

#define SHELL	 "/usr/bin/dash"
#define REPS_MIN 2
/* Repetitions beyond REPS_MIN start only before this. */
#define ENOUGH_NS 1000000000u

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The last line of the file err, for a message. */
static const char *complaint(void)
{
	static char text[512];
	char *line;
	ssize_t len;
	int fd = open("err", O_RDONLY);

	if (fd < 0)
		return "";
	if (lseek(fd, -(off_t)sizeof(text) + 1, SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	while (len > 0 && text[len - 1] == '\n')
		len--;
	text[len < 0 ? 0 : len] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void redirect(int fd, const char *path)
{
	int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (to < 0 || dup2(to, fd) < 0)
		_exit(126);
	close(to);
}

static void become(const struct plan *plan, const char *name, const char *step, const char *out)
{
	char driver[512], programs[512], pwd[512], tmpdir[512], home[512], here[256];

	if (!getcwd(here, sizeof(here)))
		_exit(126);
	snprintf(driver, sizeof(driver), "%s/driver", plan->programs);
	snprintf(programs, sizeof(programs), "PROGRAMS=%s", plan->programs);
	snprintf(pwd, sizeof(pwd), "PWD=%s", here);
	snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", here);
	snprintf(home, sizeof(home), "HOME=%s", here);
	redirect(STDIN_FILENO, "/dev/null");
	redirect(STDOUT_FILENO, out);
	redirect(STDERR_FILENO, "err");
	execle(SHELL, "dash", driver, name, step, (char *)NULL,
	       (char *[]){ "PATH=/usr/bin:/bin", "LC_ALL=C", programs, pwd, tmpdir, home, NULL });
	dprintf(STDERR_FILENO, "%s: %s\n", SHELL, strerror(errno));
	_exit(127);
}

/* Run one step to its end; returns how long it took. */
static uint64_t step(const struct plan *plan, const char *name, const char *what, const char *out)
{
	uint64_t start = now_ns();
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become(plan, name, what, out);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		dprintf(STDOUT_FILENO, "# %s: broken: %s: %s\n", name, what, strerror(errno));
		_exit(EXIT_TOLD);
	}
	start = now_ns() - start;
	if (status) {
		dprintf(STDOUT_FILENO, "# %s: broken: %s: %s %d: %s\n", name, what,
			WIFSIGNALED(status) ? "signal" : "status",
			WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), complaint());
		_exit(EXIT_TOLD);
	}
	return start;
}

/* Milliseconds: the minimum of some repetitions. */
static double measure(const struct plan *plan, const char *name)
{
	uint64_t best = UINT64_MAX, spent = 0;

	for (int i = 0; i < plan->reps && (i < REPS_MIN || spent < ENOUGH_NS); i++) {
		uint64_t took;

		step(plan, name, "before", "/dev/null");
		took = step(plan, name, "work", "out");
		step(plan, name, "check", "/dev/null");
		if (took < best)
			best = took;
		spent += took;
	}
	return (double)best / 1e6;
}

/* Stay on the first CPU of those that this process may use. */
static void pin(const cpu_set_t *allowed)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, allowed)) {
			CPU_SET(cpu, &one);
			break;
		}
	sched_setaffinity(0, sizeof(one), &one);
}

void row_measure(const struct plan *plan, const char *name)
{
	cpu_set_t allowed;
	double many, one;

	if (plan->two_cpus &&
	    (sched_getaffinity(0, sizeof(allowed), &allowed) < 0 || CPU_COUNT(&allowed) < 2)) {
		dprintf(STDOUT_FILENO, "# %s: there is one CPU only\n", name);
		_exit(EXIT_TOLD);
	}
	step(plan, name, "prepare", "/dev/null");
	many = measure(plan, name);
	one = many;
	if (plan->two_cpus) {
		pin(&allowed);
		one = measure(plan, name);
	}
	dprintf(STDOUT_FILENO, "%s %.2f ms\n", name, many);
	if (plan->two_cpus)
		dprintf(STDOUT_FILENO, "%s_speedup %.3f x\n", name, one / many);
	_exit(0);
}
