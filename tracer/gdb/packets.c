// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packets.c - what each packet asks for: threads, registers, breakpoints, the end.
 *
 * Runs: in the tracer's gdb thread.
 * Source: "Remote Protocol" in the manual of gdb. An unknown packet has an empty answer.
 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "hex.h"
#include "registers.h"
#include "stub.h"
#include "thread.h"

static void select_thread(struct stub *s, const char *p)
{
	char what = *p++;
	unsigned int vcpu;

	if (!thread_parse(s, &p, &vcpu) || *p || (what != 'g' && what != 'c')) {
		answer_errno(s, EINVAL);
		return;
	}
	if (what == 'c')
		s->resumes = vcpu;
	else if (vcpu != ALL_VCPUS)
		s->selected = vcpu;
	answer_ok(s);
}

static void thread_alive(struct stub *s, const char *p)
{
	unsigned int vcpu;

	if (thread_parse(s, &p, &vcpu) && !*p && vcpu != ALL_VCPUS)
		answer_ok(s);
	else
		answer_errno(s, EINVAL);
}

static void refuse_registers(struct stub *s, int err)
{
	if (err == -EBUSY)
		answer_error(s, "CPU %u does not stop", s->selected);
	else if (err == -EINVAL)
		answer_error(s, "this register cannot be changed");
	else
		answer_errno(s, -err);
}

/* The selected thread's; false: gdb has been told why not. */
static bool get_all(struct stub *s, struct registers *r)
{
	int err = target_get_regs(s->target, s->selected, &r->regs);

	if (!err)
		err = target_get_fpu(s->target, s->selected, &r->fpu);
	if (err)
		refuse_registers(s, err);
	return !err;
}

static void read_registers(struct stub *s)
{
	unsigned int count = registers_count(target_features(s->target));
	struct registers r;

	if (!get_all(s, &r))
		return;
	s->answer_size = 0;
	for (unsigned int n = 0; n < count; n++) {
		char bytes[REGISTER_SIZE_MAX];
		size_t size = registers_get(&r, n, bytes);

		s->answer_size += hex_encode(s->answer + s->answer_size, bytes, size);
	}
	s->answer_due = true;
}

static void read_register(struct stub *s, const char *p)
{
	char bytes[REGISTER_SIZE_MAX];
	struct registers r;
	uint64_t n;

	if (!hex_number(&p, &n) || *p || n >= registers_count(target_features(s->target))) {
		answer_errno(s, EINVAL);
		return;
	}
	if (!get_all(s, &r))
		return;
	s->answer_size = hex_encode(s->answer, bytes, registers_get(&r, (unsigned int)n, bytes));
	s->answer_due = true;
}

/* What gdb has not changed is written back as it was. */
static void set_registers(struct stub *s, const struct registers *r, bool regs, bool fpu)
{
	int err = regs ? target_set_regs(s->target, s->selected, &r->regs) : 0;

	if (!err && fpu)
		err = target_set_fpu(s->target, s->selected, &r->fpu);
	if (err)
		refuse_registers(s, err);
	else
		answer_ok(s);
}

static void write_registers(struct stub *s, const char *p, size_t size)
{
	unsigned int count = registers_count(target_features(s->target));
	struct registers r;

	if (!get_all(s, &r))
		return;
	for (unsigned int n = 0; n < count; n++) {
		char bytes[REGISTER_SIZE_MAX];
		size_t need = registers_size(n);

		if (size < 2 * need)
			break; /* the rest stays */
		if (!hex_decode(bytes, p, need)) {
			answer_errno(s, EINVAL);
			return;
		}
		registers_put(&r, n, bytes);
		p += 2 * need;
		size -= 2 * need;
	}
	set_registers(s, &r, true, true);
}

static void write_register(struct stub *s, const char *p)
{
	char bytes[REGISTER_SIZE_MAX];
	struct registers r;
	size_t size;
	uint64_t n;

	if (!hex_number(&p, &n) || *p++ != '=' ||
	    n >= registers_count(target_features(s->target))) {
		answer_errno(s, EINVAL);
		return;
	}
	size = registers_size((unsigned int)n);
	if (strlen(p) != 2 * size || !hex_decode(bytes, p, size)) {
		answer_errno(s, EINVAL);
		return;
	}
	if (!get_all(s, &r))
		return;
	registers_put(&r, (unsigned int)n, bytes);
	set_registers(s, &r, !registers_is_fpu((unsigned int)n), registers_is_fpu((unsigned int)n));
}

