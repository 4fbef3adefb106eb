// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_tries.c - tries what the host may forbid, for umvmm doctor.
 *
 * Runs: in umvmm doctor; each try in a child process of its own.
 */
#include "doctor_tries.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/image/image.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif

#define EXECUTED 1 /* the monitor's status without its open files */

/* TRY gives an errno or 0; it leaves no trace here. */
static int in_child(int (*try)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try());
	if (pid < 0)
		return errno;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int install_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = { 1, &allow };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return errno;
	return 0;
}

static int trace_parent(void)
{
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL) < 0 ? errno : 0;
}

/*
 * As the VM's tracer does: it is no ancestor of what it traces, which therefore names
 * it (here with its descendants) to Yama; a host without Yama has no such call.
 */
static int be_traced(void)
{
	prctl(PR_SET_PTRACER, getpid(), 0, 0, 0);
	return in_child(trace_parent);
}

/* The monitor ends with EXECUTED, as nothing is open that it needs. */
static int execute_monitor(void)
{
	char *const argv[] = { (char[]){ "umvmm-monitor" }, NULL };
	int fd = monitor_image_open(), high = fcntl(fd, F_DUPFD_CLOEXEC, 16);

	if (fd < 0 || high < 0)
		return EACCES;
	syscall(SYS_close_range, 0, 15, 0);
	syscall(SYS_execveat, high, "", argv, argv + 1, AT_EMPTY_PATH);
	return EACCES;
}

static int execute_memory(void)
{
	int fd = memfd_create("umvmm-doctor", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("umvmm-doctor", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 4096) < 0 ||
	    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED)
		return errno;
	return 0;
}

static int use_pidfd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0) < 0)
		return errno;
	return 0;
}

int try_filter(void)
{
	return in_child(install_filter);
}

int try_ptrace(void)
{
	return in_child(be_traced);
}

int try_monitor(void)
{
	int err = in_child(execute_monitor);

	return err == EXECUTED ? 0 : err;
}

int try_memory(void)
{
	return in_child(execute_memory);
}

int try_pidfd(void)
{
	return in_child(use_pidfd);
}
