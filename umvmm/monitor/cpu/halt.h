/* SPDX-License-Identifier: GPL-2.0-or-later */
/* halt.h - HLT. Runs: monitor. */
#ifndef MONITOR_CPU_HALT_H
#define MONITOR_CPU_HALT_H

/* Sleep until something is deliverable. */
void halt(void);
/* Ends the VM if all its CPUs, this one too, sleep and nothing can wake them. */
void halt_check_dead(void);

#endif
