// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * streams.c - which serial port goes where.
 *
 * Runs: in the manager's main thread.
 *
 *			console		-e
 *	ttyS0		stdin, stdout	kept for a panic; stderr with -v; sysrq of gdb
 *	ttyS1		stdout		stdin, stdout
 *	ttyS2		stderr		stderr
 *	ttyS3		size; size	ready, status; eof
 *	ttyS4		frames of umvmm exec (exec_mux.c)
 *	monitor's log	stderr with -v	stderr with -v
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/base/terminal.h>

#include "session.h"

void session_connect(struct session *s)
{
	struct vm *vm = s->machine.vm;
	bool exec = s->cfg->exec;
	int verbose_fd = s->cfg->verbose ? STDERR_FILENO : -1;
	struct uart *input = &vm->uart[exec ? UART_STDIO : UART_CONSOLE];

	for (unsigned int i = 0; i < UART_COUNT; i++)
		s->outlet[i] = (struct outlet){ .end.ring = &vm->uart[i].tx };
	s->outlet[UART_CONSOLE].fd = exec ? verbose_fd : STDOUT_FILENO;
	s->outlet[UART_CONSOLE].plain = exec;
	s->outlet[UART_CONSOLE].look = console_look;
	s->outlet[UART_CONSOLE].ctx = &s->console;
	s->outlet[UART_STDIO].fd = STDOUT_FILENO;
	s->outlet[UART_STDERR].fd = STDERR_FILENO;
	s->outlet[UART_CONTROL].fd = -1;
	s->outlet[UART_CONTROL].look = control_line_look;
	s->outlet[UART_CONTROL].ctx = &s->control;
	s->outlet[UART_AGENT].fd = -1;
	s->outlet[UART_AGENT].look = exec_mux_look;
	s->outlet[UART_AGENT].ctx = &s->exec;
	s->outlet[STREAM_LOG] = (struct outlet){ .end.ring = &vm->log, .fd = verbose_fd,
						   .plain = true };

	memset(&s->console, 0, sizeof(s->console));
	memset(&s->control, 0, sizeof(s->control));
	memset(&s->stuck, 0, sizeof(s->stuck));
	s->control.status = -1;
	s->control.ready = !exec;
	s->control_in = (struct ring_end){ .ring = &vm->uart[UART_CONTROL].rx };
	s->console_in = (struct ring_end){ .ring = &vm->uart[UART_CONSOLE].rx };
	exec_mux_connect(&s->exec, &vm->uart[UART_AGENT]);
	s->size_sent = false;
	s->intake.end = (struct ring_end){ .ring = &input->rx };
	s->intake.uart = input;
	s->end = SESSION_RUNS;
}

bool session_output(struct session *s)
{
	bool more = false, relieved = false;

	for (unsigned int i = 0; i < STREAM_COUNT; i++) {
		enum outlet_result result = outlet_move(&s->outlet[i]);

		if (result == OUTLET_CLOSED && s->end == SESSION_RUNS)
			s->end = SESSION_CLOSED;
		if (result == OUTLET_FAILED && s->end == SESSION_RUNS)
			s->end = SESSION_FAILED;
		relieved |= result == OUTLET_RELIEVED;
		more |= result == OUTLET_RELIEVED || result == OUTLET_MOVED;
	}
	if (relieved)
		machine_kick(&s->machine, 0, REQ_UART);
	if (s->control.sizes && !s->size_sent)
		session_size(s);
	return more;
}

/* A line for the guest's init; lost if it does not listen. */
static void tell(struct session *s, const char *line)
{
	uint32_t len = (uint32_t)strlen(line);

	if (ring_room(&s->control_in) < len)
		return;
	ring_put(&s->control_in, line, len);
	machine_kick(&s->machine, 0, REQ_UART);
}

/* Where the input of its command ends. */
static void send_eof(struct session *s)
{
	char line[40];

	snprintf(line, sizeof(line), "eof %llu\n", (unsigned long long)s->intake.total);
	tell(s, line);
	s->eof_sent = true;
}

void session_size(struct session *s)
{
	unsigned int rows, cols;
	char line[40];

	terminal_size(&rows, &cols);
	if (!s->control.sizes || !rows || !cols)
		return;
	snprintf(line, sizeof(line), "size %u %u\n", rows, cols);
	tell(s, line);
	s->size_sent = true;
}

void session_input(struct session *s)
{
	if (intake_move(&s->intake))
		machine_kick(&s->machine, 0, REQ_UART);
	if (s->intake.escape.quit && s->end == SESSION_RUNS)
		s->end = SESSION_QUIT;
	if (s->cfg->exec && s->intake.eof && !s->eof_sent)
		send_eof(s);
}

/* A break of the line and a key: what Linux takes for a sysrq. */
static void sysrq(struct session *s, uint32_t key)
{
	struct ring_end *end = s->cfg->exec ? &s->console_in : &s->intake.end;
	const char bytes[2] = { 0, (char)key };

	if (key > '~' || ring_room(end) < sizeof(bytes))
		return;
	intake_break(&s->machine.vm->uart[UART_CONSOLE], end->index);
	ring_put(end, bytes, sizeof(bytes));
	machine_kick(&s->machine, 0, REQ_UART);
}

void session_debugger(struct session *s)
{
	struct vm *vm = s->machine.vm;
	uint32_t key = __atomic_exchange_n(&vm->sysrq, 0, __ATOMIC_SEQ_CST);

	if (key)
		sysrq(s, key);
	if ((__atomic_load_n(&vm->quit, __ATOMIC_SEQ_CST) ||
	     (s->held && s->cfg->on_panic == PANIC_GDB &&
	      __atomic_load_n(&vm->gdb_left, __ATOMIC_SEQ_CST))) &&
	    s->end == SESSION_RUNS)
		s->end = SESSION_QUIT;
}
