// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * run.c - lets the guest go on, and tells gdb why it has stopped.
 *
 * Runs: in the tracer's gdb thread.
 *
 * All-stop: a vCont says of each vCPU whether it continues, steps or stays; the first
 * event of one of those that go stops them all. gdb hears of one event at a time. The
 * others are still with the target, which gives them when their vCPUs go on; those that
 * come while their vCPU stays are held here.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "hex.h"
#include "registers.h"
#include "stub.h"
#include "thread.h"

struct action {
	enum { STAY, CONTINUE, STEP, RANGE } what;
	uint64_t start, end;
};

/* gdb needs these at every stop: so it has them at once. */
static void add_registers(struct stub *s, size_t used)
{
	static const unsigned int which[] = { REGISTERS_RBP, REGISTERS_RSP, REGISTERS_RIP };
	struct registers r = { 0 };

	if (target_get_regs(s->target, s->selected, &r.regs))
		return;
	for (unsigned int i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		char bytes[REGISTER_SIZE_MAX], text[2 * REGISTER_SIZE_MAX + 1];

		text[hex_encode(text, bytes, registers_get(&r, which[i], bytes))] = '\0';
		used += (size_t)snprintf(s->stop + used, sizeof(s->stop) - used, "%02x:%s;",
					 which[i], text);
	}
}

static void stop_reply(struct stub *s, unsigned int vcpu, int signal, const char *why)
{
	int n;

	s->selected = vcpu;
	n = snprintf(s->stop, sizeof(s->stop), "T%02x%sthread:%x;", signal, why, vcpu + 1);
	add_registers(s, (size_t)n);
}

/* All that runs shall stop; says so if that fails. */
static void stop_all(struct stub *s)
{
	if (target_stop(s->target) == 0)
		return;
	for (unsigned int i = 0; i < s->ncpus; i++)
		if (target_state(s->target, i) == TARGET_RUNS)
			snprintf(s->notice, sizeof(s->notice),
				 "umvmm: CPU %u does not stop: is its process stopped, or the host "
				 "very busy?\n", i);
}

/* The one that did something rather than one that sleeps. */
static unsigned int busiest(const struct stub *s)
{
	for (unsigned int i = 0; i < s->ncpus; i++)
		if (target_state(s->target, i) == TARGET_STOPPED)
			return i;
	return 0;
}

void run_attach(struct stub *s)
{
	stop_all(s);
	stop_reply(s, busiest(s), GDB_SIGTRAP, "");
}

static const char *exit_name(enum vm_exit exit)
{
	switch (exit) {
	case VM_TRIPLE_FAULT:
		return "triple fault";
	case VM_GUEST_FAULT:
		return "the guest went wrong";
	case VM_DEAD:
		return "no CPU of the guest will ever run again";
	case VM_HOST_REFUSED:
		return "the host refused what the guest needs";
	default:
		return "a bug of umvmm: its monitor ends the guest";
	}
}

/* The guest's own end is an exit; in any other case there is something to look at. */
static void exit_event(struct stub *s, const struct target_event *ev)
{
	switch (ev->exit) {
	case VM_POWEROFF:
	case VM_REBOOT:
	case VM_DEBUG_EXIT:
		snprintf(s->stop, sizeof(s->stop), "W%02x",
			 ev->exit == VM_DEBUG_EXIT ? ev->exit_code & 0xff : 0);
		s->leaves = true;
		break;
	default:
		s->dying = true;
		s->dying_vcpu = ev->vcpu;
		snprintf(s->notice, sizeof(s->notice),
			 "umvmm: %s; the VM ends when it goes on\n", exit_name(ev->exit));
		stop_reply(s, ev->vcpu, GDB_SIGABRT, "");
	}
}

static void event_reply(struct stub *s, const struct target_event *ev)
{
	static const char *const watch[] = { [TARGET_WRITE] = "watch", [TARGET_READ] = "rwatch",
					     [TARGET_ACCESS] = "awatch" };
	char why[64] = "";

	switch (ev->reason) {
	case TARGET_EXIT:
		exit_event(s, ev);
		return;
	case TARGET_BREAKPOINT:
		strcpy(why, "swbreak:;");
		break;
	case TARGET_HW_BREAKPOINT:
		strcpy(why, "hwbreak:;");
		break;
	case TARGET_WATCHPOINT:
		if (ev->kind >= TARGET_WRITE && ev->kind <= TARGET_ACCESS)
			snprintf(why, sizeof(why), "%s:%llx;", watch[ev->kind],
				 (unsigned long long)ev->address);
		break;
	case TARGET_STEP:
		break;
	}
	stop_reply(s, ev->vcpu, GDB_SIGTRAP, why);
}

static void hold(struct stub *s, const struct target_event *ev)
{
	struct target_regs regs = { 0 };

	s->held[ev->vcpu].is = target_get_regs(s->target, ev->vcpu, &regs) == 0;
	s->held[ev->vcpu].event = *ev;
	s->held[ev->vcpu].rip = regs.rip;
}

/* Has gdb, as this vCPU now goes on, still to hear of what was held? */
static bool still_true(struct stub *s, unsigned int vcpu, const struct action *a)
{
	const struct held *h = &s->held[vcpu];
	struct target_regs regs;

	if (!h->is)
		return false;
	if (h->event.reason == TARGET_EXIT)
		return true;
	if (target_get_regs(s->target, vcpu, &regs) || regs.rip != h->rip)
		return false;
	if (h->event.reason == TARGET_STEP)
		return a->what != CONTINUE;
	return breaks_has(&s->breaks, h->event.kind, h->event.address);
}

