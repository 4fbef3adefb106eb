// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sig_selectors.c - a signal handler returns to selectors that IRET refuses: the
 * program gets SIGSEGV with that selector as the error code, and its own
 * registers as they were to be.
 *
 * Codes: SDM vol. 2 IRET; fixup_bad_iret() of Linux.
 *
 * Flags: native-selectors
 */
#include <ucontext.h>

#include "test.h"

#define GP 13

/* Not of the C library's headers. */
#define UC_SIGCONTEXT_SS	0x2
#define UC_STRICT_RESTORE_SS	0x4

static uint16_t bad_cs, bad_ss;
static volatile int faults;

static uint16_t *selectors(ucontext_t *uc)
{
	return (uint16_t *)&uc->uc_mcontext.gregs[REG_CSGSFS]; /* cs gs fs ss */
}

static void on_usr1(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	(void)info;
	selectors(uc)[0] = bad_cs;
	selectors(uc)[3] = bad_ss;
	uc->uc_flags |= UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	uc->uc_mcontext.gregs[REG_R12] = 0x1234567890abcdef;
}

static void on_segv(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;
	uint16_t *s = selectors(uc);
	int bad = s[0] != 0x33 ? bad_cs : bad_ss;

	(void)sig;
	faults++;
	EXPECT(info->si_code == SI_KERNEL, "%#x", info->si_code);
	EXPECT(regs[REG_TRAPNO] == GP, "trap %lld", regs[REG_TRAPNO]);
	EXPECT(regs[REG_ERR] == (bad & ~3), "error %#llx for cs %#x, ss %#x", regs[REG_ERR], bad_cs,
	       bad_ss);
	EXPECT(s[0] == (bad_cs | 3) && s[3] == (bad_ss | 3), "cs %#x, ss %#x", s[0], s[3]);
	EXPECT(regs[REG_R12] == 0x1234567890abcdef, "r12 %#llx", regs[REG_R12]);
	s[0] = 0x33;
	s[3] = 0x2b;
}

int main(void)
{
	static const struct {
		uint16_t cs, ss;
	} cases[] = { { 0x10, 0x2b }, { 0, 0x2b },    { 0xfff3, 0x2b }, { 0x2b, 0x2b },
		      { 0x33, 0 },    { 0x33, 0x13 }, { 0x33, 0xfff3 }, { 0x33, 0x33 } };
	struct sigaction usr1 = { .sa_sigaction = on_usr1, .sa_flags = SA_SIGINFO };
	struct sigaction segv = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	int wanted = 0;

	REQUIRE(sigaction(SIGUSR1, &usr1, NULL) == 0 && sigaction(SIGSEGV, &segv, NULL) == 0);
	for (int round = 0; round < 50; round++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			register uint64_t r12 __asm__("r12");

			bad_cs = cases[i].cs;
			bad_ss = cases[i].ss;
			wanted++;
			/* the handler's r12 arrives although its selectors do not */
			__asm__ volatile("syscall; mov %%r12, %0"
					 : "=r"(r12)
					 : "a"(SYS_kill), "D"(getpid()), "S"(SIGUSR1)
					 : "rcx", "r11", "memory");
			EXPECT(faults == wanted, "no fault for cs %#x, ss %#x", bad_cs, bad_ss);
			EXPECT(r12 == 0x1234567890abcdef, "r12 %#lx", r12);
		}
	return test_end();
}
