// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sockets.c - TCP and UDP over loopback, Unix sockets with a passed file
 * descriptor, between two processes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "test.h"

#define TOTAL (2u << 20)

static struct sockaddr_in loopback;

static int bound(int type)
{
	socklen_t len = sizeof(loopback);
	int fd = socket(AF_INET, type, 0);

	loopback = (struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&loopback, sizeof(loopback)) == 0);
	REQUIRE(getsockname(fd, (struct sockaddr *)&loopback, &len) == 0);
	return fd;
}

static void tcp_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	static unsigned char buf[TOTAL];
	unsigned int sent = 0;

	for (unsigned int i = 0; i < TOTAL; i++)
		buf[i] = (unsigned char)(i ^ i >> 8);
	REQUIRE(connect(fd, (struct sockaddr *)&loopback, sizeof(loopback)) == 0);
	while (sent < TOTAL) {
		ssize_t n = write(fd, buf + sent, TOTAL - sent);

		REQUIRE(n > 0);
		sent += (unsigned int)n;
	}
	_exit(0);
}

static void tcp(void)
{
	int server = bound(SOCK_STREAM), fd, status;
	unsigned char buf[10007];
	unsigned int got = 0;
	ssize_t n;
	pid_t pid;

	REQUIRE(listen(server, 1) == 0);
	pid = fork();
	if (pid == 0)
		tcp_client();
	fd = accept(server, NULL, NULL);
	REQUIRE(fd >= 0);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, got++)
			if (buf[i] != (unsigned char)(got ^ got >> 8)) {
				EXPECT(0, "TCP byte %u is wrong", got);
				return;
			}
	EXPECT(got == TOTAL, "TCP: %u bytes", got);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "TCP client: %#x", status);
}

static void udp(void)
{
	int server = bound(SOCK_DGRAM), client = socket(AF_INET, SOCK_DGRAM, 0);
	char buf[2000], want[2000];

	for (size_t i = 1; i < 1400; i += 97) {
		memset(want, (int)i, i);
		REQUIRE(sendto(client, want, i, 0, (struct sockaddr *)&loopback,
			       sizeof(loopback)) == (ssize_t)i);
		EXPECT(recv(server, buf, sizeof(buf), 0) == (ssize_t)i && !memcmp(buf, want, i),
		       "UDP datagram of %zu", i);
	}
}

static void unix_fd(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { { 0 } };
	char byte = 'x', text[8] = "";
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	int s[2], status, fd;
	pid_t pid;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	pid = fork();
	if (pid == 0) {
		fd = memfd_create("passed", 0);
		REQUIRE(pwrite(fd, "hello", 5, 0) == 5);
		control.header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		REQUIRE(sendmsg(s[1], &msg, 0) == 1);
		_exit(0);
	}
	REQUIRE(recvmsg(s[0], &msg, 0) == 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	REQUIRE(pread(fd, text, 5, 0) == 5);
	EXPECT(!strcmp(text, "hello"), "the passed file reads '%s'", text);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "sender: %#x", status);
}

int main(void)
{
	tcp();
	udp();
	unix_fd();
	return test_end();
}
