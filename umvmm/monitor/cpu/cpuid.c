// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid.c - CPUID from the table that the manager made (umvmm/cpuid*.c).
 *
 * Runs: monitor. Only what depends on the vCPU's own state is filled in here.
 */
#include "context/context.h"
#include "context/host.h"
#include "emulate.h"

#define CR4_OSXSAVE (1u << 18)

static const struct cpuid_entry *find(uint32_t leaf, uint32_t subleaf)
{
	const struct vm *vm = vm_page;
	uint32_t i, n = vm->ncpuid < CPUID_MAX ? vm->ncpuid : CPUID_MAX;

	for (i = 0; i < n; i++) {
		const struct cpuid_entry *e = &vm->cpuid[i];

		if (e->leaf == leaf && (!(e->flags & CPUID_SUBLEAF) || e->subleaf == subleaf))
			return e;
	}
	return 0;
}

/*
 * CPUID of a guest user shall give what its kernel sees: it faults from now on in
 * this process and its children, where the host's CPU can do that (Linux,
 * arch_prctl(2)); elsewhere it goes on to show the host's.
 */
void cpuid_make_fault(void)
{
	host_arch_prctl(ARCH_SET_CPUID, 0);
}

void emulate_cpuid(void)
{
	struct vcpu *v = this_vcpu;
	uint32_t leaf = (uint32_t)ctx.regs.r[GPR_RAX], sub = (uint32_t)ctx.regs.r[GPR_RCX];
	const struct cpuid_entry *e = find(leaf, sub);
	uint32_t a = 0, b = 0, c = 0, d = 0;

	v->stats.emul_cpuid++;
	if (e) {
		a = e->eax;
		b = e->ebx;
		c = e->ecx;
		d = e->edx;
	}
	if (e && (e->flags & CPUID_APIC_EAX))
		a = v->apic_id;
	if (e && (e->flags & CPUID_APIC_EBX24))
		b = (b & 0x00ffffffu) | v->apic_id << 24;
	if (e && (e->flags & CPUID_APIC_EDX))
		d = v->apic_id;
	if (e && (e->flags & CPUID_OSXSAVE))
		c = (c & ~(1u << 27)) | (v->cr4 & CR4_OSXSAVE ? 1u << 27 : 0);
	ctx.regs.r[GPR_RAX] = a;
	ctx.regs.r[GPR_RBX] = b;
	ctx.regs.r[GPR_RCX] = c;
	ctx.regs.r[GPR_RDX] = d;
}
