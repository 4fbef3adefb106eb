// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands_info.c - monitor info registers, contexts, version; monitor stats.
 *
 * Runs: in the tracer's gdb thread. What the VM file says is the guest's to write: it
 * is only shown.
 */
#include "commands.h"

#include <contexts.h>

#include <umvmm/base/version.h>

typedef unsigned long long ull;

static const struct vcpu *vcpu_of(const struct stub *s, unsigned int index)
{
	return (const struct vcpu *)((const char *)s->vm + vcpu_offset(index));
}

static void show_segments(struct text *out, const struct vcpu *v, const struct target_regs *r)
{
	text_add(out, "cs=%04x ss=%04x ds=%04x es=%04x fs=%04x gs=%04x\n", r->cs, r->ss, r->ds,
		 r->es, r->fs, r->gs);
	text_add(out, "fs_base=%016llx gs_base=%016llx kernel_gs_base=%016llx\n", (ull)r->fs_base,
		 (ull)r->gs_base, (ull)r->kernel_gs_base);
	text_add(out, "gdt=%016llx limit %04x  idt=%016llx limit %04x\n", (ull)v->gdt_base,
		 v->gdt_limit, (ull)v->idt_base, v->idt_limit);
	text_add(out, "tr=%04x base %016llx  ldt=%04x base %016llx\n", v->tr.sel, (ull)v->tr.base,
		 v->ldt.sel, (ull)v->ldt.base);
}

static void show_msrs(struct text *out, const struct vcpu *v)
{
	text_add(out, "star=%016llx lstar=%016llx cstar=%016llx fmask=%08llx\n", (ull)v->star,
		 (ull)v->lstar, (ull)v->cstar, (ull)v->fmask);
	text_add(out, "sysenter cs=%04llx esp=%016llx eip=%016llx\n", (ull)v->sysenter_cs,
		 (ull)v->sysenter_esp, (ull)v->sysenter_eip);
	text_add(out, "pat=%016llx apic_base=%016llx tsc_aux=%llx xcr0=%llx\n", (ull)v->pat,
		 (ull)v->apic_base, (ull)v->tsc_aux, (ull)v->xcr0);
}

void monitor_registers(struct stub *s, int argc, char **argv)
{
	static const char *const names[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp",
					     "rsi", "rdi", "r8 ", "r9 ", "r10", "r11",
					     "r12", "r13", "r14", "r15" };
	const struct vcpu *v = vcpu_of(s, s->selected);
	struct text *out = &s->output;
	struct target_regs r;

	(void)argc, (void)argv;
	if (target_get_regs(s->target, s->selected, &r)) {
		text_add(out, "CPU %u has not stopped\n", s->selected);
		return;
	}
	text_add(out, "CPU %u\n", s->selected);
	for (unsigned int i = 0; i < 16; i++)
		text_add(out, "%s=%016llx%c", names[i], (ull)r.r[i], i % 4 == 3 ? '\n' : ' ');
	text_add(out, "rip=%016llx rflags=%08llx cpl=%u\n", (ull)r.rip, (ull)r.rflags, r.cs & 3);
	show_segments(out, v, &r);
	text_add(out, "cr0=%08llx cr2=%016llx cr3=%016llx cr4=%08llx cr8=%llx efer=%llx\n",
		 (ull)r.cr0, (ull)r.cr2, (ull)r.cr3, (ull)r.cr4, (ull)r.cr8, (ull)r.efer);
	text_add(out, "dr0=%016llx dr1=%016llx dr2=%016llx dr3=%016llx dr6=%08llx dr7=%08llx\n",
		 (ull)v->dr[0], (ull)v->dr[1], (ull)v->dr[2], (ull)v->dr[3], (ull)v->dr[6],
		 (ull)v->dr[7]);
	show_msrs(out, v);
}

void monitor_contexts(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	text_add(&s->output, "CPU slot     pid sibling pcid\n");
	for (unsigned int i = 0; i < s->ncpus; i++) {
		const struct vcpu_contexts *a = (const void *)((const char *)vcpu_of(s, i) +
							       VCTX_OFFSET);
		const struct context_table *t = (const void *)((const char *)s->vm +
							       contexts_offset(i));
		uint32_t running = a->running;

		for (unsigned int slot = 0; slot < VCTX_COUNT; slot++) {
			const struct vctx *c = &t->v[slot];

			if (c->state != VCTX_LIVE)
				continue;
			text_add(&s->output, "%3u %4u %7d %7d %4u%s%s\n", i, slot, c->pid,
				 c->user_pid, c->pcid, slot == running ? " runs" : "",
				 c->stale ? " stale" : "");
		}
	}
}

void monitor_version(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	text_add(&s->output, "umvmm %s\n", UMVMM_VERSION);
}

void monitor_stats(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	for (unsigned int i = 0; i < s->ncpus; i++) {
		const struct vcpu_stats *stats = &vcpu_of(s, i)->stats;

		text_add(&s->output, "vCPU %u\n", i);
#define X(name, text) text_add(&s->output, "%14llu  %-16s %s\n", (ull)stats->name, #name, text);
		VCPU_COUNTERS(X)
#undef X
	}
}
