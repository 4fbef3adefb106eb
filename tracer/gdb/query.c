// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * query.c - q and Q packets: what we can do, which threads there are, our description.
 *
 * Runs: in the tracer's gdb thread.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "hex.h"
#include "registers.h"
#include "stub.h"
#include "thread.h"

static bool starts(const char *packet, const char *word)
{
	return !strncmp(packet, word, strlen(word));
}

/* A gdb that names the architectures that it knows, and not ours, cannot go on. */
static bool knows_x86(const char *packet)
{
	const char *list = strstr(packet, "xmlRegisters=");

	return !list || memmem(list, strcspn(list, ";"), "i386", 4);
}

static void supported(struct stub *s, const char *packet)
{
	if (!knows_x86(packet)) {
		answer_error(s, "this gdb does not know x86-64; use Debian's gdb or gdb-multiarch");
		s->leaves = true;
		return;
	}
	answer_text(s, "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;"
		       "swbreak+;hwbreak+;binary-upload+;QNonStop-", PACKET_MAX);
}

/* qXfer:features:read:target.xml:OFFSET,LENGTH */
static void transfer(struct stub *s, const char *p)
{
	static char xml[REGISTERS_XML_MAX];
	size_t size = registers_xml(xml, target_features(s->target)), part;
	uint64_t offset, len;

	if (!starts(p, "target.xml:")) {
		answer_text(s, "E00"); /* the annex is not known */
		return;
	}
	p += strlen("target.xml:");
	if (!hex_number(&p, &offset) || *p++ != ',' || !hex_number(&p, &len) || *p ||
	    offset > size) {
		answer_errno(s, EINVAL);
		return;
	}
	part = size - offset;
	if (part > len)
		part = len;
	s->answer_size = 1 + binary_escape(s->answer + 1, PACKET_MAX - 1, xml + offset, &part);
	s->answer[0] = offset + part < size ? 'm' : 'l';
	s->answer_due = true;
}

static void thread_list(struct stub *s)
{
	size_t used = 1;

	s->answer[0] = 'm';
	for (unsigned int i = 0; i < s->ncpus; i++)
		used += (size_t)snprintf(s->answer + used, sizeof(s->answer) - used, "%s%x",
					 i ? "," : "", i + 1);
	s->answer_size = used;
	s->answer_due = true;
}

static const char *state_name(struct stub *s, unsigned int vcpu)
{
	struct target_regs regs;

	switch (target_state(s->target, vcpu)) {
	case TARGET_RUNS:
		return "does not stop";
	case TARGET_STOPPED_HALTED:
		return "halted";
	case TARGET_STOPPED_OFF:
		return "not started";
	default:
		if (target_get_regs(s->target, vcpu, &regs))
			return "running";
		return regs.cs & 3 ? "user" : "kernel";
	}
}

static void thread_info(struct stub *s, const char *p)
{
	char text[64];
	unsigned int vcpu;

	if (!thread_parse(s, &p, &vcpu) || *p || vcpu == ALL_VCPUS) {
		answer_errno(s, EINVAL);
		return;
	}
	snprintf(text, sizeof(text), "CPU#%u [%s]", vcpu, state_name(s, vcpu));
	s->answer_size = hex_encode(s->answer, text, strlen(text));
	s->answer_due = true;
}

/* A monitor command: its output first, then the answer. */
static void command(struct stub *s, const char *p, size_t size)
{
	char line[512];

	if (size % 2 || size / 2 >= sizeof(line) || !hex_decode(line, p, size / 2)) {
		answer_errno(s, EINVAL);
		return;
	}
	line[size / 2] = '\0';
	text_free(&s->output);
	monitor_serve(s, line);
	s->output_due = true;
}

static void set_non_stop(struct stub *s, const char *p)
{
	if (!strcmp(p, "0"))
		answer_ok(s);
	else
		answer_error(s, "non-stop mode is not supported");
}

void query_serve(struct stub *s, const char *packet, size_t size)
{
	if (starts(packet, "qSupported")) {
		supported(s, packet);
	} else if (starts(packet, "qXfer:features:read:")) {
		transfer(s, packet + strlen("qXfer:features:read:"));
	} else if (!strcmp(packet, "QStartNoAckMode")) {
		s->link.acks_end = true;
		answer_ok(s);
	} else if (starts(packet, "QNonStop:")) {
		set_non_stop(s, packet + strlen("QNonStop:"));
	} else if (!strcmp(packet, "qC")) {
		answer_text(s, "QC%x", s->selected + 1);
	} else if (!strcmp(packet, "qfThreadInfo")) {
		thread_list(s);
	} else if (!strcmp(packet, "qsThreadInfo")) {
		answer_text(s, "l");
	} else if (starts(packet, "qThreadExtraInfo,")) {
		thread_info(s, packet + strlen("qThreadExtraInfo,"));
	} else if (starts(packet, "qRcmd,")) {
		command(s, packet + strlen("qRcmd,"), size - strlen("qRcmd,"));
	} else if (starts(packet, "qAttached")) {
		answer_text(s, "1"); /* gdb detaches when it quits */
	} else if (!strcmp(packet, "qSymbol::")) {
		answer_ok(s);
	} else {
		answer_empty(s);
	}
}
