// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb_socket.c - where a gdb can connect to a VM.
 *
 * Runs: in the manager's main thread.
 */
#include "gdb_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

#include "registry.h"

#define BACKLOG 4

/* The number behind the colon; -1: there is none up to MAX. */
static long number(const char *spec, long max)
{
	const char *text = strchr(spec, ':') + 1;
	char *end;
	long n;

	if (strspn(text, "0123456789") == 0)
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	return errno || *end || n > max ? -1 : n;
}

static bool is_kind(const char *spec, const char *kind)
{
	return !strncmp(spec, kind, strlen(kind));
}

int gdb_spec_check(const char *spec)
{
	struct sockaddr_un address;

	if (is_kind(spec, "unix:")) {
		if (!spec[5])
			return fail("--gdb %s: no path", spec);
		if (strlen(spec + 5) >= sizeof(address.sun_path))
			return fail("--gdb %s: the path is too long for a socket, which takes %zu "
				    "bytes", spec, sizeof(address.sun_path) - 1);
		return 0;
	}
	if (is_kind(spec, "tcp:") && number(spec, 65535) < 0)
		return fail("--gdb %s: not a port, which is 0 to 65535", spec);
	if (is_kind(spec, "fd:") && number(spec, 1 << 20) < 0)
		return fail("--gdb %s: not a file descriptor", spec);
	if (is_kind(spec, "tcp:") || is_kind(spec, "fd:"))
		return 0;
	return fail("--gdb %s: unix:PATH, tcp:PORT or fd:N", spec);
}

/* A socket file that nobody serves any more is replaced. */
static bool is_stale(const struct sockaddr_un *address)
{
	struct stat st;
	bool stale;
	int fd;

	if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	stale = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int open_unix(struct gdb_sockets *g, unsigned int i, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int err;

	g->fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (g->fd[i] < 0)
		return fail("gdb's socket: %s", strerror(errno));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (is_stale(&address))
		unlink(path);
	mask = umask(0177);
	err = bind(g->fd[i], (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	umask(mask);
	if (!err) {
		memcpy(g->path[i], address.sun_path, sizeof(g->path[i]));
		if (listen(g->fd[i], BACKLOG) < 0)
			err = errno;
	}
	if (err)
		return fail("gdb's socket %s: %s", path,
			    err == EADDRINUSE ? "in use, or another file" : strerror(err));
	return 0;
}

static int open_tcp(struct gdb_sockets *g, unsigned int i, const char *spec)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				       .sin_port = htons((uint16_t)number(spec, 65535)) };
	socklen_t size = sizeof(address);
	const int yes = 1;

	g->fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (g->fd[i] < 0)
		return fail("--gdb %s: %s", spec, strerror(errno));
	setsockopt(g->fd[i], SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(g->fd[i], (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(g->fd[i], BACKLOG) < 0)
		return fail("--gdb %s: %s%s", spec, strerror(errno),
			    errno == EADDRINUSE ? ": by another VM? --gdb tcp:0 takes any" : "");
	if (!address.sin_port && getsockname(g->fd[i], (struct sockaddr *)&address, &size) == 0)
		note("gdb: target remote 127.0.0.1:%u", ntohs(address.sin_port));
	return 0;
}

/* A socket that listens, or is connected to a gdb already. */
static int open_fd(struct gdb_sockets *g, unsigned int i, const char *spec)
{
	int fd = (int)number(spec, 1 << 20), type = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return fail("--gdb %s: %s", spec, strerror(errno));
	if (type != SOCK_STREAM)
		return fail("--gdb %s: not a stream socket", spec);
	g->fd[i] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (g->fd[i] < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		return fail("--gdb %s: %s", spec, strerror(errno));
	return 0;
}

int gdb_sockets_open(struct gdb_sockets *g, const char *name, const char *spec)
{
	char path[sizeof(g->path[0])];
	int n;

	memset(g, 0, sizeof(*g));
	for (unsigned int i = 0; i < GDB_SOCKETS; i++)
		g->fd[i] = -1;
	if (registry_dir(path, sizeof(path)) < 0)
		return -1;
	n = (int)strlen(path);
	/* shorter than NAME.sock, which is there */
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s.gdb", name);
	if (open_unix(g, 0, path) < 0)
		return -1;
	if (!spec)
		return 0;
	if (is_kind(spec, "unix:"))
		return open_unix(g, 1, spec + 5);
	if (is_kind(spec, "tcp:"))
		return open_tcp(g, 1, spec);
	return open_fd(g, 1, spec);
}

void gdb_sockets_close(struct gdb_sockets *g)
{
	for (unsigned int i = 0; i < GDB_SOCKETS; i++) {
		if (g->path[i][0])
			unlink(g->path[i]);
		if (g->fd[i] >= 0)
			close(g->fd[i]);
		g->path[i][0] = '\0';
		g->fd[i] = -1;
	}
}
