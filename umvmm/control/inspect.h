/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect.h - looks into a running VM from another process.
 *
 * Runs: in umvmm dump, dmesg, ps and bt.
 * Must hold: the manager only hands out the memory's file, read-only; whatever is
 * made of what lies in it happens here.
 */
#ifndef UMVMM_CONTROL_INSPECT_H
#define UMVMM_CONTROL_INSPECT_H

#include <stdbool.h>

#include <tracer/snapshot.h>
#include <umvmm/inspect/guestmem.h>

struct inspect {
	const char *name;
	int socket;
	bool freeze;
	struct guestmem mem;
	struct snapshot snapshot; /* of a frozen VM: its registers */
};

/*
 * FREEZE: nothing of the guest runs from here on until inspect_close(), or until this
 * process dies. 0, or -1 after a message; if it cannot be stopped, OTHERWISE ends that.
 */
int inspect_open(struct inspect *in, const char *name, bool freeze, const char *otherwise)
	__attribute__((warn_unused_result));
/* True if the VM was frozen all the time; false after a message: it has ended. */
bool inspect_close(struct inspect *in);

#endif
