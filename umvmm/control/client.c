// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client.c - asks running VMs.
 *
 * Runs: in the commands that ask a VM, not in a manager.
 */
#include "client.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

#include "registry.h"

#define TRIES 20

int client_connect(const char *name, bool (*ask)(int fd, void *ctx), void *ctx)
{
	for (int i = 0; i < TRIES; i++) {
		int fd = strchr(name, '/') ? -1 : registry_connect(name), error;

		if (fd < 0)
			return -ENOENT;
		errno = 0;
		if (ask(fd, ctx))
			return fd;
		error = errno;
		close(fd);
		/* 0: an end of file */
		if (error != 0 && error != EPIPE && error != ECONNRESET)
			break;
	}
	return -EAGAIN;
}

const char *client_error_text(int error)
{
	return error == -ENOENT ? "no such VM runs; umvmm list names them" :
				  "the VM does not answer: it ends, or its umvmm run is stopped "
				  "(Ctrl-Z)";
}

struct question {
	const char *word;
	char *answer;
	size_t size;
};

static bool ask_line(int fd, void *ctx)
{
	const struct timeval limit = { .tv_sec = 5 };
	const struct question *q = ctx;
	char line[32];
	size_t len = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	snprintf(line, sizeof(line), "%s\n", q->word);
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) > 0)
		while (len < q->size - 1) {
			ssize_t n = read(fd, q->answer + len, q->size - 1 - len);

			if (n <= 0)
				break;
			len += (size_t)n;
		}
	q->answer[len] = '\0';
	return len;
}

int client_ask(const char *name, const char *word, char *answer, size_t size)
{
	struct question q = { word, answer, size };
	int fd = client_connect(name, ask_line, &q);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

/* What stands behind KEY and a blank at the beginning of a line, or null. */
static const char *value_of(const char *answer, const char *key)
{
	const size_t len = strlen(key);

	while (strncmp(answer, key, len) != 0 || answer[len] != ' ') {
		answer += strcspn(answer, "\n");
		if (!*answer)
			return NULL;
		answer++;
	}
	return answer + len + 1;
}

bool client_has(const char *answer, const char *key)
{
	return value_of(answer, key);
}

const char *client_error(const char *answer, int *len)
{
	const char *text = value_of(answer, "error");

	if (text)
		*len = (int)strcspn(text, "\n");
	return text;
}

bool client_number(const char *answer, const char *key, uint64_t *value)
{
	const char *at = value_of(answer, key);
	char *end;

	if (!at || *at < '0' || *at > '9')
		return false;
	errno = 0;
	*value = strtoull(at, &end, 10);
	return *end == '\n' && !errno;
}

/* One byte of a value; what is behind it, or null where the value is over or makes no sense. */
static const char *byte(const char *at, char *c)
{
	unsigned int code;

	*c = *at;
	if (*at == '\n' || !*at)
		return NULL;
	if (*at != '\\')
		return at + 1;
	if (at[1] != 'x' || !isxdigit((unsigned char)at[2]) || !isxdigit((unsigned char)at[3]) ||
	    sscanf(at + 2, "%2x", &code) != 1)
		return NULL;
	*c = (char)code;
	return at + 4;
}

bool client_string(const char *answer, const char *key, char *text, size_t size)
{
	const char *at = value_of(answer, key), *next;
	size_t used = 0;
	char c = '\0';

	while (at && used < size && (next = byte(at, &c))) {
		text[used++] = c;
		at = next;
	}
	if (used < size)
		text[used] = '\0';
	return at && used < size && c == '\n';
}

static int is_socket(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && !strcmp(entry->d_name + len - 5, ".sock");
}

int client_each(void (*see)(const char *name, void *ctx), void *ctx)
{
	struct dirent **entries;
	char dir[108];
	int n;

	if (registry_dir(dir, sizeof(dir)) < 0)
		return -1;
	n = scandir(dir, &entries, is_socket, alphasort);
	if (n < 0)
		return fail("%s: cannot be read", dir);
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 5] = '\0';
		see(entries[i]->d_name, ctx);
		free(entries[i]);
	}
	free(entries);
	return 0;
}
