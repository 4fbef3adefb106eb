/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_tries.h - tries what the host may forbid, for umvmm doctor.
 *
 * Each gives 0 or an errno, and leaves no trace.
 */
#ifndef UMVMM_CMD_DOCTOR_TRIES_H
#define UMVMM_CMD_DOCTOR_TRIES_H

int try_filter(void);  /* install a seccomp filter */
int try_ptrace(void);  /* be traced */
int try_monitor(void); /* execute the monitor's image */
int try_memory(void);  /* execute code in shared memory */
int try_pidfd(void);   /* open and signal one's own pidfd */

#endif
