/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - the monitor's own text, changed once at the start.
 *
 * Runs: monitor, in the first process of the VM, before there is a filter.
 */
#ifndef MONITOR_ENTRY_TEXT_H
#define MONITOR_ENTRY_TEXT_H

/* Writable until text_lock(). A host that refuses ends the process. */
void text_unlock(void);
void text_lock(void);

#endif
