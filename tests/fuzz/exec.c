// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec.c - fuzzes what the manager does with frames of a guest's agent and of the clients of
 * umvmm exec.
 *
 * Input: steps of a kind, a number, a length and bytes.
 * Must hold: no more is kept than the window allows; all descriptors are closed at the end.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/streams/exec_mux.h>
#include <vm.h>

static struct uart uart;
static struct exec_mux mux;
static int client[EXEC_SESSIONS];

static void turn(void)
{
	struct pollfd fds[EXEC_SESSIONS];

	exec_mux_prepare(&mux, fds);
	poll(fds, EXEC_SESSIONS, 0);
	(void)exec_mux_move(&mux, fds);
}

static void connect_client(unsigned int i)
{
	const char *why;
	int ends[2];

	if (client[i] >= 0) {
		close(client[i]);
		client[i] = -1;
		return;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0)
		abort();
	if (exec_mux_accept(&mux, ends[0], &why) < 0) {
		close(ends[0]);
		close(ends[1]);
		return;
	}
	client[i] = ends[1];
}

static void step(unsigned int kind, uint8_t number, const uint8_t *data, size_t len)
{
	const struct exec_frame hello = { .type = EXEC_HELLO };
	char buf[256];

	switch (kind) {
	case 0:
		exec_mux_look(&mux, (const char *)data, (uint32_t)len);
		break;
	case 1:
		exec_mux_look(&mux, (const char *)&hello, sizeof(hello));
		break;
	case 2:
		connect_client(number % EXEC_SESSIONS);
		break;
	case 3:
		if (client[number % EXEC_SESSIONS] >= 0)
			(void)!send(client[number % EXEC_SESSIONS], data, len, MSG_NOSIGNAL);
		break;
	case 4:
		if (client[number % EXEC_SESSIONS] >= 0)
			(void)!read(client[number % EXEC_SESSIONS], buf, number);
		break;
	case 5: /* the guest's side of its port */
		uart.mcr = number;
		uart.rx.tail = len ? uart.rx.head : uart.rx.tail + number;
		break;
	case 6:
		turn();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(&uart, 0, sizeof(uart));
	memset(&mux, 0, sizeof(mux));
	memset(client, -1, sizeof(client));
	uart.mcr = 2;
	exec_mux_connect(&mux, &uart);
	while (size >= 3) {
		size_t len = data[2] < size - 3 ? data[2] : size - 3;

		step(data[0] % 7, data[1], data + 3, len);
		data += 3 + len;
		size -= 3 + len;
		for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
			if (mux.session[i].fd >= 0 && (mux.session[i].out_end > EXEC_BACKLOG ||
						       mux.session[i].in_len > EXEC_FRAME_MAX))
				abort();
	}
	turn();
	exec_mux_close(&mux);
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		char byte;

		if (client[i] < 0)
			continue;
		while (read(client[i], &byte, 1) == 1)
			;
		if (read(client[i], &byte, 1) != 0)
			abort(); /* somebody has kept the other end */
		close(client[i]);
	}
	return 0;
}