#define WATCH_LENGTH_MAX 8u

static void refuse_breakpoint(struct stub *s, enum target_break kind, uint64_t address, int err)
{
	switch (-err) {
	case ENOENT: /* removed twice: it is not there */
		answer_ok(s);
		break;
	case EFAULT:
		answer_error(s, "nothing is mapped at 0x%llx in this thread's address space",
			     (unsigned long long)address);
		break;
	case ENOSPC:
		answer_error(s, kind == TARGET_SOFT ? "too many breakpoints" :
						      "all four hardware breakpoints and watchpoints "
						      "are in use");
		break;
	case EBUSY:
		answer_error(s, "a CPU does not stop");
		break;
	case EINVAL:
		answer_error(s, kind == TARGET_SOFT || kind == TARGET_EXECUTE ?
					"not an address of the guest's" :
					"a watchpoint is 1, 2, 4 or 8 bytes, aligned, at an address of "
					"the guest's");
		break;
	default:
		answer_errno(s, -err);
	}
}

/* Z and z: kind, address, length; conditions are gdb's own affair. */
static void breakpoint(struct stub *s, const char *p, bool insert)
{
	enum target_break kind;
	uint64_t type, address, len;
	int err;

	if (!hex_number(&p, &type) || *p++ != ',' || !hex_number(&p, &address) || *p++ != ',' ||
	    !hex_number(&p, &len) || (*p && *p != ';') ||
	    (type < TARGET_WRITE && len > WATCH_LENGTH_MAX)) {
		answer_errno(s, EINVAL);
		return;
	}
	if (type > TARGET_ACCESS) {
		answer_empty(s);
		return;
	}
	kind = (enum target_break)type; /* the protocol's numbers */
	if (kind == TARGET_SOFT || kind == TARGET_EXECUTE)
		len = 1;
	if (len > WATCH_LENGTH_MAX)
		err = -EINVAL;
	else if (insert)
		err = breaks_insert(&s->breaks, s->target, memory_vcpu(s), kind, address,
				    (unsigned int)len);
	else
		err = breaks_remove(&s->breaks, kind, address, (unsigned int)len);
	if (err)
		refuse_breakpoint(s, kind, address, err);
	else
		answer_ok(s);
}

_Static_assert(TARGET_SOFT == 0 && TARGET_EXECUTE == 1 && TARGET_WRITE == 2 && TARGET_READ == 3 &&
	       TARGET_ACCESS == 4, "Z packets have these numbers");

static void kill_vm(struct stub *s, bool answered)
{
	if (answered)
		answer_ok(s);
	s->quits = s->leaves = true;
}

/* v packets: vCont, vKill, and the one that must be unknown. */
static void v_packet(struct stub *s, const char *packet)
{
	if (!strncmp(packet, "vCont", 5))
		run_serve(s, packet);
	else if (!strncmp(packet, "vKill;", 6))
		kill_vm(s, true);
	else
		answer_empty(s);
}

static void serve_stopped(struct stub *s, char *packet, size_t size)
{
	switch (packet[0]) {
	case '?':
	case 'c':
	case 'C':
	case 's':
	case 'S':
		run_serve(s, packet);
		break;
	case 'v':
		v_packet(s, packet);
		break;
	case 'H':
		select_thread(s, packet + 1);
		break;
	case 'T':
		thread_alive(s, packet + 1);
		break;
	case 'g':
		read_registers(s);
		break;
	case 'p':
		read_register(s, packet + 1);
		break;
	case 'G':
		write_registers(s, packet + 1, size - 1);
		break;
	case 'P':
		write_register(s, packet + 1);
		break;
	case 'm':
	case 'M':
	case 'x':
	case 'X':
		memory_serve(s, packet, size);
		break;
	case 'Z':
	case 'z':
		breakpoint(s, packet + 1, packet[0] == 'Z');
		break;
	case 'q':
	case 'Q':
		query_serve(s, packet, size);
		break;
	default:
		answer_empty(s);
	}
}

void packets_serve(struct stub *s, char *packet, size_t size)
{
	/* What also ends a run. */
	switch (packet[0]) {
	case 'D':
		answer_ok(s);
		s->leaves = true;
		return;
	case 'k':
		kill_vm(s, false);
		return;
	}
	/* gdb waits for the stop reply: any other answer would be taken for it. */
	if (!s->running)
		serve_stopped(s, packet, size);
}
