// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace.c - the monitor's own stack, for the message when it was at fault.
 *
 * Runs: monitor, on its way to end the VM.
 * Must hold: all code of the monitor has frame pointers, but a signal's handler begins with
 * the one of what was interrupted, which may be anything. So only what lies on the monitor's
 * own stacks is read.
 */
#include "trace.h"

#include "context.h"
#include "signal.h"

extern const uint8_t gate_stack[], gate_stack_top[], signal_restorer[];

/* What a function has on the stack, and behind it the host, if it is a signal's handler. */
struct frame {
	uint64_t next, ret;
	struct host_ucontext uc;
};

static int on_own_stack(uint64_t frame, uint64_t size)
{
	return frame % sizeof(uint64_t) == 0 &&
	       ((frame >= UMVMM_SIGSTACK && frame <= UMVMM_SIGSTACK + SIGSTACK_SIZE - size) ||
		(frame >= (uintptr_t)gate_stack && frame <= (uintptr_t)gate_stack_top - size));
}

void trace_record(void)
{
	uint64_t at = (uintptr_t)__builtin_frame_address(0);
	unsigned int n = 0;

	while (n < EXIT_TRACE && on_own_stack(at, offsetof(struct frame, uc))) {
		const struct frame *frame = (const struct frame *)at;

		vm_page->exit_trace[n++] = frame->ret;
		if (frame->ret == (uintptr_t)signal_restorer && n < EXIT_TRACE &&
		    on_own_stack(at, sizeof(*frame)))
			vm_page->exit_trace[n++] = frame->uc.rip;
		at = frame->next;
	}
	if (n < EXIT_TRACE)
		vm_page->exit_trace[n] = 0;
}
