// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * odd_flags.c - NT, AC and DF are the program's own: they survive system calls,
 * faults, breakpoints and interrupts, and do harm to nobody else.
 *
 * IRETQ with NT set is #GP (SDM vol. 2 IRET), AC makes misaligned accesses of
 * user code #AC (SDM vol. 1 3.4.3.3): neither may meet the kernel or the monitor.
 */
#include <setjmp.h>
#include <sys/time.h>

#include "test.h"

#define DF 0x400ul
#define NT 0x4000ul
#define AC 0x40000ul

static volatile sig_atomic_t traps, alarms, bus;
static sigjmp_buf back;

static void on_trap(int sig)
{
	(void)sig;
	traps++;
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void on_bus(int sig)
{
	(void)sig;
	__asm__ volatile("push $0x202; popfq" ::: "memory", "cc"); /* AC is still set */
	bus++;
	siglongjmp(back, 1);
}

/* Each runs `text` with the flags set and returns the flags behind it. */
#define WITH_FLAGS(name, text)                                                               \
	static __attribute__((noinline)) uint64_t name(uint64_t set, void *page)             \
	{                                                                                    \
		uint64_t flags;                                                              \
                                                                                             \
		__asm__ volatile("pushfq; or %1, (%%rsp); popfq\n" text                      \
				 "\npushfq; pop %0; cld; push $0x202; popfq"                 \
				 : "=&r"(flags)                                              \
				 : "r"(set), "D"(page), "a"(SYS_getppid)                     \
				 : "rcx", "r11", "memory", "cc");                            \
		return flags;                                                                \
	}

WITH_FLAGS(call, "syscall")
WITH_FLAGS(fault, "movq $1, (%%rdi)")
WITH_FLAGS(breakpoint, "int3")
WITH_FLAGS(spin, "mov $3000000, %%ecx\n1: dec %%ecx; jnz 1b")

int main(void)
{
	static const uint64_t sets[] = { NT, AC, DF, NT | AC, NT | DF, NT | AC | DF };
	/* where all is trapped and traced, a signal takes half a millisecond */
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	char *pages = map_pages(64, PROT_READ | PROT_WRITE), *page = pages;
	const uint64_t lost = host_lacks("nt") ? NT : 0;
	int want = 0;

	REQUIRE(signal(SIGTRAP, on_trap) != SIG_ERR && signal(SIGALRM, on_alarm) != SIG_ERR &&
		signal(SIGBUS, on_bus) != SIG_ERR);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		uint64_t set = sets[i] & ~lost, got;

		/* a rewritten site, too: it has been called often enough by then */
		for (int k = 0; k < 40; k++) {
			got = call(set, NULL);
			EXPECT((got & set) == set, "call %d: %#lx of %#lx", k, got, set);
		}
		got = fault(set, page);
		page += PAGE;
		EXPECT((got & set) == set, "fault: %#lx of %#lx", got, set);
		got = breakpoint(set, NULL);
		EXPECT((got & set) == set, "int3: %#lx of %#lx", got, set);
		EXPECT(traps == ++want, "int3: %d signals", traps);
	}
	REQUIRE(setitimer(ITIMER_REAL, &often, NULL) == 0);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		for (int k = 0; k < 10; k++) {
			uint64_t set = sets[i] & ~lost;
			uint64_t got = spin(set, NULL);

			EXPECT((got & set) == set, "spin: %#lx of %#lx", got, set);
		}
	EXPECT(alarms, "no alarm");
	often = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	setitimer(ITIMER_REAL, &often, NULL);

	if (!sigsetjmp(back, 1))
		fault(AC, pages + 1);
	EXPECT(bus == 1, "a misaligned access with AC set: %d signals", bus);
	return test_end();
}
