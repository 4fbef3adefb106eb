/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * machine.h - one virtual machine, as the manager knows it.
 *
 * Runs: in the manager; the threads it may be touched by are named below. Its steward has a
 * copy of its own.
 * Must hold: what the manager relies on is here, in private memory; the VM
 * file is the guest's to write.
 */
#ifndef UMVMM_MACHINE_MACHINE_H
#define UMVMM_MACHINE_MACHINE_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <physmem/physmem.h>
#include <umvmm/boot/buildid.h>
#include <umvmm/boot/config.h>
#include <umvmm/host/tsc.h>

struct timer {
	pthread_t thread;
	struct machine *machine;
	unsigned int index;
};

struct machine {
	const struct config *cfg;
	struct physmem mem;
	struct image image; /* where machine_load() has put the kernel */
	struct vm *vm; /* the VM file, shared and hostile */
	int vm_fd;
	unsigned int ncpus;
	unsigned int contexts; /* of each vCPU, at most: contexts.h */
	struct tsc_sample tsc_start; /* of machine_create(): the rate is measured from there */
	uint64_t tsc_khz;	     /* from the first machine_load() on */
	char kernel_path[PATH_MAX];  /* of the last machine_load(), absolute */
	char buildid[BUILDID_TEXT];  /* of that kernel; empty if it has none */
	bool began;		     /* there was an incarnation already */
	const int *gdb;		     /* GDB_SOCKETS sockets, which the tracer inherits */
	pid_t steward;		     /* steward.h; 0: none */
	int steward_fd;
	bool sandboxed;	    /* sandbox.h: this process */
	bool overhead_over; /* then these say how many bytes of page tables there are, and may be */
	uint64_t overhead, overhead_limit;

	/* one incarnation: from machine_start() to machine_stop() */
	pid_t tracer;	 /* 0: none */
	int tracer_pipe; /* closing it ends the tracer, and so the VM */
	pid_t zygote[VM_MAX_VCPUS];  /* leaders of the contexts' sessions and process groups */
	pid_t sibling[VM_MAX_VCPUS]; /* --isolation split: the user siblings' zygotes */
	struct timer timer[VM_MAX_VCPUS];
	pthread_t event_thread;
	pthread_t huge_thread;
	uint32_t huge_stop; /* futex: not 0 ends the thread's sleep */
	bool huge_runs;
	int event_fd;		  /* eventfd: the monitor has bumped vm->event */
	atomic_bool stop_threads; /* read by timer and event threads */
	bool threads;
	bool holds; /* -S: this incarnation's first instruction waits for gdb */
	pthread_mutex_t reap_lock; /* held to reap and to check-then-signal a child */
};

#define EXIT_TEXT_SIZE sizeof(((struct vm *)0)->exit_text)

static inline struct vcpu *machine_vcpu(const struct machine *m, unsigned int index)
{
	return (struct vcpu *)((char *)m->vm + vcpu_offset(index));
}

/* 0, or -1 after a message. */
int machine_create(struct machine *m, const struct config *cfg) __attribute__((warn_unused_result));
/*
 * To the tracer and all contexts, and, if it is not the VM's end, the steward. Those that do not
 * exist (yet) get nothing.
 */
void machine_signal(struct machine *m, int sig);
/* Nothing of the guest runs any more; its rings and our threads stay. */
void machine_halt(struct machine *m);
/* When it is stopped, or has never been started. */
void machine_destroy(struct machine *m);

/* start.c: one incarnation. 0, or -1 after a message; to be stopped in either case. */
int machine_start(struct machine *m) __attribute__((warn_unused_result));
/* Kills and reaps every process of the incarnation, joins its threads. */
void machine_stop(struct machine *m);

/* In the steward: all of machine_start() that opens files or makes processes. */
int machine_begin(struct machine *m) __attribute__((warn_unused_result));

/* load.c: all that guest memory and the VM file hold at the start. */
int machine_load(struct machine *m) __attribute__((warn_unused_result));

/* spawn.c, in the steward: the first zygote, also where it fails behind the fork. */
int machine_exec(struct machine *m) __attribute__((warn_unused_result));
/* zygotes.c: the processes that lead each vCPU's session, which that one makes; they go on. */
int machine_zygotes(struct machine *m) __attribute__((warn_unused_result));

/* kick.c; any thread: make the vCPU look at these REQ_* bits. */
void machine_kick(struct machine *m, unsigned int index, uint32_t request);

/* timer.c, event.c: the threads. */
int timer_start(struct machine *m, unsigned int index) __attribute__((warn_unused_result));
void timer_stop(struct machine *m, unsigned int index);
int event_start(struct machine *m) __attribute__((warn_unused_result));
void event_stop(struct machine *m);

/* Why the monitor stopped. It comes from the guest's reach: made printable. */
void machine_exit_text(const struct machine *m, char text[static EXIT_TEXT_SIZE]);

/* huge.c: 2 MiB folios under what the guest uses. Without the thread it is slower, no more. */
void huge_load(struct machine *m, uint64_t kernel_start, uint64_t kernel_end);
void huge_load_top(struct machine *m, uint64_t initrd_start, uint64_t initrd_size);
void huge_start(struct machine *m);
void huge_stop(struct machine *m);

#endif
