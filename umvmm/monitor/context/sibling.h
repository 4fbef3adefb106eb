/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sibling.h - --isolation split: guest user code runs in a process of its own.
 *
 * Runs: monitor. Each context has a *user sibling*: a process that maps the
 * pages that user code may touch, the monitor's text, and a mailbox, and
 * nothing else of the VM. When the context's vCPU goes to CPL 3, the sibling
 * runs; when that meets a fault, a system call or a kick, it stops, and the
 * context goes on.
 *
 * Must hold: the sibling is the guest user's. What it says is only its user
 * registers, whatever code it executed: the context trusts two things that the
 * host vouches for: that it is stopped (it waits in a system call for which
 * seccomp asks us), and what stands behind that system call in the monitor's text.
 * What it says of its orders counts only with the cookie, which user code never has.
 * Orders are kept in the context: the mailbox is the user's to write.
 *
 * Polled calls. Where a host CPU is idle, the sibling runs there, and a system call at its
 * gate is told and answered by words of the mailbox: sibling_poll.c. Such a sibling says
 * that it waits, and the host does not vouch for it (ctx.away). So nothing may count on
 * its being stopped: an answer by word has no cookie and no orders, and before an order,
 * a hand-off to another context, or sleep it is brought to rest: sibling_rest().
 */
#ifndef MONITOR_CONTEXT_SIBLING_H
#define MONITOR_CONTEXT_SIBLING_H

#include "context.h"
#include "mmu/mmu.h"

/* How a sibling stops: the first argument of its hand-off; else a host signal. */
#define SIBLING_SYSCALL 0  /* at its gate: registers in the mailbox */
#define SIBLING_DONE	-1 /* has carried out its orders, and shall have others */
#define SIBLING_FAILED	-2 /* the second argument says which the host refused */
/* Both are true only with the cookie in the high halves of arguments 3 and 4. */

#define SIBLING_BASE_UNKNOWN ~0ull /* vctx->user_fs, user_gs: no base, it is to be set */

#define SIBLING_ZYGOTE_SLOT VM_MAX_CONTEXTS

/* In a mailbox, from its start. */
#define SIBLING_FRAME 0x1000u /* what rt_sigreturn loads: ucontext, ... */
#define SIBLING_FPU   0x1400u /* ... and XSAVE area */
#define SIBLING_STACK 0x4000u /* signal stack */
#define SIBLING_OPS   40u

/* Instead of a system call's number: write argument 1 to the address in argument 0. */
#define SIBLING_POKE8 -8

/* A host call that the sibling makes for its context before the user runs. */
struct sibling_op {
	uint64_t nr;
	uint64_t arg[6]; /* high halves of 3 and 4 are 0: the cookie goes there */
	int64_t result;
};

struct sibling_box {
	uint64_t nops;
	uint64_t again;	       /* not the user: hand off when the orders are carried out */
	int64_t listener;      /* before it first hands off: descriptor + 1, or a negative errno */
	uint64_t xmask;
	struct segments seg;
	struct regs regs; /* at the gate */
	uint64_t scratch; /* a stack for it */
	/* polled calls; each side writes to a cache line of its own */
	uint32_t call __attribute__((aligned(64)));   /* answer + 1: a call has been made */
	uint32_t leaving;			      /* it is about to hand off */
	uint32_t answer __attribute__((aligned(64))); /* the last call that has one */
	uint32_t set_bases; /* 1 FS, 2 GS: by arch_prctl, before the user runs */
	uint32_t patience;  /* TSC cycles that it may wait for an answer; 0: hand off at once */
	uint32_t keep_fpu;  /* its FPU has what it shall have */
	uint64_t cpus_other[HOST_CPU_WORDS], cpus_all[HOST_CPU_WORDS];
	struct sibling_op op[SIBLING_OPS] __attribute__((aligned(64)));
};
_Static_assert(sizeof(struct sibling_box) <= SIBLING_FRAME, "mailbox");

/* The mailbox of a vCPU's siblings' zygote: what a context asks, and the answer. */
struct sibling_zygote {
	uint32_t asked; /* futex: it shall make a sibling ... */
	uint32_t slot;	/* ... of this context */
	uint32_t made;	/* futex: it has, or could not */
	int32_t error;	/* 0, or a negative errno */
	int32_t pid, pidfd, listener;
	int32_t probed; /* at its start: > 0, or the negative errno of a filter with a listener */
};
_Static_assert(sizeof(struct sibling_zygote) <= SIBLING_SIZE, "mailbox");

/* In the zygote of a vCPU, before its filter: makes the siblings' zygote. */
void sibling_start(void);

/* sibling_make.c: this context's sibling, if it has none yet. */
void sibling_make(void);
/* Until its first orders are carried out: what its making has left in it shall go, too. */
void sibling_order_birth(void);

/*
 * Another address space is this context's: the sibling forgets the last one's pages, and
 * the mailbox what it holds of its registers.
 */
void sibling_another_space(void);

/* Runs the user until it stops, deals with the reason, and resumes. Called by resume. */
void sibling_run(void) __attribute__((noreturn));

