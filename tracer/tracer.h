/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracer.h - the process that watches over the contexts.
 *
 * Runs: a child of the manager, one for each incarnation of the VM, in a process group of its
 * own, so that signals to the manager's do not reach it. The manager's steward forks it.
 *
 * Must hold: when the manager or a zygote dies, all processes of the VM are killed
 * within a second; when the tracer dies, the manager ends the VM.
 */
#ifndef TRACER_TRACER_H
#define TRACER_TRACER_H

#include <stdbool.h>
#include <sys/types.h>

#include <vm.h>

struct physmem;

/* The machine that there will be. */
struct tracer_machine {
	struct vm *vm; /* where contexts say what they ask for */
	const struct physmem *mem;
	unsigned int ncpus;
	const int *gdb; /* GDB_SOCKETS descriptors (umvmm/control/gdb_socket.h) */
	bool debug_registers; /* of the host may be used */
};

/*
 * Forks the tracer and puts the manager's end of their socket in *FD: closing
 * it ends the VM. Returns its process id, or -1 after a message.
 */
pid_t tracer_start(int *fd, const struct tracer_machine *m) __attribute__((warn_unused_result));

/* What the tracer shall do about a zygote and what that forks. */
enum watch {
	WATCH,			/* kill the VM when it dies */
	WATCH_REDIRECT,		/* also redirect their system calls to the gate */
	WATCH_REDIRECT_SIBLING, /* to that of user siblings */
};

/*
 * Tells the tracer about a zygote that has not forked anything yet; returns
 * when it is watched. 0, or -1 after a message.
 */
int tracer_watch(int fd, pid_t zygote, enum watch how) __attribute__((warn_unused_result));

/*
 * Has the tracer call snapshot_serve() for this client's socket; the caller's descriptor
 * stays his. 0, or -1: the tracer is gone, or does not listen.
 */
int tracer_snapshot(int fd, int client) __attribute__((warn_unused_result));

/*
 * When all zygotes are watched: lets gdbs connect. HOLD: the guest's first instruction
 * waits for one. 0, or -1 after a message.
 */
int tracer_gdb(int fd, bool hold) __attribute__((warn_unused_result));

#endif
