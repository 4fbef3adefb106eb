// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ptrace_break.c - breakpoints written into a running child with POKETEXT, on
 * ordinary code and on system calls that are hot: each is hit every time, and
 * PEEKTEXT never shows anything but what was poked.
 */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "test.h"

extern char brk_site[], brk_syscall[], brk_plain[];
long brk_function(void);

__asm__(".text\n\t.globl brk_function, brk_site, brk_syscall, brk_plain\n"
	"	.balign 4096\n"
	"brk_function:\n"
	"brk_plain:	nop\n"
	"brk_site:	mov $39, %eax\n"
	"brk_syscall:	syscall\n"
	"	ret\n"
	"	.balign 4096\n");

#define ROUNDS 40
#define WARM 100

/* Each round: many calls, then a stop so that the parent can change the text. */
static void child(void)
{
	REQUIRE(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < WARM; k++)
			if (brk_function() != getpid())
				_exit(1);
		raise(SIGSTOP);
		if (brk_function() != getpid())
			_exit(2);
	}
	_exit(0);
}

static int wait_stop(pid_t pid)
{
	int status;

	REQUIRE(waitpid(pid, &status, 0) == pid);
	return WIFSTOPPED(status) ? WSTOPSIG(status) : -status;
}

static void poke(pid_t pid, char *at, unsigned char byte, unsigned char want)
{
	unsigned long word;

	errno = 0;
	word = (unsigned long)ptrace(PTRACE_PEEKTEXT, pid, at, NULL);
	REQUIRE(!errno);
	EXPECT((word & 0xff) == want, "%p reads %02lx, not %02x", (void *)at, word & 0xff, want);
	REQUIRE(ptrace(PTRACE_POKETEXT, pid, at, (void *)((word & ~0xfful) | byte)) == 0);
}

int main(void)
{
	static char *const places[] = { brk_plain, brk_site, brk_syscall };
	static const unsigned char bytes[] = { 0x90, 0xb8, 0x0f };
	struct user_regs_struct r;
	pid_t pid = fork();
	int sig;

	REQUIRE(pid >= 0);
	if (pid == 0)
		child();
	for (int i = 0; i < ROUNDS && !test_failures; i++) {
		int place = i % 3;

		sig = wait_stop(pid);
		EXPECT(sig == SIGSTOP, "round %d: stopped by %d", i, sig);
		poke(pid, places[place], 0xcc, bytes[place]);
		REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
		sig = wait_stop(pid);
		EXPECT(sig == SIGTRAP, "round %d: the breakpoint at %p was not hit, stop %d", i,
		       (void *)places[place], sig);
		if (sig != SIGTRAP)
			break;
		REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, &r) == 0);
		EXPECT(r.rip == (uintptr_t)places[place] + 1, "round %d: rip %#llx", i, r.rip);
		poke(pid, places[place], bytes[place], 0xcc);
		r.rip--;
		REQUIRE(ptrace(PTRACE_SETREGS, pid, NULL, &r) == 0);
		REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
	}
	if (!test_failures) {
		sig = wait_stop(pid);
		EXPECT(sig == 0, "the child ended with %#x", -sig);
	} else {
		kill(pid, SIGKILL);
	}
	return test_end();
}
