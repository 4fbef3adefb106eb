// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debug_registers.c - hardware breakpoints and watchpoints that a debugger sets.
 *
 * Runs: natively and in the guest. The parent traces; the child does one thing
 * after each of its stops. What the kernel itself writes to a watched place may be
 * reported or not: kernels differ.
 * Flags: timeout=40 needs-breakpoints
 */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#define EXECUTE 0u
#define WRITE	1u
#define ACCESS	3u

#define B(n)   (1ul << (n))
#define BS     (1ul << 14)
#define ROUNDS 60

static volatile uint64_t words[8] __attribute__((aligned(64)));
static volatile int calls;
static int shared_pipe[2];

/* hot_call(): a system call of a shape that umvmm rewrites; its parts. */
extern char hot_call[], hot_syscall[], target[], store_insn[], store_next[];
__asm__(".text\n"
	".balign 64\n"
	"hot_call: mov $39, %eax\n" /* getpid */
	"hot_syscall: syscall\n"
	"	ret\n"
	".balign 64\n"
	"target: incl calls(%rip)\n"
	"	ret\n"
	"store: mov $1, %eax\n"
	"store_insn: mov %eax, words(%rip)\n"
	"store_next: nop\n"
	"	ret\n");
void call_target(void) __asm__("target");
void call_store(void) __asm__("store");
int call_hot(void) __asm__("hot_call");

static int wait_stop(pid_t pid)
{
	int status;

	REQUIRE(waitpid(pid, &status, __WALL) == pid);
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -status;
}

static int go_on(pid_t pid)
{
	int sig;

	do {
		REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
		sig = wait_stop(pid);
	} while (sig == SIGCHLD);
	return sig;
}

static void poke_dr(pid_t pid, unsigned int n, unsigned long value)
{
	errno = 0;
	ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[n]), value);
	EXPECT(!errno, "DR%u = %#lx: %s", n, value, strerror(errno));
}

/* DR6, which is cleared. */
static unsigned long take_dr6(pid_t pid)
{
	const size_t at = offsetof(struct user, u_debugreg[6]);
	unsigned long dr6;

	errno = 0;
	dr6 = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, at, NULL);
	REQUIRE(!errno);
	ptrace(PTRACE_POKEUSER, pid, at, 0ul);
	return dr6 & (B(0) | B(1) | B(2) | B(3) | BS);
}

static unsigned long control(unsigned int n, unsigned int type, unsigned int len)
{
	const unsigned long bits = len == 8 ? 2 : len - 1;

	return 1ul << (2 * n) | (type | bits << 2) << (16 + 4 * n);
}

static void set_one(pid_t pid, unsigned int n, const volatile void *at, unsigned int type,
		    unsigned int len)
{
	poke_dr(pid, 7, 0);
	poke_dr(pid, n, (unsigned long)at);
	poke_dr(pid, 7, control(n, type, len));
}

static unsigned long rip_of(pid_t pid)
{
	struct user_regs_struct r;

	REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, &r) == 0);
	return r.rip;
}

/* The child goes on and stops again: by a hit at `rip` (0: anywhere), with DR6. */
static void expect_hit(pid_t pid, const char *what, unsigned long dr6, const void *rip)
{
	int sig = go_on(pid);
	unsigned long got;
	siginfo_t si;

	EXPECT(sig == SIGTRAP, "%s: no hit, stop %d", what, sig);
	if (sig != SIGTRAP)
		return;
	REQUIRE(ptrace(PTRACE_GETSIGINFO, pid, NULL, &si) == 0);
	EXPECT(si.si_code == 4 /* TRAP_HWBKPT */, "%s: code %d", what, si.si_code);
	got = take_dr6(pid);
	EXPECT(got == dr6, "%s: DR6 %#lx, not %#lx", what, got, dr6);
	EXPECT(!rip || rip_of(pid) == (unsigned long)rip, "%s: rip %#lx, not %p", what,
	       rip_of(pid), rip);
}

/* ... by itself. */
static void expect_end(pid_t pid, const char *what)
{
	int sig = go_on(pid);

	EXPECT(sig == SIGSTOP, "%s: stop %d, DR6 %#lx", what, sig, take_dr6(pid));
	while (sig == SIGTRAP)
		sig = go_on(pid);
	REQUIRE(sig == SIGSTOP);
}

