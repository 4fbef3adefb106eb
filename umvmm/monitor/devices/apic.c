// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apic.c - the local APIC in x2APIC mode (SDM vol. 3 11.12) with TSC deadline.
 *
 * Runs: monitor. Only the vCPU itself changes its ISR, TPR and LVT; IRR bits are
 * set by anybody, with atomic operations.
 */
#include "apic.h"
#include "context/context.h"
#include "context/host.h"
#include "cpu/cpu.h"
#include "debugger/stop.h"
#include "ioapic.h"
#include "report/report.h"
#include "uart.h"

#define LVT_TIMER	1
#define LVT_MASKED	(1u << 16)
#define TIMER_MODE(lvt) (((lvt) >> 17) & 3)
#define TIMER_PERIODIC	1u
#define TIMER_DEADLINE	2u

#define X2_ID	     0x802
#define X2_VERSION   0x803
#define X2_TPR	     0x808
#define X2_PPR	     0x80a
#define X2_EOI	     0x80b
#define X2_LDR	     0x80d
#define X2_SVR	     0x80f
#define X2_ISR	     0x810
#define X2_TMR	     0x818
#define X2_IRR	     0x820
#define X2_ESR	     0x828
#define X2_LVT_CMCI  0x82f
#define X2_ICR	     0x830
#define X2_LVT_TIMER 0x832
#define X2_LVT_ERROR 0x837
#define X2_TMICT     0x838
#define X2_TMCCT     0x839
#define X2_TDCR	     0x83e
#define X2_SELF_IPI  0x83f

struct vcpu *vcpu_at(unsigned int index)
{
	return (struct vcpu *)(uintptr_t)(UMVMM_VM_ADDR + vcpu_offset(index));
}

void vcpu_kick(struct vcpu *v, uint32_t request)
{
	__atomic_fetch_or(&v->request, request, __ATOMIC_SEQ_CST);
	__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST);
	if (v->index == this_vcpu->index)
		return;
	__atomic_fetch_add(&v->wake_seq, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&v->state, __ATOMIC_SEQ_CST) != VCPU_RUNNING)
		host_futex_wake(&v->wake_seq);
	else if (!__atomic_exchange_n(&v->kicked, 1, __ATOMIC_SEQ_CST))
		host_pidfd_send_signal(v->kick_fd, SIGUSR1);
}

static int highest(const uint32_t *bits)
{
	int i;

	for (i = 7; i >= 0; i--) {
		uint32_t w = __atomic_load_n(&bits[i], __ATOMIC_SEQ_CST);

		if (w)
			return i * 32 + 31 - __builtin_clz(w);
	}
	return -1;
}

static void set_bit(uint32_t *bits, unsigned int n)
{
	__atomic_fetch_or(&bits[n / 32], 1u << (n % 32), __ATOMIC_SEQ_CST);
}

static void clear_bit(uint32_t *bits, unsigned int n)
{
	__atomic_fetch_and(&bits[n / 32], ~(1u << (n % 32)), __ATOMIC_SEQ_CST);
}

static unsigned int processor_priority(const struct vcpu *v)
{
	int isr = highest(v->apic_isr);
	unsigned int p = isr < 0 ? 0 : (unsigned int)isr & 0xf0;

	return (v->apic_tpr & 0xf0) > p ? v->apic_tpr & 0xf0 : p;
}

int apic_ready(void)
{
	struct vcpu *v = this_vcpu;
	int vec = highest(v->apic_irr);

	return vec >= 16 && ((unsigned int)vec & 0xf0) > processor_priority(v) ? vec : -1;
}

int apic_take(void)
{
	int vec = apic_ready();

	if (vec >= 0) {
		clear_bit(this_vcpu->apic_irr, (unsigned int)vec);
		set_bit(this_vcpu->apic_isr, (unsigned int)vec);
	}
	return vec;
}

void apic_raise(struct vcpu *v, unsigned int vector)
{
	set_bit(v->apic_irr, vector);
}

void apic_post(struct vcpu *v, unsigned int vector)
{
	apic_raise(v, vector);
	vcpu_kick(v, REQ_IRQ);
}

