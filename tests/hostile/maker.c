// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * maker.c - a guest kernel that means harm to the zygote of user siblings, which has no
 * filter: requests without end, for contexts that have a sibling or that are none; signals
 * to it while orders stand in its mailbox.
 *
 * Runs: in the guest with --isolation split, virtual CPL 0; case=NAME, text= and text_end= of
 * the monitor on the command line. All that the zygote may do for it is to make one sibling
 * for each context.
 */
#include <vm.h>

#include "cases.h"
#include "lib.h"
#include "monitor_call.h"

#define rdtsc monitor_rdtsc /* both have it */
#include "context/host.h"
#include "context/sibling.h"
#undef rdtsc

#define MOST	   300u
#define TIMER	   0x40
#define KICKS	   50u
#define KICK_EVERY 4000000ull /* TSC */

#define MAKER ((volatile struct sibling_zygote *)sibling_box(SIBLING_ZYGOTE_SLOT))

/* What it says of a request. */
static int ask(uint32_t slot)
{
	MAKER->slot = slot;
	MAKER->made = 0;
	MAKER->pid = 0;
	MAKER->asked = 1;
	call(__NR_futex, (uintptr_t)&MAKER->asked, FUTEX_WAKE, 1, 0, 0, 0);
	while (!MAKER->made)
		call(__NR_futex, (uintptr_t)&MAKER->made, FUTEX_WAIT, 0, 0, 0, 0);
	return MAKER->error;
}

/* Each context has one, whoever asks how often; there are not more than the VM may have. */
static void requests(void)
{
	const uint32_t most = vm_page->contexts;
	static const uint32_t none[] = { VM_MAX_CONTEXTS, VM_MAX_CONTEXTS + 1, 0x7fffffff, 0x80000000,
					 ~0u };
	unsigned int made = 0;

	for (unsigned int round = 0; round < 2; round++)
		for (uint32_t slot = 0; slot < MOST && slot < most; slot++) {
			int error;

			sibling_box(slot)->listener = 0;
			error = ask(slot);
			made += !error;
			EXPECT(error == (round ? -EINVAL : 0), "slot %d, round %d: %d", slot,
			       round, error);
			EXPECT(round || MAKER->pid > 1, "slot %d: no process", slot);
		}
	EXPECT(made == (most < MOST ? most : MOST), "%d siblings", made);
	for (unsigned int i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		EXPECT(ask(none[i]) == -EINVAL, "slot %x is made", none[i]);
	EXPECT(ask(most) == -EINVAL, "one more than %d is made", most);
}

/*
 * The manager kicks whom the vCPU's page names, if it is a process of the VM. A handler would
 * carry out what stands in the mailbox.
 */
static void kicks(void)
{
	volatile struct sibling_box *box = sibling_box(SIBLING_ZYGOTE_SLOT);
	const int32_t pid = this_vcpu->run_pid;

	MAKER->asked = 0;
	for (unsigned int i = 0; i < KICKS; i++) {
		const uint64_t start = rdtsc();

		for (unsigned int op = 0; op < SIBLING_OPS; op++) {
			box->op[op].nr = __NR_getpid;
			box->op[op].result = 0;
		}
		box->nops = SIBLING_OPS;
		box->again = 1;
		this_vcpu->run_pid = this_vcpu->sibling_pid;
		this_vcpu->kicked = 0;
		wrmsr(X2APIC_LVT_TIMER, 2 << 17 | TIMER);
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + KICK_EVERY / 4);
		while (rdtsc() - start < KICK_EVERY)
			;
		this_vcpu->run_pid = pid;
		for (unsigned int op = 0; op < SIBLING_OPS; op++)
			EXPECT(!box->op[op].result, "it has carried out order %d: %x", op,
			       (uint64_t)box->op[op].result);
	}
	box->nops = 0;
	EXPECT(ask(1) == 0, "it makes no more siblings");
}

static void timer(struct frame *f)
{
	if (f->vector == TIMER)
		eoi();
	else
		EXPECT(false, "vector %x at %x", f->vector, f->rip);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "requests", requests },
	{ "kicks", kicks },
};

void test_main(void)
{
	find_monitor_call();
	on_trap = timer;
	apic_on();
	find_case(cases)->run();
}