static void ready(void)
{
	raise(SIGSTOP);
}

/* One line for each expect_end() of main(), in its order. */
static void child(void)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)words;
	volatile uint8_t *b = bytes;
	int status;
	pid_t pid;

	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	ready();
	call_target();
	call_target();
	ready();
	for (unsigned int len = 1; len <= 8; len *= 2) {
		b[15] = 1;
		b[16 + len] = 1;
		words[7] = b[16];
		b[16 + len - 1] = 1;
		ready();
	}
	words[7] = b[24];
	ready();
	REQUIRE(write(shared_pipe[1], "kernel", 6) == 6);
	REQUIRE(read(shared_pipe[0], bytes, 6) == 6);
	ready();
	words[0] = 1;
	ready();
	call_store();
	ready();
	words[0]++;
	call_target();
	ready();
	pid = fork();
	if (pid == 0) {
		words[0] = 2;
		call_target();
		_exit(7);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 7, "the grandchild ended with %#x",
	       status);
	ready();
	for (int i = 0; i < 100; i++)
		call_hot();
	ready();
	EXPECT(call_hot() == getpid(), "getpid");
	ready();
	EXPECT(call_hot() == getpid(), "getpid");
	_exit(test_failures != 0);
}

static void step_over_store(pid_t pid)
{
	unsigned long dr6;
	int sig;

	set_one(pid, 0, store_insn, EXECUTE, 1);
	poke_dr(pid, 1, (unsigned long)words);
	poke_dr(pid, 7, control(0, EXECUTE, 1) | control(1, WRITE, 4));
	expect_hit(pid, "execution of a store", B(0), store_insn);
	REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
	sig = wait_stop(pid);
	EXPECT(sig == SIGTRAP, "step: stop %d", sig);
	dr6 = take_dr6(pid);
	EXPECT(dr6 == (B(1) | BS), "step over a watched store: DR6 %#lx", dr6);
	EXPECT(rip_of(pid) == (unsigned long)store_next, "step: rip %#lx", rip_of(pid));
	REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
	sig = wait_stop(pid);
	EXPECT(sig == SIGTRAP, "step: stop %d", sig);
	dr6 = take_dr6(pid);
	EXPECT(dr6 == BS, "step: DR6 %#lx", dr6);
	expect_end(pid, "after the steps");
}

static void kernel_write(pid_t pid)
{
	int sig;

	set_one(pid, 2, words, WRITE, 8);
	sig = go_on(pid);
	while (sig == SIGTRAP)
		sig = go_on(pid);
	EXPECT(sig == SIGSTOP, "the kernel writes to a watched place: stop %d", sig);
	take_dr6(pid);
	expect_hit(pid, "after the kernel's write", B(2), NULL);
	expect_end(pid, "after the kernel's write");
}

static void one_child(void)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)words;
	pid_t pid = fork();
	int sig;

	REQUIRE(pid >= 0);
	if (pid == 0)
		child();
	REQUIRE(wait_stop(pid) == SIGSTOP);
	set_one(pid, 0, target, EXECUTE, 1);
	expect_hit(pid, "first call", B(0), target);
	expect_hit(pid, "second call", B(0), target);
	expect_end(pid, "calls");
	for (unsigned int len = 1; len <= 8; len *= 2) {
		unsigned int n = len % 4;

		set_one(pid, n, bytes + 16, WRITE, len);
		expect_hit(pid, "write", B(n), NULL);
		expect_end(pid, "writes");
	}
	set_one(pid, 3, bytes + 24, ACCESS, 8);
	expect_hit(pid, "read", B(3), NULL);
	expect_end(pid, "reads");
	kernel_write(pid);
	step_over_store(pid);
	poke_dr(pid, 7, 0);
	expect_end(pid, "without breakpoints");
	poke_dr(pid, 0, (unsigned long)target);
	poke_dr(pid, 1, (unsigned long)words);
	poke_dr(pid, 7, control(0, EXECUTE, 1) | control(1, WRITE, 8));
	expect_end(pid, "fork");
	poke_dr(pid, 7, 0);
	expect_end(pid, "many system calls");
	set_one(pid, 0, hot_syscall, EXECUTE, 1);
	expect_hit(pid, "at SYSCALL", B(0), hot_syscall);
	expect_end(pid, "after SYSCALL");
	set_one(pid, 0, hot_call, EXECUTE, 1);
	expect_hit(pid, "before SYSCALL", B(0), hot_call);
	sig = go_on(pid);
	EXPECT(sig == 0, "the child ended with %#x", -sig);
}

