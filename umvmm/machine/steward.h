/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steward.h - what the manager asks of its steward (umvmm/steward/), and what it answers.
 *
 * Runs: in the manager's main thread.
 * Must hold: whoever of the two ends ends the VM.
 */
#ifndef UMVMM_MACHINE_STEWARD_H
#define UMVMM_MACHINE_STEWARD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <tracer/snapshot.h>
#include <umvmm/boot/buildid.h>

struct machine;
struct steward_request;

/* Tracer, memory's contents, first zygote: 0, or -1 after a message. */
int steward_begin(struct machine *m) __attribute__((warn_unused_result));

/* Host CPUs and niceness for a vCPU's zygotes: 0, or -1 after a message. */
int steward_pin(struct machine *m, unsigned int index) __attribute__((warn_unused_result));

/*
 * Asks for a look at the guest (STEWARD_TRACE, STEWARD_DUMP), which takes as long as it does, or
 * to cancel it. 0, or -1 after a message.
 */
int steward_look(struct machine *m, const struct steward_request *r)
	__attribute__((warn_unused_result));
/* There is something to receive: is the look over, or the steward dead, after a message? */
bool steward_has_looked(struct machine *m);

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
