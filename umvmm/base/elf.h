/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf.h - reads 64-bit little-endian x86 ELF files, of any origin.
 *
 * Must hold: any bytes may be given. Each offset is compared with the file's size here, and
 * nowhere else; what is handed out lies in the file, and is copied where it need not be aligned.
 */
#ifndef UMVMM_BASE_ELF_H
#define UMVMM_BASE_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	const uint8_t *data;
	size_t size;
	Elf64_Ehdr header;
	unsigned int segments, sections; /* of tables that lie in the file, else 0 */
};

enum elf_error {
	ELF_OK,
	ELF_SHORT, /* not even a header */
	ELF_OTHER, /* no ELF file, or not for x86-64 */
};

/*
 * Looks at the header only: a file that is read piece by piece need hold nothing else yet. What
 * lacks a table of segments or sections, or has a damaged one, has none of them.
 */
enum elf_error elf_open(struct elf *elf, const void *data, size_t size)
	__attribute__((warn_unused_result));

/* Does the header name a table that is not there, or not all of it? */
bool elf_segments_damaged(const struct elf *elf);
bool elf_sections_damaged(const struct elf *elf);

/* The LEN bytes of the file from OFFSET on; null: they are not all in it. */
const uint8_t *elf_range(const struct elf *elf, uint64_t offset, uint64_t len);

/* The I-th; false: there are not so many. */
bool elf_segment(const struct elf *elf, unsigned int i, Elf64_Phdr *ph);
bool elf_section(const struct elf *elf, unsigned int i, Elf64_Shdr *sh);

/* What the file has of a section; null: nothing, or not all of it. */
const uint8_t *elf_section_data(const struct elf *elf, const Elf64_Shdr *sh);

/* The string at INDEX of a string table; null: it is not there, or does not end in it. */
const char *elf_string(const struct elf *elf, const Elf64_Shdr *table, uint64_t index);

/* The name of a section; empty if it has none. */
const char *elf_section_name(const struct elf *elf, const Elf64_Shdr *sh);

/* The first section that is called so. */
bool elf_find_section(const struct elf *elf, const char *name, Elf64_Shdr *sh);

struct elf_note {
	uint32_t type;
	const char *name; /* NAME_SIZE bytes, with the zero byte if there is one */
	uint32_t name_size;
	const uint8_t *desc;
	uint32_t desc_size;
};

/*
 * The next note of *SIZE bytes at *AT, which are then those behind it. False: there is none, or
 * it does not lie in them. Notes are padded to four bytes, as Linux and ld make them.
 */
bool elf_note(const uint8_t **at, size_t *size, struct elf_note *note);

#endif
