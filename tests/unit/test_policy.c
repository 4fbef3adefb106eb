// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_policy.c - the seccomp policy, judged by a BPF interpreter: which calls
 * a context may make; the others are given to the guest or, from the monitor,
 * end the VM.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include <tracer/policy/seccomp.h>
#include <vm.h>

#include "unit.h"

#define TEXT	 (UMVMM_MONITOR_BASE + 0x2000ull)
#define TEXT_END (UMVMM_MONITOR_BASE + 0x20000ull)
#define ALLOW	 SECCOMP_RET_ALLOW
#define TRAP	 SECCOMP_RET_TRAP
#define TRACE	 SECCOMP_RET_TRACE
#define DENY	 SECCOMP_RET_TRAP /* the call comes from the monitor's text */

static struct sock_filter prog[2048];
static uint32_t prog_len;

/* The subset of classic BPF that seccomp takes. */
static uint32_t interpret(const struct seccomp_data *data)
{
	uint32_t a = 0, x = 0, m[BPF_MEMWORDS] = { 0 };

	for (uint32_t pc = 0; pc < prog_len; pc++) {
		const struct sock_filter *i = &prog[pc];
		uint32_t k = BPF_SRC(i->code) == BPF_X ? x : i->k;
		int yes;

		switch (BPF_CLASS(i->code)) {
		case BPF_LD:
			if (BPF_MODE(i->code) == BPF_MEM)
				a = m[i->k];
			else if (BPF_MODE(i->code) == BPF_IMM)
				a = i->k;
			else
				memcpy(&a, (const char *)data + i->k, 4);
			break;
		case BPF_ST:
			m[i->k] = a;
			break;
		case BPF_STX:
			m[i->k] = x;
			break;
		case BPF_LDX:
			x = BPF_MODE(i->code) == BPF_MEM ? m[i->k] : i->k;
			break;
		case BPF_MISC:
			if (BPF_MISCOP(i->code) == BPF_TAX)
				x = a;
			else
				a = x;
			break;
		case BPF_ALU:
			if (BPF_OP(i->code) == BPF_ADD)
				a += k;
			else if (BPF_OP(i->code) == BPF_AND)
				a &= k;
			else
				ck_abort_msg("operation %#x", i->code);
			break;
		case BPF_JMP:
			if (BPF_OP(i->code) == BPF_JA) {
				pc += i->k;
				break;
			}
			yes = BPF_OP(i->code) == BPF_JEQ   ? a == k
			      : BPF_OP(i->code) == BPF_JGT ? a > k
			      : BPF_OP(i->code) == BPF_JGE ? a >= k
							   : (a & k) != 0;
			pc += yes ? i->jt : i->jf;
			break;
		case BPF_RET:
			return i->k & SECCOMP_RET_ACTION_FULL;
		}
	}
	ck_abort_msg("the program has no end");
	return 0;
}

#define MEM   PROT_READ | PROT_WRITE | PROT_EXEC
#define RX    PROT_READ | PROT_EXEC
#define FIXED MAP_SHARED | MAP_FIXED
#define ANON  MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
#define FD    FD_PHYSMEM
#define G4    0x100000000ull

