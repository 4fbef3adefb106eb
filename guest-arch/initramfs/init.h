/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * init.h - what the files of the guest's process 1 share.
 *
 * Runs: in guest user space, as process 1.
 *
 * Must hold: one thread; nobody but init_reap() waits for children.
 */
#ifndef UMVMM_INIT_H
#define UMVMM_INIT_H

#include <signal.h>
#include <sys/types.h>

/* The command that the manager appended to the initramfs. */
#define INIT_EXEC "/.umvmm/exec"

/* Its lines: standard input and output, standard error, control. */
#define INIT_TTY_DATA	 "/dev/ttyS1"
#define INIT_TTY_ERROR	 "/dev/ttyS2"
#define INIT_TTY_CONTROL "/dev/ttyS3"
#define INIT_TTY_CONSOLE "/dev/ttyS0"

/* A child's death interrupts what waits with *mask (ppoll()), and only that. */
void init_watch_children(sigset_t *mask);

/* In a child: the command, in a session of its own and with these streams; a terminal is its own. */
void init_become(char *const argv[], int in, int out, int err) __attribute__((noreturn));

/* What wait() said, as a shell's $?. */
int init_status(int status);

/* Wait for that child, and bury every other one that dies meanwhile. */
int init_reap(pid_t wanted);

/* A serial line, raw and without blocking; -1 after a message. */
int init_open_line(const char *path);

/* A process that gives the console the size that the manager tells. */
void init_follow_size(void);

/* A process that runs the commands of umvmm exec. */
void init_agent(void);

/* Run the command to its end and report its status on the control line. */
void init_exec(char *const argv[]);

#endif
