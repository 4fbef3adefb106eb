/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sparse.h - copies a file so that nothing but what is not zero takes room.
 */
#ifndef UMVMM_INSPECT_SPARSE_H
#define UMVMM_INSPECT_SPARSE_H

#include <signal.h>
#include <stdint.h>

/*
 * SIZE bytes of IN from its start on, to OUT at AT, which is a new file. Holes of IN are
 * not even read. 0 or -errno; -EINTR when *STOP has become not 0, which is
 * looked at now and then.
 */
int sparse_copy(int out, uint64_t at, int in, uint64_t size, const volatile sig_atomic_t *stop)
	__attribute__((warn_unused_result));

#endif
