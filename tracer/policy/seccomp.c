// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seccomp.c - the system calls a context may make, as a table.
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: the argument checks are the boundary between guest and host, not
 * the check of the caller's address: hostile code may jump to the monitor's
 * system call instructions. So every call here must be harmless with any
 * arguments that pass. What is not in the table is not carried out: SIGSYS, and
 * the monitor ends the VM and says from where the call came.
 */
#include "seccomp.h"

#include <asm/prctl.h>
#include <errno.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <vm.h>

#include <umvmm/base/fail.h>
#include <umvmm/sandbox/seccomp_rule.h>

#include "bpf.h"

#define NONE 0xffffffffu /* file descriptor -1: the kernel takes an int */

#define ANY	       { 0 }
#define BITS(n, of)    SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, LOW32 & ~(uint64_t)(of), 0)
#define HAS(n, of, is) SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, LOW32 & ~(uint64_t)(of), is)

_Static_assert((PRIVATE_SIZE & (PRIVATE_SIZE - 1)) == 0 && UMVMM_SIGSTACK % PRIVATE_SIZE == 0,
	       "private memory: one comparison");

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

/*
 * What both kinds may do: a context, and a user sibling when its context has ordered the call.
 * Address ranges were checked by bpf.c already.
 */
static const struct rule common_rules[] = {
	{ SCMP_SYS(mmap), 3,
	  { BITS(2, PROT_ALL), HAS(3, MAP_POPULATE, MAP_SHARED | MAP_FIXED), IS(4, FD_PHYSMEM) } },
	/*
	 * Private memory only in this range, whose size bounds it: RLIMIT_DATA does not count what
	 * has become read-only by mprotect. Copies of text lie in the VM file.
	 */
	{ SCMP_SYS(mmap), 5,
	  { SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, ~(PRIVATE_SIZE - 1ull), UMVMM_SIGSTACK),
	    SCMP_CMP64(1, SCMP_CMP_LE, PRIVATE_SIZE), BITS(2, PROT_ALL),
	    IS(3, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS), IS(4, NONE) } },
	{ SCMP_SYS(mmap), 4,
	  { IS(2, PROT_READ | PROT_EXEC), IS(3, MAP_SHARED | MAP_FIXED), IS(4, FD_VM),
	    SCMP_CMP64(5, SCMP_CMP_GE, COPIES_START) } },
	{ SCMP_SYS(munmap), 0, { ANY } },
	{ SCMP_SYS(mprotect), 1, { BITS(2, PROT_ALL) } },
	{ SCMP_SYS(rt_sigreturn), 0, { ANY } },
	/* FS and GS, where the host does not enable FSGSBASE; a wild one is the guest's fault. */
	{ SCMP_SYS(arch_prctl), 1, { IS(0, ARCH_SET_FS) } },
	{ SCMP_SYS(arch_prctl), 1, { IS(0, ARCH_SET_GS) } },
	/* Yama asks a process; it can only permit more to its own user. */
	{ SCMP_SYS(prctl), 1, { IS(0, PR_SET_PTRACER) } },
};

/* A context alone. */
static const struct rule context_rules[] = {
	{ SCMP_SYS(pkey_mprotect), 2, { BITS(2, PROT_ALL), IS(3, PKEY_KERNEL) } },
	{ SCMP_SYS(pkey_mprotect), 2, { BITS(2, PROT_ALL), IS(3, PKEY_TABLES) } },
	{ SCMP_SYS(futex), 1, { IS(1, FUTEX_WAIT) } },
	{ SCMP_SYS(futex), 1, { IS(1, FUTEX_WAKE) } },
	/* The kernel's own way to go on with a futex wait after a stop. */
	{ SCMP_SYS(restart_syscall), 0, { ANY } },
	/*
	 * The zygote's. What runs guest code has a limit of no files, with which this fails: it
	 * takes a descriptor.
	 */
	{ SCMP_SYS(clone), 1,
	  { SCMP_CMP64(0, SCMP_CMP_MASKED_EQ, ~0ull,
		       CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD) } },
	{ SCMP_SYS(getpid), 0, { ANY } },
	/* A new context's: it dies with the manager, if that is still there, and cannot fork (vm.h). */
	{ SCMP_SYS(prctl), 2, { IS(0, PR_SET_PDEATHSIG), IS(1, SIGKILL) } },
	{ SCMP_SYS(setrlimit), 2,
	  { IS(0, RLIMIT_NOFILE), SCMP_CMP64(1, SCMP_CMP_EQ, NO_FILES_LIMIT) } },
	{ SCMP_SYS(getppid), 0, { ANY } },
	{ SCMP_SYS(exit_group), 0, { ANY } },
	{ SCMP_SYS(pidfd_send_signal), 3,
	  { IS(1, SIGUSR1), SCMP_CMP64(2, SCMP_CMP_EQ, 0), IS(3, 0) } },
	{ SCMP_SYS(sched_yield), 0, { ANY } },
	/* The real-time clock. It writes where the process could write itself. */
	{ SCMP_SYS(clock_gettime), 1, { IS(0, CLOCK_REALTIME) } },
	/* To the siblings' listeners; no other file of a context knows these requests. */
	{ SCMP_SYS(ioctl), 1, { IS(1, SECCOMP_IOCTL_NOTIF_RECV) } },
	{ SCMP_SYS(ioctl), 1, { IS(1, SECCOMP_IOCTL_NOTIF_SEND) } },
};

