// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_fault.c - CPUID faulting on a host that has none. usage: cpuid_fault umvmm ARGS…
 *
 * Runs: on the host. The guest's program (cpuid_user.c) has HLT where the first byte of
 * a CPUID belongs, and 0xa2 behind it. So the CPU raises #GP there, as it does for CPUID
 * where that faults. When the host is about to deliver its signal the byte is
 * put right, and the signal goes on: what the monitor meets is the same.
 * The guest's command says "go" and reads a line. Prints how many there were;
 * ends with umvmm's exit status, or 97 if there were none.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/user.h>

#include "contexts.h"

#define TRAP_GP SI_KERNEL /* si_code of a #GP */

static unsigned long faults;

/* The signal to go on with. */
static int on_signal(pid_t pid, int sig)
{
	unsigned char code[2] = { 0 }, cpuid = 0x0f;
	unsigned long rip;
	char path[64];
	siginfo_t info;
	int mem;

	if (sig != SIGSEGV || ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) < 0 ||
	    info.si_code != TRAP_GP)
		return sig;
	errno = 0;
	rip = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.rip), NULL);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR | O_CLOEXEC);
	if (errno || mem < 0)
		die(path);
	if (pread(mem, code, 2, (off_t)rip) == 2 && code[0] == 0xf4 && code[1] == 0xa2) {
		if (pwrite(mem, &cpuid, 1, (off_t)rip) != 1)
			die("pwrite");
		faults++;
	}
	close(mem);
	return sig;
}

int main(int argc, char **argv)
{
	pid_t manager;
	int status;

	if (argc < 2)
		return 2;
	manager = start(argv + 1);
	attach_all(manager, NULL);
	status = serve(manager, on_signal);
	printf("%lu faults at CPUID\n", faults);
	return !status && !faults ? 97 : status;
}
