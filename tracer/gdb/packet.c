// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packet.c - the frames of gdb's remote protocol: $data#checksum.
 *
 * Runs: in the tracer.
 */
#include "packet.h"

#include <string.h>

#include "hex.h"

#define INTERRUPT 3

/*
 * A run length is a character, too: 29 and how often the one before it comes again.
 * '#' and '$' would end or begin a frame; gdbserver leaves out '+' and '-' as well.
 */
#define RUN_BASE 29
#define RUN_MIN	 3u
#define RUN_MAX	 97u /* '~' is the last that prints */

static enum packet_event outside(struct packet *p, char c)
{
	switch (c) {
	case '$':
		p->state = PACKET_DATA;
		p->size = 0;
		p->sum = 0;
		p->too_long = false;
		return PACKET_NOTHING;
	case '+':
		return PACKET_ACK;
	case '-':
		return PACKET_NAK;
	case INTERRUPT:
		return PACKET_INTERRUPT;
	default: /* noise */
		return PACKET_NOTHING;
	}
}

static void inside(struct packet *p, char c)
{
	if (c == '#') {
		p->state = PACKET_CHECK_1;
		return;
	}
	if (c == '$') { /* gdb gave up the one before */
		outside(p, c);
		return;
	}
	p->sum = (uint8_t)(p->sum + (uint8_t)c);
	if (p->size == PACKET_MAX)
		p->too_long = true;
	else
		p->data[p->size++] = c;
}

static enum packet_event finish(struct packet *p, char c)
{
	int low = hex_digit(c);

	p->state = PACKET_OUTSIDE;
	p->data[p->size] = '\0';
	if (p->too_long)
		return PACKET_BAD;
	if (!p->unchecked && (p->check < 0 || low < 0 || (p->check << 4 | low) != p->sum))
		return PACKET_BAD;
	return PACKET_COMPLETE;
}

/* The bulk of a long packet: as many bytes as are neither '#' nor '$'. */
static size_t inside_plain(struct packet *p, const char *bytes, size_t size)
{
	size_t i, room = PACKET_MAX - p->size;
	uint8_t sum = p->sum;

	if (size > room)
		size = room;
	for (i = 0; i < size && bytes[i] != '#' && bytes[i] != '$'; i++)
		sum = (uint8_t)(sum + (uint8_t)bytes[i]);
	memcpy(p->data + p->size, bytes, i);
	p->size += i;
	p->sum = sum;
	return i;
}

enum packet_event packet_read(struct packet *p, const char *bytes, size_t size, size_t *used)
{
	enum packet_event event = PACKET_NOTHING;
	size_t i = 0;

	while (i < size && event == PACKET_NOTHING) {
		if (p->state == PACKET_DATA) {
			i += inside_plain(p, bytes + i, size - i);
			if (i == size)
				break;
		}
		switch (p->state) {
		case PACKET_OUTSIDE:
			event = outside(p, bytes[i]);
			break;
		case PACKET_DATA:
			inside(p, bytes[i]);
			break;
		case PACKET_CHECK_1:
			p->check = hex_digit(bytes[i]);
			p->state = PACKET_CHECK_2;
			break;
		case PACKET_CHECK_2:
			event = finish(p, bytes[i]);
			break;
		}
		i++;
	}
	*used = i;
	return event;
}

static size_t run_of(const char *data, size_t size)
{
	size_t n = 1;

	while (n < size && n <= RUN_MAX && data[n] == data[0])
		n++;
	return n;
}

/* How many more times than once, as its character may be sent. */
static size_t shorten(size_t more)
{
	if (more > RUN_MAX)
		more = RUN_MAX;
	while (strchr("#$+-", (int)more + RUN_BASE))
		more--;
	return more;
}

size_t packet_frame(char *out, const char *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t sum = 0;
	size_t used = 1;

	out[0] = '$';
	for (size_t i = 0; i < size;) {
		size_t run = run_of(data + i, size - i);

		out[used++] = data[i++];
		if (run <= RUN_MIN)
			continue;
		run = shorten(run - 1);
		out[used++] = '*';
		out[used++] = (char)(run + RUN_BASE);
		i += run;
	}
	for (size_t i = 1; i < used; i++)
		sum = (uint8_t)(sum + (uint8_t)out[i]);
	out[used++] = '#';
	out[used++] = digits[sum >> 4];
	out[used++] = digits[sum & 15];
	return used;
}
