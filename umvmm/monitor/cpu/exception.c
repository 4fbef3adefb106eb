// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exception.c - delivery through the guest's IDT, and the way back.
 *
 * Runs: monitor, on the gate or the signal stack; changes ctx.regs and the
 * virtual CPL, selectors and IF. GS is the guest's own business (swapgs).
 *
 * Must hold: every value from the guest's tables is read once through
 * guest_read. A fault on delivery becomes a double fault, a second a shutdown
 * (SDM vol. 3 6.15, table 6-5).
 */
#include "context/context.h"
#include "context/host.h"
#include "cpu.h"
#include "exception.h"
#include "mmu/mmu.h"
#include "redirect/site.h"
#include "report/report.h"

#define GATE_INTERRUPT 14
#define GATE_TRAP      15

#define AHEAD_MAX 128 /* pages that one fault may bring: bounds the time of an IRETQ */

struct idt_gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, zero;
};

struct idt_entry {
	uint64_t handler;
	unsigned int ist, type, dpl;
};

static int has_error_code(unsigned int vector)
{
	/* DF TS NP SS GP PF AC CP */
	return vector < 32 && ((0x227d00u >> vector) & 1);
}

/* Benign, contributory, page fault: for the double-fault table. */
static int contributory(unsigned int vector)
{
	return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP);
}

static int read_gate(unsigned int vector, struct idt_entry *e)
{
	struct idt_gate g;

	if (vector * 16 + 15 > this_vcpu->idt_limit)
		return 0;
	if (guest_read(this_vcpu->idt_base + vector * 16, &g, sizeof(g), AS_KERNEL))
		return 0;
	e->handler = (uint64_t)g.offset_high << 32 | (uint32_t)g.offset_mid << 16 | g.offset_low;
	e->ist = g.ist & 7;
	e->type = g.type & 15;
	e->dpl = (g.type >> 5) & 3;
	return (g.type & 0x80) && (e->type == GATE_INTERRUPT || e->type == GATE_TRAP) &&
	       (g.selector & ~3) && (e->handler >> 47) == 0;
}

/* Stack pointer from the 64-bit TSS: RSP0 at 4, IST1 at 36. */
static int read_tss_stack(unsigned int ist, uint64_t *rsp)
{
	unsigned int off = ist ? 36 + (ist - 1) * 8 : 4;

	return off + 7 <= this_vcpu->tr.limit &&
	       !guest_read(this_vcpu->tr.base + off, rsp, 8, AS_KERNEL);
}

/*
 * What a frame shows of where the guest was; `cs` and `ss` as the guest has them
 * in mind, where IRETQ refused them. A user has the host's; v->cs and v->ss are
 * the kernel's.
 */
struct origin {
	uint16_t cs, ss;
};

static struct origin here(void)
{
	struct vcpu *v = this_vcpu;

	if (v->cpl == 3)
		return (struct origin){ (uint16_t)ctx.user_cs, HOST_SS };
	return (struct origin){ (uint16_t)v->cs, (uint16_t)v->ss };
}

/* Returns 0, or the vector of the fault that the delivery met. */
static unsigned int deliver_from(struct origin from, unsigned int vector, uint32_t error_code,
				 int error, int software)
{
	struct vcpu *v = this_vcpu;
	uint64_t frame[6], rsp = ctx.regs.r[GPR_RSP];
	struct idt_entry e;
	unsigned int n = 0;

	if (!read_gate(vector, &e))
		return VEC_GP;
	if (software && e.dpl < v->cpl)
		return VEC_GP;
	if (e.ist || v->cpl == 3) {
		if (!read_tss_stack(e.ist, &rsp))
			return VEC_TS;
	}
	rsp &= ~15ull;
	if (error)
		frame[n++] = error_code;
	frame[n++] = ctx.regs.rip;
	frame[n++] = from.cs;
	frame[n++] = (ctx.regs.rflags & RFLAGS_REAL) | (v->rflags & RFLAGS_IF) | RFLAGS_FIXED;
	frame[n++] = ctx.regs.r[GPR_RSP];
	frame[n++] = from.ss;
	rsp -= n * 8;
	if (guest_write(rsp, frame, n * 8, AS_KERNEL))
		return VEC_SS;
	ctx.regs.r[GPR_RSP] = rsp;
	ctx.regs.rip = e.handler;
	ctx.regs.rflags &= ~(uint64_t)(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF);
	if (e.type == GATE_INTERRUPT)
		v->rflags = RFLAGS_FIXED;
	v->cpl = 0;
	return 0;
}

static unsigned int deliver(unsigned int vector, uint32_t error_code, int error, int software)
{
	return deliver_from(here(), vector, error_code, error, software);
}

static void inject_from(struct origin from, unsigned int vector, uint32_t error_code)
{
	unsigned int second = deliver_from(from, vector, error_code, has_error_code(vector), 0);

	if (vector != VEC_PF) /* which have a counter of their own */
		this_vcpu->stats.exception++;
	if (!second)
		return;
	if (vector != VEC_DF && !(contributory(vector) && contributory(second)) &&
	    vector != VEC_PF) {
		/* benign first: the second is delivered by itself */
		if (!deliver(second, vector * 8 + 2, has_error_code(second), 0))
			return;
	}
	if (vector == VEC_DF || deliver(VEC_DF, 0, 1, 0)) {
		triple_fault("vector %d, error code %x, cr2 %x, rsp %x, IDT at %x",
			     (uint64_t)vector, (uint64_t)error_code, this_vcpu->cr2,
			     ctx.regs.r[GPR_RSP], this_vcpu->idt_base);
	}
}

