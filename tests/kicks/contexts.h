/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contexts.h - starts a VM and traces all processes that run its guest.
 *
 * Runs: on the host; each program that includes it traces one VM. The guest's command
 * says "go" where tracing shall begin, and reads a line: it comes when all are traced.
 */
#ifndef KICKS_CONTEXTS_H
#define KICKS_CONTEXTS_H

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMM	"(umvmm-monitor)" /* umvmm/monitor/main.c */
#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

/* The guest's streams. */
static FILE *guest_out, *guest_in;

static inline void die(const char *what)
{
	perror(what);
	exit(99);
}

/* A child of the manager that runs the monitor? */
static inline int is_context(pid_t pid, pid_t manager)
{
	char path[64], line[256] = "", *end;
	FILE *file;
	int parent;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	return end && strstr(line, COMM) && sscanf(end, ") %*c %d", &parent) == 1 &&
	       parent == manager;
}

static inline void attach(pid_t pid, void (*prepare)(pid_t))
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) < 0)
		die("PTRACE_SEIZE");
	if (!prepare) /* a user sibling in its hand-off could not be stopped */
		return;
	if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 || waitpid(pid, &status, __WALL) != pid)
		die("PTRACE_INTERRUPT");
	prepare(pid);
	/* a signal that came first, a guest user's SIGSYS for one, must not get lost */
	ptrace(PTRACE_CONT, pid, NULL, (long)(status >> 16 ? 0 : WSTOPSIG(status)));
}

/*
 * PREPARE, if there is one, sees each of them stopped; forks are traced as they are made.
 * Then the guest's command gets its line.
 */
static inline void attach_all(pid_t manager, void (*prepare)(pid_t))
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && is_context(pid, manager))
			attach(pid, prepare);
	}
	closedir(dir);
	fputs("traced\n", guest_in);
	fclose(guest_in);
}

/* The manager's process id, when the guest has said "go". */
static inline pid_t start(char **argv)
{
	int out[2], in[2];
	char line[256];
	pid_t pid;

	if (pipe(out) < 0 || pipe(in) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int i = 0; i < 2; i++) {
			close(in[i]);
			close(out[i]);
		}
		execv(argv[0], argv);
		die(argv[0]);
	}
	close(in[0]);
	close(out[1]);
	guest_out = fdopen(out[0], "re");
	guest_in = fdopen(in[1], "we");
	while (fgets(line, sizeof(line), guest_out) && strcmp(line, "go\n"))
		fputs(line, stderr);
	return pid;
}

/*
 * Serves stops until the manager has ended; ON_SIGNAL says which signal a process that
 * got one goes on with. Returns the manager's exit status.
 */
static inline int serve(pid_t manager, int (*on_signal)(pid_t, int))
{
	char line[256];
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		int sig = 0;

		if (pid == manager)
			break;
		if (!WIFSTOPPED(status))
			continue;
		if (status >> 16 == 0)
			sig = on_signal(pid, WSTOPSIG(status));
		ptrace(PTRACE_CONT, pid, NULL, (long)sig);
	}
	while (fgets(line, sizeof(line), guest_out))
		fputs(line, stderr);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

#endif
