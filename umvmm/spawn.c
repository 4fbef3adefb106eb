// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn.c - starts a vCPU's zygote: a child that executes the monitor.
 *
 * Runs: in the manager's main thread (the contexts' PR_SET_PDEATHSIG refers to
 * it); between fork and exec in the child, where only async-signal-safe calls
 * are allowed.
 * Must hold: the monitor starts with exactly FD_PHYSMEM and FD_VM open, no
 * environment, in the tracer's process group.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <tracer/tracer.h>

#include "affinity.h"
#include "fail.h"
#include "machine.h"
#include "monitor_image.h"

#define FD_EXEC	  5 /* the monitor's image, until exec */
#define FD_REPORT 6 /* takes errno when exec fails */
#define FD_HIGH	  16 /* sources are moved above this, out of the targets' way */

struct child {
	int physmem, vm, exec, report;
	pid_t manager, group;
	char index[8];
	cpu_set_t cpus;
	bool pin;
};

static void exec_monitor(const struct child *c)
{
	char *const argv[] = { (char[]){ "umvmm-monitor" }, (char *)c->index, NULL };
	char *const envp[] = { NULL };
	sigset_t none;

	if (setpgid(0, c->group) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    getppid() != c->manager)
		return;
	for (int sig = 1; sig < _NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	personality(ADDR_NO_RANDOMIZE);
	if (c->pin)
		sched_setaffinity(0, sizeof(c->cpus), &c->cpus);
	for (int fd = 0; fd < FD_PHYSMEM; fd++)
		close(fd);
	if (dup2(c->physmem, FD_PHYSMEM) < 0 || dup2(c->vm, FD_VM) < 0 ||
	    dup3(c->exec, FD_EXEC, O_CLOEXEC) < 0 || dup3(c->report, FD_REPORT, O_CLOEXEC) < 0)
		return;
	syscall(SYS_close_range, FD_REPORT + 1, ~0u, 0);
	syscall(SYS_execveat, FD_EXEC, "", argv, envp, AT_EMPTY_PATH);
}

static void run_child(const struct child *c)
{
	int report = c->report;
	int err;

	exec_monitor(c);
	err = errno;
	if (fcntl(FD_REPORT, F_GETFD) >= 0)
		report = FD_REPORT;
	if (write(report, &err, sizeof(err)) < 0)
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

int machine_spawn(struct machine *m, unsigned int index)
{
	struct child c = { .manager = getpid(), .group = m->tracer, .exec = -1, .report = -1 };
	int ends[2] = { -1, -1 };
	int image = monitor_image_open();
	int err = affinity_for(&c.cpus, m->cfg, index);
	pid_t pid = -1;

	if (image < 0 || err < 0)
		goto out;
	c.pin = err == 0;
	err = -1;
	snprintf(c.index, sizeof(c.index), "%u", index);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		fail("monitor: pipe: %s", strerror(errno));
		goto out;
	}
	c.physmem = move_high(m->mem.fd);
	c.vm = move_high(m->vm_fd);
	c.exec = move_high(image);
	c.report = move_high(ends[1]);
	if (c.physmem >= 0 && c.vm >= 0 && c.exec >= 0 && c.report >= 0)
		pid = fork();
	if (pid == 0)
		run_child(&c);
	if (pid < 0)
		fail("monitor: fork: %s; see ulimit -u and -n", strerror(errno));
	close(c.physmem);
	close(c.vm);
	close(c.report);
	close(ends[1]);
	if (pid > 0) {
		m->zygote[index] = pid;
		err = wait_for_exec(ends[0], pid);
		if (!err)
			err = tracer_watch(m->tracer_pipe, pid);
	}
	close(ends[0]);
out:
	close(c.exec);
	close(image);
	return err < 0 ? -1 : 0;
}