void inject_exception(unsigned int vector, uint32_t error_code)
{
	inject_from(here(), vector, error_code);
}

void inject_page_fault(uint64_t address, uint32_t error_code)
{
	struct vcpu *v = this_vcpu;

	v->stats.page_fault++;
	v->cr2 = address;
	v->refill = 1;
	v->refill_va = address;
	v->refill_access = error_code & (PF_W | PF_U | PF_I);
	v->refill_cr3 = v->cr3;
	v->refill_pages = 1;
	inject_exception(VEC_PF, error_code & ~WALK_FAULT);
}

void page_fault_ahead(uint64_t pages)
{
	struct vcpu *v = this_vcpu;
	uint64_t n = pages & 4095;

	/* perhaps another fault came in between: it is only a hint */
	if (v->refill && v->refill_va >> 12 == pages >> 12 && n && n <= AHEAD_MAX)
		v->refill_pages = (uint32_t)n;
}

void inject_software(unsigned int vector, unsigned int len)
{
	if (!deliver(vector, 0, 0, 1)) {
		this_vcpu->stats.exception++;
		return;
	}
	ctx.regs.rip -= len;
	inject_exception(VEC_GP, vector * 8 + 2);
}

void inject_interrupt(unsigned int vector)
{
	this_vcpu->stats.interrupt++;
	if (deliver(vector, 0, 0, 0))
		inject_exception(VEC_GP, vector * 8 + 3);
}

void enter_syscall(void)
{
	struct vcpu *v = this_vcpu;

	v->cpl = 0;
	v->rflags = (v->fmask & RFLAGS_IF) ? RFLAGS_FIXED : v->rflags;
	ctx.regs.rflags &= ~v->fmask;
	ctx.regs.rip = v->lstar;
}

/* To user or kernel code with what a frame says. */
static void go(uint64_t rip, uint16_t cs, uint64_t rflags, uint64_t rsp, uint16_t ss)
{
	struct vcpu *v = this_vcpu;

	ctx.regs.rip = rip;
	ctx.regs.r[GPR_RSP] = rsp;
	ctx.regs.rflags = (rflags & RFLAGS_REAL) | RFLAGS_FIXED;
	v->rflags = RFLAGS_FIXED | (rflags & RFLAGS_IF);
	v->cpl = cs & 3 ? 3 : 0; /* IRETQ to 1 or 2 is refused, too */
	if (!v->cpl) {
		v->cs = cs;
		v->ss = ss;
	} else {
		bases_leave_kernel();
	}
	ctx.user_cs = cs == HOST_CS32 ? HOST_CS32 : HOST_CS;
	if (v->cpl == 3 && (cs != ctx.user_cs || ss != HOST_SS)) {
		/*
		 * The fault is the IRETQ's, at CPL 0. Linux lets it look as if it
		 * had been the user's, with these selectors; and as a gate does
		 * not know the IRETQ's address, by which Linux would know it, that
		 * is what it is told (fixup_bad_iret() in arch/x86/kernel/traps.c).
		 */
		inject_from((struct origin){ cs, ss }, VEC_GP,
			    (cs != ctx.user_cs ? cs : ss) & ~3u);
		return;
	}
	if (v->cpl == 3 && (rflags & RFLAGS_TF))
		site_drop();
	if (v->refill) {
		v->refill = 0;
		if (v->refill_cr3 == v->cr3)
			mmu_refill(v->refill_va, v->refill_access, v->refill_pages);
	}
	if (rip >> (cs == HOST_CS32 ? 32 : 47)) {
		/* as on AMD: the fault is at the target, with the target's rights */
		inject_exception(VEC_GP, 0);
	}
}

void virtual_iretq(void)
{
	uint64_t frame[5];

	this_vcpu->nmi_blocked = 0;
	if (guest_read(ctx.regs.r[GPR_RSP], frame, sizeof(frame), AS_KERNEL))
		guest_fault("IRETQ from an unmapped stack at %x", ctx.regs.r[GPR_RSP]);
	go(frame[0], (uint16_t)frame[1], frame[2], frame[3], (uint16_t)frame[4]);
}

void virtual_sysretq(void)
{
	go(ctx.regs.r[GPR_RCX], HOST_CS, ctx.regs.r[GPR_R11], ctx.regs.r[GPR_RSP], HOST_SS);
}

void virtual_lretq(void)
{
	uint64_t frame[2];

	if (guest_read(ctx.regs.r[GPR_RSP], frame, sizeof(frame), AS_KERNEL))
		guest_fault("LRETQ from an unmapped stack at %x", ctx.regs.r[GPR_RSP]);
	ctx.regs.rip = frame[0];
	ctx.regs.r[GPR_RSP] += 16;
	this_vcpu->cs = (uint16_t)frame[1];
}