/* Three children touch three places in turns; each is watched at its own, one at none. */
static void touch_all(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	ready();
	for (int i = 0; i < ROUNDS; i++) {
		for (int n = 0; n < 3; n++) {
			words[n]++;
			sched_yield();
		}
	}
	_exit(0);
}

static void many_children(void)
{
	int hits[3] = { 0 }, running = 3, status;
	pid_t pid[3], who;

	for (int i = 0; i < 3; i++) {
		pid[i] = fork();
		REQUIRE(pid[i] >= 0);
		if (pid[i] == 0)
			touch_all();
		REQUIRE(wait_stop(pid[i]) == SIGSTOP);
		if (i < 2)
			set_one(pid[i], 1, &words[i], WRITE, 8);
	}
	for (int i = 0; i < 3; i++)
		REQUIRE(ptrace(PTRACE_CONT, pid[i], NULL, NULL) == 0);
	while (running && (who = waitpid(-1, &status, 0)) > 0) {
		int i = who == pid[0] ? 0 : who == pid[1] ? 1 : 2;

		if (!WIFSTOPPED(status)) {
			EXPECT(status == 0, "child %d ended with %#x", i, status);
			running--;
			continue;
		}
		EXPECT(WSTOPSIG(status) == SIGTRAP && take_dr6(who) == B(1), "child %d: stop %#x", i,
		       status);
		hits[i]++;
		REQUIRE(ptrace(PTRACE_CONT, who, NULL, NULL) == 0);
	}
	EXPECT(hits[0] == ROUNDS && hits[1] == ROUNDS && !hits[2], "hits: %d %d %d", hits[0],
	       hits[1], hits[2]);
}

/* Two threads of one process: only one is watched, the other must not notice. */
static volatile int turn;

static void take_turn(int who)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != who)
		sched_yield();
	words[3]++;
	call_target();
	__atomic_store_n(&turn, !who, __ATOMIC_RELEASE);
}

static void *watched_thread(void *arg)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	(void)arg;
	REQUIRE(write(shared_pipe[1], &tid, sizeof(tid)) == sizeof(tid));
	while (!__atomic_load_n(&calls, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (int i = 0; i < ROUNDS; i++)
		take_turn(1);
	return NULL;
}

static void two_threads(void)
{
	int status, hits = 0, sig, start[2];
	pid_t pid, tid;

	REQUIRE(pipe(start) == 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		pthread_t thread;
		char c;

		REQUIRE(pthread_create(&thread, NULL, watched_thread, NULL) == 0);
		REQUIRE(read(start[0], &c, 1) == 1);
		calls = 1;
		for (int i = 0; i < ROUNDS; i++)
			take_turn(0);
		pthread_join(thread, NULL);
		_exit(calls != 1 + 2 * ROUNDS);
	}
	REQUIRE(read(shared_pipe[0], &tid, sizeof(tid)) == sizeof(tid));
	REQUIRE(ptrace(PTRACE_SEIZE, tid, NULL, NULL) == 0);
	REQUIRE(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) == 0);
	wait_stop(tid);
	set_one(tid, 2, &words[3], WRITE, 8);
	REQUIRE(write(start[1], "x", 1) == 1);
	for (sig = go_on(tid); sig > 0; sig = go_on(tid))
		if (sig == SIGTRAP && take_dr6(tid) == B(2))
			hits++;
	EXPECT(hits == ROUNDS, "hits of a thread: %d", hits);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "threads: the child ended with %#x", status);
}

int main(void)
{
	REQUIRE(pipe(shared_pipe) == 0);
	one_child();
	many_children();
	two_threads();
	return test_end();
}
