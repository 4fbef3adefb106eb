// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * door.c - the sockets that a gdb connects to, and who is let in.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "door.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/base/futex.h>

#include "packet.h"

#define REFUSED_NS 1000000000ll

void door_open(struct door *d, const int socket[DOOR_SOCKETS])
{
	memcpy(d->socket, socket, sizeof(d->socket));
	for (unsigned int i = 0; i < DOOR_REFUSED; i++)
		d->refused[i].fd = -1;
}

int door_prepare(const struct door *d, struct pollfd fds[DOOR_POLL])
{
	bool refused = false;

	for (unsigned int i = 0; i < DOOR_SOCKETS; i++)
		fds[i] = (struct pollfd){ .fd = d->socket[i], .events = POLLIN };
	for (unsigned int i = 0; i < DOOR_REFUSED; i++) {
		fds[DOOR_SOCKETS + i] = (struct pollfd){ .fd = d->refused[i].fd, .events = POLLIN };
		refused = refused || d->refused[i].fd >= 0;
	}
	return refused ? (int)(REFUSED_NS / 1000000) : -1;
}

/* A TCP socket is on the loopback interface, which any user of the host may use. */
static bool may_enter(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);
	int domain = 0;
	socklen_t domain_size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) < 0)
		return false;
	if (domain != AF_UNIX)
		return true;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == geteuid() || peer.uid == 0;
}

/* gdb reads what we say only as an answer: its first packet comes before. */
static void refuse(struct door *d, int fd)
{
	for (unsigned int i = 0; i < DOOR_REFUSED; i++) {
		if (d->refused[i].fd >= 0)
			continue;
		d->refused[i].fd = fd;
		d->refused[i].told = false;
		d->refused[i].until = monotonic_ns() + REFUSED_NS;
		return;
	}
	close(fd);
}

static void tell(int fd)
{
	static const char text[] = "E.another gdb is attached to this VM";
	char frame[sizeof(text) + PACKET_FRAME] = "+";
	size_t size = 1 + packet_frame(frame + 1, text, sizeof(text) - 1);

	send(fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(fd, SHUT_WR);
}

static void serve_refused(struct door *d, unsigned int i, bool readable)
{
	char bytes[4096];
	ssize_t n = -1;

	if (readable)
		n = recv(d->refused[i].fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0 && !d->refused[i].told && memchr(bytes, '#', (size_t)n)) {
		tell(d->refused[i].fd);
		d->refused[i].told = true;
	}
	if (n == 0 || monotonic_ns() > d->refused[i].until) {
		close(d->refused[i].fd);
		d->refused[i].fd = -1;
	}
}

static bool listens(int fd)
{
	int yes = 0;
	socklen_t size = sizeof(yes);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == 0 && yes;
}

/* Who knocks at a socket; -1: nobody any more. A connected socket serves once. */
static int knock(struct door *d, unsigned int i)
{
	int fd = d->socket[i];

	if (listens(fd))
		return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	d->socket[i] = -1;
	return fd;
}

int door_serve(struct door *d, const struct pollfd fds[DOOR_POLL], bool busy)
{
	int in = -1;

	for (unsigned int i = 0; i < DOOR_REFUSED; i++)
		if (d->refused[i].fd >= 0)
			serve_refused(d, i, fds[DOOR_SOCKETS + i].revents);
	for (unsigned int i = 0; i < DOOR_SOCKETS; i++) {
		int fd = fds[i].revents ? knock(d, i) : -1;

		if (fd < 0)
			continue;
		if (!may_enter(fd))
			close(fd);
		else if (busy || in >= 0)
			refuse(d, fd);
		else
			in = fd;
	}
	return in;
}
