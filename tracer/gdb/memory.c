// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memory.c - what gdb reads and writes of the guest's memory.
 *
 * Runs: in the tracer's gdb thread.
 *
 * Text is what runs: at a rewritten site (guest-arch/afterburn) the rewriter's code, not
 * the instruction that the assembler saw, as a step goes through what runs. Only gdb's own
 * breakpoints are hidden.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "hex.h"
#include "stub.h"
#include "walk.h"

/* One that has not been started, or does not stop, has no page tables to use. */
static bool has_tables(const struct stub *s, unsigned int vcpu)
{
	enum target_state state = target_state(s->target, vcpu);

	return state == TARGET_STOPPED || state == TARGET_STOPPED_HALTED;
}

unsigned int memory_vcpu(const struct stub *s)
{
	if (has_tables(s, s->selected))
		return s->selected;
	for (unsigned int other = 0; other < s->ncpus; other++)
		if (has_tables(s, other))
			return other;
	return s->selected;
}

static ssize_t other_space(struct stub *s, uint64_t address, void *in, const void *out,
			   size_t size)
{
	size_t done = 0;

	while (done < size) {
		struct walk w;
		size_t part = size - done;
		ssize_t n;

		if (walk(s->target, s->space_cr3, address + done, &w) < 0)
			break;
		if (part > w.size - (address + done) % w.size)
			part = w.size - (address + done) % w.size;
		n = in ? target_read_phys(s->target, w.pa, (char *)in + done, part) :
			 target_write_phys(s->target, w.pa, (const char *)out + done, part);
		if (n <= 0)
			break;
		done += (size_t)n;
		if ((size_t)n < part)
			break;
	}
	return done ? (ssize_t)done : -EFAULT;
}

ssize_t memory_read(struct stub *s, uint64_t address, void *bytes, size_t size)
{
	switch (s->space) {
	case SPACE_PHYSICAL:
		return target_read_phys(s->target, address, bytes, size);
	case SPACE_CR3:
		return other_space(s, address, bytes, NULL, size);
	default:
		return target_read(s->target, memory_vcpu(s), address, bytes, size);
	}
}

ssize_t memory_write(struct stub *s, uint64_t address, const void *bytes, size_t size)
{
	switch (s->space) {
	case SPACE_PHYSICAL:
		return target_write_phys(s->target, address, bytes, size);
	case SPACE_CR3:
		return other_space(s, address, NULL, bytes, size);
	default:
		return target_write(s->target, memory_vcpu(s), address, bytes, size);
	}
}

static bool parse(const char **p, char end, uint64_t *address, uint64_t *size)
{
	return hex_number(p, address) && *(*p)++ == ',' && hex_number(p, size) && **p == end &&
	       (!end || (*p)++);
}

static void read_hex(struct stub *s, const char *p)
{
	static char bytes[PACKET_MAX / 2];
	uint64_t address, size;
	ssize_t n;

	if (!parse(&p, '\0', &address, &size)) {
		answer_errno(s, EINVAL);
		return;
	}
	if (size > sizeof(bytes))
		size = sizeof(bytes); /* gdb asks for the rest */
	n = size ? memory_read(s, address, bytes, size) : 0;
	if (n < 0) {
		answer_errno(s, (int)-n);
		return;
	}
	s->answer_size = hex_encode(s->answer, bytes, (size_t)n);
	s->answer_due = true;
}

static void read_binary(struct stub *s, const char *p)
{
	static char bytes[PACKET_MAX];
	uint64_t address, size;
	size_t fitting;
	ssize_t n;

	if (!parse(&p, '\0', &address, &size)) {
		answer_errno(s, EINVAL);
		return;
	}
	if (size > sizeof(bytes))
		size = sizeof(bytes);
	n = size ? memory_read(s, address, bytes, size) : 0;
	if (n < 0) {
		answer_errno(s, (int)-n);
		return;
	}
	fitting = (size_t)n;
	s->answer[0] = 'b';
	s->answer_size = 1 + binary_escape(s->answer + 1, PACKET_MAX - 1, bytes, &fitting);
	s->answer_due = true;
}

static void written(struct stub *s, uint64_t size, ssize_t n)
{
	if (n < 0)
		answer_errno(s, (int)-n);
	else if ((uint64_t)n < size)
		answer_errno(s, EFAULT);
	else
		answer_ok(s);
}

static void write_hex(struct stub *s, char *p, const char *end)
{
	const char *data = p;
	uint64_t address, size;

	if (!parse(&data, ':', &address, &size) || (uint64_t)(end - data) / 2 != size ||
	    !hex_decode(p, data, size)) {
		answer_errno(s, EINVAL);
		return;
	}
	written(s, size, size ? memory_write(s, address, p, size) : 0);
}

static void write_binary(struct stub *s, char *p, const char *end)
{
	const char *data = p;
	uint64_t address, size;

	if (!parse(&data, ':', &address, &size) ||
	    binary_unescape(p, data, (size_t)(end - data)) != (ptrdiff_t)size) {
		answer_errno(s, EINVAL);
		return;
	}
	written(s, size, size ? memory_write(s, address, p, size) : 0);
}

void memory_serve(struct stub *s, char *packet, size_t size)
{
	char *p = packet + 1;

	switch (packet[0]) {
	case 'm':
		read_hex(s, p);
		break;
	case 'x':
		read_binary(s, p);
		break;
	case 'M':
		write_hex(s, p, packet + size);
		break;
	case 'X':
		write_binary(s, p, packet + size);
		break;
	}
}
