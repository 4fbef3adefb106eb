// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * decompress.c - gzip, xz and zstd payloads.
 *
 * Runs: in the manager.
 * Must hold: a payload ends with its unpacked size (32 bits, little endian);
 * that is a hint for the buffer and its bound, never trusted beyond it.
 */
#include "kernel.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include <umvmm/base/fail.h>

#define UNPACKED_MAX (1024 * MIB)
#define XZ_MEMORY    (256 * MIB) /* for its dictionary; the kernel has 32 MiB */

static int unpack_gzip(const uint8_t *in, size_t in_size, struct blob *out)
{
	z_stream z = { 0 };
	int err;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return -1;
	z.next_in = (Bytef *)(uintptr_t)in;
	z.avail_in = (uInt)in_size;
	z.next_out = out->data;
	z.avail_out = (uInt)out->size;
	err = inflate(&z, Z_FINISH);
	out->size = z.total_out;
	inflateEnd(&z);
	return err == Z_STREAM_END ? 0 : -1;
}

static int unpack_xz(const uint8_t *in, size_t in_size, struct blob *out)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_ret err;

	if (lzma_stream_decoder(&z, XZ_MEMORY, 0) != LZMA_OK)
		return -1;
	z.next_in = in;
	z.avail_in = in_size;
	z.next_out = out->data;
	z.avail_out = out->size;
	do
		err = lzma_code(&z, LZMA_RUN);
	while (err == LZMA_OK && z.avail_in && z.avail_out);
	out->size = z.total_out;
	lzma_end(&z);
	return err == LZMA_STREAM_END ? 0 : -1;
}

/* The frame; the size of what it holds stands behind it. */
static int unpack_zstd(const uint8_t *in, size_t in_size, struct blob *out)
{
	size_t frame = ZSTD_findFrameCompressedSize(in, in_size), n;

	if (ZSTD_isError(frame))
		return -1;
	n = ZSTD_decompress(out->data, out->size, in, frame);
	if (ZSTD_isError(n))
		return -1;
	out->size = n;
	return 0;
}

static const struct format {
	const char *name;
	const char *magic;
	size_t magic_len;
	int (*unpack)(const uint8_t *in, size_t in_size, struct blob *out);
} formats[] = {
	{ "gzip", "\x1f\x8b", 2, unpack_gzip },
	{ "xz", "\xfd" "7zXZ", 5, unpack_xz },
	{ "bzip2", "BZh", 3, NULL },
	{ "lzma", "\x5d\x00\x00", 3, NULL },
	{ "lzo", "\x89LZO", 4, NULL },
	{ "lz4", "\x02\x21\x4c\x18", 4, NULL },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd },
};

int decompress(const uint8_t *in, size_t in_size, struct blob *out, const char *path)
{
	const struct format *format = NULL;
	uint32_t size;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (in_size > formats[i].magic_len + 4 &&
		    !memcmp(in, formats[i].magic, formats[i].magic_len))
			format = &formats[i];
	if (!format)
		return fail("kernel %s: the bzImage's payload is damaged", path);
	if (!format->unpack)
		return fail("kernel %s: compressed by %s; build it with CONFIG_KERNEL_GZIP, _XZ "
			    "or _ZSTD, or give the vmlinux", path, format->name);
	memcpy(&size, in + in_size - 4, 4);
	if (!size || size > UNPACKED_MAX)
		return fail("kernel %s: the bzImage's payload is damaged", path);
	out->size = size;
	out->data = malloc(out->size);
	if (!out->data)
		return fail("kernel %s: no memory for %u MiB", path, size >> 20);
	if (format->unpack(in, in_size, out) < 0) {
		blob_free(out);
		return fail("kernel %s: the bzImage's payload does not unpack: damaged?", path);
	}
	return 0;
}
