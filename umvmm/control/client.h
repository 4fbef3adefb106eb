/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client.h - asks running VMs; for umvmm list, stop, stats, gdb, exec, dump, ps and bt.
 */
#ifndef UMVMM_CONTROL_CLIENT_H
#define UMVMM_CONTROL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A connection to a VM on which ASK has had its answer (true); the caller closes it. ASK is
 * called again with a new one where a manager has closed the last: it waits a moment only for
 * what a client has to say, and the host may not have run the client for so long.
 * Negative, for client_error_text(): -ENOENT, there is no such VM; -EAGAIN, it does not answer.
 */
int client_connect(const char *name, bool (*ask)(int fd, void *ctx), void *ctx)
	__attribute__((warn_unused_result));
const char *client_error_text(int error);

/* One word to one VM, one line of JSON back: 0, or as client_connect(). */
int client_ask(const char *name, const char *word, char *answer, size_t size)
	__attribute__((warn_unused_result));

/* The value of a number in our own flat JSON; false: it is not there. */
int client_number(const char *json, const char *key, uint64_t *value);

/* Likewise a string's text; false: it is not there, or longer than SIZE - 1. */
int client_string(const char *json, const char *key, char *text, size_t size);

/* The text of an answer's "error", of *LEN bytes; null: it has none. */
const char *client_error(const char *json, int *len);

/* Calls SEE with each VM's name, sorted. 0, or -1 after a message. */
int client_each(void (*see)(const char *name, void *ctx), void *ctx)
	__attribute__((warn_unused_result));

/* Finds "--json" and one name: 0, or -1 after a message that names COMMAND. */
int client_options(int argc, char **argv, int *json, const char **name)
	__attribute__((warn_unused_result));

#endif
