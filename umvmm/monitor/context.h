/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * context.h - what one context (host process) knows, and the vCPU's table of them.
 *
 * Runs: monitor, in a context. `ctx` is private to the process (copied by fork);
 * struct vctx lives in the vCPU's shared table.
 *
 * Must hold: single-threaded. ctx.regs holds the guest's registers from the
 * moment a gate or a signal has saved them until resume.S has loaded them; a
 * signal that lands in the monitor never touches it.
 */
#ifndef MONITOR_CONTEXT_H
#define MONITOR_CONTEXT_H

#include <stop.h>
#include <vm.h>

#include "host.h"
#include "segments.h"

#define VCTX_COUNT  VM_MAX_CONTEXTS
#define PCID_COUNT  4096u
#define KFLUSH_LOG  64 /* remembered flushes of kernel addresses */
#define VCTX_OFFSET 0x1000u

/* vctx->state */
#define VCTX_FREE 0u
#define VCTX_LIVE 1u

struct vctx {
	uint32_t turn; /* futex: 1 when this context may run */
	uint32_t state;
	int32_t pid;
	int32_t kick_fd;
	uint32_t pcid;
	uint16_t stale;	  /* user mappings must go before it runs guest code */
	uint16_t trusted; /* --isolation users: as the guest kernel says */
	uint64_t kflush_seen;
	uint64_t stale_seen; /* of vcpu_contexts.stale_gen */
	uint16_t older, newer; /* in the order of their last turns */
	/* --isolation split and users: its user sibling */
	int32_t user_pid; /* 0: none yet */
	int32_t user_kick_fd;
	uint32_t user_ran; /* for the address space that is this context's */
	uint32_t user_born; /* just now: what its making needed is mapped in it still */
	int32_t listener; /* where its hand-offs are heard */
	uint64_t user_id; /* of the hand-off that it waits in */
	uint64_t user_arg[3];
	uint64_t user_cookie; /* what it knows of the cookie */
	uint64_t user_fs, user_gs; /* bases that the host has, without FSGSBASE */
};

struct kflush {
	uint64_t start, end;
};

struct vcpu_contexts {
	struct handoff hand;
	uint32_t running;     /* slot */
	uint32_t zygote_turn; /* futex: the zygote is asked for a context */
	uint32_t zygote_slot;
	uint64_t poll_pause, poll_not_before; /* TSC: sibling_poll.c */
	uint32_t made; /* slots below have a context; more are made in this order */
	uint32_t most; /* so many the host has given when it refused one more; 0: it did not */
	uint64_t stale_gen; /* all contexts are stale that have not seen it */
	uint64_t kflush_gen;
	struct kflush kflush[KFLUSH_LOG];
};
_Static_assert(VCTX_OFFSET + sizeof(struct vcpu_contexts) <= STOP_OFFSET, "vCPU area");

struct context_table {
	uint16_t slot[PCID_COUNT]; /* of a PCID's context, + 1; 0: it has none */
	uint16_t oldest, newest;   /* the ends of the order */
	struct vctx v[VCTX_COUNT];
};
_Static_assert(sizeof(struct context_table) <= CONTEXTS_SIZE, "table of contexts");
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
