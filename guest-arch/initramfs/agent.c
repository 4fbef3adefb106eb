// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * agent.c - runs the commands of umvmm exec.
 *
 * Runs: in guest user space, in a child of process 1, beside the shell or the command.
 *
 * Frames (guest-arch/include/umvmm/exec.h) come and go on ttyS4; each session's command
 * has three pipes or a terminal, and a process group of its own.
 *
 * Must hold: no read or write blocks; the line is read as fast as it comes, because a
 * serial line drops what nobody takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/exec.h>

#include "init.h"

/* Of all sessions, and some room for answers. */
#define OUTPUT_SIZE (EXEC_SESSIONS * 2 * EXEC_WINDOW)

struct session {
	bool open; /* its first words have come */
	pid_t pid; /* 0: it does not run yet */
	bool dead;
	int status;
	int in, out, err; /* pipes, or a terminal's other end; -1: closed */
	bool on_terminal;
	struct exec_terminal terminal;
	char *args;
	size_t args_len;
	char input[EXEC_WINDOW];
	size_t input_start, input_end;
	bool input_ended;
	uint32_t under_way; /* output that was not yet taken */
};

static struct session sessions[EXEC_SESSIONS];
static int line = -1;
static char output[OUTPUT_SIZE];
static size_t output_start, output_end;

static void send_frame(enum exec_type type, unsigned int index, const void *data, size_t len)
{
	const struct exec_frame frame = {type, index, len};

	if (OUTPUT_SIZE - output_end < sizeof(frame) + len) {
		memmove(output, output + output_start, output_end - output_start);
		output_end -= output_start;
		output_start = 0;
	}
	if (OUTPUT_SIZE - output_end < sizeof(frame) + len)
		return; /* the manager asks for more than it may */
	memcpy(output + output_end, &frame, sizeof(frame));
	memcpy(output + output_end + sizeof(frame), data, len);
	output_end += sizeof(frame) + len;
}

static void flush_output(void)
{
	ssize_t put = 1;

	while (output_start < output_end && put > 0) {
		put = write(line, output + output_start, output_end - output_start);
		if (put > 0)
			output_start += put;
	}
	if (output_start == output_end)
		output_start = output_end = 0;
}

static void close_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void end_session(struct session *s)
{
	close_pipe(&s->in);
	close_pipe(&s->out);
	close_pipe(&s->err);
	free(s->args);
	memset(s, 0, offsetof(struct session, input));
	s->in = s->out = s->err = -1;
	s->input_start = s->input_end = s->under_way = 0;
	s->input_ended = false;
}

static void run(const struct session *s, const int streams[3])
{
	static char *argv[EXEC_ARGS_MAX / 2 + 1];
	int argc = 0;

	for (char *word = s->args; word < s->args + s->args_len; word += strlen(word) + 1)
		if (argc < (int)(EXEC_ARGS_MAX / 2))
			argv[argc++] = word;
	if (s->on_terminal && s->terminal.type[0])
		setenv("TERM", s->terminal.type, 1);
	init_become(argv, streams[0], streams[1], streams[2]);
}

static void set_size(const struct session *s)
{
	const struct winsize size = {
		.ws_row = s->terminal.rows,
		.ws_col = s->terminal.cols,
	};

	ioctl(s->out, TIOCSWINSZ, &size);
}

/* The session's ends, and the command's. */
static bool open_terminal(struct session *s, int streams[3])
{
	s->in = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->in < 0 || unlockpt(s->in) < 0)
		return false;
	s->out = fcntl(s->in, F_DUPFD_CLOEXEC, 0);
	if (s->out < 0)
		return false;
	set_size(s);
	for (int i = 0; i < 3; i++) {
		streams[i] = ioctl(s->in, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (streams[i] < 0)
			return false;
	}
	return true;
}

