/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target.h - the guest as a debugger sees it: vCPUs that stop, run and step,
 * their registers, memory, breakpoints.
 *
 * Runs: in the tracer, all of one target in one thread. vCPUs stop by themselves
 * between two guest instructions, as they are asked to through the VM file; nothing of
 * a context is traced for it. A VM without target pays nothing.
 *
 * Must hold: what is read from the VM file and from guest memory may be anything:
 * each value is read once and checked; it can confuse the debugger of this VM, no
 * more. No function blocks for longer than TARGET_STOP_MS.
 *
 * All-stop is the caller's rule: after an event it calls target_stop(), and resumes
 * which vCPUs it wants. Functions that need a stopped vCPU return -EBUSY when it runs;
 * breakpoints need all of them stopped. Errors are negative errno values.
 */
#ifndef TRACER_TARGET_TARGET_H
#define TRACER_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <vm.h>

struct physmem;
struct target;

/* A vCPU is given up for this call when it has not stopped after so long. */
#define TARGET_STOP_MS 2000

/*
 * In the tracer at its start, before there is a guest: where that will be. The file
 * descriptor in MEM must stay open.
 */
void target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus);

/*
 * Begins debugging; the guest runs on until target_stop(). There is one target at a
 * time. NULL: errno says why (EBUSY, ENOMEM; EAGAIN: the VM is not made yet).
 */
struct target *target_open(void) __attribute__((warn_unused_result));

/*
 * Takes all breakpoints out, lets all vCPUs run on, frees T. If the vCPUs do not stop
 * for that, breakpoints may stay in the guest's memory; they are then the guest's #BP.
 */
void target_close(struct target *t);

unsigned int target_vcpus(const struct target *t);

enum target_state {
	TARGET_RUNS,
	TARGET_STOPPED,
	TARGET_STOPPED_HALTED, /* in HLT; goes on sleeping when continued, RIP is behind it */
	TARGET_STOPPED_OFF,    /* has not been started by the guest: no registers of interest */
};

enum target_state target_state(const struct target *t, unsigned int vcpu);

/*
 * Stops all vCPUs that run, and waits until they have stopped: 0, or -ETIMEDOUT when
 * one has not (it will when it can: target_state()). Makes no events of its own.
 */
int target_stop(struct target *t) __attribute__((warn_unused_result));

/*
 * When there are zygotes, before the guest's start: the vCPUs will stop before their
 * first instruction. Does not wait for that.
 */
void target_hold(struct target *t);

/* Why a vCPU stopped by itself. */
enum target_reason {
	TARGET_STEP,	      /* TARGET_STEP_ONE or _RANGE is done */
	TARGET_BREAKPOINT,    /* TARGET_SOFT; RIP is at it */
	TARGET_HW_BREAKPOINT, /* TARGET_EXECUTE; RIP is at it */
	TARGET_WATCHPOINT,    /* address is the watched one, RIP behind the instruction */
	TARGET_EXIT,	      /* the VM ends when this vCPU is resumed; see exit */
};

/* What TARGET_SOFT and its kin are called in events, and to target_insert(). */
enum target_break {
	TARGET_SOFT,	/* int3 in guest physical memory: in all address spaces that map it */
	/*
	 * Debug registers, taken from the guest's, or without these where the host has none for
	 * us; together at most four
	 */
	TARGET_EXECUTE,
	TARGET_WRITE,
	TARGET_READ, /* as TARGET_ACCESS: the hardware has no other */
	TARGET_ACCESS,
};

struct target_event {
	unsigned int vcpu;
	enum target_reason reason;
	enum target_break kind; /* of a breakpoint or watchpoint */
	uint64_t address;	/* likewise: as it was inserted */
	enum vm_exit exit;	/* of TARGET_EXIT */
	uint32_t exit_code;
};

/*
 * Becomes readable when there may be an event. One that was not taken before
 * target_stop() returned is kept for the time when its vCPU is resumed: that does not run
 * then, and the event is there at once. (Unless it is no longer true, as its breakpoint
 * was removed or RIP was set: then the vCPU runs.)
 */
int target_event_fd(const struct target *t);
/* Takes the next event: true. Clears the descriptor when there is none: false. */
bool target_next_event(struct target *t, struct target_event *ev);

enum target_how {
	TARGET_CONTINUE,
	TARGET_STEP_ONE,   /* one guest instruction */
	TARGET_STEP_RANGE, /* steps while RIP is in [start, end) */
};

