// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sandbox.c - what umvmm's own processes may still ask of the host once a guest may run.
 *
 * Runs: in the manager, the tracer, and whoever looks at a guest's memory: all of these read
 * what a hostile guest has written. The manager has no file opened and no program started, as
 * its steward (steward.c) does that. The tracer attaches to processes of its user, which no
 * filter can tell from contexts.
 *
 * Must hold: no context inherits such a filter, or each of its calls would be judged twice:
 * contexts descend from the steward.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>

#include "landlock.h"
#include "seccomp_rule.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

#define NO(n, bits) SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, bits, 0)

#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

/* Memory, locks, and files that are open. */
static const struct rule common[] = {
	{ SCMP_SYS(read), 0, {} },
	{ SCMP_SYS(pread64), 0, {} },
	{ SCMP_SYS(write), 0, {} },
	{ SCMP_SYS(writev), 0, {} },
	{ SCMP_SYS(lseek), 0, {} },
	{ SCMP_SYS(close), 0, {} },
	{ SCMP_SYS(fstat), 0, {} },
	{ SCMP_SYS(newfstatat), 1, { IS(3, AT_EMPTY_PATH) } }, /* the C library's fstat() */
	{ SCMP_SYS(sendto), 0, {} },
	{ SCMP_SYS(recvfrom), 0, {} },
	{ SCMP_SYS(mmap), 1, { NO(2, PROT_EXEC) } },
	{ SCMP_SYS(mprotect), 1, { NO(2, PROT_EXEC) } },
	{ SCMP_SYS(munmap), 0, {} },
	{ SCMP_SYS(mremap), 0, {} },
	{ SCMP_SYS(madvise), 0, {} },
	{ SCMP_SYS(brk), 0, {} },
	{ SCMP_SYS(futex), 0, {} },
	{ SCMP_SYS(rt_sigreturn), 0, {} },
	{ SCMP_SYS(rt_sigprocmask), 0, {} },
	{ SCMP_SYS(restart_syscall), 0, {} },
	{ SCMP_SYS(clock_gettime), 0, {} },
	{ SCMP_SYS(getpid), 0, {} },
	{ SCMP_SYS(gettid), 0, {} },
	{ SCMP_SYS(exit), 0, {} },
	{ SCMP_SYS(exit_group), 0, {} },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCGETS) } },
};

/* Of the manager and the tracer: threads, events, sockets that are there, the terminal. */
static const struct rule server[] = {
	{ SCMP_SYS(poll), 0, {} },
	{ SCMP_SYS(ppoll), 0, {} },
	{ SCMP_SYS(eventfd2), 0, {} },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_SETFL) } },
	{ SCMP_SYS(accept4), 0, {} },
	{ SCMP_SYS(getsockopt), 0, {} },
	{ SCMP_SYS(setsockopt), 0, {} },
	{ SCMP_SYS(sendmsg), 0, {} },
	{ SCMP_SYS(recvmsg), 0, {} },
	{ SCMP_SYS(shutdown), 0, {} },
	{ SCMP_SYS(kill), 0, {} },
	{ SCMP_SYS(tgkill), 0, {} },
	{ SCMP_SYS(wait4), 0, {} },
	{ SCMP_SYS(waitid), 0, {} },
	{ SCMP_SYS(rt_sigaction), 0, {} },
	{ SCMP_SYS(sigaltstack), 0, {} },
	{ SCMP_SYS(set_robust_list), 0, {} },
	{ SCMP_SYS(rseq), 0, {} },
	{ SCMP_SYS(sched_yield), 0, {} },
	{ SCMP_SYS(sched_getaffinity), 0, {} },
	{ SCMP_SYS(nanosleep), 0, {} },
	{ SCMP_SYS(clock_nanosleep), 0, {} },
	{ SCMP_SYS(getrandom), 0, {} },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCSETS) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCSETSW) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCSETSF) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TCFLSH) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, TIOCGWINSZ) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_TIMERSLACK) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_NAME) } },
};

static const struct rule manager[] = {
	/* threads only */
	{ SCMP_SYS(clone),
	  1,
	  { SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, NAMESPACES | CLONE_THREAD, CLONE_THREAD) } },
	{ SCMP_SYS(socketpair), 1, { IS(0, AF_UNIX) } },
	{ SCMP_SYS(fallocate), 0, {} }, /* a reset clears the memory */
	{ SYS_cachestat, 0, {} },
	{ SCMP_SYS(mincore), 0, {} },
};

