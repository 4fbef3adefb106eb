/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * note.h - walk ELF notes and the sites recorded in them.
 *
 * Runs: freestanding in the monitor, and in the loader, verifier and tests.
 * Input may be hostile.
 */
#ifndef UMVMM_NOTE_H
#define UMVMM_NOTE_H

#include <stddef.h>
#include <stdint.h>

/* Iterator over the sites of all umvmm notes in one section or segment. */
struct note_walk {
	const uint8_t *data;
	size_t size;
	uint64_t vaddr;	  /* of data[0] when the guest runs */
	size_t next;	  /* offset of the next note */
	size_t site;	  /* offset of the next site of the current note */
	size_t sites_end; /* end of the current note's descriptor */
	size_t notes;	  /* umvmm notes seen so far */
};

struct note_site {
	uint64_t vaddr;
	uint32_t len;
};

void note_begin(struct note_walk *w, const void *data, size_t size, uint64_t vaddr);
/* 1: *site is the next site; 0: there are no more; -1: malformed. */
int note_next(struct note_walk *w, struct note_site *site) __attribute__((warn_unused_result));

#endif
