// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * request.c - what the manager asks of the tracer, over a socket pair.
 *
 * Runs: in both.
 */
#include "request.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <umvmm/base/fdpass.h>

int request_receive(int fd, struct request *req, int *file)
{
	ssize_t n;

	do
		n = fdpass_receive(fd, req, sizeof(*req), file);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*req) && *file >= 0)
		close(*file);
	return n == sizeof(*req) ? 0 : -1;
}

int request_answer(int fd, int err)
{
	return send(fd, &err, sizeof(err), MSG_NOSIGNAL) == sizeof(err) ? 0 : -1;
}

int request_send(int fd, const struct request *req)
{
	ssize_t n;
	int err;

	if (send(fd, req, sizeof(*req), MSG_NOSIGNAL) != sizeof(*req))
		return -1;
	do
		n = recv(fd, &err, sizeof(err), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? err : -1;
}

int request_send_file(int fd, const struct request *req, int file)
{
	return fdpass_send(fd, req, sizeof(*req), file) == sizeof(*req) ? 0 : -1;
}
