// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * answers.c - the manager's answers to umvmm list, stop, stats, gdb, exec, and to dump, dmesg,
 * ps and bt.
 *
 * Runs: in the manager's main thread.
 * Must hold: a client sends one word and a newline. It is given a fifth of a second; a silent one
 * does not hold up the guest's streams for longer. Answers are lines, as client.h says.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "session.h"

static void answer_info(FILE *out, const struct registry *r, const struct session *s)
{
	fprintf(out, "name %s\npid %d\ncpus %u\nmem %llu\nexec %d\n", r->name, (int)getpid(),
		s->machine.ncpus, (unsigned long long)s->machine.mem.size, s->cfg->exec);
}

/* The counters of a vCPU stand behind its number. */
static void answer_stats(FILE *out, const struct registry *r, const struct session *s)
{
	fprintf(out, "name %s\nisolation %s\ntrust_told %d\nmem_resident %llu\n"
		"chunks_collapsed %llu\npages_added %llu\ncontexts %u\n", r->name,
		isolation_names[s->cfg->isolation],
		__atomic_load_n(&s->machine.vm->trust_told, __ATOMIC_RELAXED) != 0,
		(unsigned long long)physmem_resident(&s->machine.mem) * 4096,
		(unsigned long long)s->machine.mem.chunks_collapsed,
		(unsigned long long)s->machine.mem.pages_added, s->machine.contexts);
	for (unsigned int i = 0; i < s->machine.ncpus; i++) {
		const struct vcpu_stats *stats = &machine_vcpu(&s->machine, i)->stats;

		fprintf(out, "vcpu %u\n", i);
#define X(field, text) fprintf(out, #field " %llu\n", (unsigned long long)stats->field);
		VCPU_COUNTERS(X)
#undef X
	}
	/* an answer without it was cut off */
	fprintf(out, "end 1\n");
}

/* A path may hold any byte. */
static void put_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, "%s ", key);
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		fprintf(out, *p < ' ' || *p > '~' || *p == '\\' ? "\\x%02x" : "%c", *p);
	fprintf(out, "\n");
}

/* What umvmm gdb needs. */
static void answer_gdb(FILE *out, const struct session *s)
{
	put_string(out, "kernel", s->machine.kernel_path);
	put_string(out, "socket", s->gdb.path[0]);
	put_string(out, "build_id", s->machine.buildid);
}

static void answer(FILE *out, const char *word, const struct registry *r, struct session *s)
{
	if (!strcmp(word, "info")) {
		answer_info(out, r, s);
	} else if (!strcmp(word, "stats")) {
		answer_stats(out, r, s);
	} else if (!strcmp(word, "gdb")) {
		answer_gdb(out, s);
	} else if (!strcmp(word, "stop")) {
		s->end = SESSION_QUIT;
		fprintf(out, "stopped %s\n", r->name);
	} else {
		fprintf(out, "error unknown command\n");
	}
}

void session_answer(struct session *s)
{
	const struct registry *r = &s->registry;
	const struct timeval limit = { .tv_usec = 200 * 1000 };
	int fd = accept4(r->fd, NULL, NULL, SOCK_CLOEXEC);
	char word[16] = "";
	ssize_t n;
	FILE *out;

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	n = read(fd, word, sizeof(word) - 1);
	if (n <= 0) {
		close(fd); /* the client asks again */
		return;
	}
	word[n] = '\0';
	word[strcspn(word, "\n")] = '\0';
	if (!strcmp(word, "memory") || !strcmp(word, "freeze")) {
		session_inspect(s, fd, !strcmp(word, "freeze"));
		close(fd);
		return;
	}
	if (!strcmp(word, "exec")) {
		const char *why;

		if (exec_mux_accept(&s->exec, fd, &why) == 0) {
			dprintf(fd, "exec 1\n");
		} else {
			dprintf(fd, "error %s\n", why);
			close(fd);
		}
		return;
	}
	out = fdopen(fd, "w");
	if (!out) {
		close(fd);
		return;
	}
	answer(out, word, r, s);
	fclose(out);
}
