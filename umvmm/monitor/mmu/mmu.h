/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mmu.h - the guest's page tables, and the host mm as this vCPU's TLB.
 *
 * Runs: monitor, in a context.
 *
 * Must hold: gva_t, gpa_t and pointers are never mixed; the only way from a
 * guest physical address to memory is physmem_at(), which checks it.
 */
#ifndef MONITOR_MMU_MMU_H
#define MONITOR_MMU_MMU_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t gva_t; /* guest virtual (linear) address */
typedef uint64_t gpa_t; /* guest physical address */

/* Page-fault error code, SDM vol. 3 4.7 */
#define PF_P	1u
#define PF_W	2u
#define PF_U	4u
#define PF_I	16u

struct translation {
	gpa_t pa;	    /* of the address itself */
	uint64_t page_size; /* 4 KiB, 2 MiB or 1 GiB */
	uint64_t *leaf;	    /* the entry that maps it */
	uint64_t entry;	    /* its value: another vCPU may change *leaf */
	uint8_t write;	    /* R/W in all levels */
	uint8_t user;	    /* U/S in all levels */
	uint8_t exec;	    /* no XD in any level */
	uint8_t dirty;	    /* D of the leaf, after this access */
	uint8_t global;
};

/* Guest physical memory at pa, len bytes within RAM; null otherwise. */
void *physmem_at(gpa_t pa, size_t len);

/*
 * Walk for an access: PF_W, PF_U, PF_I of `access`. Sets A and D as hardware
 * does. Returns 0, or the page-fault error code with bit 31 set.
 */
#define WALK_FAULT 0x80000000u
uint32_t mmu_walk(gva_t va, uint32_t access, struct translation *t);

/* As mmu_walk without permission checks and without setting A or D. */
int mmu_probe(gva_t va, struct translation *t);

/*
 * Make va accessible on the host. Returns 0, a page-fault code with
 * WALK_FAULT, or MMU_MMIO when va maps no RAM (t->pa says where).
 */
#define MMU_MMIO 1u
/* ... or MMU_LOW when the host allows no mapping there. */
#define MMU_LOW 2u
/* ... or MMU_WATCHED when a debugger watches something there: see watch.h. */
#define MMU_WATCHED 4u
uint32_t mmu_fill(gva_t va, uint32_t access, struct translation *t);

/* Likewise for pages whose fault the guest has just handled; no fault is reported. */
void mmu_refill(gva_t va, uint32_t access, unsigned int pages);

/*
 * Copy to and from the guest; 0 or a page-fault code. With whose rights: the kernel's are
 * for what it does itself and for what a CPU looks up in its tables. What is read for a
 * user must be the user's: registers and vectors are his to forge (--isolation split), and
 * what becomes of them tells him what was read.
 */
#define AS_KERNEL    0u
#define AS_KERNEL_CODE PF_I
#define AS_USER	     PF_U
#define AS_USER_CODE (PF_U | PF_I)
uint32_t guest_read(gva_t va, void *to, size_t len, uint32_t rights);
uint32_t guest_write(gva_t va, const void *from, size_t len, uint32_t rights);
/* For the instruction at ctx.regs.rip, by who runs it. */
uint32_t code_rights(void);

/* Flushes of this context's host mappings. */
void mmu_flush_user(void);
/* The same for the guest, but what its tables still say stays mapped. */
void mmu_reload_user(void);
void mmu_flush_kernel(void);
void mmu_flush_range(gva_t start, gva_t end);
/* This page, if it is mapped, keeps no more than these rights. remote: in the user sibling. */
void mmu_limit(gva_t page, int prot, int remote);
/* A private copy that user code had of this page is dropped. */
void mmu_forget_page(gva_t page);
/* INVLPG: one page here, and for kernel addresses in all of the vCPU's contexts. */
void mmu_invlpg(gva_t va);
/* The same of each of these pages (1 to 4095; from a canonical address on), in one pass. */
void mmu_flush_pages(gva_t va, unsigned int pages);
/* All entries, global ones included, in all contexts of this vCPU. */
void mmu_flush_everything(void);

#endif
