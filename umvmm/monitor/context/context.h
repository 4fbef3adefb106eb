/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * context.h - what one context (host process) knows.
 *
 * Runs: monitor, in a context. `ctx` is private to the process (copied by fork); what the
 * contexts of a vCPU share is in <contexts.h>.
 *
 * Must hold: single-threaded. ctx.regs holds the guest's registers from the
 * moment a gate or a signal has saved them until resume.S has loaded them; a
 * signal that lands in the monitor never touches it.
 */
#ifndef MONITOR_CONTEXT_CONTEXT_H
#define MONITOR_CONTEXT_CONTEXT_H

#include <contexts.h>
#include <paging.h>
#include <vm.h>

#include "cpu/segments.h"
#include "host.h"

_Static_assert(UMVMM_VCPU_ADDR + VCPU_STRIDE <= UMVMM_CONTEXTS &&
		       UMVMM_CONTEXTS + CONTEXTS_SIZE <= UMVMM_SIGSTACK, "abi.h");

struct ctx {
	struct regs regs;
	uint64_t user_cs; /* HOST_CS or HOST_CS32: if regs are a user's, its code segment */
	uint64_t iret[5]; /* rip cs rflags rsp ss, for resume.S */
	void *fpstate;	  /* XSAVE image of the interrupted guest, or null: live */
	uint64_t xmask;	  /* components that the monitor saves and restores */
	uint32_t slot;
	uint32_t remote; /* what runs next runs in the user sibling */
	uint32_t maps;		   /* host mappings at kernel addresses, an upper bound */
	uint32_t away;		   /* the host does not vouch that the user sibling is stopped */
	uint64_t kernel_nonglobal; /* a kernel address was filled from a non-global entry */
	uint64_t last_fault_addr, last_fault_rip;
	uint32_t same_fault;
};

extern struct ctx ctx;

#define vm_page	  ((struct vm *)(uintptr_t)UMVMM_VM_ADDR)
#define this_vcpu ((struct vcpu *)(uintptr_t)UMVMM_VCPU_ADDR)
#define vcpu_area ((struct vcpu_contexts *)(uintptr_t)(UMVMM_VCPU_ADDR + VCTX_OFFSET))
#define ctx_table  ((struct context_table *)(uintptr_t)UMVMM_CONTEXTS)
#define this_stop ((struct stop *)(uintptr_t)(UMVMM_VCPU_ADDR + STOP_OFFSET))
#define debugger  ((struct debugger *)(uintptr_t)(UMVMM_VM_ADDR + DEBUGGER_OFFSET))
#define fpu_area  ((void *)(uintptr_t)(UMVMM_VCPU_ADDR + FPU_OFFSET))

/* Are ctx.regs those of a user's 32-bit code? */
static inline int is_compat(void)
{
	return this_vcpu->cpl == 3 && ctx.user_cs != HOST_CS;
}

/*
 * Go on with this vCPU in the context of a PCID; ctx.regs is what runs there.
 * flush: what that context has cached of user addresses is no longer valid.
 * trusted: whether its user code may run in it (trust.h).
 */
void context_switch(unsigned int pcid, int flush, int trusted) __attribute__((noreturn));
/* How many contexts this vCPU may have. */
uint32_t context_limit(void);
/* The guest counts its PCIDs from 0 again, and this context is the first one's. */
void context_restart(void);
/* Perhaps another process is at this context's user addresses now: nothing stays of the last. */
void context_another_space(void);
/* User addresses are no longer valid in any other context of this vCPU. */
void context_others_stale(void);
/* INVPCID, SDM vol. 2: type 0 address, 1 PCID, 2 all, 3 all but global. */
void context_invpcid(uint64_t type, unsigned int pcid, uint64_t va);

/* All guest registers to and from *h and fpu_area. The FPU's are live afterwards. */
void context_save(struct handoff *h);
void context_load(const struct handoff *h);

/* context.c: kicks go to this process from now on. */
void context_publish(int32_t pid, int32_t kick_fd);

/* resume.c: set up what gates.S loads last. */
void resume_prepare(void);
/* `pending` is set: deliver what may be delivered. */
void resume_deliver(void);
/* From a signal: restore FPU state and run the guest from ctx.regs. */
void resume_from_signal(void) __attribute__((noreturn));
/* gates.S */
void resume(void) __attribute__((noreturn));

#endif
