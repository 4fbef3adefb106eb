// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * smp.c - INIT, start-up IPI and NMI.
 *
 * Runs: monitor. A vCPU that waits for its start-up IPI is one context that
 * sleeps on wake_seq with state VCPU_OFF.
 *
 * Must hold: the trampoline page is the guest's memory: each value is read once
 * and can only damage the guest.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "cpu.h"
#include "debugger/stop.h"
#include "devices/apic.h"
#include "exception.h"
#include "halt.h"
#include "mmu/mmu.h"
#include "msr.h"
#include "paravirt/trust.h"
#include "report/report.h"
#include "smp.h"

#define CR0_START 0x80050033u

/* arch/x86/include/asm/realmode.h, struct trampoline_header */
struct trampoline_header {
	uint64_t start, efer;
	uint32_t cr4, flags;
};

void vcpu_reset(struct vcpu *v)
{
	v->rflags = RFLAGS_FIXED;
	v->cpl = 0;
	v->cs = 0x10;
	v->ss = 0x18;
	v->cr0 = CR0_START;
	v->cr4 = CR4_PAE;
	v->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;
	v->xcr0 = 1;
	msr_reset(v);
	v->syscall_slow = ~0u;
	v->dr[6] = 0xffff0ff0;
	v->dr[7] = 0x400;
	v->idt_limit = 0; /* faults shut it down until it has loaded a table */
	v->events = 0;
	v->nmi_blocked = 0;
	apic_reset(v);
}

static void start_at(uint32_t vector)
{
	struct vcpu *v = this_vcpu;
	gpa_t page = (gpa_t)(vector & 0xff) << 12;
	const struct umvmm_trampoline *t = physmem_at(page + UMVMM_TRAMPOLINE_OFFSET, sizeof(*t));
	const struct trampoline_header *h;
	unsigned int i;

	if (!t || t->magic != UMVMM_TRAMPOLINE_MAGIC)
		guest_fault("starts vCPU %d in real mode at %x: no trampoline of our series there",
			    (uint64_t)v->index, page);
	h = physmem_at(t->header, sizeof(*h));
	if (!h)
		guest_fault("vCPU %d: trampoline header at %x is not in memory", (uint64_t)v->index,
			    (uint64_t)t->header);
	vcpu_reset(v);
	context_restart();
	trust_set(0);
	v->cr3 = t->pgd & ~4095u;
	v->cr4 = h->cr4;
	v->efer = h->efer | EFER_LMA;
	for (i = 0; i < 16; i++)
		ctx.regs.r[i] = 0;
	ctx.regs.r[GPR_RSP] = t->stack;
	ctx.regs.rip = h->start;
	ctx.regs.rflags = RFLAGS_FIXED;
	fs_base_write(0);
	gs_base_write(0);
}

void smp_wait_for_sipi(void)
{
	struct vcpu *v = this_vcpu;

	sibling_rest();
	for (;;) {
		uint32_t seq = __atomic_load_n(&v->wake_seq, __ATOMIC_SEQ_CST);

		__atomic_store_n(&v->state, VCPU_OFF, __ATOMIC_SEQ_CST);
		apic_requests();
		if (v->events & REQ_SIPI)
			break;
		v->events = 0;
		stop_check_off();
		if (!__atomic_load_n(&v->request, __ATOMIC_SEQ_CST))
			host_futex_wait(&v->wake_seq, seq, NULL);
	}
	__atomic_store_n(&v->state, VCPU_RUNNING, __ATOMIC_SEQ_CST);
	start_at(__atomic_load_n(&v->sipi_vector, __ATOMIC_SEQ_CST));
}

void smp_events(void)
{
	struct vcpu *v = this_vcpu;

	if (v->events & REQ_INIT) {
		/* a start-up IPI that was seen with it came after it */
		v->events &= REQ_SIPI;
		apic_reset(v);
		if (!v->events) {
			__atomic_store_n(&v->state, VCPU_OFF, __ATOMIC_SEQ_CST);
			halt_check_dead(); /* it may have done this to itself */
		}
		smp_wait_for_sipi();
		return;
	}
	v->events &= ~REQ_SIPI; /* not waiting for one: ignored */
	/*
	 * Also with interrupts disabled, even inside a rewritten swapgs: the
	 * guest's NMI handler executes none when it comes from the kernel.
	 */
	if ((v->events & REQ_NMI) && !v->nmi_blocked) {
		v->events &= ~REQ_NMI;
		v->nmi_blocked = 1;
		__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST); /* its IRET comes to us */
		inject_exception(VEC_NMI, 0);
	}
}

int smp_wakes(const struct vcpu *v)
{
	return (v->events & ~(v->nmi_blocked ? REQ_NMI : 0u)) != 0;
}
