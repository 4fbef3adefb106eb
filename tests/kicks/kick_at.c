// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kick_at.c - a kick on every instruction of the gates.
 * usage: kick_at LIST umvmm ARGS…
 *
 * Runs: on the host. LIST has an address a line. The guest's command says "go";
 * then each context gets a breakpoint at every address (forks inherit them). Where
 * one is met for the first time it goes, and SIGUSR1 is delivered right there.
 * Prints the addresses that were met, and ends with umvmm's exit status.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX	1024
#define COMM	"(memfd:umvmm-mon)"
#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL)

static struct {
	unsigned long address;
	unsigned char code;
	unsigned long met;
} place[MAX];
static unsigned int places;

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void read_list(const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file)
		die(path);
	while (places < MAX && fscanf(file, "%lx", &place[places].address) == 1)
		places++;
	fclose(file);
}

static void put_byte(pid_t pid, unsigned long at, unsigned char byte)
{
	long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)at, NULL);

	if (ptrace(PTRACE_POKETEXT, pid, (void *)at, (word & ~0xffl) | byte) < 0)
		die("PTRACE_POKETEXT");
}

/* A child of the manager that runs the monitor? */
static int is_context(pid_t pid, pid_t manager)
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

static void attach(pid_t pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 || waitpid(pid, NULL, __WALL) != pid)
		die("PTRACE_SEIZE");
	for (unsigned int i = 0; i < places; i++) {
		if (!place[i].code)
			place[i].code = (unsigned char)ptrace(PTRACE_PEEKTEXT, pid,
							      (void *)place[i].address, NULL);
		put_byte(pid, place[i].address, 0xcc);
	}
	ptrace(PTRACE_CONT, pid, NULL, NULL);
}

static void attach_all(pid_t manager)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && is_context(pid, manager))
			attach(pid);
	}
	closedir(dir);
}

/* The signal to go on with. */
static int at_breakpoint(pid_t pid)
{
	unsigned long rip = (unsigned long)ptrace(PTRACE_PEEKUSER, pid,
						  offsetof(struct user, regs.rip), NULL) - 1;

	for (unsigned int i = 0; i < places; i++) {
		if (place[i].address != rip)
			continue;
		put_byte(pid, rip, place[i].code);
		ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rip), rip);
		place[i].met++;
		return SIGUSR1;
	}
	return SIGTRAP; /* the guest's own */
}

static pid_t start(char **argv, FILE **out)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0)
		die("fork");
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], argv);
		die(argv[0]);
	}
	close(ends[1]);
	*out = fdopen(ends[0], "re");
	return pid;
}

int main(int argc, char **argv)
{
	char line[256] = "";
	int status;
	FILE *out;
	pid_t manager, pid;

	if (argc < 3)
		return 2;
	read_list(argv[1]);
	manager = start(argv + 2, &out);
	while (fgets(line, sizeof(line), out) && strcmp(line, "go\n"))
		fputs(line, stderr);
	attach_all(manager);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		int sig = 0;

		if (pid == manager)
			break;
		if (!WIFSTOPPED(status))
			continue;
		if (status >> 16 == 0)
			sig = WSTOPSIG(status) == SIGTRAP ? at_breakpoint(pid) : WSTOPSIG(status);
		ptrace(PTRACE_CONT, pid, NULL, (long)sig);
	}
	while (fgets(line, sizeof(line), out))
		fputs(line, stderr);
	for (unsigned int i = 0; i < places; i++)
		if (place[i].met)
			printf("%lx %lu\n", place[i].address, place[i].met);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}