static bool open_pipes(struct session *s, int streams[3])
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return false;
	streams[0] = in[0];
	s->in = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return false;
	s->out = out[0];
	streams[1] = out[1];
	if (pipe2(err, O_CLOEXEC) < 0)
		return false;
	s->err = err[0];
	streams[2] = err[1];
	return true;
}

static void start(struct session *s, unsigned int index)
{
	static const char why[] = "umvmm exec: the guest has no process or memory left for it\n";
	int streams[3] = {-1, -1, -1};
	const uint8_t status = 126;

	s->pid = -1;
	if (s->args_len && (s->on_terminal ? open_terminal(s, streams) : open_pipes(s, streams)))
		s->pid = fork();
	if (s->pid == 0)
		run(s, streams);
	for (int i = 0; i < 3; i++)
		close_pipe(&streams[i]);
	if (s->pid < 0) {
		send_frame(EXEC_ERR, index, why, sizeof(why) - 1);
		send_frame(EXEC_EXIT, index, &status, 1);
		end_session(s);
		return;
	}
	free(s->args);
	s->args = NULL;
	fcntl(s->in, F_SETFL, O_NONBLOCK);
	fcntl(s->out, F_SETFL, O_NONBLOCK);
	fcntl(s->err, F_SETFL, O_NONBLOCK);
}

static void add_args(struct session *s, const char *data, size_t len)
{
	char *more = s->args_len + len < EXEC_ARGS_MAX ? realloc(s->args, s->args_len + len + 1) : NULL;

	if (!more)
		return;
	memcpy(more + s->args_len, data, len);
	s->args = more;
	s->args_len += len;
	s->args[s->args_len] = '\0';
}

static void add_input(struct session *s, const char *data, size_t len)
{
	if (s->input_start) {
		memmove(s->input, s->input + s->input_start, s->input_end - s->input_start);
		s->input_end -= s->input_start;
		s->input_start = 0;
	}
	if (len <= sizeof(s->input) - s->input_end) {
		memcpy(s->input + s->input_end, data, len);
		s->input_end += len;
	}
}

static void take(const struct exec_frame *frame, const char *data)
{
	struct session *s = &sessions[frame->session % EXEC_SESSIONS];
	const uint8_t status = 0;
	uint32_t count;

	if (frame->type == EXEC_ARGS)
		s->open = true;
	if (!s->open)
		return; /* of a session that is over */
	switch (frame->type) {
	case EXEC_ARGS:
		add_args(s, data, frame->len);
		break;
	case EXEC_START:
		if (!s->pid)
			start(s, frame->session);
		break;
	case EXEC_IN:
		add_input(s, data, frame->len);
		break;
	case EXEC_IN_END:
		s->input_ended = true;
		break;
	case EXEC_SIGNAL:
		if (s->pid > 0 && !s->dead && frame->len == 1)
			kill(-s->pid, data[0]);
		break;
	case EXEC_TERMINAL:
		if (frame->len != sizeof(s->terminal))
			break;
		memcpy(&s->terminal, data, sizeof(s->terminal));
		s->terminal.type[sizeof(s->terminal.type) - 1] = '\0';
		if (!s->pid)
			s->on_terminal = true;
		else if (s->on_terminal)
			set_size(s);
		break;
	case EXEC_GONE:
		if (s->pid > 0 && !s->dead)
			kill(-s->pid, SIGHUP);
		end_session(s);
		send_frame(EXEC_EXIT, frame->session, &status, 1);
		break;
	case EXEC_TAKEN:
		if (frame->len == sizeof(count)) {
			memcpy(&count, data, sizeof(count));
			s->under_way -= count < s->under_way ? count : s->under_way;
		}
		break;
	}
}

static void read_line(void)
{
	static char buf[sizeof(struct exec_frame) + EXEC_PAYLOAD];
	static size_t len;
	struct exec_frame frame;
	ssize_t got;

	for (;;) {
		size_t want = sizeof(frame);

		if (len >= sizeof(frame)) {
			memcpy(&frame, buf, sizeof(frame));
			want += frame.len;
			if (frame.len > EXEC_PAYLOAD) {
				len = 0; /* nonsense: the manager does not send it */
				continue;
			}
			if (len == want) {
				take(&frame, buf + sizeof(frame));
				len = 0;
				continue;
			}
		}
		got = read(line, buf + len, want - len);
		if (got <= 0)
			return;
		len += got;
	}
}

