// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reap.c - looks at dead children. There are none while all is well: contexts
 * are used again, zygotes and the tracer stay.
 *
 * Runs: in the manager's main thread.
 * Must hold: reap_lock, see kick.c. The steward's end is seen by its socket. Zygotes and the
 * tracer are never reaped here: their
 * process ids name the contexts' groups, and the tracer, until machine_stop().
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>

#include "session.h"

static bool is_zygote(const struct machine *m, pid_t pid)
{
	for (unsigned int i = 0; i < m->ncpus; i++)
		if (m->zygote[i] == pid || m->sibling[i] == pid)
			return true;
	return false;
}

/* Nobody may die: the VM cannot go on. */
static void explain(struct session *s, const siginfo_t *info)
{
	bool zygote = is_zygote(&s->machine, info->si_pid);
	const char *who = zygote ? "the monitor" : "a context";

	if (__atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE) != VM_RUNNING ||
	    s->end != SESSION_RUNS)
		return;
	s->end = SESSION_DIED;
	s->code = EXIT_MONITOR;
	if (info->si_code == CLD_EXITED) {
		fail("%s ended with status %d: a bug of umvmm", who, info->si_status);
	} else if (info->si_status == SIGKILL) {
		fail("%s was killed: by the user, or the host is out of memory", who);
		s->code = EXIT_SELF;
	} else {
		fail("%s died of signal %d (%s): a guest that has damaged it, or a bug of umvmm",
		     who, info->si_status, strsignal(info->si_status));
	}
}

static void look_at(struct session *s, pid_t zygote)
{
	siginfo_t info = { 0 };

	if (zygote && waitid(P_PID, (id_t)zygote, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid)
		explain(s, &info);
}

void session_reap(struct session *s)
{
	struct machine *m = &s->machine;
	siginfo_t info;

	/* Zygotes first: the tracer dies because of them. */
	for (unsigned int i = 0; i < m->ncpus; i++) {
		look_at(s, m->zygote[i]);
		look_at(s, m->sibling[i]);
	}
	info.si_pid = 0;
	if (waitid(P_PID, (id_t)m->tracer, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    info.si_pid) {
		if (s->end == SESSION_RUNS) {
			fail("the tracer died: killed by the user, or a bug of umvmm");
			s->end = SESSION_DIED;
			s->code = EXIT_SELF;
		}
		return;
	}
	pthread_mutex_lock(&m->reap_lock);
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid ||
		    info.si_pid == m->tracer || info.si_pid == m->steward || is_zygote(m, info.si_pid))
			break;
		explain(s, &info);
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
	pthread_mutex_unlock(&m->reap_lock);
}
