// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * worse.c - runs a command as on a host that lacks something.
 *
 * usage: worse [-e ERRNO] [-d SYSTEM-CALL]... [-g] COMMAND...
 *
 * -d forbids a system call, as a container's seccomp profile does: it fails with
 *    ERRNO (default 1, EPERM).
 * -g hides FSGSBASE: clears its bit in the auxiliary vector of the command.
 */
#include <elf.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define HWCAP2_FSGSBASE_BIT 2ul

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void forbid(scmp_filter_ctx filter, const char *name, int error)
{
	int nr = seccomp_syscall_resolve_name(name);

	if (nr == __NR_SCMP_ERROR ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)error), nr, 0) < 0) {
		fprintf(stderr, "worse: %s: no such system call\n", name);
		exit(99);
	}
}

static uint64_t peek(pid_t pid, uint64_t at)
{
	return (uint64_t)ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL);
}

/* At the first instruction: argc, argv, 0, environment, 0, auxiliary vector. */
static void hide_fsgsbase(pid_t pid)
{
	struct user_regs_struct regs;
	uint64_t at;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) < 0)
		die("worse: ptrace");
	at = regs.rsp + 8 * (peek(pid, regs.rsp) + 2);
	while (peek(pid, at))
		at += 8;
	for (at += 8; peek(pid, at) != AT_NULL; at += 16)
		if (peek(pid, at) == AT_HWCAP2)
			ptrace(PTRACE_POKEDATA, pid, (void *)(at + 8),
			       (void *)(peek(pid, at + 8) & ~HWCAP2_FSGSBASE_BIT));
}

static int run_without_fsgsbase(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("worse: no stop");
	hide_fsgsbase(pid);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	if (waitpid(pid, &status, 0) != pid)
		die("worse: waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool denied = false, no_fsgsbase = false;
	int error = 1, option;

	while ((option = getopt(argc, argv, "+e:d:g")) != -1) {
		switch (option) {
		case 'e':
			error = atoi(optarg);
			break;
		case 'd':
			forbid(filter, optarg, error);
			denied = true;
			break;
		case 'g':
			no_fsgsbase = true;
			break;
		default:
			return 99;
		}
	}
	if (optind == argc)
		return 99;
	if (denied && seccomp_load(filter) < 0)
		die("worse: seccomp");
	if (no_fsgsbase)
		return run_without_fsgsbase(argv + optind);
	execvp(argv[optind], argv + optind);
	die(argv[optind]);
}
