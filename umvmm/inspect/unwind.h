/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unwind.h - the guest kernel's stacks, by its own ORC tables.
 *
 * Linux 6.1's ORC (arch/x86/include/asm/orc_types.h, Documentation/x86/orc-unwinder.rst):
 * code needs no frame pointers, and what is in memory is enough: no file, no DWARF.
 * Code without a table (BPF, ftrace's trampolines) is taken for code with frame pointers.
 */
#ifndef UMVMM_INSPECT_UNWIND_H
#define UMVMM_INSPECT_UNWIND_H

#include "tasks.h"

#define UNWIND_FRAMES_MAX 128u

/* struct pt_regs (arch/x86/include/asm/ptrace.h), as the kernel pushes it. */
struct pt_regs {
	uint64_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
	uint64_t orig_ax, ip, cs, flags, sp, ss;
};

struct unwind {
	const struct linux_guest *guest;
	const struct task *task; /* or null: what a tracer has replaced ends the stack */
	uint64_t ip, sp, bp;
	bool exact;  /* ip is where something is or begins, not where a call returns to */
	bool unsure; /* a frame was guessed */
	bool user;   /* the end: regs are a user's */
	struct pt_regs regs, prev_regs;
	enum { REGS_NONE, REGS_IRET, REGS_FULL } known, prev_known; /* REGS_NONE: it has called */
};

/* From registers: of a CPU that stands still, which runs TASK. */
void unwind_from_regs(struct unwind *u, const struct linux_guest *l, const struct task *task,
		      const struct pt_regs *regs);
/* Of a task that does not run: 0, or -1 if its stack is not in memory. */
int unwind_from_task(struct unwind *u, const struct linux_guest *l, const struct task *task)
	__attribute__((warn_unused_result));

/* To the caller's frame: false at the end. */
bool unwind_next(struct unwind *u);

#endif