static void timer_expire(struct vcpu *v)
{
	uint32_t lvt = v->apic_lvt[LVT_TIMER];

	v->deadline = 0;
	if (!(lvt & LVT_MASKED))
		set_bit(v->apic_irr, lvt & 0xff);
	if (TIMER_MODE(lvt) == TIMER_PERIODIC && v->apic_tmict)
		apic_write(X2_TMICT, v->apic_tmict);
}

void apic_set_deadline(uint64_t tsc)
{
	struct vcpu *v = this_vcpu;

	__atomic_store_n(&v->deadline, tsc, __ATOMIC_SEQ_CST);
	if (!tsc)
		return;
	if (!__atomic_load_n(&v->timer_armed, __ATOMIC_SEQ_CST) || tsc < v->timer_target) {
		__atomic_fetch_add(&v->timer_seq, 1, __ATOMIC_SEQ_CST);
		host_futex_wake(&v->timer_seq);
	}
}

void apic_requests(void)
{
	struct vcpu *v = this_vcpu;
	uint32_t req;
	int i;

	__atomic_store_n(&v->pending, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&v->kicked, 0, __ATOMIC_SEQ_CST);
	req = __atomic_exchange_n(&v->request, 0, __ATOMIC_SEQ_CST);
	v->events |= req & (REQ_INIT | REQ_SIPI | REQ_NMI);
	if (req & REQ_UART)
		for (i = 0; i < UART_COUNT; i++)
			uart_update((unsigned int)i);
	if (v->deadline && rdtsc() >= v->deadline)
		timer_expire(v);
	if (apic_ready() >= 0 || v->events || v->nmi_blocked || stop_steps())
		__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST);
}

void apic_reset(struct vcpu *v)
{
	int i;

	for (i = 0; i < 8; i++)
		v->apic_irr[i] = v->apic_isr[i] = v->apic_tmr[i] = 0;
	for (i = 0; i < 7; i++)
		v->apic_lvt[i] = LVT_MASKED;
	v->apic_id = v->index;
	v->apic_ldr = (v->index >> 4) << 16 | 1u << (v->index & 15);
	v->apic_svr = 0xff;
	v->apic_tpr = 0;
	v->apic_tdcr = 0;
	v->apic_tmict = 0;
	v->deadline = 0;
	/* x2APIC on from the start; BSP bit on vCPU 0 */
	v->apic_base = GPA_LAPIC | (1u << 11) | (1u << 10) | (v->index ? 0 : 1u << 8);
}

static int icr_match(const struct vcpu *v, uint64_t icr)
{
	uint32_t dest = (uint32_t)(icr >> 32);

	switch ((icr >> 18) & 3) {
	case 1:
		return v->index == this_vcpu->index;
	case 2:
		return 1;
	case 3:
		return v->index != this_vcpu->index;
	}
	if (dest == 0xffffffffu)
		return 1;
	if (icr & (1u << 11)) /* logical */
		return dest >> 16 == v->apic_ldr >> 16 && (dest & v->apic_ldr & 0xffff);
	return dest == v->apic_id;
}

static void send_ipi(uint64_t icr)
{
	unsigned int mode = (icr >> 8) & 7, i;

	for (i = 0; i < vm_page->ncpus && i < VM_MAX_VCPUS; i++) {
		struct vcpu *v = vcpu_at(i);

		if (!icr_match(v, icr))
			continue;
		switch (mode) {
		case 0: /* fixed, lowest priority */
		case 1:
			apic_post(v, icr & 0xff);
			break;
		case 4:
			vcpu_kick(v, REQ_NMI);
			break;
		case 5: /* INIT, the level-assert form only */
			if (icr & (1u << 14))
				vcpu_kick(v, REQ_INIT);
			break;
		case 6:
			__atomic_store_n(&v->sipi_vector, icr & 0xff, __ATOMIC_SEQ_CST);
			vcpu_kick(v, REQ_SIPI);
			break;
		}
	}
}

