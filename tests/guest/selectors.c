// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * selectors.c - what a program loads into DS, ES, FS and GS is there, with its base, after
 * system calls, page faults, signals, forks and switches between threads and processes that
 * have others; in signal handlers; and a debugger sees it.
 *
 * While FS has a selector there is no thread-local storage: only calls made here, no errno.
 * Null selectors stay null, but some CPUs forget which one it was, and what their base is
 * depends on the CPU.
 *
 * Flags: slow timeout=40
 */
#include <asm/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>

#include "test.h"

enum reg {
	DS,
	ES,
	FS,
	GS,
	REGS
};

static const char *const names[REGS] = { "ds", "es", "fs", "gs" };
static const uint16_t wanted[] = { 0x2b, 0x28, 0x23, 0x33, 0x7b, 3, 1, 0 };
static uint64_t word = 0x5e1ec704;

static volatile sig_atomic_t signals, signals_bad;
static volatile uint32_t in_handler; /* a register and, above it, its selector; 0: do not look */

static inline __attribute__((always_inline)) uint16_t get(enum reg reg)
{
	uint16_t sel = 0;

	switch (reg) {
	case DS:
		__asm__ volatile("mov %%ds, %0" : "=r"(sel));
		break;
	case ES:
		__asm__ volatile("mov %%es, %0" : "=r"(sel));
		break;
	case FS:
		__asm__ volatile("mov %%fs, %0" : "=r"(sel));
		break;
	default:
		__asm__ volatile("mov %%gs, %0" : "=r"(sel));
	}
	return sel;
}

static inline __attribute__((always_inline)) void set(enum reg reg, uint16_t sel)
{
	switch (reg) {
	case DS:
		__asm__ volatile("mov %0, %%ds" ::"r"(sel) : "memory");
		break;
	case ES:
		__asm__ volatile("mov %0, %%es" ::"r"(sel) : "memory");
		break;
	case FS:
		__asm__ volatile("mov %0, %%fs" ::"r"(sel) : "memory");
		break;
	default:
		__asm__ volatile("mov %0, %%gs" ::"r"(sel) : "memory");
	}
}

static bool loadable(uint16_t sel)
{
	bool yes;

	__asm__("verr %1" : "=@ccz"(yes) : "r"(sel));
	return sel <= 3 || yes;
}

static inline __attribute__((always_inline)) bool kept(enum reg reg, uint16_t sel)
{
	uint16_t is = get(reg);
	uint64_t v = word;

	if (sel <= 3)
		return is <= 3;
	if (reg == FS)
		__asm__ volatile("mov %%fs:(%1), %0" : "=r"(v) : "r"(&word));
	if (reg == GS)
		__asm__ volatile("mov %%gs:(%1), %0" : "=r"(v) : "r"(&word));
	return is == sel && v == word;
}

static inline __attribute__((always_inline)) long raw(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = -1, r9 __asm__("r9") = 0;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static void on_signal(int sig)
{
	uint32_t is = in_handler;

	(void)sig;
	signals++;
	if (is && !kept((enum reg)(is & 3), (uint16_t)(is >> 16)))
		signals_bad++;
}

enum {
	CALL,
	YIELD,
	SLEEP,
	FAULT,
	KILL,
	BUSY,
	KINDS
};
static const char *const kinds[KINDS] = {
	"call", "yield", "sleep", "fault", "signal", "interrupt"
};

static inline __attribute__((always_inline)) void disturb(int kind, long pid)
{
	static const struct timespec moment = { 0, 100000 };
	volatile char *page;

	switch (kind) {
	case CALL:
		for (int i = 0; i < 20; i++) /* rewritten on the way */
			raw(SYS_getppid, 0, 0, 0, 0);
		break;
	case YIELD:
		raw(SYS_sched_yield, 0, 0, 0, 0);
		break;
	case SLEEP:
		raw(SYS_nanosleep, (long)&moment, 0, 0, 0);
		break;
	case FAULT:
		page = (char *)raw(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS);
		*page = 1;
		raw(SYS_munmap, (long)page, PAGE, 0, 0);
		break;
	case KILL:
		raw(SYS_kill, pid, SIGUSR1, 0, 0);
		break;
	case BUSY:
		for (int i = 0, n = signals; signals == n && i < 200000000; i++)
			__asm__ volatile("");
		break;
	}
}

/* Which kinds of disturbance SEL in REG does not outlive: bits. */
static unsigned int lost(enum reg reg, uint16_t sel, int rounds, int kinds_of)
{
	const long pid = getpid();
	uint16_t before = get(reg);
	uint64_t base;
	unsigned int bad = 0;

	raw(SYS_arch_prctl, ARCH_GET_FS, (long)&base, 0, 0);
	set(reg, sel);
	if (!kept(reg, sel))
		bad = 1u << KINDS;
	for (int i = 0; i < rounds; i++)
		for (int kind = 0; kind < kinds_of; kind++) {
			disturb(kind, pid);
			if (!kept(reg, sel)) {
				bad |= 1u << kind;
				set(reg, sel);
			}
		}
	set(reg, before);
	if (reg == FS)
		raw(SYS_arch_prctl, ARCH_SET_FS, (long)base, 0, 0);
	return bad;
}

static void one_by_one(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } };

	for (enum reg reg = DS; reg < REGS; reg++)
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			unsigned int bad;

			if (!loadable(wanted[i]))
				continue;
			REQUIRE(setitimer(ITIMER_REAL, &often, NULL) == 0);
			bad = lost(reg, wanted[i], 4, KINDS);
			REQUIRE(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL) == 0);
			for (int kind = 0; kind <= KINDS; kind++)
				EXPECT(!(bad >> kind & 1), "%s %#x is lost by %s", names[reg],
				       wanted[i], kind < KINDS ? kinds[kind] : "nothing");
		}
}

