// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panic.c - what --on-panic says, when the guest has failed: nothing, a vmcore,
 * or the VM is kept as it is, for good or until a gdb has left.
 *
 * Runs: in the manager's main thread.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <tracer/tracer.h>
#include <umvmm/base/fail.h>
#include <umvmm/machine/steward.h>

#include "session.h"

/* Its own doing, and no end that it was asked for: what exits with EXIT_GUEST. */
bool session_guest_failed(const struct session *s)
{
	switch (__atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE)) {
	case VM_REBOOT:
		return s->console.panicked;
	case VM_TRIPLE_FAULT:
	case VM_GUEST_FAULT:
	case VM_DEAD:
		return true;
	case VM_RUNNING:
		return s->stuck.dead;
	default:
		return false;
	}
}

bool session_hold(struct session *s)
{
	const char *name = s->registry.name;

	if ((s->cfg->on_panic != PANIC_HANG && s->cfg->on_panic != PANIC_GDB) ||
	    !session_guest_failed(s))
		return false;
	if (s->held)
		return true;
	s->held = true;
	session_explain(s);
	if (s->cfg->on_panic == PANIC_GDB) {
		/* one that was there before does not count */
		__atomic_store_n(&s->machine.vm->gdb_left, 0, __ATOMIC_SEQ_CST);
		note("the VM waits for gdb: umvmm gdb %s; umvmm stop %s ends it", name, name);
		return true;
	}
	note("the VM is kept: umvmm gdb %s; umvmm bt %s; umvmm dump %s FILE; umvmm dmesg %s; "
	     "umvmm stop %s ends it", name, name, name, name, name);
	return true;
}

/* The tracer is not waited for any longer than vCPUs need to stop. */
static void receive_registers(struct snapshot *snapshot, int socket)
{
	const struct timeval limit = { .tv_sec = TARGET_STOP_MS / 1000 + 1 };

	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (recv(socket, snapshot, sizeof(*snapshot), MSG_WAITALL) != sizeof(*snapshot) ||
	    snapshot->error || snapshot->ncpus > VM_MAX_VCPUS)
		snapshot->ncpus = 0;
}

void session_registers(struct session *s)
{
	int ends[2], err;

	s->registers.ncpus = 0;
	if (s->end != SESSION_GUEST || !session_guest_failed(s) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	err = tracer_snapshot(s->machine.tracer_pipe, ends[1]);
	close(ends[1]);
	if (err == 0)
		receive_registers(&s->registers, ends[0]);
	close(ends[0]);
}

void session_dump(struct session *s)
{
	if (s->cfg->on_panic == PANIC_DUMP && s->end == SESSION_GUEST && session_guest_failed(s))
		steward_dump(s);
}