/* A user sibling alone, when its context has ordered the call, where it may be polled for. */
static const struct rule moving_rules[] = {
	/* Its own only, among the host CPUs that a cgroup leaves it. */
	{ SCMP_SYS(sched_setaffinity), 1, { IS(0, 0) } },
};

static int add_all_rules(scmp_filter_ctx policy, const struct rule *own, size_t own_count)
{
	int err = allow_rules(policy, common_rules, COUNT(common_rules));

	if (!err)
		err = allow_rules(policy, own, own_count);
	/* To the tracer, which does no more than breakpoint.c; refused where it does not trace. */
	if (!err)
		err = seccomp_rule_add(policy, SCMP_ACT_TRACE(DEBUG_STOP), DEBUG_CALL, 0);
	if (err)
		return err;
	/* Those that are called most are compared first. */
	seccomp_syscall_priority(policy, SCMP_SYS(mmap), 255);
	seccomp_syscall_priority(policy, SCMP_SYS(munmap), 254);
	seccomp_syscall_priority(policy, SCMP_SYS(futex), 253);
	return 0;
}

/* libseccomp writes its program to a file only. */
static int export_policy(scmp_filter_ctx policy, uint8_t *out, size_t size, size_t *len)
{
	int fd = memfd_create("umvmm-seccomp", MFD_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	err = seccomp_export_bpf(policy, fd);
	n = err ? 0 : pread(fd, out, size, 0);
	if (!err && (n <= 0 || (size_t)n == size))
		err = -ENOSPC;
	*len = (size_t)n;
	close(fd);
	return err;
}

/* FRONT goes first, then the rules. */
static int build(void *out, uint32_t size, uint32_t *count, const struct sock_filter *front,
		 uint32_t front_count, const struct rule *rule, size_t rule_count)
{
	scmp_filter_ctx policy = seccomp_init(SCMP_ACT_TRAP);
	size_t front_size = front_count * sizeof(*front);
	size_t len = 0;
	int err = -ENOMEM;

	if (policy)
		err = add_all_rules(policy, rule, rule_count);
	if (!err)
		err = export_policy(policy, (uint8_t *)out + front_size, size - front_size, &len);
	seccomp_release(policy);
	if (err)
		return fail("seccomp: the policy cannot be built: %s", strerror(-err));
	memcpy(out, front, front_size);
	*count = (uint32_t)((front_size + len) / sizeof(*front));
	return 0;
}

static int build_context(void *out, uint32_t size, uint32_t *count, uint64_t text_start,
			 uint64_t text_end, uint32_t guest_call)
{
	struct sock_filter front[BPF_PROLOGUE_MAX];
	uint32_t n = bpf_prologue(front, text_start, text_end, guest_call);

	return build(out, size, count, front, n, context_rules, COUNT(context_rules));
}

int seccomp_policy(void *out, uint32_t size, uint32_t *count, uint64_t text_start,
		   uint64_t text_end)
{
	return build_context(out, size, count, text_start, text_end, SECCOMP_RET_TRAP);
}

int seccomp_policy_traced(void *out, uint32_t size, uint32_t *count, uint64_t text_start,
			  uint64_t text_end)
{
	return build_context(out, size, count, text_start, text_end, SECCOMP_RET_TRACE);
}

int seccomp_policy_sibling(void *out, uint32_t size, uint32_t *count, uint64_t cookie,
			   uint64_t handoff, bool traced, bool moves)
{
	struct sock_filter front[BPF_PROLOGUE_MAX];
	uint32_t n = bpf_prologue_sibling(front, cookie, handoff,
					  traced ? SECCOMP_RET_TRACE : SECCOMP_RET_TRAP);

	return build(out, size, count, front, n, moving_rules, moves ? COUNT(moving_rules) : 0);
}
