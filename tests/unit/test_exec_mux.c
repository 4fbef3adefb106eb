// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_exec_mux.c - frames between clients of umvmm exec and a guest's agent, either of which
 * may send nonsense, too much, or be gone.
 *
 * Runs: on the host, Check. The agent is this file, at the other ends of the rings.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/streams/exec_mux.h>
#include <vm.h>

#include "unit.h"

static struct uart uart;
static struct exec_mux mux;
static struct ring_end agent_in; /* what the manager has put into rx */

static void setup(void)
{
	memset(&uart, 0, sizeof(uart));
	uart.mcr = 2; /* RTS */
	memset(&mux, 0, sizeof(mux));
	exec_mux_connect(&mux, &uart);
	agent_in = (struct ring_end){ .ring = &uart.rx };
}

static void teardown(void)
{
	exec_mux_close(&mux);
}

static void agent_sends(unsigned int type, unsigned int session, const void *data, unsigned int len)
{
	const struct exec_frame frame = { (uint8_t)type, (uint8_t)session, (uint16_t)len };

	exec_mux_look(&mux, (const char *)&frame, sizeof(frame));
	/* byte by byte: frames come in pieces */
	for (unsigned int i = 0; i < len; i++)
		exec_mux_look(&mux, (const char *)data + i, 1);
}

/* A client with its session; returns its end of the socket. */
static int client(void)
{
	const char *why;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(exec_mux_accept(&mux, ends[0], &why), 0);
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	return ends[1];
}

/* The same, the first one of an agent that has just started. */
static int first_client(void)
{
	agent_sends(EXEC_HELLO, 0, NULL, 0);
	return client();
}

static bool turn(void)
{
	struct pollfd fds[EXEC_SESSIONS];

	exec_mux_prepare(&mux, fds);
	poll(fds, EXEC_SESSIONS, 0);
	return exec_mux_move(&mux, fds);
}

static void client_sends(int fd, unsigned int type, const void *data, unsigned int len)
{
	const struct exec_frame frame = { (uint8_t)type, 77, (uint16_t)len };

	ck_assert_int_eq(write(fd, &frame, sizeof(frame)), sizeof(frame));
	ck_assert_int_eq(write(fd, data, len), len);
}

/* The next frame at the agent: its type, or 0. */
static unsigned int agent_gets(struct exec_frame *frame, void *data)
{
	memset(frame, 0, sizeof(*frame));
	if (ring_peek(&agent_in, frame, sizeof(*frame)) < sizeof(*frame))
		return 0;
	ring_take(&agent_in, sizeof(*frame));
	ck_assert_uint_eq(ring_peek(&agent_in, data, frame->len), frame->len);
	ring_take(&agent_in, frame->len);
	return frame->type;
}

static bool closed(int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1)
		;
	return read(fd, &byte, 1) == 0;
}

START_TEST(no_agent)
{
	const char *why = NULL;

	ck_assert_int_eq(exec_mux_accept(&mux, 99, &why), -1);
	ck_assert_ptr_nonnull(strstr(why, "agent"));
}
END_TEST

START_TEST(there_and_back)
{
	struct exec_frame frame;
	char data[EXEC_PAYLOAD];
	uint8_t status = 3;
	int a, b;

	a = first_client();
	b = client();
	ck_assert(!turn());
	client_sends(b, EXEC_ARGS, "ls", 3);
	client_sends(b, EXEC_START, NULL, 0);
	ck_assert(turn());
	ck_assert_uint_eq(agent_gets(&frame, data), EXEC_ARGS);
	ck_assert_uint_eq(frame.session, 1);
	ck_assert_str_eq(data, "ls");
	ck_assert_uint_eq(agent_gets(&frame, data), EXEC_START);
	agent_sends(EXEC_OUT, 1, "hello", 5);
	agent_sends(EXEC_EXIT, 1, &status, 1);
	turn();
	ck_assert_int_eq(read(b, &frame, sizeof(frame)), sizeof(frame));
	ck_assert_uint_eq(frame.type, EXEC_OUT);
	ck_assert_uint_eq(frame.session, 0);
	ck_assert_int_eq(read(b, data, 5), 5);
	ck_assert_int_eq(memcmp(data, "hello", 5), 0);
	ck_assert_int_eq(read(b, &frame, sizeof(frame)), sizeof(frame));
	ck_assert_uint_eq(frame.type, EXEC_EXIT);
	ck_assert_int_eq(read(b, data, 1), 1);
	ck_assert_int_eq(data[0], 3);
	ck_assert(closed(b));
	ck_assert(!closed(a));
	/* the agent has ended it: it need not be told */
	ck_assert_uint_eq(mux.gone, 0);
	close(a);
	close(b);
}
END_TEST

START_TEST(client_leaves)
{
	struct exec_frame frame;
	char data[EXEC_PAYLOAD];
	int a;

	a = first_client();
	client_sends(a, EXEC_START, NULL, 0);
	ck_assert(turn());
	ck_assert_uint_eq(agent_gets(&frame, data), EXEC_START);
	close(a);
	turn(); /* sees it */
	ck_assert(turn()); /* and tells it */
	ck_assert_uint_eq(agent_gets(&frame, data), EXEC_GONE);
	ck_assert_uint_eq(frame.session, 0);
	/* what was on its way meanwhile is nobody else's */
	a = client();
	agent_sends(EXEC_OUT, 0, "late", 4);
	agent_sends(EXEC_EXIT, 0, "", 1);
	turn();
	ck_assert_int_eq(read(a, data, 1), -1);
	close(a);
	ck_assert(mux.ready);
}
END_TEST

