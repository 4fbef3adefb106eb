// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guestmem.c - a VM's memory, as seen by another process.
 *
 * Must hold: guestmem.h. By pread(): the memory may be a file that somebody shortens.
 */
#include "guestmem.h"

#include <unistd.h>

#include <physmem/physmem.h>

#define PAGE	    4096u
#define PTE_PRESENT 1u
#define PTE_LARGE   0x80u
#define PTE_ADDRESS 0x000ffffffffff000ull

int guestmem_read(const struct guestmem *mem, uint64_t pa, void *buf, size_t len)
{
	uint64_t offset = physmem_offset(mem->size, pa, len);

	if (offset == PHYSMEM_NONE)
		return -1;
	return pread(mem->fd, buf, len, (off_t)offset) == (ssize_t)len ? 0 : -1;
}

/* SDM vol. 3 4.5: four levels. */
static int walk(const struct guestmem *mem, uint64_t va, uint64_t *pa)
{
	uint64_t entry = mem->tables;

	if (!mem->tables || (int64_t)(va << 16) >> 16 != (int64_t)va)
		return -1;
	for (unsigned int shift = 39; shift >= 12; shift -= 9) {
		uint64_t table = entry & PTE_ADDRESS, size = 1ull << shift;

		if (guestmem_read(mem, table + (va >> shift) % 512 * 8, &entry, 8) < 0 ||
		    !(entry & PTE_PRESENT))
			return -1;
		if (shift == 12 || (shift <= 30 && (entry & PTE_LARGE))) {
			*pa = (entry & PTE_ADDRESS & -size) | (va & (size - 1));
			return 0;
		}
	}
	return -1;
}

static int read_mapped(const struct guestmem *mem, uint64_t va, uint8_t *buf, size_t len)
{
	uint64_t pa;

	while (len) {
		size_t n = PAGE - va % PAGE;

		n = n < len ? n : len;
		if (walk(mem, va, &pa) < 0 || guestmem_read(mem, pa, buf, n) < 0)
			return -1;
		va += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int guestmem_read_kernel(const struct guestmem *mem, uint64_t va, void *buf, size_t len)
{
	const struct image *image = &mem->image;

	if (va >= image->virt && va - image->virt < image->end - image->start)
		return guestmem_read(mem, image->start + (va - image->virt), buf, len);
	if (va >= DIRECT_MAP && guestmem_read(mem, va - DIRECT_MAP, buf, len) == 0)
		return 0;
	return read_mapped(mem, va, buf, len);
}
