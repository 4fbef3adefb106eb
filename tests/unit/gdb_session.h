/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb_session.h - a gdb connected to the stub, for each test of what the stub answers.
 *
 * The guest behind the stub is that of fake_target.h. Nothing runs beside the test: the stub
 * works only when the test calls take(), what calls that, or stub_serve().
 *
 * Runs: on the host, Check; one connection at a time.
 * Must hold: what take_data(), ask() and monitor() return is valid until the next of its kind.
 */
#ifndef UNIT_GDB_SESSION_H
#define UNIT_GDB_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <tests/gdb/fake_target.h>
#include <tracer/gdb/stub.h>

#include "unit.h"

extern struct stub stub;
extern int gdb;			 /* our end of the connection */
extern char got[4 * PACKET_MAX]; /* by the last take(), as it came */
extern size_t got_size;

/* One test case with all of these, each with a fresh guest and a gdb just connected. */
TCase *gdb_session_tests(void);
/* Again; the test has closed the last. */
void connect_gdb(void);

/* Bytes as they are: perhaps no packet. */
void put(const char *bytes, size_t size);
/* All that the stub has to say now. */
const char *take(void);
void send_packet(const char *data, size_t size);
/* The data of what take() has got, run lengths expanded; "(none)" if that is no packet. */
const char *data_of_got(void);
const char *take_data(void);

/* A packet's answer. */
const char *ask_bytes(const char *data, size_t size);
const char *ask(const char *data);
/* What a monitor command prints; its answer must be OK. */
const char *monitor(const char *line);

bool contains(const char *text, const char *part);
/* The vCPUs that run: a bit for each. */
unsigned int running(void);

#endif
