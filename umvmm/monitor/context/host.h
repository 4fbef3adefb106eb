/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host.h - the host system calls that the monitor makes, and no others.
 *
 * Runs: monitor. The seccomp policy (tracer/policy/seccomp.c) allows exactly these
 * with exactly these shapes of arguments. Each returns the kernel's value,
 * a negative errno on failure.
 */
#ifndef MONITOR_CONTEXT_HOST_H
#define MONITOR_CONTEXT_HOST_H

#include <stddef.h>
#include <stdint.h>

static inline long host_call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define HOST_NR_mmap		  9
#define HOST_NR_mprotect	  10
#define HOST_NR_munmap		  11
#define HOST_NR_rt_sigaction	  13
#define HOST_NR_rt_sigprocmask	  14
#define HOST_NR_ioctl		  16
#define HOST_NR_sched_yield	  24
#define HOST_NR_getpid		  39
#define HOST_NR_clone		  56
#define HOST_NR_getppid		  110
#define HOST_NR_setsid		  112
#define HOST_NR_clock_gettime	  228
#define HOST_NR_exit_group	  231
#define HOST_NR_sigaltstack	  131
#define HOST_NR_prctl		  157
#define HOST_NR_arch_prctl	  158
#define HOST_NR_setrlimit	  160
#define HOST_NR_futex		  202
#define HOST_NR_sched_setaffinity 203
#define HOST_NR_seccomp		  317
#define HOST_NR_pidfd_send_signal 424

#define PR_SET_PTRACER		  0x59616d61

#define CLONE_FILES	    0x00000400
#define CLONE_PIDFD	    0x00001000
#define CLONE_PARENT	    0x00008000
#define CLONE_PARENT_SETTID 0x00100000
#define SIGKILL		 9
#define SIGCHLD		 17
#define PR_SET_PDEATHSIG 1
#define RLIMIT_NOFILE	    7

#define SECCOMP_SET_MODE_FILTER	       1
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4

/*
 * User selectors of a 64-bit process: what really runs. Its user code may go to 32-bit
 * code by itself, on every host. A Linux guest has the same.
 */
#define HOST_CS	  0x33
#define HOST_CS32 0x23
#define HOST_SS	  0x2b

#define ADDRESS_SPACE_END 0x7ffffffff000ull

#define PROT_READ     1
#define PROT_WRITE    2
#define PROT_EXEC     4
#define MAP_SHARED    0x01
#define MAP_PRIVATE   0x02
#define MAP_FIXED     0x10
#define MAP_ANONYMOUS 0x20
#define MAP_POPULATE  0x8000

static inline long host_mmap(uint64_t addr, size_t len, int prot, int flags, int fd, uint64_t off)
{
	return host_call(HOST_NR_mmap, (long)addr, (long)len, prot, flags, fd, (long)off);
}

static inline long host_munmap(uint64_t addr, size_t len)
{
	return host_call(HOST_NR_munmap, (long)addr, (long)len, 0, 0, 0, 0);
}

struct host_timespec {
	int64_t sec, nsec;
};

/* The host's time of day. */
static inline long host_clock_realtime(struct host_timespec *ts)
{
	return host_call(HOST_NR_clock_gettime, 0, (long)ts, 0, 0, 0, 0);
}

/* FUTEX_WAIT / FUTEX_WAKE, shared between processes. */
static inline long host_futex_wait(uint32_t *f, uint32_t val, const struct host_timespec *ts)
{
	return host_call(HOST_NR_futex, (long)f, 0, val, (long)ts, 0, 0);
}

static inline long host_futex_wake(uint32_t *f)
{
	return host_call(HOST_NR_futex, (long)f, 1, 1, 0, 0, 0);
}

static inline long host_futex_wake_all(uint32_t *f)
{
	return host_call(HOST_NR_futex, (long)f, 1, 0x7fffffff, 0, 0, 0);
}

static inline void host_exit(int code)
{
	for (;;)
		host_call(HOST_NR_exit_group, code, 0, 0, 0, 0, 0);
}

#endif
