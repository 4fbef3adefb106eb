// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace.c - asks the tracer to attach to processes that are not of its VM, and makes
 * debug calls with garbage: all that tracer/ptrace/attach.c and breakpoint.c take from a guest.
 *
 * Runs: in the guest, virtual CPL 0. Command line: case=NAME, text= and text_end= of the
 * monitor; for case=strangers pid= and manager=, two processes that must not be touched.
 */
#include <vm.h>

#include "cases.h"
#include "lib.h"
#include "monitor_call.h"
#include "registers.h"

enum { GETPID = 39, PRCTL = 157, FUTEX = 202, SET_PTRACER = 0x59616d61 };

#define VM     ((volatile struct vm *)UMVMM_VM_ADDR)
#define PATIENCE 20000000000ull /* TSC cycles */

static uint64_t watched;
static volatile unsigned int hits;

static volatile struct vcpu *vcpu(unsigned int n)
{
	return (volatile struct vcpu *)(UMVMM_VM_ADDR + vcpu_offset(n));
}

/* The tracer's answer. */
static uint32_t ask(unsigned int n, int32_t pid)
{
	uint64_t start = rdtsc();
	uint32_t state;

	vcpu(n)->debug_pid = pid;
	vcpu(n)->debug_state = DEBUG_ASKED;
	__atomic_fetch_add(&((struct vm *)UMVMM_VM_ADDR)->debug_event, 1, __ATOMIC_SEQ_CST);
	call(FUTEX, (uintptr_t)&VM->debug_event, 1, 1, 0, 0, 0);
	while ((state = vcpu(n)->debug_state) == DEBUG_ASKED && rdtsc() - start < PATIENCE)
		__asm__ volatile("pause");
	return state;
}

/* Whoever is not of the VM. All vCPUs are asked for, those that there are not, too. */
static void strangers(void)
{
	const int32_t pids[] = {
		(int32_t)number("pid"),
		(int32_t)number("manager"),
		-(int32_t)number("pid"), /* a group */
		VM->tracer,
		VM->tracer + (1 << 30),
		-VM->tracer,
		1, 0, -1, 2, 0x7fffffff, -0x7fffffff - 1,
	};

	for (unsigned int n = 0; n < VM_MAX_VCPUS; n++)
		for (unsigned int i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
			uint32_t state = ask(n, pids[i]);

			EXPECT(state == DEBUG_REFUSED, "process %d of vCPU %d: state %d", pids[i],
			       (int)n, (int)state);
		}
}

static void trap(struct frame *f)
{
	EXPECT(f->vector == DB, "vector %x at %x", f->vector, f->rip);
	hits++;
}

/* One debug call of this process, which is traced for it, unless it always is. */
static long debug_call(int32_t self, const uint64_t a[6])
{
	const bool traced = VM->redirect == REDIRECT_PTRACE && VM->isolation != ISOLATION_SPLIT;
	uint32_t state = ask(0, self);

	EXPECT(state == (traced ? DEBUG_REFUSED : DEBUG_ATTACHED), "state %d", (int)state);
	return call(DEBUG_CALL, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Our own process may be traced; no breakpoint may hurt the monitor. */
static void garbage(void)
{
	const int32_t self = (int32_t)call(GETPID, 0, 0, 0, 0, 0, 0);
	const uint64_t none[6] = { 0 }, one[6] = { (uintptr_t)&watched, 0, 0, 0, 0xf0001 };
	uint64_t x = random_start(1), any[6];

	call(PRCTL, SET_PTRACER, (uint64_t)VM->tracer, 0, 0, 0, 0);
	on_trap = trap;
	for (unsigned int i = 0; i < 2000; i++) {
		long ret;

		for (unsigned int k = 0; k < 6; k++)
			any[k] = random_hostile(&x);
		ret = debug_call(self, any);
		EXPECT(ret >= 0 && !(ret & ~(0xffffl | DEBUG_FAILED | DEBUG_ABSENT)), "result %d",
		       (int)ret);
	}
	if (word_is("host", "without")) { /* its debug registers do not hit */
		EXPECT(debug_call(self, one) == (DEBUG_FAILED | DEBUG_ABSENT), "not absent");
		return;
	}
	/* one that is right works */
	debug_call(self, none);
	hits = 0;
	debug_call(self, one);
	(void)*(volatile uint64_t *)&watched;
	EXPECT(hits == 1, "%d hits", (int)hits);
}

/* Processes of the VM that never make the call: only this VM's business. */
static void relatives(void)
{
	int32_t self = (int32_t)call(GETPID, 0, 0, 0, 0, 0, 0);

	print("loops\n");
	for (int32_t i = 1; i < 8; i++) {
		ask(0, self - i);
		ask(0, self + i);
	}
	for (;;)
		__asm__ volatile("pause");
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "strangers", strangers },
	{ "garbage", garbage },
	{ "relatives", relatives },
};

void test_main(void)
{
	find_monitor_call();
	find_case(cases)->run();
}
