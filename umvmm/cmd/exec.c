// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec.c - umvmm exec NAME COMMAND...: a command in a guest that runs, with its three
 * streams or a terminal, and its exit status.
 *
 * The guest's agent runs it; the manager passes frames between the two.
 *
 * Must hold: what comes from the guest is its output and its status, nothing more.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/exec.h>

#include <umvmm/base/escape.h>
#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>
#include <umvmm/control/client.h>

#include "args.h"

/* Ctrl-a x: as the command is hung up */
#define STATUS_LEFT (128 + SIGHUP)
/* the manager's line at the start */
#define ANSWER_SIZE 256

_Static_assert(ESCAPE_MAX <= EXEC_PAYLOAD, "keys fit into a frame");

struct client {
	const char *name;
	int socket, signals;
	bool input_over;
	uint32_t under_way; /* input that was not yet taken */
	bool terminal;	    /* -t */
	struct escape escape;
};

static int send_frame(const struct client *c, enum exec_type type, const void *data, size_t len)
{
	struct {
		struct exec_frame head;
		uint8_t data[EXEC_PAYLOAD];
	} frame = { .head = { .type = (uint8_t)type, .len = (uint16_t)len } };
	const size_t size = sizeof(frame.head) + len;

	if (len)
		memcpy(frame.data, data, len);
	return send(c->socket, &frame, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

static int send_words(const struct client *c, char **words)
{
	size_t total = 0;

	for (; *words; words++) {
		size_t len = strlen(*words) + 1;

		total += len;
		if (total >= EXEC_ARGS_MAX)
			return fail("exec: the command is longer than %u bytes", EXEC_ARGS_MAX - 1);
		for (size_t at = 0; at < len; at += EXEC_PAYLOAD) {
			size_t n = len - at < EXEC_PAYLOAD ? len - at : EXEC_PAYLOAD;

			if (send_frame(c, EXEC_ARGS, *words + at, n) < 0)
				return fail("%s: the VM does not answer", c->name);
		}
	}
	return 0;
}

/* The guest's terminal is as large as ours. */
static int send_terminal(const struct client *c)
{
	struct exec_terminal terminal = { 0 };
	const char *type = getenv("TERM");
	unsigned int rows, cols;

	terminal_size(&rows, &cols);
	terminal.rows = (uint16_t)rows;
	terminal.cols = (uint16_t)cols;
	if (type && strlen(type) < sizeof(terminal.type))
		strcpy(terminal.type, type);
	return send_frame(c, EXEC_TERMINAL, &terminal, sizeof(terminal));
}

static int start(const struct client *c, char **words)
{
	if (send_words(c, words) < 0)
		return -1;
	if (c->terminal && (send_terminal(c) < 0 || !terminal_raw()))
		return fail("exec -t: the terminal: %s", strerror(errno));
	return send_frame(c, EXEC_START, NULL, 0);
}

/* The manager's line. */
static bool ask_exec(int fd, void *ctx)
{
	char *answer = ctx;
	size_t len = 0;

	memset(answer, 0, ANSWER_SIZE);
	if (send(fd, "exec\n", 5, MSG_NOSIGNAL) != 5)
		return false;
	/* byte by byte: frames may follow */
	while (len < ANSWER_SIZE - 1 && recv(fd, answer + len, 1, 0) == 1 && answer[len] != '\n')
		len++;
	return len;
}

static int connect_to(struct client *c)
{
	char answer[ANSWER_SIZE];
	const char *why;
	int len;

	c->socket = client_connect(c->name, ask_exec, answer);
	if (c->socket < 0)
		return fail("exec %s: %s", c->name, client_error_text(c->socket));
	if (client_has(answer, "exec"))
		return 0;
	why = client_error(answer, &len);
	if (!why)
		return fail("exec %s: %s", c->name, client_error_text(-EAGAIN));
	return fail("exec %s: %.*s", c->name, len, why);
}

/* The command's, not ours. */
static int catch_signals(void)
{
	static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (unsigned int i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&set, passed_on[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int pass_signal(struct client *c)
{
	struct signalfd_siginfo info;
	uint8_t sig;

	if (read(c->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGWINCH)
		return c->terminal ? send_terminal(c) : 0;
	sig = (uint8_t)info.ssi_signo;
	return send_frame(c, EXEC_SIGNAL, &sig, 1);
}

static int pass_input(struct client *c)
{
	char data[EXEC_PAYLOAD];
	ssize_t n = read(STDIN_FILENO, data, c->terminal ? ESCAPE_MAX : sizeof(data));

	if (n > 0 && c->terminal) {
		n = escape_filter(&c->escape, data, (uint32_t)n);
		if (!n)
			return 0;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0) {
		c->under_way += (uint32_t)n;
		return send_frame(c, EXEC_IN, data, (size_t)n);
	}
	c->input_over = true;
	return send_frame(c, EXEC_IN_END, NULL, 0);
}

/* All of it: whoever reads our output decides how fast the command writes. */
static int put(struct client *c, int fd, const uint8_t *data, uint32_t len)
{
	for (uint32_t done = 0; done < len;) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = { .fd = fd, .events = POLLOUT };

			poll(&p, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return -1; /* the command gets a SIGHUP, as the pipe's writer would a
				      SIGPIPE */
		if (n <= 0)
			return fail("standard %s: %s", fd == STDOUT_FILENO ? "output" : "error",
				    strerror(errno));
		done += (uint32_t)n;
	}
	/* whether it still wants to know is seen by what comes next */
	(void)!send_frame(c, EXEC_TAKEN, &len, sizeof(len));
	return 0;
}

static bool receive(const struct client *c, void *data, size_t len)
{
	return !len || recv(c->socket, data, len, MSG_WAITALL) == (ssize_t)len;
}

/* The status when the command has ended; -1: it goes on; -2 after a message. */
static int take(struct client *c)
{
	uint8_t data[EXEC_PAYLOAD];
	struct exec_frame frame;
	uint32_t count;

	if (!receive(c, &frame, sizeof(frame)) || frame.len > sizeof(data) ||
	    !receive(c, data, frame.len) || (frame.type == EXEC_EXIT && frame.len != 1) ||
	    (frame.type == EXEC_TAKEN && frame.len != sizeof(count))) {
		fail("exec %s: the guest has ended, or its agent, before the command did", c->name);
		return -2;
	}
	switch (frame.type) {
	case EXEC_OUT:
		return put(c, STDOUT_FILENO, data, frame.len) < 0 ? -2 : -1;
	case EXEC_ERR:
		return put(c, STDERR_FILENO, data, frame.len) < 0 ? -2 : -1;
	case EXEC_EXIT:
		return data[0];
	case EXEC_TAKEN:
		memcpy(&count, data, sizeof(count));
		c->under_way -= count < c->under_way ? count : c->under_way;
		return -1;
	default:
		return -1;
	}
}

static int converse(struct client *c)
{
	for (;;) {
		struct pollfd p[] = {
			{ .fd = c->socket, .events = POLLIN },
			{ .fd = c->signals, .events = POLLIN },
			{ .fd = !c->input_over && c->under_way + EXEC_PAYLOAD <= EXEC_WINDOW
					? STDIN_FILENO
					: -1,
			  .events = POLLIN },
		};
		int status;

		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents) {
			status = take(c);
			if (status != -1)
				return status < 0 ? EXIT_SELF : status;
		}
		/* a manager that is gone is seen above */
		if (p[1].revents)
			(void)!pass_signal(c);
		if (p[2].revents)
			(void)!pass_input(c);
		if (c->escape.quit)
			return STATUS_LEFT;
	}
}

/* What stands behind NAME is the command's, be it an option or not. */
static char **parse(struct client *c, struct args *args)
{
	int found, rest;

	while (!c->name && (found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return NULL;
		if (found == 't')
			c->terminal = true;
		else
			c->name = args->value;
	}
	rest = args_rest(args);
	if (rest < args->argc && !strcmp(args->argv[rest], "--"))
		rest++;
	if (c->name && rest < args->argc)
		return args->argv + rest;
	args_wrong(args, "which VM, and which command?");
	return NULL;
}

static int exec(struct args *args)
{
	struct client c = { .socket = -1, .escape.no_break = true };
	char **words = parse(&c, args);
	int status = EXIT_SELF;

	if (!words)
		return args->status;
	if (c.terminal) {
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
			fail("exec -t: standard input or output is no terminal; leave out -t");
			return EXIT_SELF;
		}
		terminal_init();
	}
	c.signals = catch_signals();
	signal(SIGPIPE, SIG_IGN);
	if (c.signals < 0)
		fail("exec: %s", strerror(errno));
	else if (connect_to(&c) == 0 && start(&c, words) == 0)
		status = converse(&c);
	if (c.socket >= 0)
		close(c.socket);
	return status;
}

static const struct cmd_option options[] = {
	{ 't', NULL, NULL, "the command has a terminal, of the size and type of ours" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_exec = {
	"exec", " [-t] NAME [--] COMMAND [WORDS...]", options, "run a command in a guest that runs",
	exec, NULL
};
