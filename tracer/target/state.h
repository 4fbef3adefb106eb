/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state.h - what the parts of a target share.
 *
 * Runs: in the tracer, in the thread of the target's user; `quit` and `event_fd` also in
 * the target's own (event.c).
 *
 * Must hold: what is relied on is here, in private memory; the VM file has copies.
 */
#ifndef TRACER_TARGET_STATE_H
#define TRACER_TARGET_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include <physmem/physmem.h>
#include <stop.h>

#include "target.h"

struct target_vcpu {
	bool stays;   /* it has stopped, and we have seen that */
	bool wanted;  /* we have asked it to */
	bool untaken; /* `event` was not taken by target_next_event() */
	bool held;    /* nor will it be before target_resume() */
	uint64_t rip; /* where it stopped */
	struct target_event event;
};

struct target {
	struct vm *vm;
	struct debugger *shared;
	struct physmem mem; /* the whole of it, mapped here */
	unsigned int ncpus;
	bool interrupts; /* come while a vCPU steps */
	struct target_vcpu vcpu[VM_MAX_VCPUS];
	unsigned int next; /* vCPU whose event is looked for first */
	/* breakpoints */
	struct soft_break soft[SOFT_BREAKS]; /* by physical address */
	unsigned int soft_count;
	struct {
		bool used;
		enum target_break kind;
		uint64_t va;
		unsigned int len;
	} hw[HW_BREAKS];
	bool emulates; /* these, as the host has no debug registers for us */
	/* events */
	int event_fd;
	uint32_t seen; /* shared->event, before anything was asked for */
	pthread_t thread;
	atomic_bool quit;
};

static inline struct vcpu *vcpu_of(const struct target *t, unsigned int index)
{
	return (struct vcpu *)((char *)t->vm + vcpu_offset(index));
}

static inline struct stop *stop_of(const struct target *t, unsigned int index)
{
	return (struct stop *)((char *)t->vm + vcpu_offset(index) + STOP_OFFSET);
}

/* target.c: 0 if it is one of the VM's, and stopped; else -EINVAL or -EBUSY. */
int target_needs(struct target *t, unsigned int vcpu);
int target_needs_all(struct target *t);
/* A stopped vCPU puts the hardware breakpoints in force: 0, -EPERM, -ETIMEDOUT. */
int target_sync(struct target *t, unsigned int vcpu);

/* translate.c: where VA is, and how many bytes from there on lie in one piece: 0 or -EFAULT. */
int target_place(struct target *t, uint64_t cr3, uint64_t va, uint64_t *pa, uint64_t *left);
uint64_t target_cr3(const struct target *t, unsigned int vcpu);

/* event.c */
int target_events_start(struct target *t);
void target_events_stop(struct target *t);
/* There may be an event. */
void target_event_signal(struct target *t);
/* Has it stopped meanwhile? Makes its event. */
void target_event_look(struct target *t, unsigned int vcpu);
/* Is the event of a vCPU that was stopped still true? */
bool target_event_holds(const struct target *t, unsigned int vcpu);

/* breaks.c: a TARGET_SOFT at VA that is still inserted; a TARGET_EXECUTE. */
bool target_soft_at(const struct target *t, uint64_t va);
bool target_execute_at(const struct target *t, uint64_t va);
/* What guest memory at PA would be without breakpoints, LEN bytes in BUF. */
void target_hide_breaks(const struct target *t, uint64_t pa, uint8_t *buf, size_t len);
/* BUF is written to PA: keep breakpoints in place. */
void target_keep_breaks(struct target *t, uint64_t pa, uint8_t *buf, size_t len);
void target_remove_all(struct target *t);

#endif
