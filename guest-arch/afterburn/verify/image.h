/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - an ELF file as the verifier sees it: code, symbols, sites.
 *
 * Runs: in the verifier, on the build machine.
 *
 * Must hold: sections, symbols and sites are sorted by address. In a
 * relocatable file every section gets an address range of its own.
 */
#ifndef UMVMM_VERIFY_IMAGE_H
#define UMVMM_VERIFY_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../note.h"

struct section {
	const char *name;
	const uint8_t *data;
	uint64_t vaddr;
	uint64_t size;
	bool replacement; /* .altinstr_replacement */
};

struct symbol {
	const char *name;
	uint64_t vaddr;
	uint64_t size;
	bool data; /* an object in a code section */
};

struct image {
	const char *path;
	const uint8_t *file;
	size_t size;
	bool relocatable;
	struct section *code;
	size_t code_count;
	struct symbol *symbols;
	size_t symbol_count;
	struct note_site *sites;
	size_t site_count;
	size_t note_count;
	struct section alternatives; /* .altinstructions of a linked kernel */
};

/* Ends the program with a message if the file is no x86-64 ELF file or malformed. */
void image_open(struct image *image, const char *path);
void image_close(struct image *image);
/* The last symbol at or below vaddr, or NULL. */
const struct symbol *image_symbol(const struct image *image, uint64_t vaddr);
/* The site that holds the byte at vaddr, or NULL. */
const struct note_site *image_site(const struct image *image, uint64_t vaddr);
/* Is it in an alternative that is for a CPU feature which the guest never has? */
bool image_unused(const struct image *image, uint64_t vaddr);

#endif
