/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust.h - --isolation users: the guest kernel says whose user code needs no wall.
 *
 * Runs: monitor, in a context.
 *
 * User code of an address space that the guest kernel calls trusted runs in the context,
 * as with --isolation none: its processes may load modules, so nothing keeps them from
 * the kernel anyway. All other user code runs in the context's user sibling, as with
 * split. vcpu->split tells which, of the address space that is loaded.
 *
 * Must hold: no user code of an untrusted address space runs in a context. The guest
 * kernel withdraws trust at virtual CPL 0, and the way to CPL 3 looks at vcpu->split.
 */
#ifndef MONITOR_PARAVIRT_TRUST_H
#define MONITOR_PARAVIRT_TRUST_H

/* The guest kernel says so of the address space that is loaded. */
void trust_set(int trusted);
/* This context takes over: what it was told last holds. */
void trust_enter(void);

#endif