static const struct rule tracer[] = {
	{ SCMP_SYS(ptrace), 0, {} },
	/* debug_registers.c tries them on a child */
	{ SCMP_SYS(clone), 1, { NO(0, NAMESPACES) } },
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_PDEATHSIG) } },
	{ SCMP_SYS(pidfd_open), 0, {} },
	{ SCMP_SYS(pidfd_send_signal), 0, {} },
	{ SCMP_SYS(getpgid), 0, {} },
	{ SCMP_SYS(geteuid), 0, {} },
	{ SCMP_SYS(sched_setaffinity), 0, {} },
};

static const struct rule reader[] = {
	{ SCMP_SYS(pwrite64), 0, {} },
	{ SCMP_SYS(ftruncate), 0, {} },
	{ SCMP_SYS(sysinfo), 0, {} }, /* qsort() */
};

/* What leads out: nothing of ours tries it. */
/* clang-format off */
static const int ways_out[] = {
	SCMP_SYS(execve),	 SCMP_SYS(execveat),	     SCMP_SYS(socket),
	SCMP_SYS(connect),	 SCMP_SYS(bind),	     SCMP_SYS(fork),
	SCMP_SYS(vfork),	 SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),	 SCMP_SYS(unshare),	     SCMP_SYS(setns),
	SCMP_SYS(mount),	 SCMP_SYS(chroot),	     SCMP_SYS(bpf),
	SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl),	     SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),	 SCMP_SYS(rename),	     SCMP_SYS(renameat),
	SCMP_SYS(renameat2),	 SCMP_SYS(link),	     SCMP_SYS(linkat),
	SCMP_SYS(symlink),	 SCMP_SYS(symlinkat),	     SCMP_SYS(chmod),
	SCMP_SYS(fchmodat),	 SCMP_SYS(chown),	     SCMP_SYS(fchownat),
	SCMP_SYS(creat),	 SCMP_SYS(mkdir),	     SCMP_SYS(mkdirat),
	SCMP_SYS(truncate),
};
/* clang-format on */

static void (*on_way_out)(int call);

static void caught(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	on_way_out(info->si_syscall);
	_exit(EXIT_SELF);
}

static int catch_ways_out(scmp_filter_ctx filter, void (*ended)(int call))
{
	const struct sigaction sa = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO };
	int err = 0;

	on_way_out = ended;
	sigaction(SIGSYS, &sa, NULL);
	for (size_t i = 0; i < COUNT(ways_out) && !err; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_TRAP, ways_out[i], 0);
	/* its flags are in memory: the C library then does without */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return err;
}

/* OWN: the process's own rules. */
static int install(void (*ended)(int call), const struct rule *own, size_t count)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err = filter ? 0 : -ENOMEM;

	/* or hosts before 5.16 slow all of it down against speculation */
	if (!err)
		(void)!seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	if (!err)
		err = allow_rules(filter, common, COUNT(common));
	if (!err)
		err = allow_rules(filter, own, count);
	if (!err && ended)
		err = allow_rules(filter, server, COUNT(server));
	if (!err && ended)
		err = catch_ways_out(filter, ended);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

static int failed(int err)
{
	return err ? fail("a seccomp filter: %s; see umvmm doctor", strerror(-err)) : 0;
}

int sandbox_manager(void (*ended)(int call))
{
	landlock_no_files();
	return failed(install(ended, manager, COUNT(manager)));
}

/* A domain of Landlock would keep it from its tracees, which are in none. */
int sandbox_tracer(void (*ended)(int call))
{
	return install(ended, tracer, COUNT(tracer)) ? -1 : 0;
}

static void too_long(int sig)
{
	static const char text[] = "umvmm: the guest's memory takes too long to look at: its "
				   "kernel's tables are damaged, or forged\n";

	(void)sig;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_SELF);
}

int sandbox_reader(unsigned int seconds)
{
	const struct rlimit cpu = { seconds, seconds + 1 };
	const struct sigaction sa = { .sa_handler = too_long };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGXCPU);
	sigaction(SIGXCPU, &sa, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	setrlimit(RLIMIT_CPU, &cpu);
	landlock_no_files();
	return failed(install(NULL, reader, COUNT(reader)));
}
