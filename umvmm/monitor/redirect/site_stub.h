/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_stub.h - the stubs of rewritten call sites, and the slots that lead to them.
 *
 * Runs: monitor.
 */
#ifndef MONITOR_REDIRECT_SITE_STUB_H
#define MONITOR_REDIRECT_SITE_STUB_H

#include <stdint.h>

#include "site_shape.h"

/* A site that has a stub; its text may have been flushed since. */
struct site {
	uint64_t syscall; /* where the SYSCALL is, or was */
	struct shape shape;
	uint8_t middle;	 /* how often something has jumped into the group */
	uint8_t live;	 /* rewritten, and not put back; perhaps flushed */
	uint32_t serial; /* site_page_serial() then */
};

#define SITE_NONE 0xffffffffu

/*
 * The stub of the site with this SYSCALL and shape; group: the bytes that it displaces.
 * SITE_NONE if there is no memory, or no room.
 */
uint32_t site_stub_make(uint64_t syscall, const struct shape *shape, const uint8_t *group);
/* The address that a site's jump goes through. */
uint32_t site_stub_slot(uint32_t n);

/* The site of this SYSCALL, or SITE_NONE. */
uint32_t site_stub_find(uint64_t syscall);
/*
 * The first, from number n on, whose group holds rip, or has its SYSCALL there. Of one
 * whose text is gone since, another may lie in its place.
 */
uint32_t site_stub_around(uint64_t rip, uint32_t n);
/* That whose stub is there. */
uint32_t site_stub_at(uint64_t rip);
/* That whose jump lies at rip, in padding. */
uint32_t site_stub_pad(uint64_t rip);
/* Do n bytes from start on overlap another site's jump in padding? */
int site_stub_pad_taken(uint64_t syscall, uint64_t start, unsigned int n);

/* Of site n: the record, and the stub, which begins with the group. */
struct site *site_stub(uint32_t n);
const uint8_t *site_stub_code(uint32_t n);

/* Forget all. */
void site_stub_drop(void);
/*
 * Another address space: a user sibling has no stubs of the last one's, which tell its text
 * and where that was.
 */
void site_stub_forget(void);
/* Is there any? */
int site_stub_any(void);
/*
 * Do they lead to the gate of the context where user code runs in the sibling, or the
 * other way round? That means nothing there.
 */
int site_stub_misleads(void);

#endif
