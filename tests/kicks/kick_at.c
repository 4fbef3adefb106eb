// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kick_at.c - a kick on every instruction of the gates.
 * usage: kick_at LIST umvmm ARGS…
 *
 * Runs: on the host. LIST has an address a line. The guest's command says "go" and reads a
 * line; before that comes each context gets a breakpoint at every address (forks inherit
 * them). Where one is met for the first time it goes, and SIGUSR1 is delivered right there.
 * Prints the addresses that were met, and ends with umvmm's exit status.
 */
#include <stddef.h>
#include <sys/user.h>

#include "contexts.h"

#define MAX 1024

static struct {
	unsigned long address;
	unsigned char code;
	unsigned long met;
} place[MAX];
static unsigned int places;

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

	/* it may have been killed: the VM ends, or takes a context away */
	if (ptrace(PTRACE_POKETEXT, pid, (void *)at, (word & ~0xffl) | byte) < 0 && errno != ESRCH)
		die("PTRACE_POKETEXT");
}

static void put_breakpoints(pid_t pid)
{
	for (unsigned int i = 0; i < places; i++) {
		if (!place[i].code)
			place[i].code = (unsigned char)ptrace(PTRACE_PEEKTEXT, pid,
							      (void *)place[i].address, NULL);
		put_byte(pid, place[i].address, 0xcc);
	}
}

/* The signal to go on with. */
static int at_breakpoint(pid_t pid, int sig)
{
	unsigned long rip = (unsigned long)ptrace(PTRACE_PEEKUSER, pid,
						  offsetof(struct user, regs.rip), NULL) - 1;

	for (unsigned int i = 0; sig == SIGTRAP && i < places; i++) {
		if (place[i].address != rip)
			continue;
		put_byte(pid, rip, place[i].code);
		ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rip), rip);
		place[i].met++;
		return SIGUSR1;
	}
	return sig; /* the guest's own */
}

int main(int argc, char **argv)
{
	pid_t manager;
	int status;

	if (argc < 3)
		return 2;
	read_list(argv[1]);
	manager = start(argv + 2);
	attach_all(manager, put_breakpoints);
	status = serve(manager, at_breakpoint);
	for (unsigned int i = 0; i < places; i++)
		if (place[i].met)
			printf("%lx %lu\n", place[i].address, place[i].met);
	return status;
}
