// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * spawn.c - starts the vCPUs' zygotes: a child that executes the monitor, which
 * forks the others (as our children) so that all share one file table.
 *
 * Runs: in the manager's main thread (the contexts' PR_SET_PDEATHSIG refers to
 * it); between fork and exec in the child, where only async-signal-safe calls
 * are allowed.
 * Must hold: the monitor starts with exactly FD_PHYSMEM and FD_VM open, no
 * environment. Each zygote leads a session of its own (monitor/main.c), which its
 * vCPU's processes are in. The zygotes' process ids come from the VM file, but from
 * before the guest may run, and are our children's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tracer/tracer.h>

#include "affinity.h"
#include "contexts.h"
#include "fail.h"
#include "futex.h"
#include "machine.h"
#include "monitor_image.h"

#define FD_EXEC	  5  /* the monitor's image, until exec */
#define FD_REPORT 6  /* takes errno when exec fails */
#define FD_HIGH	  8 /* sources are moved above this, out of the targets' way */

struct child {
	int physmem, vm, exec, report;
	pid_t manager;
	rlim_t files;
};

#define PRIVATE_MAX (64 * MIB) /* of one context */

#define START_NS 10000000000ll /* the zygotes must be there after this */
#define LOOK_NS	 10000000ll

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

/* The process that executes the monitor, or -1 after a message. */
static pid_t spawn(struct machine *m)
{
	struct child c = { .manager = getpid(), .exec = -1,
			   .files = contexts_files(m->ncpus, m->cfg->isolation, m->contexts) };
	int ends[2] = { -1, -1 };
	int image = monitor_image_open();
	pid_t pid = -1;

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
		pid = fork();
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
	if (pid > 0 && wait_for_exec(ends[0], pid) < 0)
		pid = -1;
	close(ends[0]);
out:
	close(c.exec);
	close(image);
	return pid;
}

static bool is_living_child(pid_t pid)
{
	siginfo_t info = { 0 };

	return pid > 1 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       !info.si_pid;
}

/* A zygote's process id, when it has told it. */
static int learn(struct machine *m, unsigned int index, int64_t limit)
{
	uint32_t *told = (uint32_t *)&machine_vcpu(m, index)->run_pid;
	pid_t pid;

	while (!(pid = (pid_t)__atomic_load_n(told, __ATOMIC_SEQ_CST))) {
		int64_t now = monotonic_ns();

		if (__atomic_load_n(&m->vm->exit_reason, __ATOMIC_ACQUIRE)) {
			char text[EXIT_TEXT_SIZE];

			machine_exit_text(m, text);
			return fail("the monitor does not start: %s", text);
		}
		if (!is_living_child(m->zygote[0]) || now > limit)
			return fail("the monitor of CPU %u does not start; see ulimit -u and -v",
				    index);
		futex_wait_until(told, 0, now + LOOK_NS);
	}
	if (!is_living_child(pid))
		return fail("the monitor of CPU %u has died", index);
	m->zygote[index] = pid;
	if (!has_siblings(m->cfg->isolation))
		return 0;
	pid = (pid_t)__atomic_load_n(&machine_vcpu(m, index)->sibling_pid, __ATOMIC_SEQ_CST);
	if (!is_living_child(pid))
		return fail("the monitor of CPU %u has died", index);
	m->sibling[index] = pid;
	return 0;
}

static int pin(struct machine *m, unsigned int index)
{
	cpu_set_t cpus;
	int off = affinity_for(&cpus, m->cfg, index);
	pid_t sibling = m->sibling[index];

	if (off < 0)
		return -1;
	if (!off && (sched_setaffinity(m->zygote[index], sizeof(cpus), &cpus) < 0 ||
		     (sibling && sched_setaffinity(sibling, sizeof(cpus), &cpus) < 0)) &&
	    m->cfg->affinity == AFFINITY_LIST) /* else it is slower, no more */
		return fail("--affinity: CPU %u: %s", index, strerror(errno));
	return 0;
}

/*
 * Where the host has autogroups (sched(7)), that of the zygote's session competes with others,
 * and has a niceness of its own. Whoever says nice(1) means this one. The host takes a change
 * every tenth of a second from all of its users; without, the VM is less nice, no more.
 */
static void be_nice(pid_t zygote)
{
	const struct timespec tenth = { 0, 100000000 };
	int value = getpriority(PRIO_PROCESS, 0), fd;
	char path[32];

	if (!value)
		return;
	snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)zygote);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int tries = 0; dprintf(fd, "%d", value) < 0 && errno == EAGAIN && tries < 5; tries++)
		nanosleep(&tenth, NULL);
	close(fd);
}

/* Guest user code runs in the forks of the zygote, in those of the siblings', or in both. */
static int watch(struct machine *m, unsigned int index)
{
	enum watch how = m->cfg->redirect == REDIRECT_PTRACE ? WATCH_REDIRECT : WATCH;

	if (!m->sibling[index])
		return tracer_watch(m->tracer_pipe, m->zygote[index], how);
	if (tracer_watch(m->tracer_pipe, m->zygote[index],
			 m->cfg->isolation == ISOLATION_USERS ? how : WATCH) < 0)
		return -1;
	if (how == WATCH_REDIRECT)
		how = WATCH_REDIRECT_SIBLING;
	return tracer_watch(m->tracer_pipe, m->sibling[index], how);
}

/*
 * Those that have not told that they are ready. When the first one's group has been killed,
 * whoever is not in it has led his own before, and had a number before that.
 */
static void learn_unready(struct machine *m)
{
	machine_signal(m, SIGKILL);
	for (unsigned int i = 1; i < m->ncpus; i++) {
		pid_t pid = (pid_t)__atomic_load_n(&m->vm->zygote[i], __ATOMIC_SEQ_CST);

		if (!m->zygote[i] && is_living_child(pid))
			m->zygote[i] = pid;
	}
}

static int spawn_all(struct machine *m)
{
	int64_t limit = monotonic_ns() + START_NS;
	pid_t first = spawn(m);

	if (first < 0)
		return -1;
	m->zygote[0] = first;
	for (unsigned int i = 0; i < m->ncpus; i++) {
		if (learn(m, i, limit) < 0 || pin(m, i) < 0 || watch(m, i) < 0)
			return -1;
		be_nice(m->zygote[i]);
	}
	return 0;
}

int machine_spawn(struct machine *m)
{
	if (spawn_all(m) < 0) {
		learn_unready(m);
		return -1;
	}
	m->holds = m->cfg->hold && !m->began;
	m->began = true;
	if (tracer_gdb(m->tracer_pipe, m->holds) < 0)
		return -1;
	__atomic_store_n(&m->vm->start, 1, __ATOMIC_SEQ_CST);
	futex_wake(&m->vm->start);
	return 0;
}
