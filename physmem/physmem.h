/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * physmem.h - guest physical memory: one file, mapped wherever it is needed.
 *
 * Runs: in the manager and in its steward; contexts inherit only the file descriptor.
 * Must hold: the file never shrinks while a context maps it (SIGBUS), and
 * nobody reaches guest memory but through physmem_range().
 */
#ifndef PHYSMEM_PHYSMEM_H
#define PHYSMEM_PHYSMEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <vm.h>

/* What the host maps by one entry, if one folio holds it. */
#define CHUNK_SIZE  (2ull << 20)
#define CHUNK_PAGES 512u

struct physmem {
	int fd;
	int read_only; /* the same file, for those who only look at it; -1: there is no /proc */
	uint8_t *base; /* the whole file, shared, not inherited by fork */
	uint64_t size;
	bool *collapsed; /* for each chunk: it is one 2 MiB folio; shared with forks */
	_Atomic uint64_t chunks_collapsed;
	_Atomic uint64_t pages_added; /* resident only because of that */
};

/* PATH NULL: a memfd. 0, or -1 after a message. */
int physmem_create(struct physmem *mem, const char *path, uint64_t size)
	__attribute__((warn_unused_result));
void physmem_destroy(struct physmem *mem);

/* In a fork of the process that has created it: maps it here, too. 0, or -1 after a message. */
int physmem_attach(struct physmem *mem) __attribute__((warn_unused_result));

/* All bytes zero again, as after a reset with the power cut. */
int physmem_clear(struct physmem *mem) __attribute__((warn_unused_result));

/*
 * Where LEN bytes of RAM at guest physical GPA are in the file of SIZE bytes, or
 * PHYSMEM_NONE if any of them is not RAM.
 */
#define PHYSMEM_NONE (~0ull)
uint64_t physmem_offset(uint64_t size, uint64_t gpa, uint64_t len);

/* The same as a pointer, or NULL. */
void *physmem_range(const struct physmem *mem, uint64_t gpa, uint64_t len);

/* First byte behind the RAM below 4 GiB. */
uint64_t physmem_low_end(const struct physmem *mem);

/*
 * collapse.c. Asks for 2 MiB folios under a range that will be used as a whole;
 * a host that has none is no error.
 */
void physmem_collapse(struct physmem *mem, uint64_t gpa, uint64_t len);

/* One chunk of the file, of which ADDED pages are not resident: 0 or -errno. */
int physmem_collapse_chunk(struct physmem *mem, uint32_t chunk, unsigned int added)
	__attribute__((warn_unused_result));
/* Resident pages of one chunk (or -errno), and of all. */
int physmem_chunk_resident(const struct physmem *mem, uint32_t chunk);
uint64_t physmem_resident(const struct physmem *mem);

#endif
