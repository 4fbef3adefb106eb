// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace.c - the monitor's own stack, for the message when it was at fault.
 *
 * Runs: monitor, on its way to end the VM. The manager unwinds what is recorded here
 * (umvmm/image/unwind.c); that needs CFI of all code, which the monitor's file has
 * and its image has not.
 * Must hold: only the monitor's own stacks are read, wherever rsp may be. On the signal
 * stack, the gate stack may be what was interrupted: all of that is recorded, always.
 */
#include <monitor_stack.h>

#include "context/context.h"
#include "entry/signal.h"
#include "trace.h"

extern const uint8_t gate_stack[], gate_stack_top[];

#define record ((struct monitor_stack *)(uintptr_t)(UMVMM_VM_ADDR + MONITOR_STACK_OFFSET))

static void copy(uint64_t *to, size_t size, uint64_t from, uint64_t end)
{
	for (size_t i = 0; i < size && from + i + sizeof(*to) <= end; i += sizeof(*to))
		to[i / sizeof(*to)] = *(const uint64_t *)(from + i);
}

void trace_record(void)
{
	const uint64_t top = UMVMM_SIGSTACK + SIGSTACK_SIZE;
	struct monitor_stack *s = record;
	uint64_t sp;

	/* what CFI says of the caller's holds at the label */
	__asm__ volatile("mov %%rsp, %[sp]\n\t"
			 "mov %%rbx, %[rbx]\n\t"
			 "mov %%rbp, %[rbp]\n\t"
			 "mov %%r12, %[r12]\n\t"
			 "mov %%r13, %[r13]\n\t"
			 "mov %%r14, %[r14]\n\t"
			 "mov %%r15, %[r15]\n\t"
			 "lea 1f(%%rip), %%rax\n\t"
			 "mov %%rax, %[rip]\n"
			 "1:"
			 : [sp] "=&r"(sp), [rbx] "=m"(s->rbx), [rbp] "=m"(s->rbp),
			   [r12] "=m"(s->r12), [r13] "=m"(s->r13), [r14] "=m"(s->r14),
			   [r15] "=m"(s->r15), [rip] "=m"(s->rip)
			 :
			 : "rax", "memory");
	s->rsp = sp;
	s->gate_from = (uintptr_t)gate_stack;
	copy(s->gate, sizeof(s->gate), (uintptr_t)gate_stack, (uintptr_t)gate_stack_top);
	if (sp < UMVMM_SIGSTACK || sp > top)
		sp = top;
	s->signal_from = sp;
	copy(s->signal, sizeof(s->signal), sp, top);
}
