// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec.c - run the manager's command with its three streams on serial lines.
 *
 * Runs: in guest user space, in process 1.
 *
 * The command has three pipes, never a tty, so that it behaves as it would in
 * a pipeline on the host. The relay below joins them to the lines:
 *
 *	ttyS1 -> pipe -> stdin		ttyS1 <- pipe <- stdout
 *	ttyS2 <- pipe <- stderr
 *	ttyS3 -> "eof N\n": stdin ends after N bytes in all
 *	ttyS3 <- "STATUS\n" after all output has been sent
 *
 * Must hold: no read or write blocks (a full line must not stop the others);
 * ttyS1 is read as fast as it comes, whether or not the command reads, because
 * a serial line drops what nobody takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

#define CHUNK 65536
/* Output that a line has not taken yet: past this the command has to wait. */
#define OUTPUT_MAX (256 * 1024)

/* Bytes on their way from one descriptor to another; -1 is a closed end. */
struct stream {
	int from;
	int to;
	char *buf;
	size_t start, end, size;
	size_t max; /* stop reading at this fill; 0: never */
};

int init_open_line(const char *path)
{
	struct termios raw;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		fprintf(stderr, "init: %s: %s\n", path, strerror(errno));
		return -1;
	}
	if (tcgetattr(fd, &raw) == 0) {
		cfmakeraw(&raw);
		raw.c_cflag |= CLOCAL | CREAD;
		raw.c_cflag &= ~CRTSCTS;
		cfsetspeed(&raw, B115200);
		tcsetattr(fd, TCSANOW, &raw);
	}
	return fd;
}

static size_t stream_fill(const struct stream *s)
{
	return s->end - s->start;
}

static bool stream_wants_input(const struct stream *s)
{
	return s->from >= 0 && (!s->max || stream_fill(s) < s->max);
}

static int stream_make_room(struct stream *s)
{
	size_t size = s->size * 2 + CHUNK;
	char *bigger;

	if (s->size - s->end >= CHUNK)
		return 0;
	if (s->start) {
		memmove(s->buf, s->buf + s->start, stream_fill(s));
		s->end -= s->start;
		s->start = 0;
	}
	if (s->size - s->end >= CHUNK)
		return 0;
	bigger = realloc(s->buf, size);
	if (!bigger)
		return -ENOMEM;
	s->buf = bigger;
	s->size = size;
	return 0;
}

