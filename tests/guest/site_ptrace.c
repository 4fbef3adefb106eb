// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_ptrace.c - a child is traced in and around system call sites of each shape that it
 * has called often before: single steps go from instruction to instruction, PTRACE_SYSCALL
 * stops behind the SYSCALL, breakpoints are hit wherever they are, and a child that is
 * stopped at any time is at a place in its own code.
 *
 * Between these the child calls its sites again, so that they are rewritten anew.
 *
 * Flags: gate timeout=60
 */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "sites.h"

#define ROUNDS	   3
#define INTERRUPTS 30

static const uint8_t *pages[CALL_SITES];
static volatile unsigned long *calls; /* shared: how many the child has made */

/* New pages at the same places: who has written a breakpoint there owns that page. */
static void build_all(void)
{
	for (size_t i = 0; i < CALL_SITES; i++)
		pages[i] = site_build_at(&call_sites[i], SYS_getppid, true, (void *)pages[i]);
}

static void call_all(int times)
{
	const uint64_t parent = (uint64_t)getppid();

	for (int k = 0; k < times; k++)
		for (size_t i = 0; i < CALL_SITES; i++) {
			if (site_call(pages[i], SYS_getppid, 1, 2, 3) != parent)
				_exit(3);
			++*calls;
		}
}

static void warm_all(void)
{
	for (size_t i = 0; i < CALL_SITES; i++)
		site_warm(&call_sites[i], SYS_getppid, pages[i]);
}

/* ---- the tracer ---- */

static pid_t child;

static int wait_stop(void)
{
	int status;

	REQUIRE(waitpid(child, &status, 0) == child);
	if (!WIFSTOPPED(status)) {
		printf("the child ended with %#x\n", status);
		fflush(stdout);
		_exit(1);
	}
	return status >> 8;
}

static void go(int request)
{
	REQUIRE(ptrace(request, child, NULL, NULL) == 0);
}

static struct user_regs_struct registers(void)
{
	struct user_regs_struct r;

	REQUIRE(ptrace(PTRACE_GETREGS, child, NULL, &r) == 0);
	return r;
}

static void set_registers(struct user_regs_struct r)
{
	REQUIRE(ptrace(PTRACE_SETREGS, child, NULL, &r) == 0);
}

static uint64_t begin_of(size_t i)
{
	return (uintptr_t)pages[i] + SITE_AT;
}

/* The child, which is in kill(), shall call site i: it goes on there. */
static struct user_regs_struct enter(size_t i)
{
	struct user_regs_struct r = registers();

	r.orig_rax = ~0ull; /* nothing is to be restarted */
	r.rax = 1;
	r.rbx = SYS_getppid;
	r.rip = begin_of(i);
	set_registers(r);
	return r;
}

static void step_through(size_t i)
{
	const struct site *s = &call_sites[i];
	struct user_regs_struct r = enter(i), before = r;
	unsigned int off = 0, next;

	for (; off < s->len && !test_failures; off = next) {
		for (next = off + 1; next < s->len && !(s->begins >> next & 1);)
			next++;
		go(PTRACE_SINGLESTEP);
		EXPECT(wait_stop() == SIGTRAP, "%s: no stop by a step", s->name);
		r = registers();
		EXPECT(r.rip == begin_of(i) + next, "%s: a step from %u to %+lld, not %u", s->name,
		       off, (long long)(r.rip - begin_of(i)), next);
	}
	EXPECT(r.rax == (uint64_t)getpid(), "%s: stepped, it returned %lld", s->name,
	       (long long)r.rax);
	EXPECT(r.rcx == r.rip && (r.r11 & ~0x100ull) == (before.eflags & ~0x100ull),
	       "%s: rcx %#llx, r11 %#llx, flags %#llx", s->name, r.rcx, r.r11, before.eflags);
	EXPECT(r.rbx == before.rbx && r.rsi == before.rsi && r.rdi == before.rdi &&
		       r.rdx == before.rdx && r.rsp == before.rsp && r.r10 == before.r10,
	       "%s: registers differ after steps", s->name);
}

static void syscall_stops(size_t i)
{
	const struct site *s = &call_sites[i];
	struct user_regs_struct r;

	for (int skip = 0; skip < 2; skip++) {
		enter(i);
		go(PTRACE_SYSCALL);
		EXPECT(wait_stop() == (SIGTRAP | 0x80), "%s: no stop at the call", s->name);
		r = registers();
		EXPECT(r.rip == begin_of(i) + s->len && r.orig_rax == SYS_getppid &&
			       r.rax == (uint64_t)-ENOSYS && r.rcx == r.rip,
		       "%s: at entry rip %+lld, number %lld, rax %lld", s->name,
		       (long long)(r.rip - begin_of(i)), (long long)r.orig_rax, (long long)r.rax);
		if (skip) {
			r.orig_rax = ~0ull;
			r.rax = 4711;
			set_registers(r);
		}
		go(PTRACE_SYSCALL);
		EXPECT(wait_stop() == (SIGTRAP | 0x80), "%s: no stop behind the call", s->name);
		r = registers();
		EXPECT(r.rip == begin_of(i) + s->len && r.rax == (skip ? 4711 : (uint64_t)getpid()),
		       "%s: at exit rip %+lld, rax %lld", s->name, (long long)(r.rip - begin_of(i)),
		       (long long)r.rax);
	}
}