/* In the handler itself; only signals that are sent. */
static void in_handlers(void)
{
	for (enum reg reg = DS; reg < REGS; reg++)
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			uint16_t before = get(reg);
			const long pid = getpid();
			int count = signals;
			uint64_t base;

			if (!loadable(wanted[i]))
				continue;
			raw(SYS_arch_prctl, ARCH_GET_FS, (long)&base, 0, 0);
			signals_bad = 0;
			set(reg, wanted[i]);
			in_handler = 4u | (uint32_t)reg | (uint32_t)wanted[i] << 16;
			for (int n = 0; n < 5; n++)
				raw(SYS_kill, pid, SIGUSR1, 0, 0);
			in_handler = 0;
			set(reg, before);
			if (reg == FS)
				raw(SYS_arch_prctl, ARCH_SET_FS, (long)base, 0, 0);
			EXPECT(signals == count + 5 && !signals_bad, "%s %#x: %d signals, %d wrong",
			       names[reg], wanted[i], signals - count, signals_bad);
		}
}

/* Threads and processes with each its own, on one CPU. */
static void *thread(void *arg)
{
	const size_t n = (size_t)arg;
	const uint16_t sel = loadable(wanted[n % 5]) ? wanted[n % 5] : 0x2b;

	for (enum reg reg = DS; reg < REGS; reg++) {
		unsigned int bad = reg == FS ? 0 : lost(reg, n % 3 ? sel : 0, 60, FAULT);

		EXPECT(!bad, "%s of thread %zu, lost by %#x", names[reg], n, bad);
	}
	return NULL;
}

static void together(void)
{
	pid_t pid[4];
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	for (size_t i = 0; i < 4; i++) {
		pthread_t t[2];

		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (pid[i])
			continue;
		for (size_t j = 0; j < 2; j++)
			REQUIRE(pthread_create(&t[j], NULL, thread, (void *)(i + 2 * j)) == 0);
		for (size_t j = 0; j < 2; j++)
			pthread_join(t[j], NULL);
		/* one thread again: FS, too */
		EXPECT(!lost(FS, i & 1 ? 0x2b : 0, 60, FAULT), "fs of process %zu", i);
		_exit(test_failures != 0);
	}
	for (size_t i = 0; i < 4; i++) {
		int status;

		REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
		EXPECT(status == 0, "process %zu: %#x", i, status);
	}
}

static void forked(void)
{
	for (enum reg reg = DS; reg < REGS; reg++) {
		uint16_t before = get(reg);
		uint64_t base;
		long pid;
		int status = -1;

		raw(SYS_arch_prctl, ARCH_GET_FS, (long)&base, 0, 0);
		set(reg, 0x2b);
		pid = raw(SYS_fork, 0, 0, 0, 0);
		if (pid == 0)
			raw(SYS_exit_group, kept(reg, 0x2b) ? 0 : 1, 0, 0, 0);
		raw(SYS_wait4, pid, (long)&status, 0, 0);
		set(reg, before);
		if (reg == FS)
			raw(SYS_arch_prctl, ARCH_SET_FS, (long)base, 0, 0);
		EXPECT(status == 0, "%s in the child: %#x", names[reg], status);
	}
}

/* A base that is set takes the selector with it, and the other way round. */
static void bases(void)
{
	uint64_t base = 1, v;

	set(GS, 0x2b);
	REQUIRE(syscall(SYS_arch_prctl, ARCH_SET_GS, &word) == 0);
	__asm__ volatile("mov %%gs:0, %0" : "=r"(v));
	EXPECT(get(GS) == 0 && v == word, "gs %#x, %#lx", get(GS), v);
	sched_yield();
	__asm__ volatile("mov %%gs:0, %0" : "=r"(v));
	EXPECT(get(GS) == 0 && v == word, "gs %#x, %#lx", get(GS), v);
	set(GS, 0x2b);
	usleep(100);
	EXPECT(kept(GS, 0x2b), "gs %#x", get(GS));
	REQUIRE(syscall(SYS_arch_prctl, ARCH_GET_GS, &base) == 0);
	EXPECT(base == 0, "%#lx", base);
	set(GS, 0);
}

static void traced(void)
{
	struct user_regs_struct regs;
	int status;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		const long self = getpid();

		raw(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
		set(DS, 0x2b);
		set(ES, 0x2b);
		set(FS, 0x2b);
		set(GS, 0x2b);
		raw(SYS_kill, self, SIGSTOP, 0, 0);
		raw(SYS_exit_group,
		    kept(DS, 0x2b) && kept(ES, 0x2b) && kept(FS, 0x2b) && kept(GS, 0x2b) ? 0 : 1, 0,
		    0, 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0);
	EXPECT(regs.ds == 0x2b && regs.es == 0x2b && regs.fs == 0x2b && regs.gs == 0x2b,
	       "ds %#llx es %#llx fs %#llx gs %#llx", regs.ds, regs.es, regs.fs, regs.gs);
	EXPECT(regs.fs_base == 0 && regs.gs_base == 0, "bases %#llx, %#llx", regs.fs_base,
	       regs.gs_base);
	REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "%#x", status);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	REQUIRE(sigaction(SIGUSR1, &sa, NULL) == 0 && sigaction(SIGALRM, &sa, NULL) == 0);
	one_by_one();
	in_handlers();
	forked();
	bases();
	traced();
	together();
	return test_end();
}
