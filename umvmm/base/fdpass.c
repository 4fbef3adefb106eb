// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fdpass.c - bytes and one open file, over a unix socket.
 *
 * Runs: in every ordinary process of umvmm.
 */
#include "fdpass.h"

#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message(struct iovec *iov, union control *control)
{
	return (struct msghdr){
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(*control),
	};
}

ssize_t fdpass_send(int socket, const void *data, size_t len, int file)
{
	struct iovec iov = { (void *)data, len };
	union control control = {
		.head = {
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
			.cmsg_len = CMSG_LEN(sizeof(file)),
		},
	};
	struct msghdr msg = message(&iov, &control);

	memcpy(CMSG_DATA(&control.head), &file, sizeof(file));
	return sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t fdpass_receive(int socket, void *data, size_t size, int *file)
{
	struct iovec iov = { data, size };
	union control control;
	struct msghdr msg = message(&iov, &control);
	ssize_t n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *head = n > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*file = -1;
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
		memcpy(file, CMSG_DATA(head), sizeof(*file));
	return n;
}