/* TSC cycles that n counts of the timer take. */
static uint64_t timer_cycles(const struct vcpu *v, uint64_t n)
{
	unsigned int d = (v->apic_tdcr & 3) | ((v->apic_tdcr >> 1) & 4);

	return n * (d == 7 ? 1 : 2u << d) * vm_page->tsc_khz / APIC_BUS_KHZ;
}

static uint32_t timer_current(const struct vcpu *v)
{
	uint64_t all = timer_cycles(v, v->apic_tmict), gone = rdtsc() - v->apic_timer_start;

	if (!v->deadline || TIMER_MODE(v->apic_lvt[LVT_TIMER]) == TIMER_DEADLINE || gone >= all)
		return 0;
	return (uint32_t)(v->apic_tmict - gone * v->apic_tmict / all);
}

static int lvt_index(uint32_t msr)
{
	if (msr == X2_LVT_CMCI)
		return 0;
	return msr >= X2_LVT_TIMER && msr <= X2_LVT_ERROR ? (int)(msr - X2_LVT_TIMER) + 1 : -1;
}

int apic_read(uint32_t msr, uint64_t *value)
{
	struct vcpu *v = this_vcpu;
	int lvt = lvt_index(msr);

	if (lvt >= 0) {
		*value = v->apic_lvt[lvt];
		return 0;
	}
	if (msr >= X2_ISR && msr < X2_ISR + 8)
		*value = v->apic_isr[msr - X2_ISR];
	else if (msr >= X2_TMR && msr < X2_TMR + 8)
		*value = v->apic_tmr[msr - X2_TMR];
	else if (msr >= X2_IRR && msr < X2_IRR + 8)
		*value = v->apic_irr[msr - X2_IRR];
	else
		switch (msr) {
		case X2_ID:
			*value = v->apic_id;
			break;
		case X2_VERSION:
			*value = 0x14 | 6 << 16;
			break;
		case X2_TPR:
			*value = v->apic_tpr;
			break;
		case X2_PPR:
			*value = processor_priority(v);
			break;
		case X2_LDR:
			*value = v->apic_ldr;
			break;
		case X2_SVR:
			*value = v->apic_svr;
			break;
		case X2_ESR:
			*value = v->apic_esr;
			break;
		case X2_ICR:
			*value = v->apic_icr;
			break;
		case X2_TMICT:
			*value = v->apic_tmict;
			break;
		case X2_TMCCT:
			*value = timer_current(v);
			break;
		case X2_TDCR:
			*value = v->apic_tdcr;
			break;
		default:
			return -1;
		}
	return 0;
}

static void eoi(struct vcpu *v)
{
	int vec = highest(v->apic_isr);

	if (vec < 0)
		return;
	clear_bit(v->apic_isr, (unsigned int)vec);
	ioapic_eoi((unsigned int)vec);
	if (apic_ready() >= 0)
		__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST);
}

int apic_write(uint32_t msr, uint64_t value)
{
	struct vcpu *v = this_vcpu;
	int lvt = lvt_index(msr);

	if (lvt >= 0) {
		v->apic_lvt[lvt] = (uint32_t)value;
		return 0;
	}
	switch (msr) {
	case X2_TPR:
		v->apic_tpr = value & 0xff;
		if (apic_ready() >= 0)
			__atomic_store_n(&v->pending, 1, __ATOMIC_SEQ_CST);
		break;
	case X2_EOI:
		eoi(v);
		break;
	case X2_SVR:
		v->apic_svr = (uint32_t)value;
		break;
	case X2_ESR:
		v->apic_esr = 0;
		break;
	case X2_ICR:
		v->apic_icr = value;
		send_ipi(value);
		break;
	case X2_SELF_IPI:
		apic_post(v, value & 0xff);
		break;
	case X2_TMICT:
		v->apic_tmict = (uint32_t)value;
		v->apic_timer_start = rdtsc();
		apic_set_deadline(value ? v->apic_timer_start + timer_cycles(v, value) : 0);
		break;
	case X2_TDCR:
		v->apic_tdcr = (uint32_t)value;
		break;
	default:
		return -1;
	}
	return 0;
}
