// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * note.c - fuzzes the note parser, the rewriter and the decoder, as the monitor
 * uses them for a module.
 *
 * Input: one byte of mode, two bytes of length of the text, the text, the note.
 * Must hold: only the text changes; what is written over a site decodes again
 * to whole instructions of its length; an error leaves no site half written.
 */
#include <stdlib.h>
#include <string.h>

#include <guest-arch/afterburn/rewrite.h>

#define TEXT_ADDR 0x74000000ull
#define NOTE_ADDR 0x74100000ull

struct text {
	uint8_t *bytes;
	size_t size;
};

static void *map(void *ctx, uint64_t vaddr, size_t len)
{
	const struct text *text = ctx;

	if (vaddr < TEXT_ADDR || vaddr - TEXT_ADDR > text->size ||
	    len > text->size - (vaddr - TEXT_ADDR))
		return NULL;
	return text->bytes + (vaddr - TEXT_ADDR);
}

/* The monitor decodes what stands at RIP, and computes addresses from it. */
static void decode_all(const struct text *text)
{
	static const uint64_t regs[16];

	for (size_t i = 0; i < text->size; i++) {
		struct sens_insn in;

		if (sens_decode(text->bytes + i, text->size - i, &in))
			continue;
		if (!in.len || in.len > SENS_MAX_LENGTH || in.len > text->size - i ||
		    in.kind >= SENS_KINDS)
			abort();
		if (in.is_mem)
			(void)sens_ea(&in, regs, TEXT_ADDR + i + in.len, 0, 0);
		if (!sens_kind_name(in.kind))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rewrite_stats stats = { 0 };
	struct text text;
	struct rewrite_target target = { .map = map, .ctx = &text };
	uint8_t *note;
	int error;

	if (size < 3)
		return 0;
	target.mode = data[0] & 1 ? REWRITE_AFTERBURN : REWRITE_TRAP;
	text.size = data[1] | data[2] << 8;
	data += 3;
	size -= 3;
	if (text.size > size)
		text.size = size;
	/* blocks of their own: one byte too far is found */
	text.bytes = malloc(text.size ? text.size : 1);
	memcpy(text.bytes, data, text.size);
	size -= text.size;
	note = malloc(size ? size : 1);
	memcpy(note, data + text.size, size);
	decode_all(&text);
	error = rewrite_note(note, size, NOTE_ADDR, &target, &stats);
	if (!rewrite_strerror(error) || (!error && stats.bad_site))
		abort();
	free(note);
	free(text.bytes);
	return 0;
}
