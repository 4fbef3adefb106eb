// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * start.c - starts one life of a virtual machine, and stops it.
 *
 * Runs: in the manager's main thread; machine_begin() in its steward.
 * Must hold: machine_stop() leaves no process and no thread of the VM behind,
 * whatever state machine_start() left it in.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tracer/policy/seccomp.h>
#include <tracer/tracer.h>
#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>
#include <umvmm/image/image.h>
#include <umvmm/sandbox/sandbox.h>

#include "machine.h"
#include "steward.h"

static int start_threads(struct machine *m)
{
	unsigned int i;

	m->stop_threads = false;
	if (event_start(m) < 0)
		return -1;
	for (i = 0; i < m->ncpus; i++)
		if (timer_start(m, i) < 0)
			break;
	if (i == m->ncpus) {
		m->threads = true;
		huge_start(m);
		return 0;
	}
	m->stop_threads = true;
	while (i--)
		timer_stop(m, i);
	event_stop(m);
	return -1;
}

static int set_sibling_policy(struct machine *m)
{
	struct vm *vm = m->vm;

	if (getrandom(&vm->sibling_cookie, sizeof(vm->sibling_cookie), 0) !=
	    sizeof(vm->sibling_cookie))
		return fail("--isolation split: no random number: %s", strerror(errno));
	return seccomp_policy_sibling(vm->sibling_seccomp, sizeof(vm->sibling_seccomp),
				      &vm->sibling_seccomp_len, vm->sibling_cookie,
				      monitor_image_gate(UMVMM_GATE_HANDOFF),
				      m->cfg->redirect == REDIRECT_PTRACE, config_may_poll(m->cfg));
}

static int set_policy(struct machine *m)
{
	uint64_t start, end;

	if (has_siblings(m->cfg->isolation) && set_sibling_policy(m) < 0)
		return -1;

	monitor_image_text(&start, &end);
	if (m->cfg->redirect == REDIRECT_PTRACE && m->cfg->isolation != ISOLATION_SPLIT)
		return seccomp_policy_traced(m->vm->seccomp, sizeof(m->vm->seccomp),
					     &m->vm->seccomp_len, start, end);
	return seccomp_policy(m->vm->seccomp, sizeof(m->vm->seccomp), &m->vm->seccomp_len, start,
			      end);
}

int machine_begin(struct machine *m)
{
	const struct tracer_machine seen = { m->vm, &m->mem, m->ncpus, m->gdb,
					     !m->cfg->no_debug_registers };

	/* The tracer first: it shall inherit as little as possible. */
	m->tracer = tracer_start(&m->tracer_pipe, &seen);
	if (m->tracer < 0) {
		m->tracer = 0;
		return -1;
	}
	m->vm->tracer = m->tracer;
	if (machine_load(m) < 0 || set_policy(m) < 0)
		return -1;
	return machine_exec(m);
}

/* A call that nothing of ours makes: whoever has taken this process over gets no further. */
static void way_out(int call)
{
	terminal_restore();
	fail("the manager has made system call %d, which it may not: a guest that has taken it "
	     "over, or a bug of umvmm",
	     call);
	steward_end_now();
	_exit(EXIT_MONITOR);
}

static int enter_sandbox(struct machine *m)
{
	if (m->sandboxed)
		return 0;
	m->sandboxed = sandbox_manager(way_out) == 0;
	return m->sandboxed ? 0 : -1;
}

int machine_start(struct machine *m)
{
	const struct rtc rtc = m->vm->rtc;

	memset(m->vm, 0, VM_SHARED_SIZE);
	if (fallocate(m->vm_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, VM_SHARED_SIZE,
		      VM_FILE_SIZE - VM_SHARED_SIZE) < 0)
		return fail("VM file: %s", strerror(errno));
	m->vm->rtc = rtc;
	m->vm->contexts = m->contexts;
	if (steward_begin(m) < 0 || enter_sandbox(m) < 0 || start_threads(m) < 0)
		return -1;
	return machine_zygotes(m);
}

static void bury(pid_t pid)
{
	while (waitpid(pid, NULL, 0) > 0 || errno == EINTR)
		;
}

void machine_stop(struct machine *m)
{
	if (m->threads) {
		m->stop_threads = true;
		huge_stop(m);
		for (unsigned int i = 0; i < m->ncpus; i++)
			timer_stop(m, i);
		event_stop(m);
		m->threads = false;
	}
	if (m->tracer) {
		machine_halt(m);
		close(m->tracer_pipe);
		m->tracer_pipe = -1;
	}
	/* Every child of ours is of this incarnation, but the steward. */
	for (unsigned int i = 0; i < m->ncpus; i++)
		if (m->zygote[i]) {
			bury(-m->zygote[i]);
			bury(m->zygote[i]); /* it did not lead its group yet */
		}
	if (m->tracer)
		bury(m->tracer);
	m->tracer = 0;
	memset(m->zygote, 0, sizeof(m->zygote));
	memset(m->sibling, 0, sizeof(m->sibling));
}
