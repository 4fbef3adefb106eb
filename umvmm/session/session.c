// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * session.c - one umvmm run: a machine, its streams, and how it ends.
 *
 * Runs: in the manager's main thread.
 */
#include "session.h"

#include <string.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>
#include <umvmm/steward/steward.h>

#include "no_page.h"

/* One life of the guest, from its loader to its end. */
static int run_once(struct session *s)
{
	int code = EXIT_SELF;

	if (machine_start(&s->machine) == 0) {
		if (s->machine.holds)
			note("waits for gdb: umvmm gdb %s", s->registry.name);
		session_connect(s);
		session_loop(s);
		session_registers(s);
		machine_halt(&s->machine); /* or a hostile guest would fill its rings for ever */
		session_drain(s);
		code = session_verdict(s);
		session_dump(s);
		if (s->end == SESSION_SIGNAL) /* perhaps only when that took too long */
			code = EXIT_SIGNAL + s->signal;
	}
	machine_stop(&s->machine);
	return code;
}

int session_run(struct session *s, const struct config *cfg)
{
	int code = EXIT_SELF;

	memset(s, 0, sizeof(*s));
	s->cfg = cfg;
	s->signal_fd = -1;
	s->registry.fd = s->gdb.fd[0] = s->gdb.fd[1] = -1;
	if (machine_create(&s->machine, cfg) < 0)
		goto out;
	s->signal_fd = session_block_signals();
	if (s->signal_fd < 0 || registry_open(&s->registry, cfg->name) < 0 ||
	    gdb_sockets_open(&s->gdb, s->registry.name, cfg->gdb) < 0)
		goto out;
	no_page_init(&s->registry, &s->gdb);
	s->machine.gdb = s->gdb.fd;
	terminal_init();
	s->intake.raw = !cfg->exec && terminal_raw();
	if (steward_start(&s->machine, &s->registry, &s->gdb) == 0) {
		while ((code = run_once(s)) < 0)
			if (physmem_clear(&s->machine.mem) < 0) {
				code = EXIT_SELF;
				break;
			}
	}
	terminal_restore();
out:
	machine_destroy(&s->machine);
	exec_mux_close(&s->exec);
	/* the steward has removed their names, unless there was none */
	gdb_sockets_close(&s->gdb);
	registry_close(&s->registry);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	return code;
}
