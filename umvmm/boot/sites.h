/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sites.h - rewrites the sites of a whole kernel file.
 *
 * Runs: in the manager's loader; the file may be hostile.
 */
#ifndef UMVMM_BOOT_SITES_H
#define UMVMM_BOOT_SITES_H

#include <stddef.h>

#include <guest-arch/afterburn/rewrite.h>

/*
 * file is vmlinux, with section headers; map gives the loaded copy of
 * [vaddr, vaddr + len), or NULL where that was not loaded. Sites in
 * .altinstr_replacement stay as they are: what they hold is patched over
 * other code later, and faults by nature there.
 * Returns 0, or a negative rewrite_error with its explanation in err.
 */
int sites_rewrite(const void *file, size_t size,
		  void *(*map)(void *ctx, uint64_t vaddr, size_t len), void *ctx,
		  enum rewrite_mode mode, struct rewrite_stats *stats, char *err, size_t errlen)
	__attribute__((warn_unused_result));

#endif
