/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gdb_socket.h - where a gdb can connect to a VM.
 *
 * Runs: in the manager's main thread. The tracer of each incarnation inherits the
 * sockets and serves them (tracer/gdb/door.c).
 *
 * Must hold: every VM has NAME.gdb in the registry's directory, for umvmm gdb. It is the
 * user's alone. What --gdb and -s add is on no other interface than loopback.
 */
#ifndef UMVMM_CONTROL_GDB_SOCKET_H
#define UMVMM_CONTROL_GDB_SOCKET_H

#include <sys/un.h>

#define GDB_SOCKETS 2 /* NAME.gdb, and what the command line asks for */

struct gdb_sockets {
	int fd[GDB_SOCKETS]; /* -1: none */
	char path[GDB_SOCKETS][sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/*
 * NAME: the VM's; SPEC: unix:PATH, tcp:PORT, fd:N or a null pointer. 0, or -1 after a
 * message; gdb_sockets_close() in any case.
 */
int gdb_sockets_open(struct gdb_sockets *g, const char *name, const char *spec)
	__attribute__((warn_unused_result));
void gdb_sockets_close(struct gdb_sockets *g);

/* Is SPEC one of these, as far as can be seen? 0, or -1 after a message. */
int gdb_spec_check(const char *spec) __attribute__((warn_unused_result));

#endif
