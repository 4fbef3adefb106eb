// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * end.c - the exit status and its explanation.
 *
 * Runs: in the manager's main thread, after the loop.
 * Must hold: exit.h.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/image/image.h>
#include <umvmm/image/unwind.h>

#include "session.h"

static void show_console(const struct session *s)
{
	if (s->cfg->exec && !s->cfg->verbose)
		console_show(&s->console);
}

/* Where the guest has failed, after machine_halt(). */
static void trace(struct session *s)
{
	if (session_guest_failed(s) && !s->held)
		session_trace(s);
}

static int monitor_says(struct session *s, const char *who, int code)
{
	char text[EXIT_TEXT_SIZE];

	machine_exit_text(&s->machine, text);
	show_console(s);
	trace(s);
	fail("%s at rip %#llx: %s", who, (unsigned long long)s->machine.vm->exit_rip, text);
	return code;
}

/* The guest may have written all of it: names and numbers, no more. */
static void monitor_trace(const struct session *s)
{
	struct monitor_stack *stack = malloc(sizeof(*stack));
	struct monitor_frame frame[MONITOR_FRAMES_MAX];
	unsigned int n;

	if (!stack)
		return;
	memcpy(stack, (const char *)s->machine.vm + MONITOR_STACK_OFFSET, sizeof(*stack));
	n = monitor_unwind(frame, stack);
	free(stack);
	for (unsigned int i = 0; i < n; i++) {
		/* a call may be its function's last instruction */
		const uint64_t back = frame[i].exact ? 0 : 1;
		uint64_t offset;
		const char *name = monitor_image_symbol(frame[i].rip - back, &offset);

		fprintf(stderr, "  #%-2u %#018" PRIx64 " %s+%#" PRIx64 "\n", i, frame[i].rip,
			name ? name : "?", name ? offset + back : 0);
	}
}

static int monitor_bug(struct session *s)
{
	monitor_trace(s);
	return monitor_says(s, "bug of umvmm, monitor", EXIT_MONITOR);
}

void session_explain(struct session *s)
{
	bool core = s->cfg->on_panic == PANIC_EXIT;

	switch (__atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE)) {
	case VM_TRIPLE_FAULT:
		monitor_says(s, "triple fault in the guest", EXIT_GUEST);
		return;
	case VM_GUEST_FAULT:
		monitor_says(s, "the guest went wrong", EXIT_GUEST);
		return;
	case VM_DEAD:
		monitor_says(s, "the guest is dead", EXIT_GUEST);
		return;
	default:
		show_console(s);
		trace(s);
		fail("the guest kernel panicked%s", core ?
		     "; umvmm run --on-panic dump writes a core file" : "");
	}
}

static int after_poweroff(const struct session *s)
{
	if (!s->cfg->exec)
		return EXIT_OK;
	if (s->control.status >= 0)
		return s->control.status;
	console_show(&s->console);
	fail("the guest powered off without the command's exit status");
	return EXIT_SELF;
}

static int after_reboot(const struct session *s)
{
	if (!s->cfg->exec)
		return -1;
	fail("the guest rebooted before the command's end");
	return EXIT_SELF;
}

static int guest_verdict(struct session *s)
{
	if (session_guest_failed(s)) {
		session_explain(s);
		return EXIT_GUEST;
	}
	switch (__atomic_load_n(&s->machine.vm->exit_reason, __ATOMIC_ACQUIRE)) {
	case VM_POWEROFF:
		return after_poweroff(s);
	case VM_REBOOT:
		return after_reboot(s);
	case VM_HOST_REFUSED:
		return monitor_says(s, "the host refused", EXIT_SELF);
	case VM_DEBUG_EXIT:
		return (int)(s->machine.vm->exit_code & 0xff);
	default:
		return monitor_bug(s);
	}
}

int session_verdict(struct session *s)
{
	if (s->held && (s->end == SESSION_QUIT || s->end == SESSION_GUEST))
		return EXIT_GUEST;
	switch (s->end) {
	case SESSION_GUEST:
		return guest_verdict(s);
	case SESSION_SIGNAL:
		return EXIT_SIGNAL + s->signal;
	case SESSION_DIED:
		return s->code;
	case SESSION_FAILED:
		return EXIT_SELF;
	default:
		return EXIT_OK;
	}
}
