// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * initrd.c - the initial RAM disks, one behind the other in guest memory.
 *
 * Runs: in the manager, before the first guest instruction.
 * Must hold: each archive starts at a multiple of four bytes (the kernel skips
 * zeroes between archives); the whole ends below 2 GiB and leaves the kernel
 * its first page tables (SLACK).
 */
#include "initrd.h"

#include <string.h>

#include <umvmm/base/fail.h>

#include "script.h"

#define ADDR_MAX 0x7ffff000ull
#define SLACK	 (4 * MIB)

struct parts {
	struct blob blob[MAX_INITRDS + 1];
	unsigned int count;
	uint64_t size;
};

static void add(struct parts *parts)
{
	parts->size += (parts->blob[parts->count].size + 3) & ~3ull;
	parts->count++;
}

static int read_parts(struct parts *parts, const struct config *cfg, const char *default_path)
{
	for (unsigned int i = 0; i < cfg->ninitrd; i++) {
		if (file_read(&parts->blob[parts->count], "initrd", cfg->initrd[i], MEM_MAX) < 0)
			return -1;
		add(parts);
	}
	if (!cfg->ninitrd && default_path) {
		if (file_read(&parts->blob[parts->count], "initrd", default_path, MEM_MAX) < 0)
			return -1;
		add(parts);
	}
	if (cfg->exec) {
		if (script_archive(&parts->blob[parts->count], cfg) < 0)
			return -1;
		add(parts);
	}
	return 0;
}

static int place_parts(struct initrd_place *place, struct physmem *mem, const struct parts *parts,
		       uint64_t kernel_end)
{
	uint64_t top = physmem_low_end(mem) < ADDR_MAX ? physmem_low_end(mem) : ADDR_MAX;
	uint8_t *to;

	if (kernel_end + SLACK > top || parts->size > top - kernel_end - SLACK)
		return fail("initrd: %llu MiB do not fit into %llu MiB of memory behind the kernel; "
			    "use a larger -m", (unsigned long long)(parts->size + MIB - 1) / MIB,
			    (unsigned long long)(mem->size / MIB));
	place->gpa = (top - parts->size) & ~4095ull;
	place->size = parts->size;
	to = physmem_range(mem, place->gpa, place->size);
	for (unsigned int i = 0; to && i < parts->count; i++) {
		memcpy(to, parts->blob[i].data, parts->blob[i].size);
		to += (parts->blob[i].size + 3) & ~3ull;
	}
	return 0;
}

int initrd_load(struct initrd_place *place, struct physmem *mem, const struct config *cfg,
		const char *default_path, uint64_t kernel_end)
{
	struct parts parts = { 0 };
	int err;

	memset(place, 0, sizeof(*place));
	err = read_parts(&parts, cfg, default_path);
	if (!err && parts.size)
		err = place_parts(place, mem, &parts, kernel_end);
	for (unsigned int i = 0; i < parts.count; i++)
		blob_free(&parts.blob[i]);
	return err;
}
