/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stub.h - one gdb and the guest that it debugs.
 *
 * Runs: in the tracer's gdb thread, which is the only one that uses the target.
 *
 * Must hold: all-stop. `running` is true from a vCont until its stop reply; only then
 * may any vCPU run. vCPU n is gdb's thread n + 1.
 */
#ifndef TRACER_GDB_STUB_H
#define TRACER_GDB_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tracer/target/target.h>

#include "breaks.h"
#include "link.h"
#include "text.h"

#define GDB_SIGINT  2
#define GDB_SIGTRAP 5
#define GDB_SIGABRT 6

/* What `monitor space` chooses for gdb's reads and writes. */
enum space {
	SPACE_CURRENT,	/* the address space of the thread that gdb has selected */
	SPACE_PHYSICAL,
	SPACE_CR3,	/* stub.space_cr3's */
};

/* An event of a vCPU that gdb has not let go on: it is told when it does. */
struct held {
	bool is;
	struct target_event event;
	uint64_t rip; /* if the vCPU is elsewhere by then, the event is history */
};

struct stub {
	struct link link;
	struct target *target; /* NULL until the first packet */
	struct vm *vm;
	unsigned int ncpus;

	unsigned int selected; /* vCPU of Hg: registers and memory */
	unsigned int resumes;  /* vCPU of Hc, or ALL */
	bool running;
	bool stop_due;	     /* a stop reply waits until the link takes it */
	bool interrupted;    /* by Ctrl-C */
	bool goes[VM_MAX_VCPUS]; /* resumed by the last vCont */
	struct held held[VM_MAX_VCPUS];
	bool dying;	     /* the VM ends when vCPU `dying_vcpu` is resumed */
	unsigned int dying_vcpu;
	bool leaves;	     /* the connection ends when all is written */
	bool quits, resets;  /* and then the VM does */

	enum space space;
	uint64_t space_cr3;
	bool interrupts; /* come while a CPU steps */
	struct breaks breaks;
	struct text output;  /* of a monitor command: sent piece by piece, then OK */
	bool output_due;

	char stop[256];	     /* the last stop reply */
	char notice[256];    /* shown by gdb before it */
	size_t answer_size;
	bool answer_due;     /* an answer is sent when the packet's handler returns */
	char answer[PACKET_MAX + 1];
};

#define ALL_VCPUS VM_MAX_VCPUS

/* stub.c */
void stub_init(struct stub *s, struct vm *vm);
/* A gdb has connected; HOLD in stub_hold() has stopped the guest already, perhaps. */
void stub_connect(struct stub *s, int fd);
/* Lets the guest go on and closes the connection. */
void stub_end(struct stub *s);
/* -S: the guest shall not run its first instruction before a gdb says so. */
int stub_hold(struct stub *s) __attribute__((warn_unused_result));
/* Does what the link and the target have for us; returns when they have no more. */
void stub_serve(struct stub *s);
/* For poll(): the target's descriptor while it may have events, else -1. */
int stub_event_fd(const struct stub *s);
/* A gdb is connected and has said something. */
bool stub_busy(const struct stub *s);

/* packets.c: the packet in hand, a zero byte behind its SIZE bytes. */
void packets_serve(struct stub *s, char *packet, size_t size);
/* query.c: q and Q packets. */
void query_serve(struct stub *s, const char *packet, size_t size);
/* memory.c: m, M, x, X. */
void memory_serve(struct stub *s, char *packet, size_t size);
/* Through the chosen address space; bytes up to the first that is no memory, or an errno. */
ssize_t memory_read(struct stub *s, uint64_t address, void *bytes, size_t size);
ssize_t memory_write(struct stub *s, uint64_t address, const void *bytes, size_t size);
/* A vCPU whose page tables can be used: the selected one, if it is stopped. */
unsigned int memory_vcpu(const struct stub *s);

/* run.c: vCont, c, s, ?; and what comes back. */
void run_serve(struct stub *s, const char *packet);
/* Looks for the end of the run: true when s->stop is a new stop reply. */
bool run_events(struct stub *s);
void run_interrupt(struct stub *s);
/* Stops the guest when gdb attaches. */
void run_attach(struct stub *s);

/* commands.c: a monitor command; its output goes to s->output. */
void monitor_serve(struct stub *s, const char *line);

#endif
