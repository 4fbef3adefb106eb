/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * choose.h - which chunks of guest memory are worth a 2 MiB folio.
 */
#ifndef PHYSMEM_CHOOSE_H
#define PHYSMEM_CHOOSE_H

#include <stddef.h>
#include <stdint.h>

#include "physmem.h"

#define CHUNK_MIN   128u		  /* resident pages below which a chunk is left alone */
#define CHUNK_DENSE (CHUNK_PAGES * 7 / 8) /* from here on it is always worth it */

struct chunk {
	uint32_t index;
	uint16_t resident; /* pages, at most CHUNK_PAGES */
};

/*
 * Reorders CHUNK: the ones to collapse come first, densest first. Returns how
 * many they are. BUDGET: pages that chunks below CHUNK_DENSE may add.
 */
size_t choose_chunks(struct chunk *chunk, size_t count, uint64_t budget);

#endif
