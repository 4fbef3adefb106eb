// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * guestmem.c - a VM's memory, as seen by another process.
 *
 * Must hold: guestmem.h. By pread(): the memory may be a file that somebody shortens.
 */
#include "guestmem.h"

#include <paging.h>
#include <unistd.h>

#include <physmem/physmem.h>
#include <physmem/tables.h>

int guestmem_read(const struct guestmem *mem, uint64_t pa, void *buf, size_t len)
{
	uint64_t offset = physmem_offset(mem->size, pa, len);

	if (offset == PHYSMEM_NONE)
		return -1;
	return pread(mem->fd, buf, len, (off_t)offset) == (ssize_t)len ? 0 : -1;
}

static bool read_tables(void *memory, uint64_t pa, void *buf, size_t len)
{
	return guestmem_read(memory, pa, buf, len) == 0;
}

static int read_mapped(const struct guestmem *mem, uint64_t va, uint8_t *buf, size_t len)
{
	const struct tables tables = { read_tables, (void *)mem, mem->tables };
	struct walk w;

	if (!mem->tables)
		return -1;
	while (len) {
		size_t n = PAGE_SIZE - va % PAGE_SIZE;

		n = n < len ? n : len;
		if (tables_walk(&tables, va, &w) < 0 || guestmem_read(mem, w.pa, buf, n) < 0)
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
