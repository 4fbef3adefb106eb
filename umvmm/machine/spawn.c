// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn.c - starts the first vCPU's zygote: a child of the manager's that executes the
 * monitor, which forks the others (as the manager's children) so that all share one file table.
 *
 * Runs: in the manager's steward; between fork and exec in the child.
 * Must hold: the monitor starts with exactly FD_PHYSMEM and FD_VM open, no environment, as the
 * child of the manager's main thread, to which the contexts' PR_SET_PDEATHSIG refers.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/fork_beside.h>
#include <umvmm/host/contexts.h>
#include <umvmm/image/image.h>

#include "machine.h"

#define FD_EXEC	  5  /* the monitor's image, until exec */
#define FD_REPORT 6  /* takes errno when exec fails */
#define FD_HIGH	  8 /* sources are moved above this, out of the targets' way */

struct child {
	int physmem, vm, exec, report;
	pid_t manager;
	rlim_t files;
};

#define PRIVATE_MAX (64 * MIB) /* of one context */

/* A context costs all of them a descriptor; it has a limit of none (NO_FILES_LIMIT). */
static void set_file_limit(rlim_t need)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_max > need)
		limit.rlim_max = need;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void lower_limit(int which, rlim_t most)
{
	struct rlimit limit;

	if (getrlimit(which, &limit) < 0 || limit.rlim_max <= most)
		return;
	limit.rlim_max = most;
	if (limit.rlim_cur > most)
		limit.rlim_cur = most;
	setrlimit(which, &limit);
}

/*
 * What the guest's memory is no part of: what is mapped privately (copies of text
 * pages with rewritten sites, stacks: a few MiB), and core files.
 */
static void bound_private_memory(void)
{
	int fd;

	lower_limit(RLIMIT_DATA, PRIVATE_MAX);
	lower_limit(RLIMIT_CORE, 0);
	/* a core_pattern that is a pipe does not ask for the limit: an empty core */
	fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, "0", 1) < 0)
		_exit(1);
	close(fd);
}

static void exec_monitor(struct child *c)
{
	char *const argv[] = { (char[]){ "umvmm-monitor" }, NULL };
	char *const envp[] = { NULL };
	sigset_t none;

	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != c->manager)
		return;
	for (int sig = 1; sig < _NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	personality(ADDR_NO_RANDOMIZE);
	for (int fd = 0; fd < FD_PHYSMEM; fd++)
		close(fd);
	if (dup2(c->physmem, FD_PHYSMEM) < 0 || dup2(c->vm, FD_VM) < 0 ||
	    dup3(c->exec, FD_EXEC, O_CLOEXEC) < 0 || dup3(c->report, FD_REPORT, O_CLOEXEC) < 0)
		return;
	c->report = FD_REPORT;
	syscall(SYS_close_range, FD_REPORT + 1, ~0u, 0);
	set_file_limit(c->files);
	bound_private_memory();
	syscall(SYS_execveat, FD_EXEC, "", argv, envp, AT_EMPTY_PATH);
}

static void run_child(struct child *c)
{
	int err;

	exec_monitor(c);
	err = errno;
	if (write(c->report, &err, sizeof(err)) < 0)
		_exit(2);
	_exit(1);
}

/* A copy above all the numbers that run_child() assigns. */
static int move_high(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
}

static int wait_for_exec(int report, pid_t pid)
{
	int err;
	ssize_t n;

	do
		n = read(report, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	kill(pid, SIGKILL);
	return fail("the monitor cannot be executed: %s; see umvmm doctor",
		    strerror(n == sizeof(err) ? err : EIO));
}

int machine_exec(struct machine *m)
{
	struct child c = { .manager = getppid(), .exec = -1,
			   .files = contexts_files(m->ncpus, m->cfg->isolation, m->contexts) };
	int ends[2] = { -1, -1 };
	int image = monitor_image_open();
	pid_t pid = -1;
	int err = -1;

	if (image < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail("monitor: pipe: %s", strerror(errno));
		goto out;
	}
	c.physmem = move_high(m->mem.fd);
	c.vm = move_high(m->vm_fd);
	c.exec = move_high(image);
	c.report = move_high(ends[1]);
	if (c.physmem < 0 || c.vm < 0 || c.exec < 0 || c.report < 0) {
		fail("monitor: no more open files; see ulimit -n");
	} else {
		pid = fork_beside();
		if (pid == 0)
			run_child(&c);
		if (pid < 0)
			fail("monitor: fork: %s%s", strerror(errno),
			     errno == EAGAIN ? "; see ulimit -u" : "");
	}
	close(c.physmem);
	close(c.vm);
	close(c.report);
	close(ends[1]);
	if (pid > 0) {
		m->zygote[0] = pid;
		err = wait_for_exec(ends[0], pid);
	}
	close(ends[0]);
out:
	close(c.exec);
	close(image);
	return err;
}
