// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipes.c - 8 MiB through a pipe between two processes, in odd sizes, and what
 * happens at either end's close.
 */
#include "test.h"

#define TOTAL (8u << 20)

static unsigned char byte_at(unsigned int i)
{
	return (unsigned char)(i * 2654435761u >> 24);
}

static void writer(int fd)
{
	unsigned char buf[5003];
	unsigned int sent = 0;

	while (sent < TOTAL) {
		unsigned int n = 1 + sent % sizeof(buf);

		if (n > TOTAL - sent)
			n = TOTAL - sent;
		for (unsigned int i = 0; i < n; i++)
			buf[i] = byte_at(sent + i);
		REQUIRE(write(fd, buf, n) == (ssize_t)n);
		sent += n;
	}
	_exit(0);
}

int main(void)
{
	unsigned char buf[7001];
	unsigned int got = 0;
	int p[2], status;
	ssize_t n;
	pid_t pid;

	REQUIRE(pipe(p) == 0);
	pid = fork();
	if (pid == 0)
		writer(p[1]);
	close(p[1]);
	while ((n = read(p[0], buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] != byte_at(got + (unsigned int)i)) {
				EXPECT(0, "byte %u is wrong", got + (unsigned int)i);
				return 1;
			}
		got += (unsigned int)n;
	}
	EXPECT(n == 0 && got == TOTAL, "%u bytes came", got);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "the writer: %#x", status);
	signal(SIGPIPE, SIG_IGN);
	REQUIRE(pipe(p) == 0);
	close(p[0]);
	EXPECT(write(p[1], "x", 1) == -1 && errno == EPIPE, "a pipe without reader");
	return test_end();
}