static const struct {
	uint64_t ip;
	uint64_t nr, arg[6];
	uint32_t want;
} calls[] = {
	/* the guest's own calls */
	{ 0x400000, SYS_getpid, { 0 }, TRAP },
	{ TEXT - 1, SYS_getpid, { 0 }, TRAP },
	{ TEXT + G4, SYS_getpid, { 0 }, TRAP },
	{ 0x400000, SYS_execve, { 0 }, TRAP },
	{ TEXT, SYS_getpid | 0x40000000, { 0 }, TRAP },
	/* mmap: address */
	{ TEXT, SYS_mmap, { 0, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { 0x400000, 4096, MEM, FIXED | MAP_POPULATE, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_MONITOR_BASE - 4096, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_MONITOR_BASE - 4096, 8192, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_MONITOR_BASE, 4096, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_VM_ADDR - 4096, 4096, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_VM_ADDR, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_WINDOW_END - 4096, 8192, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_WINDOW_END, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { G4 - 4096, 8192, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { PHYSMEM_WINDOW - 4096, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { PHYSMEM_WINDOW - 4096, 8192, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { PHYSMEM_WINDOW, 4096, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { SIBLINGS_WINDOW, 4096, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_RANGE_END - 4096, 4096, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_RANGE_END - 4096, 8192, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_RANGE_END, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { 0x7fffffffe000, 4096, MEM, FIXED, FD, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { 0x400000, G4, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0x400000, ~0ull - 0x3fffff, MEM, FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0xffffffffff600000, 4096, MEM, FIXED, FD, 0 }, DENY },
	/* mmap: file, flags, protection */
	{ TEXT, SYS_mmap, { 0, 4096, MEM, FIXED, FD_VM, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, FIXED, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, MAP_SHARED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, FIXED | MAP_LOCKED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM | PROT_GROWSDOWN, FIXED, FD, 0 }, DENY },
	/* mmap: private memory at few addresses, copies of text from the VM file's end */
	{ TEXT, SYS_mmap, { UMVMM_SLOT_TABLE, 4096, MEM, ANON, -1, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_SIGSTACK, PRIVATE_SIZE, MEM, ANON, -1, 0 }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_SIGSTACK, PRIVATE_SIZE + 1, MEM, ANON, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_SIGSTACK + G4, 4096, MEM, ANON, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_VCPU_ADDR, 4096, MEM, ANON, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { UMVMM_VM_ADDR, 4096, MEM, ANON, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, ANON, -1, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, MAP_PRIVATE | MAP_FIXED, FD, 0 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, RX, FIXED, FD_VM, COPIES_START }, ALLOW },
	{ TEXT, SYS_mmap, { 0, 4096, RX, FIXED, FD_VM, COPIES_START - 4096 }, DENY },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, FIXED, FD_VM, COPIES_START }, DENY },
	/* munmap and its kin */
	{ TEXT, SYS_munmap, { 0, UMVMM_MONITOR_BASE }, ALLOW },
	{ TEXT, SYS_munmap, { 0, UMVMM_MONITOR_BASE + 1 }, DENY },
	{ TEXT, SYS_munmap, { UMVMM_WINDOW_END, PHYSMEM_WINDOW - UMVMM_WINDOW_END }, ALLOW },
	{ TEXT, SYS_madvise, { 0, 4096, MADV_REMOVE }, DENY },
	{ TEXT, SYS_madvise, { 0, 4096, MADV_HUGEPAGE }, DENY },
	{ TEXT, SYS_mprotect, { UMVMM_MONITOR_BASE, 4096, PROT_WRITE }, DENY },
	/* protection keys: those of --isolation pku only, addresses as above */
	{ TEXT, SYS_pkey_mprotect, { 0, 4096, MEM, PKEY_KERNEL }, ALLOW },
	{ TEXT, SYS_pkey_mprotect, { UMVMM_STUBS, 4096, MEM, PKEY_TABLES }, ALLOW },
	{ TEXT, SYS_pkey_mprotect, { UMVMM_MONITOR_BASE, 4096, MEM, PKEY_KERNEL }, DENY },
	{ TEXT, SYS_pkey_mprotect, { PHYSMEM_WINDOW, 4096, PROT_READ, PKEY_KERNEL }, DENY },
	{ TEXT, SYS_pkey_mprotect, { 0, UMVMM_MONITOR_BASE + 1, MEM, PKEY_KERNEL }, DENY },
	{ TEXT, SYS_pkey_mprotect, { 0, 4096, MEM | PROT_GROWSDOWN, PKEY_KERNEL }, DENY },
	{ TEXT, SYS_pkey_mprotect, { 0, 4096, MEM, 0 }, DENY },
	{ TEXT, SYS_pkey_mprotect, { 0, 4096, MEM, PKEY_TABLES + 1 }, DENY },
	{ TEXT, SYS_pkey_mprotect, { 0, 4096, MEM, -1 }, DENY },
	{ TEXT, SYS_pkey_alloc, { 0, 0 }, DENY },
	{ TEXT, SYS_pkey_free, { PKEY_KERNEL }, DENY },
	{ 0x400000, SYS_pkey_mprotect, { 0, 4096, MEM, PKEY_KERNEL }, TRAP },
	/* the rest */
	{ TEXT, SYS_futex, { 0, FUTEX_WAIT }, ALLOW },
	{ TEXT, SYS_futex, { 0, FUTEX_WAKE }, ALLOW },
	{ TEXT, SYS_futex, { 0, FUTEX_WAIT | FUTEX_PRIVATE_FLAG }, DENY },
	{ TEXT, SYS_futex, { 0, FUTEX_REQUEUE }, DENY },
	{ TEXT, SYS_futex, { 0, FUTEX_LOCK_PI }, DENY },
	{ TEXT, SYS_restart_syscall, { 0 }, ALLOW },
	{ TEXT, SYS_clone, { CLONE_PARENT | SIGCHLD }, DENY },
	{ TEXT, SYS_clone, { CLONE_PARENT | CLONE_FILES | CLONE_PIDFD | SIGCHLD }, ALLOW },
	{ TEXT, SYS_clone, { CLONE_PARENT | CLONE_FILES | SIGCHLD }, DENY },
	{ TEXT, SYS_clone, { CLONE_PARENT | CLONE_PIDFD | SIGCHLD }, DENY },
	{ TEXT, SYS_clone, { SIGCHLD }, DENY },
	{ TEXT, SYS_clone, { CLONE_PARENT | CLONE_NEWUSER | SIGCHLD }, DENY },
	{ TEXT, SYS_clone, { CLONE_PARENT | CLONE_VM | SIGCHLD }, DENY },
	{ TEXT, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, ALLOW },
	{ TEXT, SYS_arch_prctl, { ARCH_SET_GS, ~0ull }, ALLOW },
	{ TEXT, SYS_arch_prctl, { ARCH_GET_GS, 0x1000 }, DENY },
	{ TEXT, SYS_arch_prctl, { 0x1012 /* ARCH_SET_CPUID */, 1 }, DENY },
	{ TEXT, SYS_prctl, { PR_SET_PDEATHSIG, SIGKILL }, ALLOW },
	{ TEXT, SYS_prctl, { PR_SET_PDEATHSIG, 0 }, DENY },
	{ TEXT, SYS_prctl, { PR_SET_DUMPABLE, 1 }, DENY },
	{ TEXT, SYS_prctl, { PR_SET_PTRACER, 1234 }, ALLOW },
	{ TEXT, DEBUG_CALL, { 0x1000, 0, 0, 0, 1, 0 }, TRACE },
	{ 0x400000, DEBUG_CALL, { 0x1000, 0, 0, 0, 1, 0 }, TRAP },
	{ TEXT, SYS_pidfd_send_signal, { 5, SIGUSR1, 0, 0 }, ALLOW },
	{ TEXT, SYS_pidfd_send_signal, { 5, SIGKILL, 0, 0 }, DENY },
	{ TEXT, SYS_pidfd_send_signal, { 5, SIGUSR1, 0x1000, 0 }, DENY },
	/* the time of day, no other clock */
	{ TEXT, SYS_clock_gettime, { CLOCK_REALTIME, 0x400000 }, ALLOW },
	{ TEXT, SYS_clock_gettime, { CLOCK_PROCESS_CPUTIME_ID, 0x400000 }, DENY },
	{ TEXT, SYS_clock_gettime, { -1u << 3 | 2, 0x400000 }, DENY },
	{ TEXT, SYS_clock_settime, { CLOCK_REALTIME, 0x400000 }, DENY },
	{ TEXT, SYS_setrlimit, { RLIMIT_NOFILE, NO_FILES_LIMIT }, ALLOW },
	{ TEXT, SYS_setrlimit, { RLIMIT_NOFILE, NO_FILES_LIMIT + 8 }, DENY },
	{ TEXT, SYS_setrlimit, { RLIMIT_NOFILE, NO_FILES_LIMIT + G4 }, DENY },
	{ TEXT, SYS_setrlimit, { RLIMIT_NPROC, NO_FILES_LIMIT }, DENY },
	{ 0x400000, SYS_setrlimit, { RLIMIT_NOFILE, NO_FILES_LIMIT }, TRAP },
	{ TEXT, SYS_getppid, { 0 }, ALLOW },
	{ TEXT, SYS_prlimit64, { 1, RLIMIT_NPROC }, DENY },
	{ TEXT, SYS_sched_setaffinity, { 0 }, DENY },
	{ TEXT, SYS_close, { FD }, DENY },
	{ TEXT, SYS_exit, { 0 }, DENY },
	{ TEXT, SYS_exit_group, { 0 }, ALLOW },
	{ TEXT, SYS_kill, { -1, SIGKILL }, DENY },
	{ TEXT, SYS_openat, { AT_FDCWD }, DENY },
	{ TEXT, SYS_execve, { 0 }, DENY },
	{ TEXT, SYS_ptrace, { 0 }, DENY },
	{ TEXT, SYS_clone3, { 0 }, DENY },
	{ TEXT, SYS_ioctl, { 5, 0xc0502100 }, ALLOW }, /* the siblings' listener: receive */
	{ TEXT, SYS_ioctl, { 5, 0xc0182101 }, ALLOW }, /* and answer */
	{ TEXT, SYS_ioctl, { 5, 0x40182103 }, DENY },  /* add a file */
};

START_TEST(verdict)
{
	struct seccomp_data data = {
		.nr = (int)calls[_i].nr, .arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = calls[_i].ip,
	};
	uint32_t got;

	memcpy(data.args, calls[_i].arg, sizeof(data.args));
	got = interpret(&data);
	ck_assert_msg(got == calls[_i].want, "row %d: call %llu: %#x, not %#x", _i,
		      (unsigned long long)calls[_i].nr, got, calls[_i].want);
}
END_TEST

/* A user sibling: what counts is the cookie in arguments 3 and 4, or the hand-off. */
#define COOKIE	0x0123456789abcdefull
#define HI(n)	((uint64_t)(n) | (COOKIE & ~0xffffffffull))
#define LO(n)	((uint32_t)(n) | COOKIE << 32)
#define HANDOFF (TEXT + 100)
#define BASE_CALL (HANDOFF + SIBLING_BASE_CALL)
#define NOTIFY	SECCOMP_RET_USER_NOTIF

static const struct {
	uint64_t ip;
	uint64_t nr, arg[6];
	uint32_t want;
} sibling_calls[] = {
	{ HANDOFF, SIBLING_CALL, { 0 }, NOTIFY },
	{ HANDOFF, SIBLING_CALL, { 0, 0, 0, HI(0), LO(0) }, NOTIFY },
	{ HANDOFF, SYS_getpid, { 0 }, TRAP },
	{ HANDOFF + 1, SIBLING_CALL, { 0 }, TRAP },
	{ HANDOFF + G4, SIBLING_CALL, { 0 }, TRAP },
	{ 0x400000, SIBLING_CALL, { 0 }, TRAP },
	/* without, with half of, with the cookie */
	{ 0x400000, SYS_munmap, { 0, 4096 }, TRAP },
	{ TEXT, SYS_munmap, { 0, 4096 }, TRAP },
	{ TEXT, SYS_munmap, { 0, 4096, 0, HI(0), 0 }, TRAP },
	{ TEXT, SYS_munmap, { 0, 4096, 0, 0, LO(0) }, TRAP },
	{ TEXT, SYS_munmap, { 0, 4096, 0, COOKIE, COOKIE }, TRAP },
	{ TEXT, SYS_munmap, { 0, 4096, 0, HI(0), LO(0) }, ALLOW },
	{ TEXT, SYS_rt_sigreturn, { 0 }, TRAP },
	{ TEXT, SYS_rt_sigreturn, { 0, 0, 0, HI(0), LO(0) }, ALLOW },
	/* orders that no context gives */
	{ TEXT, SYS_munmap, { UMVMM_MONITOR_BASE, 4096, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(FIXED), LO(FD) }, ALLOW },
	{ TEXT, SYS_mmap, { UMVMM_STUBS, 4096, MEM, HI(ANON), LO(-1) }, ALLOW },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(ANON), LO(-1) }, TRAP },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(MAP_PRIVATE | MAP_FIXED), LO(FD) }, TRAP },
	{ TEXT, SYS_mmap, { 0, 4096, RX, HI(FIXED), LO(FD_VM), COPIES_START }, ALLOW },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(FIXED), LO(FD_VM), COPIES_START }, TRAP },
	{ TEXT, SYS_mmap, { UMVMM_MONITOR_BASE, 4096, MEM, HI(FIXED), LO(FD) }, TRAP },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(MAP_SHARED), LO(FD) }, TRAP },
	{ TEXT, SYS_mmap, { 0, 4096, MEM, HI(FIXED), LO(FD_VM) }, TRAP },
	{ TEXT, SYS_mmap, { UMVMM_SIBLING, SIBLING_SIZE, PROT_READ | PROT_WRITE, HI(FIXED),
			    LO(FD_VM) }, TRAP },
	{ TEXT, SYS_mprotect, { 0, 4096, PROT_READ, HI(0), LO(0) }, ALLOW },
	{ TEXT, SYS_mprotect, { PHYSMEM_WINDOW, 4096, PROT_READ, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_clone, { CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD, 0, 0, HI(0),
			     LO(0) }, TRAP },
	{ TEXT, SYS_seccomp, { SECCOMP_SET_MODE_FILTER, 0, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_clone, { CLONE_PARENT | SIGCHLD, 0, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_futex, { 0, FUTEX_WAKE, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_ioctl, { 5, 0xc0502100, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_pidfd_send_signal, { 5, SIGUSR1, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_exit_group, { 0, 0, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_setrlimit, { RLIMIT_NOFILE, NO_FILES_LIMIT, 0, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_setrlimit, { RLIMIT_NOFILE, 0x1000, 0, HI(0), LO(0) }, TRAP },
	/* breakpoints, when the context orders them */
	{ TEXT, DEBUG_CALL, { 0x1000, 0, 0, HI(0), LO(1) }, TRACE },
	{ TEXT, DEBUG_CALL, { 0x1000, 0, 0, 0, 1 }, TRAP },
	{ TEXT, SYS_arch_prctl, { ARCH_SET_FS, 0x1000, 0, HI(0), LO(0) }, ALLOW },
	{ TEXT, SYS_arch_prctl, { ARCH_SET_GS, 0x1000, 0, HI(0), LO(0) }, ALLOW },
	{ TEXT, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ TEXT, SYS_sched_setaffinity, { 0, 128, 0x1000, HI(0), LO(0) }, ALLOW },
	{ TEXT, SYS_sched_setaffinity, { 1, 128, 0x1000, HI(0), LO(0) }, TRAP },
	{ TEXT, SYS_sched_setaffinity, { 0, 128, 0x1000 }, TRAP },
	/* without the cookie: its own bases, at one address */
	{ BASE_CALL, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, ALLOW },
	{ BASE_CALL, SYS_arch_prctl, { ARCH_SET_GS, ~0ull }, ALLOW },
	{ BASE_CALL, SYS_arch_prctl, { ARCH_SET_GS, 0x1000, 0, HI(0), LO(0) }, ALLOW },
	{ BASE_CALL - 1, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ BASE_CALL + 1, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ BASE_CALL + G4, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ BASE_CALL, SYS_arch_prctl, { ARCH_GET_FS, 0x1000 }, TRAP },
	{ BASE_CALL, SYS_arch_prctl, { 0x1012, 1 }, TRAP },
	{ BASE_CALL, SYS_arch_prctl | 0x40000000, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ BASE_CALL, SIBLING_CALL, { 0 }, TRAP },
	{ BASE_CALL, SYS_getpid, { 0 }, TRAP },
	{ BASE_CALL, SYS_munmap, { 0x400000, 4096 }, TRAP },
	{ BASE_CALL, SYS_rt_sigreturn, { 0 }, TRAP },
	{ HANDOFF, SYS_arch_prctl, { ARCH_SET_FS, 0x1000 }, TRAP },
	{ TEXT, SYS_prctl, { PR_SET_PTRACER, 1234, 0, HI(0), LO(0) }, ALLOW },
	{ 0xffffffffff600000, SYS_time, { 0, 0, 0, HI(0), LO(0) }, TRAP },
};

START_TEST(verdict_on_a_sibling)
{
	struct seccomp_data data = {
		.nr = (int)sibling_calls[_i].nr, .arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = sibling_calls[_i].ip,
	};
	uint32_t got;

	ck_assert_int_eq(seccomp_policy_sibling(prog, sizeof(prog), &prog_len, COOKIE, HANDOFF,
						false, true), 0);
	memcpy(data.args, sibling_calls[_i].arg, sizeof(data.args));
	got = interpret(&data);
	ck_assert_msg(got == sibling_calls[_i].want, "row %d: call %llu: %#x, not %#x", _i,
		      (unsigned long long)sibling_calls[_i].nr, got, sibling_calls[_i].want);
}
END_TEST

START_TEST(a_sibling_that_stays)
{
	struct seccomp_data data = {
		.nr = SYS_sched_setaffinity,
		.arch = AUDIT_ARCH_X86_64,
		.instruction_pointer = TEXT,
		.args = { 0, 128, 0x1000, HI(0), LO(0) },
	};

	ck_assert_int_eq(seccomp_policy_sibling(prog, sizeof(prog), &prog_len, COOKIE, HANDOFF,
						false, false), 0);
	ck_assert_uint_eq(interpret(&data), TRAP);
}
END_TEST

START_TEST(calls_of_a_traced_sibling)
{
	struct seccomp_data data = {
		.nr = SYS_getpid, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0x400000,
	};

	ck_assert_int_eq(seccomp_policy_sibling(prog, sizeof(prog), &prog_len, COOKIE, HANDOFF,
						true, false), 0);
	ck_assert_uint_eq(interpret(&data), SECCOMP_RET_TRACE);
	data.instruction_pointer = HANDOFF;
	data.nr = SIBLING_CALL;
	ck_assert_uint_eq(interpret(&data), NOTIFY);
}
END_TEST

/* Whatever number they have, from wherever, and although they carry the cookie. */
START_TEST(other_architectures_are_the_guests)
{
	static const uint64_t places[] = { 0x400000, TEXT, HANDOFF, 0x7f0000000000 };
	struct seccomp_data data = {
		.arch = AUDIT_ARCH_I386, .args = { 0, 4096, 0, HI(0), LO(0) },
	};

	if (_i == 1)
		ck_assert_int_eq(seccomp_policy_traced(prog, sizeof(prog), &prog_len, TEXT,
						       TEXT_END), 0);
	if (_i >= 2)
		ck_assert_int_eq(seccomp_policy_sibling(prog, sizeof(prog), &prog_len, COOKIE,
							HANDOFF, _i == 3, true), 0);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (data.nr = 0; data.nr < 3000; data.nr++) {
			data.instruction_pointer = places[i];
			ck_assert_uint_eq(interpret(&data), TRAP);
		}
}
END_TEST

START_TEST(too_small_a_buffer)
{
	static uint8_t small[BPF_MAXINSNS];
	uint32_t count;

	ck_assert_int_eq(seccomp_policy(small, 1024, &count, TEXT, TEXT_END), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("policy");

	if (seccomp_policy(prog, sizeof(prog), &prog_len, TEXT, TEXT_END) < 0)
		return 1;
	tcase_add_loop_test(tc, verdict, 0, (int)(sizeof(calls) / sizeof(calls[0])));
	tcase_add_loop_test(tc, verdict_on_a_sibling, 0,
			    (int)(sizeof(sibling_calls) / sizeof(sibling_calls[0])));
	tcase_add_test(tc, a_sibling_that_stays);
	tcase_add_test(tc, calls_of_a_traced_sibling);
	tcase_add_loop_test(tc, other_architectures_are_the_guests, 0, 4);
	tcase_add_test(tc, too_small_a_buffer);
	return unit_run(tc);
}
