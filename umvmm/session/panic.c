// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * panic.c - what --on-panic says, when the guest has failed: nothing, a vmcore,
 * or the VM is kept as it is, for good or until a gdb has left.
 *
 * Runs: in the manager's main thread.
 */
#include <umvmm/base/fail.h>

#include "session.h"

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

void session_dump(struct session *s)
{
	if (s->cfg->on_panic == PANIC_DUMP && s->end == SESSION_GUEST && session_guest_failed(s))
		session_write_dump(s);
}
