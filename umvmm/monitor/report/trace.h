/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.h - the monitor's own stack, for the message when it was at fault.
 */
#ifndef MONITOR_REPORT_TRACE_H
#define MONITOR_REPORT_TRACE_H

/* Puts registers and stacks where the manager finds them: struct monitor_stack. */
void trace_record(void);

#endif
