// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_packet.c - frames, numbers and bytes of gdb's remote protocol.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <stdlib.h>
#include <string.h>

#include <tracer/gdb/hex.h>
#include <tracer/gdb/packet.h>

#include "unit.h"

static struct packet packet;

/* What a stream of bytes is read as: one letter for each event. */
static const char *events(const char *bytes, size_t size, size_t step)
{
	static const char letter[] = { [PACKET_COMPLETE] = 'c', [PACKET_BAD] = 'b',
				       [PACKET_ACK] = '+', [PACKET_NAK] = '-',
				       [PACKET_INTERRUPT] = '!' };
	static char text[64];
	size_t at = 0, n = 0;

	while (at < size) {
		size_t used, part = size - at < step ? size - at : step;
		enum packet_event event = packet_read(&packet, bytes + at, part, &used);

		ck_assert_uint_le(used, part);
		ck_assert(used == part || event != PACKET_NOTHING);
		at += used;
		if (event != PACKET_NOTHING && n < sizeof(text) - 1)
			text[n++] = letter[event];
	}
	text[n] = '\0';
	return text;
}

static void fresh(void)
{
	memset(&packet, 0, sizeof(packet));
}

static const struct {
	const char *bytes, *events, *data; /* of the last packet */
} streams[] = {
	{ "$?#3f", "c", "?" },
	{ "+$?#3f", "+c", "?" },
	{ "$?#3F", "c", "?" },
	{ "$#00", "c", "" },
	{ "$?#3e", "b", NULL },
	{ "$?#3g", "b", NULL },
	{ "$?#xx", "b", NULL },
	{ "-+-", "-+-", NULL },
	{ "\003", "!", NULL },
	{ "$a\003b#c6", "c", "a\003b" },
	{ "noise$?#3fnoise", "c", "?" },
	{ "$given up$?#3f", "c", "?" },
	{ "$?#$?#3f", "b", NULL }, /* a '$' where a digit is due is a wrong digit */
	{ "$g#67$?#3f", "cc", "?" },
};

START_TEST(reads_streams)
{
	for (size_t step = 1; step < 6; step++) {
		fresh();
		ck_assert_str_eq(events(streams[_i].bytes, strlen(streams[_i].bytes), step),
				 streams[_i].events);
		if (streams[_i].data)
			ck_assert_str_eq(packet.data, streams[_i].data);
	}
}
END_TEST

START_TEST(no_ack_mode_takes_any_checksum)
{
	fresh();
	packet.unchecked = true;
	ck_assert_str_eq(events("$?#00", 5, 5), "c");
	ck_assert_str_eq(events("$?#zz", 5, 5), "c");
}
END_TEST

START_TEST(too_long)
{
	size_t size = PACKET_MAX + 10;
	char *bytes = malloc(size + 4);

	memset(bytes, 'a', size);
	bytes[0] = '$';
	memcpy(bytes + size, "#00", 3);
	fresh();
	ck_assert_str_eq(events(bytes, size + 3, 1000), "b");
	ck_assert(packet.too_long);
	ck_assert_str_eq(events("$?#3f", 5, 5), "c");
	ck_assert_str_eq(packet.data, "?");

	/* the longest that is taken */
	fresh();
	packet.unchecked = true;
	memcpy(bytes + 1 + PACKET_MAX, "#00", 3);
	ck_assert_str_eq(events(bytes, PACKET_MAX + 4, 4096), "c");
	ck_assert_uint_eq(packet.size, PACKET_MAX);
	free(bytes);
}
END_TEST

/* What gdb's read_frame() makes of a frame. */
static size_t expand(char *out, const char *frame, size_t size)
{
	size_t used = 0;

	ck_assert_int_eq(frame[0], '$');
	for (size_t i = 1; i < size && frame[i] != '#'; i++) {
		if (frame[i] != '*') {
			out[used++] = frame[i];
			continue;
		}
		ck_assert_uint_gt(used, 0);
		i++;
		ck_assert(frame[i] >= ' ' && frame[i] <= '~' && !strchr("#$+-", frame[i]));
		for (int n = frame[i] - ' ' + 3; n; n--, used++)
			out[used] = out[used - 1];
	}
	return used;
}

START_TEST(run_lengths)
{
	char data[400], frame[sizeof(data) + PACKET_FRAME], back[sizeof(data) + 8];

	for (size_t n = 0; n < 300; n++) {
		size_t size;

		memset(data, 'x', sizeof(data));
		data[0] = 'a';
		data[n + 1] = 'b';
		size = packet_frame(frame, data, n + 2);
		ck_assert_uint_le(size, n + 2 + PACKET_FRAME);
		ck_assert_uint_eq(expand(back, frame, size), n + 2);
		ck_assert_mem_eq(back, data, n + 2);
		/* our own parser finds its checksum right */
		fresh();
		ck_assert_str_eq(events(frame, size, size), "c");
		if (n > 8)
			ck_assert_uint_lt(size, n + 2);
	}
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		const char *text;
		bool good;
		uint64_t value;
		size_t used;
	} cases[] = {
		{ "0", true, 0, 1 },
		{ "00000000000000000000001", true, 1, 23 },
		{ "ffffffffffffffff", true, ~0ull, 16 },
		{ "1ffffffffffffffff", false, 0, 0 },
		{ "", false, 0, 0 },
		{ ",1", false, 0, 0 },
		{ "aBc,", true, 0xabc, 3 },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *p = cases[i].text;
		uint64_t value = 0;

		ck_assert_int_eq(hex_number(&p, &value), cases[i].good);
		if (cases[i].good) {
			ck_assert_uint_eq(value, cases[i].value);
			ck_assert_uint_eq((size_t)(p - cases[i].text), cases[i].used);
		}
	}
}
END_TEST

START_TEST(hex_bytes)
{
	uint8_t bytes[256], back[256];
	char text[512];

	for (unsigned int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	ck_assert_uint_eq(hex_encode(text, bytes, 256), 512);
	ck_assert(hex_decode(back, text, 256));
	ck_assert_mem_eq(back, bytes, 256);
	text[77] = 'g';
	ck_assert(!hex_decode(back, text, 256));
	ck_assert(!hex_decode(back, "0", 1));
}
END_TEST

START_TEST(binary_bytes)
{
	char bytes[256], text[512], back[512];
	size_t size = 256, used;

	for (unsigned int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	used = binary_escape(text, sizeof(text), bytes, &size);
	ck_assert_uint_eq(size, 256);
	ck_assert_uint_eq(used, 260);
	ck_assert(!memchr(text, '#', used) && !memchr(text, '$', used) && !memchr(text, '*', used));
	ck_assert_int_eq(binary_unescape(back, text, used), 256);
	ck_assert_mem_eq(back, bytes, 256);

	/* an escape is not divided */
	size = 4;
	ck_assert_uint_eq(binary_escape(text, 4, "ab}c", &size), 4);
	ck_assert_uint_eq(size, 3);
	size = 4;
	ck_assert_uint_eq(binary_escape(text, 3, "ab}c", &size), 2);
	ck_assert_uint_eq(size, 2);
	ck_assert_int_eq(binary_unescape(back, "ab}", 3), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("packets");

	tcase_add_loop_test(tc, reads_streams, 0, (int)(sizeof(streams) / sizeof(streams[0])));
	tcase_add_test(tc, no_ack_mode_takes_any_checksum);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, run_lengths);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, hex_bytes);
	tcase_add_test(tc, binary_bytes);
	return unit_run(tc);
}
