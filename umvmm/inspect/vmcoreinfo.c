// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcoreinfo.c - finds the guest kernel's note about itself.
 *
 * The note is a page of its own in the direct map, and the variable vmcoreinfo_note in
 * the kernel's image points to it. So every word of the image that may be such a
 * pointer is followed. That needs no symbols (a bzImage has none) and no help of the
 * guest; and a guest user, who can write such a page too, cannot have the kernel's image
 * point to it.
 *
 * Must hold: the kernel's memory may hold anything.
 */
#include "vmcoreinfo.h"

#include <elf.h>
#include <errno.h>
#include <paging.h>
#include <stdlib.h>
#include <string.h>

#include <physmem/physmem.h>

/* append_elf_note() of the kernel: the name is padded to 4 bytes. */
struct note_head {
	Elf64_Nhdr nhdr;
	char name[12];
};
_Static_assert(sizeof(struct note_head) == 24, "an ELF note");

static int read_note(struct vmcoreinfo *info, const struct guestmem *mem, uint64_t pa)
{
	struct note_head head;

	if (guestmem_read(mem, pa, &head, sizeof(head)) < 0 ||
	    head.nhdr.n_namesz != sizeof(VMCOREINFO_NAME) || head.nhdr.n_type != 0 ||
	    memcmp(head.name, VMCOREINFO_NAME, sizeof(VMCOREINFO_NAME)) != 0 ||
	    head.nhdr.n_descsz == 0 || head.nhdr.n_descsz > VMCOREINFO_MAX)
		return -1;
	info->size = head.nhdr.n_descsz;
	if (guestmem_read(mem, pa + sizeof(head), info->text, info->size) < 0)
		return -1;
	info->text[info->size] = '\0';
	return strncmp(info->text, "OSRELEASE=", 10) == 0 ? 0 : -1;
}

int vmcoreinfo_find(struct vmcoreinfo *info, const struct guestmem *mem)
{
	uint64_t words[8192];

	for (uint64_t pa = mem->image.start; pa < mem->image.end; pa += sizeof(words)) {
		uint64_t left = mem->image.end - pa;
		size_t n = left < sizeof(words) ? left : sizeof(words);

		if (guestmem_read(mem, pa, words, n) < 0)
			break;
		for (size_t i = 0; i < n / sizeof(words[0]); i++)
			if (words[i] % PAGE_SIZE == 0 && words[i] >= DIRECT_MAP &&
			    words[i] - DIRECT_MAP < mem->size + GPA_HOLE_END &&
			    read_note(info, mem, words[i] - DIRECT_MAP) == 0)
				return 0;
	}
	info->size = 0;
	info->text[0] = '\0';
	return -1;
}

static const char *find_line(const struct vmcoreinfo *info, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = info->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == '=')
			return line + len + 1;
	}
	return NULL;
}

bool vmcoreinfo_get(const struct vmcoreinfo *info, const char *key, uint64_t *value)
{
	const char *text = find_line(info, key);
	char *end;

	if (!text)
		return false;
	errno = 0;
	*value = strtoull(text, &end, strncmp(key, "SYMBOL(", 7) ? 10 : 16);
	return !errno && end != text && (*end == '\n' || !*end);
}