/* All places taken; each that is left is free again, once the agent knows. */
START_TEST(places)
{
	struct exec_frame frame;
	char data[EXEC_PAYLOAD];
	int fd[EXEC_SESSIONS];
	const char *why;

	agent_sends(EXEC_HELLO, 0, NULL, 0);
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		fd[i] = client();
		client_sends(fd[i], EXEC_START, NULL, 0);
	}
	turn();
	ck_assert_int_eq(exec_mux_accept(&mux, 99, &why), -1);
	uart.mcr = 0; /* the agent does not listen */
	close(fd[2]);
	turn();
	ck_assert(!turn());
	ck_assert_int_eq(exec_mux_accept(&mux, 99, &why), -1);
	uart.mcr = 2;
	turn();
	ck_assert(turn() || mux.gone == 0);
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
		ck_assert_uint_eq(agent_gets(&frame, data), EXEC_START);
	ck_assert_uint_eq(agent_gets(&frame, data), EXEC_GONE);
	ck_assert_uint_eq(frame.session, 2);
	ck_assert_int_eq(exec_mux_accept(&mux, 99, &why), -1);
	agent_sends(EXEC_EXIT, 2, "", 1);
	fd[2] = client();
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
		close(fd[i]);
}
END_TEST

/* A client that reads nothing: its session ends when the guest sends more than it may. */
START_TEST(guest_floods)
{
	static const char data[EXEC_PAYLOAD];
	int a, b;

	a = first_client();
	b = client();
	client_sends(a, EXEC_START, NULL, 0);
	client_sends(b, EXEC_START, NULL, 0);
	turn();
	for (unsigned int i = 0; i < 2 * EXEC_BACKLOG / EXEC_PAYLOAD; i++)
		agent_sends(EXEC_OUT, 0, data, sizeof(data));
	ck_assert(closed(a));
	ck_assert(!closed(b));
	close(a);
	close(b);
}
END_TEST

/* The guest is reset, or its agent starts anew: it knows none of the sessions. */
START_TEST(hello_again)
{
	int a;

	a = first_client();
	client_sends(a, EXEC_START, NULL, 0);
	turn();
	agent_sends(EXEC_HELLO, 0, NULL, 0);
	ck_assert(closed(a));
	ck_assert_uint_eq(mux.gone, 0);
	close(a);
	a = client();
	ck_assert(!closed(a));
	close(a);
}
END_TEST

static const struct exec_frame nonsense[] = {
	{ 0, 0, 0 },
	{ EXEC_START, 0, 0 },
	{ EXEC_OUT, EXEC_SESSIONS, 1 },
	{ EXEC_OUT, 255, 0 },
	{ EXEC_OUT, 0, EXEC_PAYLOAD + 1 },
	{ EXEC_OUT, 0, 0xffff },
	{ EXEC_EXIT, 0, 0 },
	{ EXEC_EXIT, 0, 2 },
	{ EXEC_TAKEN, 0, 3 },
	{ EXEC_HELLO, 0, 1 },
	{ 200, 0, 0 },
};

START_TEST(guest_nonsense)
{
	static const char data[EXEC_PAYLOAD];
	const struct exec_frame *f = &nonsense[_i];
	const char *why;
	int a;

	a = first_client();
	exec_mux_look(&mux, (const char *)f, sizeof(*f));
	if (f->len <= EXEC_PAYLOAD)
		exec_mux_look(&mux, data, f->len);
	ck_assert(closed(a));
	ck_assert_int_eq(exec_mux_accept(&mux, 99, &why), -1);
	close(a);
}
END_TEST

static const struct exec_frame wrong[] = {
	{ EXEC_HELLO, 0, 0 },
	{ 0, 0, 0 },
	{ EXEC_GONE, 0, 0 },
	{ EXEC_IN, 0, EXEC_PAYLOAD + 1 },
	{ EXEC_IN, 0, 0xffff },
};

START_TEST(client_nonsense)
{
	struct exec_frame frame;
	char data[EXEC_PAYLOAD];
	int a;

	a = first_client();
	ck_assert_int_eq(write(a, &wrong[_i], sizeof(wrong[_i])), sizeof(wrong[_i]));
	turn();
	ck_assert(closed(a));
	ck_assert_uint_eq(agent_gets(&frame, data), 0);
	close(a);
}
END_TEST

/* A ring without room: nothing is lost. */
START_TEST(slow_guest)
{
	char data[EXEC_PAYLOAD];
	struct exec_frame frame;
	unsigned int sent = 0, got = 0;
	int a;

	a = first_client();
	for (unsigned int round = 0; round < 200; round++) {
		if (sent < 50) {
			memset(data, (int)sent, sizeof(data));
			client_sends(a, EXEC_IN, data, sizeof(data));
			sent++;
		}
		turn();
		if (round % 3 == 0 && agent_gets(&frame, data) == EXEC_IN) {
			ck_assert_uint_eq((uint8_t)data[0], got);
			ck_assert_uint_eq((uint8_t)data[EXEC_PAYLOAD - 1], got);
			got++;
		}
	}
	ck_assert_uint_eq(got, 50);
	close(a);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("exec_mux");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_agent);
	tcase_add_test(tc, there_and_back);
	tcase_add_test(tc, client_leaves);
	tcase_add_test(tc, places);
	tcase_add_test(tc, guest_floods);
	tcase_add_test(tc, hello_again);
	tcase_add_loop_test(tc, guest_nonsense, 0, sizeof(nonsense) / sizeof(nonsense[0]));
	tcase_add_loop_test(tc, client_nonsense, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, slow_guest);
	return unit_run(tc);
}
