// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guestmem.c - a VM's memory, as seen by another process.
 *
 * Must hold: guestmem.h. By pread(): the memory may be a file that somebody shortens.
 */
#include "guestmem.h"

#include <unistd.h>

#include <physmem/physmem.h>

int guestmem_read(const struct guestmem *mem, uint64_t pa, void *buf, size_t len)
{
	uint64_t offset = physmem_offset(mem->size, pa, len);

	if (offset == PHYSMEM_NONE)
		return -1;
	return pread(mem->fd, buf, len, (off_t)offset) == (ssize_t)len ? 0 : -1;
}

int guestmem_read_kernel(const struct guestmem *mem, uint64_t va, void *buf, size_t len)
{
	const struct image *image = &mem->image;

	if (va >= image->virt && va - image->virt < image->end - image->start)
		return guestmem_read(mem, image->start + (va - image->virt), buf, len);
	if (va >= DIRECT_MAP)
		return guestmem_read(mem, va - DIRECT_MAP, buf, len);
	return -1;
}
