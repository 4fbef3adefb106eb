// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * client.c - asks running VMs.
 *
 * Runs: in the commands that ask a VM, not in a manager.
 */
#include "client.h"

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

const char *client_error(const char *json, int *len)
{
	static const char key[] = "\"error\":\"";
	const char *text = strstr(json, key);

	if (!text)
		return NULL;
	text += sizeof(key) - 1;
	*len = (int)strcspn(text, "\"\n");
	return text;
}

int client_number(const char *json, const char *key, uint64_t *value)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", key);
	at = strstr(json, quoted);
	if (!at)
		return 0;
	*value = strtoull(at + strlen(quoted), NULL, 10);
	return 1;
}

/* One character of a JSON string; its end, or NULL where there is none. */
static const char *character(const char *at, char *c)
{
	unsigned int code;

	*c = *at;
	if (*at == '"' || !*at)
		return NULL;
	if (*at != '\\')
		return at + 1;
	if (at[1] != 'u' || sscanf(at + 2, "%4x", &code) != 1 || code > 0xff)
		return NULL;
	*c = (char)code;
	return at + 6;
}

int client_string(const char *json, const char *key, char *text, size_t size)
{
	char quoted[64], c;
	const char *at;
	size_t used = 0;

	snprintf(quoted, sizeof(quoted), "\"%s\":\"", key);
	at = strstr(json, quoted);
	if (!at || !size)
		return 0;
	for (at += strlen(quoted); (at = character(at, &c)) && used < size - 1;)
		text[used++] = c;
	text[used] = '\0';
	return !at;
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

int client_options(int argc, char **argv, int *json, const char **name)
{
	*json = 0;
	if (name)
		*name = NULL;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			*json = 1;
		else if (name && !*name && argv[i][0] != '-' && !strchr(argv[i], '/'))
			*name = argv[i];
		else
			return fail("%s %s: unexpected; usage: umvmm %s%s [--json]", argv[0],
				    argv[i], argv[0], name ? " NAME" : "");
	}
	if (name && !*name)
		return fail("%s: which VM? umvmm list names them", argv[0]);
	return 0;
}
