/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - the host system calls that the monitor makes, and no others.
 *
 * Runs: monitor; its parts in tests, which are hosted programs.
 *
 * Numbers, flags and structures are the kernel's own, from its uapi headers. Behind the filter
 * a process makes only what tracer/policy/seccomp.c allows, with these shapes of arguments; what
 * is made before that says so. Each call returns the kernel's value, a negative errno on failure.
 */
#ifndef MONITOR_CONTEXT_HOST_H
#define MONITOR_CONTEXT_HOST_H

#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__ /* the C library has the same names, and does not go with these headers */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#define SS_AUTODISARM (1u << 31)
#else
#include <asm/errno.h>
#include <asm/resource.h>
#include <asm/sigcontext.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <linux/time.h>
#endif
#include <asm/prctl.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/ioctl.h>
#include <linux/seccomp.h>
#include <linux/time_types.h>
#include <vm.h>

/* Since Linux 6.6: who is woken runs on the CPU of who wakes it. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1ul << 0)
#endif

/*
 * User selectors of a 64-bit process: what really runs. Its user code may go to 32-bit
 * code by itself, on every host. A Linux guest has the same.
 */
#define HOST_CS	  0x33
#define HOST_CS32 0x23
#define HOST_SS	  0x2b

#define ADDRESS_SPACE_END 0x7ffffffff000ull

/* ---- SYSCALL with so many arguments; what lies behind them is not looked at ---- */

#define HOST_SYSCALL(nr, ...)                                                                      \
	({                                                                                         \
		long ret_;                                                                         \
		__asm__ volatile("syscall"                                                         \
				 : "=a"(ret_)                                                      \
				 : "a"((long)(nr)), ##__VA_ARGS__                                  \
				 : "rcx", "r11", "memory");                                        \
		ret_;                                                                              \
	})

static inline long host_call0(long nr)
{
	return HOST_SYSCALL(nr);
}

static inline long host_call1(long nr, long a)
{
	return HOST_SYSCALL(nr, "D"(a));
}

static inline long host_call2(long nr, long a, long b)
{
	return HOST_SYSCALL(nr, "D"(a), "S"(b));
}

static inline long host_call3(long nr, long a, long b, long c)
{
	return HOST_SYSCALL(nr, "D"(a), "S"(b), "d"(c));
}

static inline long host_call4(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;

	return HOST_SYSCALL(nr, "D"(a), "S"(b), "d"(c), "r"(r10));
}

static inline long host_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;

	return HOST_SYSCALL(nr, "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9));
}

#undef HOST_SYSCALL

/* ---- memory ---- */

static inline long host_mmap(uint64_t addr, size_t len, int prot, int flags, int fd, uint64_t off)
{
	return host_call6(__NR_mmap, (long)addr, (long)len, prot, flags, fd, (long)off);
}

static inline long host_munmap(uint64_t addr, size_t len)
{
	return host_call2(__NR_munmap, (long)addr, (long)len);
}

static inline long host_mprotect(uint64_t addr, size_t len, int prot)
{
	return host_call3(__NR_mprotect, (long)addr, (long)len, prot);
}

static inline long host_pkey_mprotect(uint64_t addr, size_t len, int prot, int key)
{
	return host_call4(__NR_pkey_mprotect, (long)addr, (long)len, prot, key);
}

/* A key that takes no rights yet. Before the filter. */
static inline long host_pkey_alloc(void)
{
	return host_call2(__NR_pkey_alloc, 0, 0);
}

/* ---- processes ---- */

/* As fork(2); *id becomes the child's pidfd (CLONE_PIDFD) or process id (CLONE_PARENT_SETTID). */
static inline long host_clone(unsigned long flags, int32_t *id)
{
	return host_call3(__NR_clone, (long)flags, 0, (long)id);
}

static inline int32_t host_getpid(void)
{
	return (int32_t)host_call0(__NR_getpid);
}

static inline int32_t host_getppid(void)
{
	return (int32_t)host_call0(__NR_getppid);
}

/* Before the filter. */
static inline long host_setsid(void)
{
	return host_call0(__NR_setsid);
}

/* Until the child has ended. Before the filter. */
static inline long host_wait4(int32_t pid)
{
	return host_call4(__NR_wait4, pid, 0, 0, 0);
}

static inline void host_exit_group(int code) __attribute__((noreturn));
static inline void host_exit_group(int code)
{
	for (;;)
		host_call1(__NR_exit_group, code);
}

static inline long host_sched_yield(void)
{
	return host_call0(__NR_sched_yield);
}

