// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * registry.c - the running VMs of this user: a socket NAME.sock for each, and
 * NAME.gdb (gdb_socket.c).
 *
 * Runs: in the manager's main thread, and in umvmm list, stop, stats and gdb.
 */
#include "registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

int registry_dir(char *dir, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (runtime && runtime[0] == '/' && access(runtime, W_OK | X_OK) == 0)
		n = snprintf(dir, size, "%s/umvmm", runtime);
	else
		n = snprintf(dir, size, "/tmp/umvmm-%u", (unsigned int)geteuid());
	if (n < 0 || (size_t)n >= size)
		return fail("XDG_RUNTIME_DIR: the path is too long");
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return fail("%s: %s", dir, strerror(errno));
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077))
		return fail("%s: is not a directory of yours with mode 0700; remove it", dir);
	return 0;
}

static int address_of(struct sockaddr_un *address, const char *name)
{
	char dir[sizeof(address->sun_path)];
	int n;

	if (registry_dir(dir, sizeof(dir)) < 0)
		return -1;
	address->sun_family = AF_UNIX;
	n = snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s.sock", dir, name);
	if (n < 0 || (size_t)n >= sizeof(address->sun_path))
		return fail("-n %s: the name is too long for the directory %s", name, dir);
	return 0;
}

/* What a VM that was killed has left: with its own socket gdb's goes. */
static void remove_stale(struct sockaddr_un *address)
{
	char *end = address->sun_path + strlen(address->sun_path) - strlen("sock");

	unlink(address->sun_path);
	strcpy(end, "gdb");
	unlink(address->sun_path);
}

int registry_connect(const char *name)
{
	struct sockaddr_un address;
	int fd;

	if (address_of(&address, name) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	if (errno == ECONNREFUSED)
		remove_stale(&address);
	close(fd);
	return -1;
}

int registry_open(struct registry *r, const char *name)
{
	struct sockaddr_un address;
	int other;

	r->fd = -1;
	if (name)
		snprintf(r->name, sizeof(r->name), "%s", name);
	else
		snprintf(r->name, sizeof(r->name), "vm-%d", (int)getpid());
	if (address_of(&address, r->name) < 0)
		return -1;
	other = registry_connect(r->name); /* removes a stale one */
	if (other >= 0) {
		close(other);
		return fail("-n %s: a VM of this name runs already", r->name);
	}
	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0 || bind(r->fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(r->fd, 8) < 0) {
		fail("%s: %s", address.sun_path, strerror(errno));
		if (r->fd >= 0)
			close(r->fd);
		r->fd = -1;
		return -1;
	}
	memcpy(r->path, address.sun_path, sizeof(r->path));
	return 0;
}

void registry_close(struct registry *r)
{
	if (r->fd < 0)
		return;
	unlink(r->path);
	close(r->fd);
	r->fd = -1;
}
