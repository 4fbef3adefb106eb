/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * abi.h - what the rewritten guest kernel, the rewriter and the monitor agree on.
 *
 * Runs: nowhere by itself. Included by the manager (loader), by the monitor
 * (freestanding, inside contexts), by the rewriter and verifier, and, as plain
 * numbers, by the guest-arch patches. C and assembly.
 *
 * Must hold: everything below 2 GiB that guest code addresses absolutely
 * (sign-extended disp32) lies in the monitor's part of the kernel window.
 */
#ifndef UMVMM_ABI_H
#define UMVMM_ABI_H

#include <umvmm/gates.h>

/*
 * What the guest kernel keeps of the lower half (guest-arch/patches 0002, 0007 and 0008:
 * page_64_types.h has the same numbers). The kernel window, for what is addressed with 32
 * bits: image, modules, fixmap; its last 6 MiB (PMD 476..478, never used by the guest
 * kernel) belong to the monitor, so that rewritten kernel text and rewritten user call sites
 * reach the vCPU page and the gates by a 32-bit absolute address.
 */
#define UMVMM_WINDOW_START	0x68000000
#define UMVMM_MODULES		0x74000000	/* here the image ends at the latest */
#define UMVMM_MONITOR_BASE	0x7b800000	/* monitor image */
#define UMVMM_GATE_TABLE	0x7b801000	/* 8-byte entries, read-only */
#define UMVMM_VM_ADDR		0x7ba00000	/* the VM's shared page and all vCPU pages */
#define UMVMM_VCPU_ADDR		0x7bc00000	/* this vCPU's page */
#define UMVMM_CONTEXTS		0x7bc10000	/* its table of contexts */
#define UMVMM_SIGSTACK		0x7bc80000	/* signal stack, private to a context */
#define UMVMM_SLOT_TABLE	0x7bce0000	/* user call-site slots; bytes ce 7b are #UD */
#define UMVMM_STUBS		0x7bcf0000	/* user call-site stubs */
#define UMVMM_STUBS_END		0x7bd00000
#define UMVMM_SIBLING		0x7bdf0000	/* in a user sibling: its mailbox */
#define UMVMM_WINDOW_END	0x7be00000

/*
 * The kernel range, whole PGD entries, for all else. The last two entries (222, 223) are the
 * monitor's. With KASAN the kernel has its shadow behind them, and says so by
 * UMVMM_MSR_RANGE_END.
 */
#define UMVMM_RANGE_START	0x648000000000
#define UMVMM_DIRECT_MAP	0x650000000000
#define UMVMM_VMALLOC		0x670000000000
#define UMVMM_VMEMMAP		0x6b0000000000
#define UMVMM_ENTRY_AREA	0x6b8000000000
#define UMVMM_RANGE_MONITOR	0x6f0000000000
#define UMVMM_RANGE_END		0x700000000000
#define UMVMM_RANGE_END_KASAN	0x720000000000

/* Offsets in the vCPU page that rewritten code uses; checked in vm.h. */
#define UMVMM_VCPU_RFLAGS	0	/* u64: 0x202 (virtual IF set) or 0x002 */
#define UMVMM_VCPU_PENDING	8	/* u32: non-zero: look for an interrupt */
#define UMVMM_VCPU_KGS		16	/* u64: MSR_KERNEL_GS_BASE, swapped by swapgs */
#define UMVMM_VCPU_SCR0		24	/* u64: scratch of inline swapgs */
#define UMVMM_VCPU_SCR1		32	/* u64: likewise */
#define UMVMM_VCPU_CS		40	/* u32: the kernel's CS selector */
#define UMVMM_VCPU_SS		44	/* u32: the kernel's SS selector */
#define UMVMM_VCPU_GS_BASE	48	/* u64: MSR_GS_BASE, where the host has no FSGSBASE */
#define UMVMM_VCPU_GS_SEL	56	/* u32: the GS selector, likewise */

/*
 * The trapping form of a site: IN from the port that is the whole length of the
 * site, with a prefix that means nothing there and that no compiler writes, then
 * the original instruction. In ring 3 that is #GP; the monitor emulates the
 * original and continues after the site. #UD would do as well, but hypervisors
 * intercept it: on a host that is a virtual machine, as most are where there is
 * no KVM, it takes seven times as long (17 us instead of 2.4). INT n is not it
 * either: with FRED Linux reports another RIP and no number for it.
 */
#define UMVMM_TRAP_OPCODE0	0x3e
#define UMVMM_TRAP_OPCODE1	0xe4
#define UMVMM_TRAP_HEADER	3

/*
 * The site note: section .note.umvmm, one ELF note per object file (a linked
 * kernel holds many, one after the other), name "umvmm", type
 * UMVMM_NOTE_SITES. The descriptor is an array of struct umvmm_site. An object
 * without sites still has an (empty) note: that is how a module that was not
 * built with the wrapper is told apart.
 */
#define UMVMM_NOTE_NAME		"umvmm"
#define UMVMM_NOTE_SITES	1

