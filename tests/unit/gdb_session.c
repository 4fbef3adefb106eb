// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb_session.c - a gdb that is connected to the stub and says what the test says.
 *
 * Runs: on the host, Check.
 */
#include "gdb_session.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tracer/gdb/hex.h>

struct stub stub;
int gdb = -1;
char got[4 * PACKET_MAX];
size_t got_size;

void connect_gdb(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	gdb = ends[0];
	fcntl(gdb, F_SETFL, O_NONBLOCK);
	stub_connect(&stub, ends[1]);
}

static void setup(void)
{
	struct vm *vm = calloc(1, VM_FILE_SIZE);

	fake_reset();
	stub_init(&stub, vm);
	connect_gdb();
}

static void teardown(void)
{
	if (gdb >= 0)
		close(gdb);
	gdb = -1;
	stub_end(&stub);
	free(stub.vm);
}

void put(const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(gdb, bytes, size);

		if (n < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			stub_serve(&stub);
			continue;
		}
		bytes += n;
		size -= (size_t)n;
	}
}

const char *take(void)
{
	got_size = 0;
	for (;;) {
		ssize_t n;

		stub_serve(&stub);
		n = read(gdb, got + got_size, sizeof(got) - 1 - got_size);
		if (n <= 0)
			break;
		got_size += (size_t)n;
	}
	got[got_size] = '\0';
	return got;
}

void send_packet(const char *data, size_t size)
{
	static char frame[PACKET_MAX + 64];
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + (uint8_t)data[i]);
	frame[0] = '$';
	memcpy(frame + 1, data, size);
	snprintf(frame + 1 + size, 8, "#%02x", sum);
	put(frame, size + 4);
}

const char *data_of_got(void)
{
	static char answer[2 * PACKET_MAX];
	const char *p = memchr(got, '$', got_size);
	size_t used = 0;

	if (!p)
		return "(none)";
	for (p++; p < got + got_size && *p != '#'; p++) {
		if (*p != '*') {
			answer[used++] = *p;
			continue;
		}
		for (int n = *++p - ' ' + 3; n; n--, used++)
			answer[used] = answer[used - 1];
	}
	ck_assert_int_eq(*p, '#');
	answer[used] = '\0';
	return answer;
}

const char *take_data(void)
{
	take();
	return data_of_got();
}

const char *ask_bytes(const char *data, size_t size)
{
	send_packet(data, size);
	return take_data();
}

const char *ask(const char *data)
{
	return ask_bytes(data, strlen(data));
}

bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

unsigned int running(void)
{
	unsigned int set = 0;

	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		set |= (unsigned int)fake.vcpu[i].runs << i;
	return set;
}

const char *monitor(const char *line)
{
	static char text[4096];
	char packet[512] = "qRcmd,";
	size_t used = 0;

	packet[6 + hex_encode(packet + 6, line, strlen(line))] = '\0';
	send_packet(packet, strlen(packet));
	take();
	ck_assert(contains(got, "$OK#9a"));
	/* as one text, run lengths expanded */
	for (const char *p = strstr(got, "$O"); p && p[2] != 'K'; p = strstr(p + 1, "$O")) {
		char hex[2 * sizeof(text)];
		size_t n = 0;

		for (const char *q = p + 2; *q != '#' && n < sizeof(hex) - 100; q++) {
			if (*q != '*') {
				hex[n++] = *q;
				continue;
			}
			for (int k = *++q - ' ' + 3; k; k--, n++)
				hex[n] = hex[n - 1];
		}
		if (used + n / 2 < sizeof(text) && hex_decode(text + used, hex, n / 2))
			used += n / 2;
	}
	text[used] = '\0';
	return text;
}

TCase *gdb_session_tests(void)
{
	TCase *tc = tcase_create(program_invocation_short_name);

	tcase_add_checked_fixture(tc, setup, teardown);
	return tc;
}
