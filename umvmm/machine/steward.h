/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steward.h - the process that does for the manager what the manager may not do itself.
 *
 * The manager reads what the guest writes, for as long as the VM lives; so it has no file
 * opened, no program started and no process made (sandbox.h). But a VM has to be started, once
 * more after each reboot, its page tables have to be looked at, and what is left of a guest
 * that has failed. The steward does these things, and knows how from before the guest was
 * there: the manager can ask for no other kernel, file or program.
 *
 * Runs: steward_start() forks it; the other functions ask it, in the manager's main thread.
 * Must hold: nothing that the guest can write is read in it, but page tables' sizes and process
 * ids that the manager has checked. Whoever of the two ends ends the VM.
 */
#ifndef UMVMM_MACHINE_STEWARD_H
#define UMVMM_MACHINE_STEWARD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tracer/snapshot.h>
#include <umvmm/boot/buildid.h>
#include <umvmm/inspect/guestmem.h>

struct session;
struct machine;

/*
 * While the manager has one thread; all that the VM needs is open. 0, or -1 after a message.
 */
int steward_start(struct session *s) __attribute__((warn_unused_result));

/* Tracer, memory's contents, first zygote: 0, or -1 after a message. */
int steward_begin(struct machine *m) __attribute__((warn_unused_result));

/* Host CPUs and niceness for a vCPU's zygotes: 0, or -1 after a message. */
int steward_pin(struct machine *m, unsigned int index) __attribute__((warn_unused_result));

/*
 * What a guest that does not run any more was at, to the user; or its memory into a file. It
 * takes as long as it does: signals and umvmm stop are heeded meanwhile, and end it.
 */
void steward_trace(struct session *s);
void steward_dump(struct session *s);

/* It has said something by itself. False: it is dead, after a message. */
bool steward_news(struct machine *m);

/* The files by which others find the VM go, and the steward. May be called again. */
void steward_end(struct machine *m);
/* The same, in a signal handler of any thread, before _exit(). */
void steward_end_now(void);

/* What is asked and answered, by SOCK_SEQPACKET. */
struct steward_request {
	enum {
		STEWARD_BEGIN,
		STEWARD_PIN,
		STEWARD_TRACE,
		STEWARD_DUMP,
		STEWARD_CANCEL, /* what is being done; it has one answer all the same */
		STEWARD_END,
	} kind;
	/* PIN */
	unsigned int index;
	pid_t zygote, sibling; /* 0: there is no sibling */
	/* TRACE, DUMP */
	struct image image;
	unsigned int cpu;
	bool log; /* TRACE: the end of the kernel's log, too */
	struct snapshot registers;
};

struct steward_answer {
	enum {
		STEWARD_DONE,
		STEWARD_FAILED,	  /* after a message */
		STEWARD_OVERHEAD, /* no answer: the page tables are more than the limit */
	} kind;
	/* of BEGIN, with the manager's end of the tracer's socket */
	pid_t tracer, zygote; /* 0: none; its child also where it failed */
	struct image image;
	uint64_t tsc_khz, chunks_collapsed, pages_added;
	char kernel_path[PATH_MAX];
	char buildid[BUILDID_TEXT];
	uint64_t tables, limit; /* OVERHEAD */
};

#endif
