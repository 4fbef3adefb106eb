// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zygotes.c - gets to know the vCPUs' zygotes, has them watched, and lets them go on.
 *
 * Runs: in the manager's main thread.
 * Must hold: each zygote leads a session of its own (monitor/main.c), which its vCPU's
 * processes are in. The zygotes' process ids come from the VM file, but from before the guest
 * may run, and are our children's.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <tracer/tracer.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/futex.h>

#include "machine.h"
#include "steward.h"

#define START_NS 10000000000ll /* the zygotes must be there after this */
#define LOOK_NS	 10000000ll

static bool is_living_child(pid_t pid)
{
	siginfo_t info = { 0 };

	return pid > 1 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       !info.si_pid;
}

/* A zygote's process id, when it has told it. */
static int learn(struct machine *m, unsigned int index, int64_t limit)
{
	uint32_t *told = (uint32_t *)&machine_vcpu(m, index)->run_pid;
	pid_t pid;

	while (!(pid = (pid_t)__atomic_load_n(told, __ATOMIC_SEQ_CST))) {
		int64_t now = monotonic_ns();

		if (__atomic_load_n(&m->vm->exit_reason, __ATOMIC_ACQUIRE)) {
			char text[EXIT_TEXT_SIZE];

			machine_exit_text(m, text);
			return fail("the monitor does not start: %s", text);
		}
		if (!is_living_child(m->zygote[0]) || now > limit)
			return fail("the monitor of CPU %u does not start; see ulimit -u and -v",
				    index);
		futex_wait_until(told, 0, now + LOOK_NS);
	}
	if (!is_living_child(pid))
		return fail("the monitor of CPU %u has died", index);
	m->zygote[index] = pid;
	if (!has_siblings(m->cfg->isolation))
		return 0;
	pid = (pid_t)__atomic_load_n(&machine_vcpu(m, index)->sibling_pid, __ATOMIC_SEQ_CST);
	if (!is_living_child(pid))
		return fail("the monitor of CPU %u has died", index);
	m->sibling[index] = pid;
	return 0;
}

/* Guest user code runs in the forks of the zygote, in those of the siblings', or in both. */
static int watch(struct machine *m, unsigned int index)
{
	enum watch how = m->cfg->redirect == REDIRECT_PTRACE ? WATCH_REDIRECT : WATCH;

	if (!m->sibling[index])
		return tracer_watch(m->tracer_pipe, m->zygote[index], how);
	if (tracer_watch(m->tracer_pipe, m->zygote[index],
			 m->cfg->isolation == ISOLATION_USERS ? how : WATCH) < 0)
		return -1;
	if (how == WATCH_REDIRECT)
		how = WATCH_REDIRECT_SIBLING;
	return tracer_watch(m->tracer_pipe, m->sibling[index], how);
}

/*
 * Those that have not told that they are ready. When the first one's group has been killed,
 * whoever is not in it has led his own before, and had a number before that.
 */
static void learn_unready(struct machine *m)
{
	machine_signal(m, SIGKILL);
	for (unsigned int i = 1; i < m->ncpus; i++) {
		pid_t pid = (pid_t)__atomic_load_n(&m->vm->zygote[i], __ATOMIC_SEQ_CST);

		if (!m->zygote[i] && is_living_child(pid))
			m->zygote[i] = pid;
	}
}

static int learn_all(struct machine *m)
{
	int64_t limit = monotonic_ns() + START_NS;

	for (unsigned int i = 0; i < m->ncpus; i++)
		if (learn(m, i, limit) < 0 || steward_pin(m, i) < 0 || watch(m, i) < 0)
			return -1;
	return 0;
}

int machine_zygotes(struct machine *m)
{
	if (learn_all(m) < 0) {
		learn_unready(m);
		return -1;
	}
	m->holds = m->cfg->hold && !m->began;
	m->began = true;
	if (tracer_gdb(m->tracer_pipe, m->holds) < 0)
		return -1;
	__atomic_store_n(&m->vm->start, 1, __ATOMIC_SEQ_CST);
	futex_wake(&m->vm->start);
	return 0;
}
