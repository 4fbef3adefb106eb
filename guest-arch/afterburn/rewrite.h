/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rewrite.h - replace recorded sites in place.
 *
 * Runs: freestanding in the monitor (modules), and in the loader (vmlinux).
 */
#ifndef UMVMM_REWRITE_H
#define UMVMM_REWRITE_H

#include <stddef.h>
#include <stdint.h>

#include "sens.h"

enum rewrite_mode {
	REWRITE_TRAP,	     /* every site traps */
	REWRITE_AFTERBURN,   /* inline code and gates where there are any */
	REWRITE_AFTERBURN_NO_FSGSBASE, /* the same where the host does not enable FSGSBASE */
};

static inline enum rewrite_mode rewrite_mode(int trap, int fsgsbase)
{
	if (trap)
		return REWRITE_TRAP;
	return fsgsbase ? REWRITE_AFTERBURN : REWRITE_AFTERBURN_NO_FSGSBASE;
}

enum rewrite_error {
	REWRITE_OK = 0,
	REWRITE_E_DECODE = -1,	/* no sensitive instruction where one is recorded */
	REWRITE_E_PADDING = -2, /* something else than nops around it */
	REWRITE_E_SHORT = -3,	/* the site is too short */
	REWRITE_E_NOTE = -4,	/* malformed note */
	REWRITE_E_RANGE = -5,	/* the site does not lie in text that may be changed */
	REWRITE_E_OVERLAP = -6, /* two sites share a byte */
	REWRITE_E_MANY = -7,	/* more sites than REWRITE_MAX_SITES */
	REWRITE_E_ELF = -8,	/* malformed ELF file */
	REWRITE_E_MISSING = -9, /* no note: not assembled with the wrapper */
};

/* What precedes or follows the site decides some forms. */
struct rewrite_site {
	uint8_t *text;
	size_t len;
	const uint8_t *after; /* bytes that follow the site */
	size_t after_len;
	int after_sti;	      /* the site before is "sti" and ends here */
	int before_hlt;	      /* the next site is "hlt" and starts at the end */
};

/* Returns the enum sens_kind of the instruction, or a negative rewrite_error. */
int rewrite_site(const struct rewrite_site *site, enum rewrite_mode mode)
	__attribute__((warn_unused_result));

/* The cap on sites in one call, which bounds the quadratic overlap check. */
#define REWRITE_MAX_SITES 8192

struct rewrite_target {
	/* The bytes [vaddr, vaddr + len), contiguous and writable; NULL: refused. */
	void *(*map)(void *ctx, uint64_t vaddr, size_t len);
	/* Non-zero: leave the site alone. May be NULL. */
	int (*skip)(void *ctx, uint64_t vaddr, size_t len);
	void *ctx;
	enum rewrite_mode mode;
	int disjoint; /* the caller has made sure that no two sites overlap */
};

struct rewrite_stats {
	uint32_t notes;
	uint32_t sites;
	uint32_t skipped;
	uint32_t trapping;	    /* sites that got the trapping form */
	uint32_t sti_hlt;	    /* pairs */
	uint32_t kind[SENS_KINDS];
	uint64_t bad_site;	    /* where the error was */
};

/*
 * Rewrites all sites of the notes in [note, note + size), which the guest sees
 * at note_vaddr. Adds to *stats. Returns 0 or a negative rewrite_error; the
 * sites before the bad one are then already rewritten. The note may be
 * hostile, and may change meanwhile.
 */
int rewrite_note(const void *note, size_t size, uint64_t note_vaddr,
		 const struct rewrite_target *target, struct rewrite_stats *stats)
	__attribute__((warn_unused_result));

const char *rewrite_strerror(int error);

#endif
