/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landlock.h - no file is opened any more, where the host has Landlock (landlock(7)).
 */
#ifndef UMVMM_SANDBOX_LANDLOCK_H
#define UMVMM_SANDBOX_LANDLOCK_H

/* Which version of it the host has; 0: none. */
int landlock_abi(void);

/*
 * From now on this process opens, makes and removes no file, whatever becomes of its seccomp
 * filter, connects to no TCP port, and attaches to no process but its own forks. What is open
 * stays so. Sets no_new_privs. Without Landlock, or with an old one, it is less.
 */
void landlock_no_files(void);

#endif