bool run_events(struct stub *s)
{
	struct target_event ev;

	while (target_next_event(s->target, &ev)) {
		if (ev.vcpu >= s->ncpus)
			continue;
		if (!s->goes[ev.vcpu]) {
			hold(s, &ev);
			continue;
		}
		stop_all(s);
		s->interrupted = false;
		event_reply(s, &ev);
		return true;
	}
	if (!s->interrupted)
		return false;
	s->interrupted = false;
	stop_reply(s, busiest(s), GDB_SIGINT, "");
	return true;
}

void run_interrupt(struct stub *s)
{
	if (!s->running || s->stop_due)
		return;
	stop_all(s);
	s->interrupted = true;
}

/* Lets one go; 0 or a negative errno. */
static int go(struct stub *s, unsigned int vcpu, const struct action *a)
{
	static const enum target_how how[] = { [CONTINUE] = TARGET_CONTINUE,
					       [STEP] = TARGET_STEP_ONE,
					       [RANGE] = TARGET_STEP_RANGE };

	return target_resume(s->target, vcpu, how[a->what], a->start, a->end);
}

/* True: gdb has still to hear of something, and nothing goes on. */
static bool tell_held(struct stub *s, const struct action *actions)
{
	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (actions[i].what == STAY)
			continue;
		if (still_true(s, i, &actions[i])) {
			s->held[i].is = false;
			event_reply(s, &s->held[i].event);
			s->running = s->stop_due = true;
			return true;
		}
		s->held[i].is = false;
	}
	return false;
}

static void start(struct stub *s, const struct action *actions)
{
	if (s->dying && actions[s->dying_vcpu].what != STAY) {
		answer_text(s, "X%02x", GDB_SIGABRT);
		s->leaves = true;
		return;
	}
	breaks_settle(&s->breaks, s->target);
	if (tell_held(s, actions))
		return;
	for (unsigned int i = 0; i < s->ncpus; i++) {
		int err;

		s->goes[i] = actions[i].what != STAY;
		err = s->goes[i] ? go(s, i, &actions[i]) : 0;
		if (!err)
			continue;
		stop_all(s);
		if (err == -EAGAIN)
			answer_error(s, "the guest has not started CPU %u", i);
		else
			answer_error(s, "CPU %u cannot go on: %s", i, strerror(-err));
		return;
	}
	s->running = true;
}

static bool parse_range(const char **p, struct action *a)
{
	a->what = RANGE;
	return hex_number(p, &a->start) && *(*p)++ == ',' && hex_number(p, &a->end);
}

/* One action without its thread. A signal is nothing that a machine could get. */
static bool parse_action(const char **p, struct action *a)
{
	char what = *(*p)++;
	uint64_t signal;

	switch (what) {
	case 'c':
		a->what = CONTINUE;
		return true;
	case 'C':
		a->what = CONTINUE;
		return hex_number(p, &signal);
	case 's':
		a->what = STEP;
		return true;
	case 'S':
		a->what = STEP;
		return hex_number(p, &signal);
	case 't':
		a->what = STAY;
		return true;
	case 'r':
		return parse_range(p, a);
	default:
		return false;
	}
}

/* The leftmost action that names a thread, or none, is that thread's. */
static bool parse_vcont(struct stub *s, const char *p, struct action *actions)
{
	bool set[VM_MAX_VCPUS] = { false };

	memset(actions, 0, VM_MAX_VCPUS * sizeof(*actions));
	while (*p == ';') {
		struct action a = { STAY, 0, 0 };
		unsigned int vcpu = ALL_VCPUS;

		p++;
		if (!*p || !parse_action(&p, &a))
			return false;
		if (*p == ':' && (p++, !thread_parse(s, &p, &vcpu)))
			return false;
		for (unsigned int i = 0; i < s->ncpus; i++)
			if (!set[i] && (vcpu == ALL_VCPUS || vcpu == i)) {
				set[i] = true;
				actions[i] = a;
			}
	}
	return !*p;
}

/* c, C, s, S: of the thread of Hc; the others go along when one continues or steps. */
static bool parse_old(struct stub *s, const char *p, struct action *actions)
{
	unsigned int vcpu = s->resumes == ALL_VCPUS ? s->selected : s->resumes;
	struct target_regs regs;
	struct action a;
	uint64_t address;

	if (!parse_action(&p, &a))
		return false;
	if (*p == ';')
		p++;
	if (*p) {
		if (!hex_number(&p, &address) || *p ||
		    target_get_regs(s->target, vcpu, &regs))
			return false;
		regs.rip = address;
		if (target_set_regs(s->target, vcpu, &regs))
			return false;
	}
	for (unsigned int i = 0; i < VM_MAX_VCPUS; i++)
		actions[i] = (struct action){ a.what == CONTINUE ? CONTINUE : STAY, 0, 0 };
	actions[vcpu] = a;
	return true;
}

void run_serve(struct stub *s, const char *packet)
{
	struct action actions[VM_MAX_VCPUS];
	bool good;

	if (packet[0] == '?') {
		answer_text(s, "%s", s->stop);
		return;
	}
	if (!strcmp(packet, "vCont?")) {
		answer_text(s, "vCont;c;C;s;S;t;r");
		return;
	}
	if (packet[0] == 'v')
		good = packet[5] == ';' && parse_vcont(s, packet + 5, actions);
	else
		good = parse_old(s, packet, actions);
	if (good)
		start(s, actions);
	else
		answer_errno(s, EINVAL);
}