/*
 * Start of a secondary processor. A start-up IPI names a page of real-mode code,
 * which a ring-3 vCPU cannot run. The guest's trampoline says at this offset
 * of that page where it would end up: struct umvmm_trampoline. The code jumps
 * over it on a real machine.
 */
#define UMVMM_TRAMPOLINE_OFFSET 8
#define UMVMM_TRAMPOLINE_MAGIC	0x70612d6d6d766d75	/* "umvmm-ap" */

/*
 * Page-table entry bit 59, which hardware ignores while protection keys are off
 * (SDM vol. 3 table 4-20): user text of a private file mapping. System call
 * sites are rewritten in such pages only.
 */
#define UMVMM_PTE_TEXT (1ull << 59)

/* Hypervisor CPUID leaves, as VMware and KVM number them. */
#define UMVMM_CPUID_SIGNATURE	0x40000000	/* eax = 0x40000010, ebx ecx edx = below */
#define UMVMM_CPUID_SIG_EBX	0x6d766d75	/* "umvm" */
#define UMVMM_CPUID_SIG_ECX	0x6d756d6d	/* "mmum" */
#define UMVMM_CPUID_SIG_EDX	0x006d6d76	/* "vmm\0" */
#define UMVMM_CPUID_TIMING	0x40000010	/* eax = TSC kHz, ebx = APIC bus kHz */

/*
 * Paravirtual MSRs, used by the guest only when it saw the signature.
 * MODULE: rdi-free: write the kernel virtual address of a
 * struct umvmm_module_req; the monitor rewrites the module's sites and sets
 * ->error (0 or a negative errno).
 */
#define UMVMM_MSR_MODULE	0x4b564d00

/*
 * POKE: reading gives 1. Write the kernel virtual address of a struct umvmm_poke_req:
 * the monitor writes to the memory below a kernel address, whatever permissions it is
 * mapped with (kernel text has none to write), and sets ->error.
 */
#define UMVMM_MSR_POKE		0x4b564d20

/*
 * YIELD: reading gives 1 where a vCPU that spins should write now and then
 * (anything), which yields to the host.
 */
#define UMVMM_MSR_YIELD		0x4b564d40

/*
 * FAULT_AHEAD: reading gives 1 where a page fault's handler should make several
 * pages at once. Writing, before the handler returns, says which it has made:
 * the faulting page's address | their number. They are mapped on its return.
 */
#define UMVMM_MSR_FAULT_AHEAD	0x4b564d41

/*
 * TRUST: reading gives 1 where user code is kept from the kernel's memory, but need not
 * be if its address space is trusted (--isolation users). Writing 1 or 0 says whether
 * the one that CR3 names is. Bit 60 of what is written to CR3 says so of the address
 * space that is loaded with another PCID or another table; else trust stays as it is.
 * As bit 63 it is not read back.
 */
#define UMVMM_MSR_TRUST		0x4b564d42
#define UMVMM_CR3_TRUSTED	(1ull << 60)

/*
 * FLUSH: reading gives 1. Write the address of a page (bits 46-12) | how many pages from
 * it on (bits 11-0, not 0): as INVLPG of each of them, user's or kernel's.
 */
#define UMVMM_MSR_FLUSH		0x4b564d43
#define UMVMM_FLUSH_MOST	4095

/*
 * SPACES: reading gives how many address spaces a vCPU keeps apart by their PCIDs, from 1
 * on. With more PCIDs each switch may cost what a new address space costs.
 */
#define UMVMM_MSR_SPACES	0x4b564d48

/* RANGE_END: writing says where the kernel range ends, if not at UMVMM_RANGE_END. */
#define UMVMM_MSR_RANGE_END	0x4b564d49

#ifndef __ASSEMBLER__
#include <stdint.h>
struct umvmm_site {
	int32_t addr;	/* address of the site - address of this field */
	uint8_t len;	/* whole length with padding */
	uint8_t flags;	/* 0 */
	uint16_t zero;
};

struct umvmm_trampoline {
	uint64_t magic;
	uint32_t pgd;	 /* physical: CR3 */
	uint32_t header; /* physical: struct trampoline_header: start, efer, cr4 */
	uint32_t stack;	 /* physical: top of the trampoline's stack */
	uint32_t zero;
};

struct umvmm_module_req {
	uint64_t note;		/* virtual address of .note.umvmm in memory */
	uint64_t note_size;	/* bytes */
	uint64_t text;		/* the sites must lie in [text, text + text_size) */
	uint64_t text_size;
	uint64_t init_text;	/* or here */
	uint64_t init_text_size;
	int64_t error;		/* out */
};

#define UMVMM_POKE_MAX 8192 /* and no more than two pages */
struct umvmm_poke_req {
	uint64_t to;   /* kernel virtual address */
	uint64_t from; /* virtual address */
	uint32_t len;
	uint32_t fill; /* each byte as the one at `from` */
	int64_t error; /* out: 0 or a negative errno */
};
#endif
#endif
