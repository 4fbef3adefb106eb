// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gates_from_user.c - a program that jumps to the gates of the guest kernel gets
 * SIGSEGV for each, and goes on.
 *
 * Flags: guest-only isolated
 */
#include <setjmp.h>
#include "test.h"

/* guest-arch/include/umvmm/abi.h */
#define GATE_TABLE   0x7f801000ul
#define GATE_COUNT   368u
/* These are a user's way in, with whatever the registers hold: system calls. */
#define GATE_SYSCALL 22u
#define GATE_HANDOFF 24u

static sigjmp_buf back;
static volatile sig_atomic_t got;

static void on_signal(int sig)
{
	got = sig;
	siglongjmp(back, 1);
}

int main(void)
{
	static char stack[65536];
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_ONSTACK };

	REQUIRE(sigaltstack(&ss, NULL) == 0);
	for (int sig = SIGILL; sig <= SIGSEGV; sig++)
		if (sig != SIGKILL)
			sigaction(sig, &sa, NULL);
	for (volatile unsigned int id = 0; id < GATE_COUNT; id++) {
		if (id >= GATE_SYSCALL && id <= GATE_HANDOFF)
			continue;
		got = 0;
		if (!sigsetjmp(back, 1)) {
			/* the table itself may be out of reach, which is SIGSEGV as well */
			void (*const *table)(void) = (void (*const *)(void))GATE_TABLE;

			table[id]();
		}
		EXPECT(got == SIGSEGV, "gate %u: signal %d", id, (int)got);
	}
	return test_end();
}
