/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client.h - asks running VMs; for umvmm list, stop, stats and gdb.
 */
#ifndef UMVMM_CLIENT_H
#define UMVMM_CLIENT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A manager waits a moment only for what a client has to say, and then closes: a client that
 * the host did not run for so long asks again.
 */
#define CLIENT_TRIES 20
#define CLIENT_AGAIN(error) ((error) == 0 || (error) == EPIPE || (error) == ECONNRESET)

/* One word to one VM, one line of JSON back. 0; -1: there is no such VM. */
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
