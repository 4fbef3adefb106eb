// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bzimage.c - finds and unpacks the payload of a bzImage.
 *
 * Runs: in the manager. The payload is the stripped vmlinux ELF, followed by
 * relocations that only the bzImage's own decompressor needs. Allocated
 * sections survive the stripping, so the notes of sensitive sites do.
 *
 * Must hold: Documentation/x86/boot.rst; nothing of the header is believed
 * before it was compared with the file's size.
 */
#include "kernel.h"

#include <string.h>
#include <asm/bootparam.h>

#include <umvmm/base/fail.h>

#define SETUP_HEADER_OFFSET 0x1f1
#define VERSION_PAYLOAD	    0x208 /* payload_offset exists from here on */

int kernel_unpack(struct kernel *kernel)
{
	const struct blob *file = &kernel->file;
	struct setup_header hdr;
	uint64_t start;

	memcpy(&hdr, file->data + SETUP_HEADER_OFFSET, sizeof(hdr));
	if (hdr.version < VERSION_PAYLOAD)
		return fail("kernel %s: bzImage of boot protocol %x.%02x; 2.08 or later is needed",
			    kernel->path, hdr.version >> 8, hdr.version & 0xff);
	start = ((hdr.setup_sects ? hdr.setup_sects : 4) + 1) * 512ull + hdr.payload_offset;
	if (!hdr.payload_length || start + hdr.payload_length > file->size)
		return fail("kernel %s: the bzImage ends at byte %zu, its payload at %llu: truncated?",
			    kernel->path, file->size,
			    (unsigned long long)(start + hdr.payload_length));
	if (hdr.payload_length < 8)
		return fail("kernel %s: the bzImage's payload is damaged", kernel->path);
	return decompress(file->data + start, hdr.payload_length, &kernel->unpacked, kernel->path);
}
