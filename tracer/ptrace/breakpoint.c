// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * breakpoint.c - sets the debug registers of a process of the VM, when it asks.
 *
 * Runs: in the tracer, in the thread that traces the process, which has stopped in
 * seccomp. All that it asks for is in its registers; its memory is not read. The
 * host keeps a process's breakpoints when its tracer leaves, and gives them to no
 * process that it forks.
 *
 * Must hold: breakpoints lie in addresses of the guest only, whole: the monitor would
 * not survive one of its own. The host checks the rest: it lets no process watch the
 * host kernel.
 */
#include "breakpoint.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>

#include <vm.h>

#include "debug_registers.h"

#define USER_LIMIT 0x7ffffffff000ull /* of a host with four-level page tables */
#define LENGTH_8   7u		  /* of the longest, less one */

static bool allowed(uint64_t addr)
{
	if (addr < UMVMM_WINDOW_END)
		return addr + LENGTH_8 < UMVMM_MONITOR_BASE;
	if (addr < UMVMM_RANGE_END)
		return addr < PHYSMEM_WINDOW && addr + LENGTH_8 < PHYSMEM_WINDOW;
	return addr < USER_LIMIT;
}

void breakpoint_limit(struct breakpoints *b)
{
	uint64_t control = 0;

	for (unsigned int n = 0; n < DR_COUNT; n++)
		if ((b->control & DR7_ENABLES(n)) && allowed(b->addr[n]))
			control |= b->control & (DR7_ENABLES(n) | 0xfull << DR7_SHIFT(n));
	b->control = control;
}

bool breakpoint_asked(pid_t pid, const struct user_regs_struct *regs)
{
	unsigned long data = 0;

	return regs->orig_rax == DEBUG_CALL && ptrace(PTRACE_GETEVENTMSG, pid, NULL, &data) == 0 &&
	       data == DEBUG_STOP;
}

uint64_t breakpoint_call(pid_t pid, const struct user_regs_struct *regs)
{
	const size_t status = offsetof(struct user, u_debugreg[DR_STATUS]);
	struct breakpoints b = { { regs->rdi, regs->rsi, regs->rdx, regs->r9 },
				 (uint32_t)regs->r8 };
	uint64_t dr6;
	bool done;

	errno = 0;
	dr6 = (uint64_t)ptrace(PTRACE_PEEKUSER, pid, (void *)status, NULL);
	if (errno)
		return DEBUG_FAILED;
	breakpoint_limit(&b);
	if (b.control && !debug_registers_work())
		return DEBUG_FAILED | DEBUG_ABSENT;
	/* lengths first to the shortest: an address must suit the length that it meets */
	done = debug_register_put(pid, DR_CONTROL, 0);
	for (unsigned int n = 0; n < DR_COUNT; n++)
		if (b.control & DR7_ENABLES(n))
			done = done && debug_register_put(pid, n, b.addr[n]);
	done = done && debug_register_put(pid, DR_CONTROL, b.control);
	if (!done)
		debug_register_put(pid, DR_CONTROL, 0);
	return (dr6 & 0xffff) | (done ? 0 : DEBUG_FAILED);
}