static void poke(uint64_t at, uint8_t byte, uint8_t want)
{
	unsigned long word;

	errno = 0;
	word = (unsigned long)ptrace(PTRACE_PEEKTEXT, child, at, NULL);
	REQUIRE(!errno);
	EXPECT((word & 0xff) == want, "%#lx reads %02lx, not %02x", at, word & 0xff, want);
	REQUIRE(ptrace(PTRACE_POKETEXT, child, at, (word & ~0xfful) | byte) == 0);
}

/* As a debugger does: hit, taken out, stepped over, put in again. */
static void break_at(size_t i, unsigned int off)
{
	const struct site *s = &call_sites[i];
	const uint64_t at = begin_of(i) + off;
	struct user_regs_struct r;
	uint8_t code[SITE_MAX];

	site_code(s, SYS_getppid, code);
	poke(at, 0xcc, code[off]);
	for (int k = 0; k < 3 && !test_failures; k++) {
		enter(i);
		go(PTRACE_CONT);
		EXPECT(wait_stop() == SIGTRAP, "%s: breakpoint at %u is not hit", s->name, off);
		r = registers();
		EXPECT(r.rip == at + 1, "%s: breakpoint at %u: rip %+lld", s->name, off,
		       (long long)(r.rip - begin_of(i)));
		poke(at, code[off], 0xcc);
		r.rip--;
		set_registers(r);
		go(PTRACE_SINGLESTEP);
		EXPECT(wait_stop() == SIGTRAP, "%s: no step from %u", s->name, off);
		r = registers();
		EXPECT(r.rip > at && site_has(s, pages[i], r.rip), "%s: a step from %u to %+lld",
		       s->name, off, (long long)(r.rip - begin_of(i)));
		poke(at, 0xcc, code[off]);
	}
	poke(at, code[off], 0xcc);
}

/* The child goes on where it stopped, calls all, and stops again. */
static void resume(struct user_regs_struct *at_home, int times)
{
	for (int k = 0; k < times; k++) {
		set_registers(*at_home);
		go(PTRACE_CONT);
		EXPECT(wait_stop() == SIGSTOP, "the child does not come back");
		*at_home = registers();
	}
}

static void stopping_child(void)
{
	REQUIRE(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	for (;;) {
		build_all();
		warm_all();
		if (test_failures)
			_exit(4);
		kill(getpid(), SIGSTOP);
		call_all(3);
	}
}

static void controlled(void)
{
	struct user_regs_struct home;

	child = fork();
	REQUIRE(child >= 0);
	if (child == 0)
		stopping_child();
	EXPECT(wait_stop() == SIGSTOP, "the child does not stop");
	REQUIRE(ptrace(PTRACE_SETOPTIONS, child, NULL,
		       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0);
	home = registers();
	for (int round = 0; round < ROUNDS && !test_failures; round++)
		for (size_t i = 0; i < CALL_SITES && !test_failures; i++) {
			step_through(i);
			resume(&home, 1);
			syscall_stops(i);
			resume(&home, 1);
			for (unsigned int off = 0; off <= call_sites[i].len - 2 && !test_failures;
			     off++)
				if (call_sites[i].begins >> off & 1) {
					break_at(i, off);
					resume(&home, 1);
				}
		}
	kill(child, SIGKILL);
	REQUIRE(waitpid(child, NULL, 0) == child);
}

/* ---- stopped at any time ---- */

static void busy_child(void)
{
	build_all();
	warm_all();
	for (;;)
		call_all(100);
}

/* Is it in our code, not in what executes it for us? */
static void check_place(const struct user_regs_struct *r)
{
	extern char __executable_start, etext;
	size_t i;

	for (i = 0; i < CALL_SITES; i++)
		if (site_in_page(pages[i], r->rip))
			break;
	if (i == CALL_SITES) {
		EXPECT(r->rip >= (uintptr_t)&__executable_start && r->rip < (uintptr_t)&etext,
		       "stopped at %#llx", r->rip);
		return;
	}
	EXPECT(site_has(&call_sites[i], pages[i], r->rip), "%s: stopped at %+lld",
	       call_sites[i].name, (long long)(r->rip - begin_of(i)));
}

static void interrupted(void)
{
	struct user_regs_struct r;
	unsigned long before;
	double end;

	child = fork();
	REQUIRE(child >= 0);
	if (child == 0)
		busy_child();
	while (*calls < 1000)
		usleep(1000);
	REQUIRE(ptrace(PTRACE_SEIZE, child, NULL,
		       (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) == 0);
	for (int i = 0; i < INTERRUPTS && !test_failures; i++) {
		REQUIRE(ptrace(PTRACE_INTERRUPT, child, NULL, NULL) == 0);
		wait_stop();
		r = registers();
		check_place(&r);
		before = *calls;
		go(PTRACE_CONT);
		for (end = now() + 5; *calls < before + 150 && now() < end;)
			usleep(500);
		EXPECT(*calls >= before + 150, "the child does not go on");
	}
	kill(child, SIGKILL);
	REQUIRE(waitpid(child, NULL, 0) == child);
}

int main(void)
{
	calls = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(calls != MAP_FAILED);
	build_all();
	controlled();
	if (!test_failures)
		interrupted();
	return test_end();
}
