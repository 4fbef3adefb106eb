/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contexts.h - a vCPU's table of its contexts, in the VM file.
 *
 * Contexts write it. The tracer only reads it, to show it, and relies on nothing of it.
 */
#ifndef UMVMM_CONTEXTS_H
#define UMVMM_CONTEXTS_H

#include <stop.h>
#include <vm.h>

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

#endif