static bool may_send(const struct session *s)
{
	return s->under_way + EXEC_PAYLOAD <= EXEC_WINDOW &&
	       OUTPUT_SIZE - (output_end - output_start) > EXEC_WINDOW;
}

/* Once the command is dead, an empty pipe is the end, whoever else holds it. */
static void relay(struct session *s, unsigned int index, int *fd, enum exec_type type)
{
	char data[EXEC_PAYLOAD];
	ssize_t got;

	while (*fd >= 0 && may_send(s)) {
		got = read(*fd, data, sizeof(data));
		if (got > 0) {
			send_frame(type, index, data, got);
			s->under_way += got;
		} else if (got == 0 || (errno != EINTR && (errno != EAGAIN || s->dead))) {
			close_pipe(fd);
		} else {
			return;
		}
	}
}

static void feed(struct session *s, unsigned int index)
{
	uint32_t taken = 0;

	while (s->in >= 0 && s->input_start < s->input_end) {
		ssize_t put = write(s->in, s->input + s->input_start, s->input_end - s->input_start);

		if (put <= 0) {
			if (put < 0 && errno == EAGAIN)
				break;
			close_pipe(&s->in);
			break;
		}
		s->input_start += put;
		taken += put;
	}
	if (s->in < 0) { /* nobody reads it any more */
		taken += s->input_end - s->input_start;
		s->input_start = s->input_end = 0;
	} else if (s->input_ended && s->input_start == s->input_end) {
		close_pipe(&s->in);
	}
	if (taken)
		send_frame(EXEC_TAKEN, index, &taken, sizeof(taken));
}

static void move(struct session *s, unsigned int index)
{
	const uint8_t status = s->status;

	if (s->pid <= 0)
		return;
	feed(s, index);
	relay(s, index, &s->out, EXEC_OUT);
	relay(s, index, &s->err, EXEC_ERR);
	if (!s->dead || s->out >= 0 || s->err >= 0)
		return;
	send_frame(EXEC_EXIT, index, &status, 1);
	end_session(s);
}

static void collect(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
			if (sessions[i].pid != pid)
				continue;
			sessions[i].dead = true;
			sessions[i].status = init_status(status);
		}
	}
}

static void wait_for_work(const sigset_t *mask)
{
	struct pollfd p[1 + 3 * EXEC_SESSIONS];
	unsigned int n = 0;

	p[n++] = (struct pollfd){line, POLLIN | (output_start < output_end ? POLLOUT : 0), 0};
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++) {
		const struct session *s = &sessions[i];
		bool send = s->pid > 0 && may_send(s);

		p[n++] = (struct pollfd){s->input_start < s->input_end ? s->in : -1, POLLOUT, 0};
		p[n++] = (struct pollfd){send ? s->out : -1, POLLIN, 0};
		p[n++] = (struct pollfd){send ? s->err : -1, POLLIN, 0};
	}
	ppoll(p, n, NULL, mask);
}

static void serve(void)
{
	sigset_t mask;

	init_watch_children(&mask);
	for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
		sessions[i].in = sessions[i].out = sessions[i].err = -1;
	send_frame(EXEC_HELLO, 0, NULL, 0);
	for (;;) {
		collect();
		read_line();
		for (unsigned int i = 0; i < EXEC_SESSIONS; i++)
			move(&sessions[i], i);
		flush_output();
		wait_for_work(&mask);
	}
}

void init_agent(void)
{
	if (access(EXEC_TTY, F_OK) < 0 || fork() != 0)
		return; /* on hardware without that line there is no agent */
	line = init_open_line(EXEC_TTY);
	if (line >= 0)
		serve();
	_exit(1);
}
