// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * backtrace.c - what a task or a CPU of the guest is at, as lines for a person.
 *
 * One line for each frame, as in Linux's own traces: "? " before those that were guessed,
 * and where an interrupt or exception came in between, its registers' RIP as a frame
 * behind "--- interrupted ---".
 */
#include "backtrace.h"

#include <inttypes.h>

#include "unwind.h"

static void print_frame(FILE *out, const struct unwind *u, unsigned int number)
{
	char text[SYMBOL_TEXT];

	linux_symbol(u->guest, u->ip, u->exact, text);
	fprintf(out, "  #%-2u 0x%016" PRIx64 " %s%s\n", number, u->ip, u->unsure ? "? " : "",
		*text ? text : "(no symbol)");
}

static void print_user(FILE *out, const struct pt_regs *regs)
{
	fprintf(out, "  user code at rip 0x%" PRIx64 ", rsp 0x%" PRIx64 "\n", regs->ip, regs->sp);
}

static void print_stack(FILE *out, struct unwind *u)
{
	unsigned int number = 0;

	do {
		if (u->user) {
			print_user(out, &u->regs);
			return;
		}
		if (number && u->known != REGS_NONE)
			fprintf(out, "  --- interrupted ---\n");
		print_frame(out, u, number++);
		if (number == UNWIND_FRAMES_MAX) {
			fprintf(out, "  and so on\n");
			return;
		}
	} while (unwind_next(u));
}

static void print_task(FILE *out, const struct task *t)
{
	fprintf(out, "task %d %s%s%s, state %c\n", t->pid, t->kernel ? "[" : "", t->comm,
		t->kernel ? "]" : "", t->state);
}

void backtrace_task(FILE *out, const struct linux_guest *l, const struct task *task)
{
	struct unwind u;

	print_task(out, task);
	if (task->state == 'Z' || task->state == 'X')
		fprintf(out, "  (it has ended)\n");
	else if (unwind_from_task(&u, l, task) < 0)
		fprintf(out, "  (its stack is not in memory)\n");
	else
		print_stack(out, &u);
}

static void print_registers(FILE *out, const struct target_regs *r)
{
	static const char *const names[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					     "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15" };

	fprintf(out, "  rip %016" PRIx64 "  rflags %08" PRIx64 "  cs %04x\n", r->rip, r->rflags,
		(unsigned int)r->cs);
	for (unsigned int i = 0; i < 16; i++)
		fprintf(out, "  %-3s %016" PRIx64 "%s", names[i], r->r[i], i % 4 == 3 ? "\n" : "");
	fprintf(out, "  cr2 %016" PRIx64 "  cr3 %016" PRIx64 "  cr4 %08" PRIx64 "\n", r->cr2, r->cr3,
		r->cr4);
}

static struct pt_regs as_pushed(const struct target_regs *r)
{
	return (struct pt_regs){
		.ax = r->r[GPR_RAX], .cx = r->r[GPR_RCX],
		.dx = r->r[GPR_RDX], .bx = r->r[GPR_RBX],
		.sp = r->r[GPR_RSP], .bp = r->r[GPR_RBP],
		.si = r->r[GPR_RSI], .di = r->r[GPR_RDI],
		.r8 = r->r[GPR_R8], .r9 = r->r[GPR_R9],
		.r10 = r->r[GPR_R10], .r11 = r->r[GPR_R11],
		.r12 = r->r[GPR_R12], .r13 = r->r[GPR_R13],
		.r14 = r->r[GPR_R14], .r15 = r->r[GPR_R15],
		.ip = r->rip, .cs = r->cs, .flags = r->rflags, .ss = r->ss,
	};
}

uint64_t backtrace_origin(const struct linux_guest *l, const struct target_regs *regs)
{
	const struct pt_regs pushed = as_pushed(regs);
	unsigned int frames = 0;
	struct unwind u;
	uint64_t sp = 0;

	unwind_from_regs(&u, l, NULL, &pushed);
	do {
		if (u.user)
			break;
		sp = u.sp;
	} while (++frames < UNWIND_FRAMES_MAX && unwind_next(&u));
	return sp;
}

void backtrace_cpu(FILE *out, const struct linux_guest *l, unsigned int cpu,
		   const struct target_regs *regs, const struct task *task, bool registers)
{
	const struct pt_regs pushed = as_pushed(regs);
	struct unwind u;
	struct task t;

	fprintf(out, "CPU %u: ", cpu);
	if (!task && task_of_cpu(&t, l, cpu) == 0)
		task = &t;
	if (task)
		print_task(out, task);
	else
		fprintf(out, "(no task)\n");
	if (registers)
		print_registers(out, regs);
	unwind_from_regs(&u, l, task, &pushed);
	print_stack(out, &u);
}
