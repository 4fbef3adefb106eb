// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seccomp.c - the program's own filters: an error, a SIGSYS with its fields, a
 * kill, on calls that were hot before.
 */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "test.h"

static volatile int sys_nr, sys_count;
static void *volatile sys_addr;

static void on_sys(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	sys_nr = info->si_syscall;
	sys_addr = info->si_call_addr;
	sys_count += info->si_arch == AUDIT_ARCH_X86_64;
}

static void filter(int nr, unsigned int action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	REQUIRE(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0);
}

static void errors(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		getppid();
	filter(SYS_getppid, SECCOMP_RET_ERRNO | 77);
	for (int i = 0; i < 100; i++)
		EXPECT(syscall(SYS_getppid) == -1 && errno == 77, "errno %d", errno);
}

static void traps(void *arg)
{
	struct sigaction sa = { .sa_sigaction = on_sys, .sa_flags = SA_SIGINFO };

	(void)arg;
	for (int i = 0; i < 100; i++)
		getuid();
	sigaction(SIGSYS, &sa, NULL);
	filter(SYS_getuid, SECCOMP_RET_TRAP);
	for (int i = 0; i < 10; i++)
		getuid();
	EXPECT(sys_count == 10 && sys_nr == SYS_getuid, "%d signals, number %d", sys_count, sys_nr);
	EXPECT(sys_addr, "no address");
}

static void kills(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100; i++)
		getgid();
	filter(SYS_getgid, SECCOMP_RET_KILL_PROCESS);
	getgid();
}

int main(void)
{
	int status = in_child(errors, NULL);

	EXPECT(status == 0, "RET_ERRNO: %#x", status);
	status = in_child(traps, NULL);
	EXPECT(status == 0, "RET_TRAP: %#x", status);
	status = in_child(kills, NULL);
	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "RET_KILL: %#x", status);
	return test_end();
}
