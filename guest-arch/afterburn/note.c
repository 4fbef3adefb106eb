// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * note.c - walk ELF notes and the sites recorded in them.
 *
 * Runs: freestanding in the monitor, and in the loader, verifier and tests.
 *
 * Must hold: input is hostile. Offsets stay within size, sums cannot wrap, and
 * every call makes progress. Each value is read once.
 */
#include "note.h"

#include "umvmm/abi.h"

#define HEADER	  12 /* namesz, descsz, type */
#define NAME_SIZE sizeof(UMVMM_NOTE_NAME)

static uint32_t read32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static size_t align4(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static int name_is_ours(const uint8_t *p, uint32_t size)
{
	static const char ours[] = UMVMM_NOTE_NAME;

	if (size != NAME_SIZE)
		return 0;
	for (size_t i = 0; i < NAME_SIZE; i++)
		if (p[i] != (uint8_t)ours[i])
			return 0;
	return 1;
}

void note_begin(struct note_walk *w, const void *data, size_t size, uint64_t vaddr)
{
	*w = (struct note_walk){ .data = data, .size = size, .vaddr = vaddr };
}

/*
 * Enters the note at w->next. Notes of other owners are passed by. Linkers pad
 * with zero words between notes of different alignment.
 */
static int next_note(struct note_walk *w)
{
	uint32_t namesz, descsz, type;
	size_t name, desc;

	while (w->size - w->next >= 4 && !read32(w->data + w->next))
		w->next += 4;
	if (w->next == w->size)
		return 0;
	if (w->size - w->next < HEADER)
		return -1;
	namesz = read32(w->data + w->next);
	descsz = read32(w->data + w->next + 4);
	type = read32(w->data + w->next + 8);
	name = w->next + HEADER;
	if (namesz > w->size - name || align4(namesz) > w->size - name)
		return -1;
	desc = name + align4(namesz);
	if (descsz > w->size - desc)
		return -1;
	w->next = align4(descsz) > w->size - desc ? w->size : desc + align4(descsz);
	if (!name_is_ours(w->data + name, namesz))
		return 1;
	if (type != UMVMM_NOTE_SITES || descsz % sizeof(struct umvmm_site))
		return -1;
	w->notes++;
	w->site = desc;
	w->sites_end = desc + descsz;
	return 1;
}

int note_next(struct note_walk *w, struct note_site *site)
{
	const uint8_t *p;

	while (w->site == w->sites_end) {
		int more = next_note(w);

		if (more <= 0)
			return more;
	}
	p = w->data + w->site;
	if (p[5] || p[6] || p[7] || !p[4])
		return -1;
	site->vaddr = w->vaddr + w->site + (uint64_t)(int64_t)(int32_t)read32(p);
	site->len = p[4];
	w->site += sizeof(struct umvmm_site);
	return 1;
}
