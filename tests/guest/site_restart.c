// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_restart.c - calls that are interrupted, from system call sites of each shape that were
 * called often: what a signal's frame shows of them, and how they go on.
 *
 * signal(7), "Interruption of system calls"; restart_syscall(2). A call that is to be
 * restarted is interrupted at its SYSCALL, with its number; else behind it, with EINTR.
 * Stopped and continued, nanosleep goes on by restart_syscall.
 *
 * Flags: gate timeout=60
 */
#include <sys/time.h>

#include "sites.h"

static const struct site *site;
static const uint8_t *page;
static int pipe_fd[2];
static volatile int frames;
static bool restarts;
static greg_t frame[NGREG];

/* Of the frames that show a call, the first counts; then the call may end. */
static void on_alarm(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const greg_t *g = uc->uc_mcontext.gregs;
	uint64_t rip = (uint64_t)g[REG_RIP];

	(void)sig;
	(void)info;
	if (!site_in_page(page, rip))
		return;
	EXPECT(site_has(site, page, rip), "%s: interrupted at %+ld", site->name,
	       (long)(rip - (uintptr_t)page - SITE_AT));
	/* not there yet */
	if (rip < (uintptr_t)page + SITE_AT + site->len - (restarts ? 2 : 0) ||
	    g[REG_RCX] == (greg_t)regs_in[RCX])
		return;
	if (!frames++)
		memcpy(frame, g, sizeof(frame));
	REQUIRE(write(pipe_fd[1], "x", 1) == 1);
}

static void tick(int usec)
{
	struct itimerval it = { { 0, usec }, { 0, usec } };

	if (usec)
		frames = 0;
	REQUIRE(setitimer(ITIMER_REAL, &it, NULL) == 0);
}

static void expect_frame(const char *what, unsigned int off, long rax)
{
	uint64_t rip = (uint64_t)frame[REG_RIP] - (uintptr_t)page - SITE_AT;

	EXPECT(frames > 0, "%s: %s was not interrupted", site->name, what);
	if (!frames)
		return;
	EXPECT(rip == off, "%s: %s: interrupted at %lu, not %u", site->name, what, rip, off);
	EXPECT(frame[REG_RAX] == rax, "%s: %s: rax is %lld, not %ld", site->name, what,
	       (long long)frame[REG_RAX], rax);
	EXPECT((uint64_t)frame[REG_RCX] == (uintptr_t)page + SITE_AT + site->len,
	       "%s: %s: rcx is %#llx", site->name, what, frame[REG_RCX]);
	EXPECT((uint64_t)frame[REG_RBP] == regs_in[RBP] &&
		       (uint64_t)frame[REG_RSP] == regs_in[RSP] &&
		       (uint64_t)frame[REG_R15] == regs_in[R15] &&
		       (uint64_t)frame[REG_RDI] == regs_in[RDI],
	       "%s: %s: registers differ", site->name, what);
}

static void drain(void)
{
	char c;

	while (read(pipe_fd[0], &c, 1) == 1)
		;
}

static void interrupted_read(void)
{
	static char buffer[64];
	int flags;

	for (int i = 0; i < 2; i++) {
		restarts = i;
		site_handler(SIGALRM, on_alarm, restarts ? SA_RESTART : 0);
		flags = fcntl(pipe_fd[0], F_GETFL);
		fcntl(pipe_fd[0], F_SETFL, flags | O_NONBLOCK);
		drain();
		fcntl(pipe_fd[0], F_SETFL, flags);
		site_warm(site, SYS_read, page);
		tick(3000);
		site_call(page, SYS_read, (uint64_t)pipe_fd[0], (uintptr_t)buffer, 1);
		tick(0);
		site_check(site, page, restarts ? 1 : (uint64_t)-EINTR);
		if (restarts)
			expect_frame("read", site->len - 2, SYS_read);
		else
			expect_frame("read", site->len, -EINTR);
	}
}

static void sigsuspended(void)
{
	uint64_t none = 0;

	restarts = false;
	site_handler(SIGALRM, on_alarm, SA_RESTART); /* which does not count there */
	site_warm(site, SYS_rt_sigsuspend, page);
	tick(3000);
	site_call(page, SYS_rt_sigsuspend, (uintptr_t)&none, 8, 0);
	tick(0);
	site_check(site, page, (uint64_t)-EINTR);
	expect_frame("rt_sigsuspend", site->len, -EINTR);
}

/* A child stops us and lets us go on, twice. */
static void stopped_nanosleep(void)
{
	struct timespec want = { 0, 60000000 }, left = { 0, 0 };
	pid_t pid, parent = getpid();
	double before;
	int status;

	site_warm(site, SYS_nanosleep, page);
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 2; i++) {
			usleep(10000);
			kill(parent, SIGSTOP);
			usleep(5000);
			kill(parent, SIGCONT);
		}
		_exit(0);
	}
	before = now();
	site_call(page, SYS_nanosleep, (uintptr_t)&want, (uintptr_t)&left, 0);
	site_check(site, page, 0);
	EXPECT(now() - before >= 0.0599, "%s: slept %.6f s", site->name, now() - before);
	REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(void)
{
	static const int numbers[] = { SYS_read, SYS_rt_sigsuspend, SYS_nanosleep };
	static void (*const tests[])(void) = { interrupted_read, sigsuspended, stopped_nanosleep };

	REQUIRE(pipe(pipe_fd) == 0);
	site_signals();
	for (size_t i = 0; i < CALL_SITES; i++)
		for (int t = 0; t < 3 && !test_failures; t++) {
			site = &call_sites[i];
			page = site_build(site, numbers[t], true);
			for (int k = 0; k < 3 && !test_failures; k++)
				tests[t]();
			munmap((void *)page, PAGE);
		}
	return test_end();
}