/* How many bytes came; 0 if none did, -1 at the end of the input. */
static ssize_t stream_read(struct stream *s)
{
	ssize_t got;

	if (!stream_wants_input(s) || stream_make_room(s) < 0)
		return 0;
	got = read(s->from, s->buf + s->end, CHUNK);
	if (got > 0) {
		s->end += got;
		return got;
	}
	return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void stream_write(struct stream *s)
{
	ssize_t put;

	while (s->to >= 0 && stream_fill(s)) {
		put = write(s->to, s->buf + s->start, stream_fill(s));
		if (put > 0) {
			s->start += put;
		} else {
			if (put < 0 && (errno == EAGAIN || errno == EINTR))
				return;
			s->to = -1; /* nobody reads any more */
		}
	}
	s->start = s->end = 0;
}

/* The control line's input so far. */
struct control {
	char line[64];
	size_t len;
	bool eof;
	uint64_t total;
};

static void control_read(struct control *c, int fd)
{
	char byte;

	while (read(fd, &byte, 1) == 1) {
		if (byte != '\n') {
			if (c->len < sizeof(c->line) - 1)
				c->line[c->len++] = byte;
			continue;
		}
		c->line[c->len] = '\0';
		c->len = 0;
		if (!strncmp(c->line, "eof ", 4)) {
			c->total = strtoull(c->line + 4, NULL, 10);
			c->eof = true;
		}
	}
}

/* Is the command dead? Buries orphans on the way. */
static bool collect(pid_t pid, int *status)
{
	bool dead = false;
	int st;
	pid_t one;

	while ((one = waitpid(-1, &st, WNOHANG)) > 0)
		if (one == pid) {
			*status = init_status(st);
			dead = true;
		}
	return dead;
}

/* Sleep until something can move. */
static void relay_wait(const struct stream *in, const struct stream *out, const struct stream *err,
		       int control, const sigset_t *mask)
{
	struct pollfd p[] = {
		{control, POLLIN, 0},
		{in->from, POLLIN, 0},
		{stream_fill(in) ? in->to : -1, POLLOUT, 0},
		{stream_wants_input(out) ? out->from : -1, POLLIN, 0},
		{stream_fill(out) ? out->to : -1, POLLOUT, 0},
		{stream_wants_input(err) ? err->from : -1, POLLIN, 0},
		{stream_fill(err) ? err->to : -1, POLLOUT, 0},
	};

	ppoll(p, sizeof(p) / sizeof(p[0]), NULL, mask);
}

/*
 * Move one round of output. Once the command is dead, an empty pipe is the end
 * even if a process that it left behind still holds the other side.
 */
static void relay_output(struct stream *s, bool dead)
{
	ssize_t got = stream_read(s);

	if (got < 0 || (dead && got == 0 && stream_wants_input(s)))
		s->from = -1;
	stream_write(s);
}

/* Until the command is dead and all that it wrote has been sent. */
static int relay(pid_t pid, struct stream *in, struct stream *out, struct stream *err,
		 int control_fd, const sigset_t *mask)
{
	struct control control = {.len = 0};
	uint64_t received = 0;
	int status = 127;
	bool dead = false;

	while (!dead || out->from >= 0 || err->from >= 0 || stream_fill(out) || stream_fill(err)) {
		ssize_t got;

		if (!dead)
			dead = collect(pid, &status);
		control_read(&control, control_fd);
		got = stream_read(in);
		if (got > 0)
			received += got;
		if (got < 0 || (control.eof && received >= control.total))
			in->from = -1;
		stream_write(in);
		if (in->from < 0 && in->to >= 0 && !stream_fill(in)) {
			close(in->to);
			in->to = -1;
		}
		relay_output(out, dead);
		relay_output(err, dead);
		if (!dead || stream_fill(out) || stream_fill(err))
			relay_wait(in, out, err, control_fd, mask);
	}
	return status;
}

/* A pipe whose end for process 1 does not block. */
static int open_pipe(int p[2], int ours)
{
	if (pipe2(p, O_CLOEXEC) < 0)
		return -errno;
	if (fcntl(p[ours], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static void report(int fd, int status)
{
	fcntl(fd, F_SETFL, 0);
	dprintf(fd, "%d\n", status);
	tcdrain(fd);
}

void init_exec(char *const argv[])
{
	int data = init_open_line(INIT_TTY_DATA);
	int error = init_open_line(INIT_TTY_ERROR);
	int control = init_open_line(INIT_TTY_CONTROL);
	struct stream in = {.from = data};
	struct stream out = {.to = data, .max = OUTPUT_MAX};
	struct stream err = {.to = error, .max = OUTPUT_MAX};
	int pin[2], pout[2], perr[2], status = 127;
	sigset_t mask;
	pid_t pid;

	init_watch_children(&mask);
	if (data < 0 || error < 0 || control < 0 || open_pipe(pin, 1) < 0 ||
	    open_pipe(pout, 0) < 0 || open_pipe(perr, 0) < 0) {
		perror("init: cannot run the command");
		goto out;
	}
	in.to = pin[1];
	out.from = pout[0];
	err.from = perr[0];
	pid = fork();
	if (pid == 0)
		init_become(argv, pin[0], pout[1], perr[1]);
	if (pid < 0) {
		perror("init: fork");
		goto out;
	}
	close(pin[0]);
	close(pout[1]);
	close(perr[1]);
	status = relay(pid, &in, &out, &err, control, &mask);
	tcdrain(data);
	tcdrain(error);
out:
	if (control >= 0)
		report(control, status);
}
