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

/*
 * One word to one VM, and its answer: 0, or as client_connect(). An answer is lines, of a key, a
 * blank and a value each; a byte of a value that would end the line, or is no ASCII, is \xNN.
 */
int client_ask(const char *name, const char *word, char *answer, size_t size)
	__attribute__((warn_unused_result));

/* What an answer without the lines that were expected means. */
#define CLIENT_OTHER_VERSION "that VM's umvmm is of another version"

/* Has the answer a line with this key? */
bool client_has(const char *answer, const char *key);

/* The value of a number; false: it is not there, or is none. */
bool client_number(const char *answer, const char *key, uint64_t *value);

/* The value as a string; false: it is not there, or longer than SIZE - 1. */
bool client_string(const char *answer, const char *key, char *text, size_t size);

/* The text of an answer's "error", of *LEN bytes; null: it has none. */
const char *client_error(const char *answer, int *len);

/* Calls SEE with each VM's name, sorted. 0, or -1 after a message. */
int client_each(void (*see)(const char *name, void *ctx), void *ctx)
	__attribute__((warn_unused_result));

#endif
