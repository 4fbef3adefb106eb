/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snapshot.h - the guest stands still for a client, who gets the vCPUs' registers.
 *
 * Runs: in the tracer; each client has a thread.
 */
#ifndef TRACER_SNAPSHOT_H
#define TRACER_SNAPSHOT_H

#include <vm.h>

#include <tracer/target/target.h>

/* What the client receives first. */
struct snapshot {
	int32_t error; /* errno of target_open(): nothing follows. EBUSY: somebody debugs */
	uint32_t ncpus;
	uint32_t running; /* a bit for each vCPU that has not stopped: no registers of it */
	struct target_regs regs[VM_MAX_VCPUS];
};

/*
 * The guest stands still until the client at FD, a connected socket, sends something or
 * goes away; then it gets one byte. FD is closed in any case.
 */
void snapshot_serve(int fd);

#endif