static inline long host_setrlimit(int resource, const struct rlimit *limit)
{
	return host_call2(__NR_setrlimit, resource, (long)limit);
}

/* Behind the filter only PR_SET_PTRACER and PR_SET_PDEATHSIG. */
static inline long host_prctl(int option, unsigned long arg)
{
	return host_call6(__NR_prctl, option, (long)arg, 0, 0, 0, 0);
}

/* Behind the filter only ARCH_SET_FS and ARCH_SET_GS. */
static inline long host_arch_prctl(int option, uint64_t arg)
{
	return host_call2(__NR_arch_prctl, option, (long)arg);
}

/* ---- waiting and time ---- */

/* Shared between processes. A timeout of NULL: for ever. */
static inline long host_futex(uint32_t *word, int op, uint32_t val,
			      const struct __kernel_timespec *timeout)
{
	return host_call4(__NR_futex, (long)word, op, val, (long)timeout);
}

static inline long host_futex_wait(uint32_t *word, uint32_t val,
				   const struct __kernel_timespec *timeout)
{
	return host_futex(word, FUTEX_WAIT, val, timeout);
}

/* One that waits. */
static inline long host_futex_wake(uint32_t *word)
{
	return host_futex(word, FUTEX_WAKE, 1, NULL);
}

static inline long host_futex_wake_all(uint32_t *word)
{
	return host_futex(word, FUTEX_WAKE, INT32_MAX, NULL);
}

/* The time of day. */
static inline long host_clock_realtime(struct __kernel_timespec *ts)
{
	return host_call2(__NR_clock_gettime, CLOCK_REALTIME, (long)ts);
}

/* ---- signals ---- */

static inline long host_pidfd_send_signal(int pidfd, int sig)
{
	return host_call4(__NR_pidfd_send_signal, pidfd, sig, 0, 0);
}

/* struct sigaction, stack_t and sigset_t of the kernel, which the C library's are not. */
struct host_sigaction {
	uint64_t handler, flags, restorer, mask;
};

struct host_sigstack {
	uint64_t sp;
	uint32_t flags, pad;
	uint64_t size;
};

#if !__STDC_HOSTED__
_Static_assert(sizeof(struct host_sigaction) == sizeof(struct sigaction) &&
		       offsetof(struct host_sigaction, mask) == offsetof(struct sigaction, sa_mask) &&
		       sizeof(struct host_sigstack) == sizeof(stack_t) &&
		       offsetof(struct host_sigstack, size) == offsetof(stack_t, ss_size),
	       "asm/signal.h");
#endif

/* Before the filter, as the next two. */
static inline long host_rt_sigaction(int sig, const struct host_sigaction *act)
{
	return host_call4(__NR_rt_sigaction, sig, (long)act, 0, sizeof(act->mask));
}

static inline long host_sigaltstack(const struct host_sigstack *stack)
{
	return host_call2(__NR_sigaltstack, (long)stack, 0);
}

static inline long host_rt_sigprocmask(int how, const uint64_t *set)
{
	return host_call4(__NR_rt_sigprocmask, how, (long)set, 0, sizeof(*set));
}

/* ---- seccomp ---- */

/* A filter from now on; with SECCOMP_FILTER_FLAG_NEW_LISTENER its listener is returned. */
static inline long host_seccomp_filter(unsigned long flags, const struct sock_fprog *filter)
{
	return host_call3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, (long)flags, (long)filter);
}

/* The next hand-off; *n must be zero. */
static inline long host_notif_recv(int listener, struct seccomp_notif *n)
{
	return host_call3(__NR_ioctl, listener, (long)SECCOMP_IOCTL_NOTIF_RECV, (long)n);
}

static inline long host_notif_send(int listener, const struct seccomp_notif_resp *answer)
{
	return host_call3(__NR_ioctl, listener, (long)SECCOMP_IOCTL_NOTIF_SEND, (long)answer);
}

/* Before the filter. */
static inline long host_notif_set_flags(int listener, unsigned long flags)
{
	return host_call3(__NR_ioctl, listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, (long)flags);
}

/* ---- the tracer's ---- */

/* DEBUG_CALL (vm.h): DR0 to DR3 and DR7. */
static inline uint64_t host_debug_registers(const uint64_t addr[4], uint64_t control)
{
	return (uint64_t)host_call6(DEBUG_CALL, (long)addr[0], (long)addr[1], (long)addr[2], 0,
				    (long)control, (long)addr[3]);
}

#endif
