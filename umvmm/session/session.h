/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session.h - one umvmm run: a machine, its streams, and how it ends.
 *
 * Runs: in the manager's main thread.
 */
#ifndef UMVMM_SESSION_SESSION_H
#define UMVMM_SESSION_SESSION_H

#include <tracer/snapshot.h>
#include <umvmm/control/gdb_socket.h>
#include <umvmm/control/registry.h>
#include <umvmm/machine/machine.h>
#include <umvmm/streams/console.h>
#include <umvmm/streams/control_line.h>
#include <umvmm/streams/exec_mux.h>
#include <umvmm/streams/intake.h>
#include <umvmm/streams/outlet.h>

#define STREAM_COUNT (UART_COUNT + 1) /* the serial ports and the monitor's log */
#define STREAM_LOG   UART_COUNT

/* Why the loop ended. */
enum session_end {
	SESSION_RUNS,
	SESSION_GUEST,	/* vm->exit_reason says */
	SESSION_QUIT,	/* Ctrl-a x, or umvmm stop */
	SESSION_CLOSED, /* nobody reads our output any more */
	SESSION_SIGNAL, /* session.signal */
	SESSION_FAILED, /* ours, after a message */
	SESSION_DIED,	/* a process of the VM died, after a message: session.code */
};

/* What the looks at a guest that perhaps loops in its panic have seen. */
#define STUCK_LOOK_NS 100000000
struct stuck {
	int64_t next; /* CLOCK_MONOTONIC */
	uint64_t work, interrupts;
	unsigned int looks;
	bool dead;
};

struct session {
	struct machine machine;
	const struct config *cfg;
	struct outlet outlet[STREAM_COUNT];
	struct intake intake;
	struct console console;
	struct control_line control;
	struct ring_end control_in; /* to the guest's init */
	struct ring_end console_in; /* with -e, to ttyS0: a debugger's sysrq only */
	struct exec_mux exec; /* ttyS4 */
	struct registry registry;
	struct gdb_sockets gdb;
	bool eof_sent;
	bool size_sent;
	struct snapshot registers; /* of a guest that has failed */
	struct stuck stuck;
	bool held; /* by --on-panic hang or gdb: the guest has failed, and nothing of it runs on */
	int signal_fd;
	enum session_end end;
	int signal; /* SESSION_SIGNAL */
	int code;   /* SESSION_DIED */
};

/* Runs the VM to its end, reboots included; returns umvmm's exit status. */
int session_run(struct session *s, const struct config *cfg);

/* loop.c: until s->end is set. */
void session_loop(struct session *s);
/* Whatever the guest still has on its rings goes out. */
void session_drain(struct session *s);

/* streams.c: rings of a fresh machine. */
void session_connect(struct session *s);
/* Moves bytes as far as they go without blocking. True: there may be more. */
bool session_output(struct session *s);
void session_input(struct session *s);
/* What a debugger in the tracer asks of us. */
void session_debugger(struct session *s);
/* The terminal's size, to a guest that takes it. */
void session_size(struct session *s);

/* answers.c: answers one client, of umvmm list, stop and others. */
void session_answer(struct session *s);

/* memory.c: gives this client the guest's memory, perhaps frozen. */
void session_inspect(const struct session *s, int socket, bool freeze);

/* signals.c */
int session_block_signals(void) __attribute__((warn_unused_result));
void session_signals(struct session *s);

/* reap.c: looks at dead children. */
void session_reap(struct session *s);

/* failure.c: is what the guest has stopped for a failure of its own? */
bool session_guest_failed(const struct session *s);
/* The registers of a guest that has failed, before machine_halt(). */
void session_registers(struct session *s);
/* After machine_halt(): what such a guest was at, to the user; or its memory into a file. */
void session_trace(struct session *s);
void session_write_dump(struct session *s);

/* panic.c: --on-panic hang, gdb: true if the loop shall go on although the guest has stopped. */
bool session_hold(struct session *s);
/* --on-panic dump: writes the file, after machine_halt(), unless somebody wants us to end. */
void session_dump(struct session *s);

/* stuck.c: true if one more look is due in STUCK_LOOK_NS. */
bool session_look_stuck(struct session *s);

/* end.c: why the guest has failed, to the user. */
void session_explain(struct session *s);
/* The exit status, after its explanation; -1: reboot. */
int session_verdict(struct session *s);

#endif
