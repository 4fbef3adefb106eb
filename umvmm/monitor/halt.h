/* SPDX-License-Identifier: GPL-2.0-or-later */
/* halt.h - HLT. Runs: monitor. */
#ifndef MONITOR_HALT_H
#define MONITOR_HALT_H

/* Sleep until something is deliverable. */
void halt(void);

#endif
