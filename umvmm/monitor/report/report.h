/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h - telling about guests that misbehave, and about ourselves.
 *
 * Runs: monitor. The formats know %x (hex), %d (signed), %s.
 */
#ifndef MONITOR_REPORT_REPORT_H
#define MONITOR_REPORT_REPORT_H

#include <stdint.h>

/* The guest did what no machine can do; stops this VM and no other. */
void guest_fault(const char *fmt, ...) __attribute__((noreturn));
/* The monitor is wrong; stops the VM. */
void monitor_bug(const char *fmt, ...) __attribute__((noreturn));
/* An exception met exceptions: the guest's machine shuts down; stops the VM. */
void triple_fault(const char *fmt, ...) __attribute__((noreturn));
/* No CPU of it will ever run again; stops the VM. */
void guest_dead(const char *fmt, ...) __attribute__((noreturn));
/* The host's limits are too low; stops the VM. */
void host_refused(const char *fmt, ...) __attribute__((noreturn));
/* A line for -v. */
void monitor_log(const char *fmt, ...);
/* The guest stopped in an orderly way: enum vm_exit. */
void vm_stop(uint32_t reason, uint32_t code) __attribute__((noreturn));
/* Something is in a ring for the manager. */
void manager_wake(void);

#endif