/*
 * An order for the sibling, before it next runs the user. Never fails: if the host
 * refuses, the VM stops.
 */
void sibling_order(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
		   uint64_t f);

/* Those that there are, as host.h has them. */
static inline void sibling_mmap(uint64_t addr, uint64_t len, int prot, int flags, int fd,
				uint64_t off)
{
	sibling_order(__NR_mmap, addr, len, (uint64_t)prot, (uint64_t)flags, (uint32_t)fd, off);
}

static inline void sibling_munmap(uint64_t addr, uint64_t len)
{
	sibling_order(__NR_munmap, addr, len, 0, 0, 0, 0);
}

static inline void sibling_mprotect(uint64_t addr, uint64_t len, int prot)
{
	sibling_order(__NR_mprotect, addr, len, (uint64_t)prot, 0, 0, 0);
}

/* To the host CPUs that stand at this offset of the mailbox. */
static inline void sibling_setaffinity(uint64_t offset)
{
	sibling_order(__NR_sched_setaffinity, 0, HOST_CPU_WORDS * sizeof(uint64_t),
		      UMVMM_SIBLING + offset, 0, 0, 0);
}

static inline void sibling_poke8(uint64_t addr, uint64_t value)
{
	sibling_order((uint64_t)SIBLING_POKE8, addr, value, 0, 0, 0, 0);
}

/* To unmap all that users can have mapped. */
void sibling_order_flush(void);

/* An order that is carried out now; its result, or `failed` if the host refused. */
uint64_t sibling_call(uint64_t failed, uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		      uint64_t e, uint64_t f);

static inline void sibling_prctl(int option, unsigned long arg)
{
	sibling_call(0, __NR_prctl, (uint64_t)option, arg, 0, 0, 0, 0);
}

static inline uint64_t sibling_debug_registers(const uint64_t addr[4], uint64_t control)
{
	return sibling_call(DEBUG_FAILED, DEBUG_CALL, addr[0], addr[1], addr[2], 0, control,
			    addr[3]);
}

/* sibling.c: wait until this context's sibling hands off. */
void sibling_wait(void);
/* If ctx.away is set: this context's sibling stops, and the host vouches for that. */
void sibling_rest(void);
/* Another context gets the vCPU. */
void sibling_leave(void);

/* sibling_frame.c: before contexts are forked, as CPUID is slow. */
void sibling_frame_init(void);
/* ctx.regs and the FPU's state to and from the mailbox. */
void sibling_put_frame(struct sibling_box *box);
struct host_ucontext;
struct host_siginfo;
/* The user has run with what was put last: the host has the bases that were to be set. */
void sibling_bases_set(void);
/* The signal frame that a hand-off names: 0, or -1 if it is none that the host makes. */
int sibling_find_frame(struct sibling_box *box, const uint64_t *args, struct host_siginfo **si,
		       struct host_ucontext **uc);
/* From one that was found. */
void sibling_take_frame(struct sibling_box *box, const struct host_ucontext *uc);
void sibling_take_gate(struct sibling_box *box);
/* The registers of a polled call; user code may write to the mailbox meanwhile. */
void sibling_take_call(const struct sibling_box *box);
/* An answer by word: 0, or -1 if these registers need rt_sigreturn. */
int sibling_put_answer(struct sibling_box *box);
/* The user has run with what was put last: the host has the bases that were to be set. */
void sibling_bases_set(void);

/* sibling_poll.c: when to poll. */
struct sibling_poll {
	uint32_t seq;	    /* the last call that was taken */
	uint32_t elsewhere; /* it has been sent to another host CPU, and calls are polled for */
	uint32_t calls;	    /* polled since then */
	uint32_t row;	    /* short calls without anything else between them */
	uint64_t stopped, answered; /* TSC: by the host, the last time */
	uint64_t row_began;	    /* TSC */
	uint64_t usual;		    /* cycles that a call in that row took */
	uint64_t pause, not_before; /* of the next try: cycles, TSC */
};
extern struct sibling_poll sibling_poll;

/* Before an answer by the host: will it be polled for the next call? That may add orders. */
int sibling_poll_begin(struct sibling_box *box, int orders);
/* The host has not let it go to another CPU. */
void sibling_poll_refused(void);
/* The host vouches that it is stopped, and is about to let it go on. */
void sibling_poll_reset(struct sibling_box *box);
/* An answer by word. */
void sibling_poll_answer(struct sibling_box *box);
/* Until it makes a call (1), or is about to hand off or keeps us waiting (0). */
int sibling_poll_call(struct sibling_box *box);
/* Does it say that there was a call since the last answer? That it is about to hand off? */
int sibling_poll_called(const struct sibling_box *box);
int sibling_poll_left(const struct sibling_box *box);
/* It has handed off; was that a system call? */
void sibling_poll_end(struct sibling_box *box, int call);

static inline struct sibling_box *sibling_box(uint32_t slot)
{
	return (struct sibling_box *)(uintptr_t)(SIBLINGS_WINDOW + (uint64_t)slot * SIBLING_SIZE);
}

#endif