/*
 * Lets a stopped vCPU go on. A step ends behind the instruction, in the handler of the
 * exception that it raised, or behind a system call's, interrupt's or return's jump; one
 * of HLT ends at once. START and END are for TARGET_STEP_RANGE only. -EAGAIN: to step a
 * vCPU that is not started.
 */
int target_resume(struct target *t, unsigned int vcpu, enum target_how how, uint64_t start,
		  uint64_t end) __attribute__((warn_unused_result));

/*
 * Are interrupts and NMIs to come while a vCPU steps? Not at first: they are held back. If
 * they are, a step ends before the first instruction of the handler of one that waited.
 */
void target_step_interrupts(struct target *t, bool come);

struct target_regs {
	uint64_t r[GPR_COUNT];
	uint64_t rip;
	uint64_t rflags; /* as the guest sees it: virtual IF, no TF of ours */
	uint16_t cs, ss, ds, es, fs, gs;
	uint64_t fs_base, gs_base, kernel_gs_base;
	uint64_t cr0, cr2, cr3, cr4, cr8, efer;
};

/* x87, SSE, AVX, AVX-512; parts that the host has not are 0 and are not set. */
struct target_fpu {
	uint8_t st[8][10];
	uint16_t fctrl, fstat;
	uint16_t ftag; /* the full tag word */
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr;
	uint8_t vector[32][64]; /* zmm0..31; of it ymm is the first 32 bytes, xmm 16 */
	uint64_t mask[8];	/* k0..7 */
};

#define TARGET_HAS_AVX	  1u
#define TARGET_HAS_AVX512 2u

/* Which parts of struct target_fpu there are beyond SSE. */
unsigned int target_features(const struct target *t);

/*
 * Of a stopped vCPU. Setting takes what can be changed: general registers, RIP, flags,
 * fs_base, gs_base, kernel_gs_base, cr2, cr8. -EINVAL, and nothing is set, if another
 * register differs from what it is.
 */
int target_get_regs(struct target *t, unsigned int vcpu, struct target_regs *regs)
	__attribute__((warn_unused_result));
int target_set_regs(struct target *t, unsigned int vcpu, const struct target_regs *regs)
	__attribute__((warn_unused_result));
int target_get_fpu(struct target *t, unsigned int vcpu, struct target_fpu *fpu)
	__attribute__((warn_unused_result));
int target_set_fpu(struct target *t, unsigned int vcpu, const struct target_fpu *fpu)
	__attribute__((warn_unused_result));

/*
 * Memory at a virtual address, through the page tables of a stopped vCPU, whatever
 * they permit; neither A nor D is set. Breakpoints do not show, and stay where memory is
 * written. The number of bytes up to the first that is no memory, or -EFAULT if that
 * is the first of all.
 */
ssize_t target_read(struct target *t, unsigned int vcpu, uint64_t va, void *buf, size_t len)
	__attribute__((warn_unused_result));
ssize_t target_write(struct target *t, unsigned int vcpu, uint64_t va, const void *buf, size_t len)
	__attribute__((warn_unused_result));
/* The same at a guest physical address. */
ssize_t target_read_phys(struct target *t, uint64_t pa, void *buf, size_t len)
	__attribute__((warn_unused_result));
ssize_t target_write_phys(struct target *t, uint64_t pa, const void *buf, size_t len)
	__attribute__((warn_unused_result));

/* The guest physical address of a virtual one: 0, or -EFAULT. */
int target_translate(struct target *t, unsigned int vcpu, uint64_t va, uint64_t *pa)
	__attribute__((warn_unused_result));

/*
 * A breakpoint at VA. LEN is 1, 2, 4 or 8 aligned bytes of a watchpoint, 1 for others. -EFAULT,
 * of TARGET_SOFT: the page tables of VCPU map nothing there. -ENOSPC: no more of this kind.
 * -EINVAL: length, or an address that is not the guest's. Inserting what is there is no error.
 */
int target_insert(struct target *t, unsigned int vcpu, enum target_break kind, uint64_t va,
		  unsigned int len) __attribute__((warn_unused_result));
/* -ENOENT: there is none such. */
int target_remove(struct target *t, enum target_break kind, uint64_t va, unsigned int len)
	__attribute__((warn_unused_result));

#endif
