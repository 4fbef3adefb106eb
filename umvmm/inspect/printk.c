// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * printk.c - the guest kernel's log, from its memory: the ring buffer of Linux 5.10
 * and later, kernel/printk/printk_ringbuffer.c.
 *
 * Descriptors are numbered without end; the ids from tail_id to head_id are in the
 * ring, each with its state in the two highest bits. A descriptor's text is a block
 * of the data ring, from begin to next, that starts with its id.
 *
 * Must hold: all of it comes from the guest and may change meanwhile: sizes are checked
 * before they are used, a record whose descriptor has changed while it was read is left
 * out, no loop is longer than the ring, and one that has little in it is left early.
 */
#include "printk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#define DESC_SIZE_MIN  24u /* of what is read of each */
#define INFO_SIZE_MIN  20u
#define COUNT_BITS_MAX 24u /* log_buf_len=2G, 32 bytes for each record, has 26 - 2 */
#define SIZE_BITS_MAX  31u
#define TEXT_MAX       65535u /* text_len is 16 bits */
#define LOST_MAX       65536u /* records that are not there: an honest log lacks a few */

#define STATE_SHIFT 62
#define ID_MASK	    ((1ull << STATE_SHIFT) - 1)
#define COMMITTED   1u
#define FINALIZED   2u
#define BLOCK_ID    8u /* a data block's id, before its text */

/* Offsets and sizes, from vmcoreinfo. */
struct layout {
	uint64_t prb;
	uint64_t rb_desc_ring, rb_text_ring;
	uint64_t ring_count_bits, ring_descs, ring_infos, ring_head, ring_tail;
	uint64_t desc_size, desc_state, desc_text;
	uint64_t blk_begin, blk_next;
	uint64_t info_size, info_seq, info_ts, info_len;
	uint64_t data_size_bits, data_data;
	uint64_t counter;
};

static const struct {
	const char *key;
	size_t field;
} keys[] = {
#define KEY(field, key)                                                                            \
	{                                                                                          \
		key, offsetof(struct layout, field)                                                \
	}
	KEY(prb, "SYMBOL(prb)"),
	KEY(rb_desc_ring, "OFFSET(printk_ringbuffer.desc_ring)"),
	KEY(rb_text_ring, "OFFSET(printk_ringbuffer.text_data_ring)"),
	KEY(ring_count_bits, "OFFSET(prb_desc_ring.count_bits)"),
	KEY(ring_descs, "OFFSET(prb_desc_ring.descs)"),
	KEY(ring_infos, "OFFSET(prb_desc_ring.infos)"),
	KEY(ring_head, "OFFSET(prb_desc_ring.head_id)"),
	KEY(ring_tail, "OFFSET(prb_desc_ring.tail_id)"),
	KEY(desc_size, "SIZE(prb_desc)"),
	KEY(desc_state, "OFFSET(prb_desc.state_var)"),
	KEY(desc_text, "OFFSET(prb_desc.text_blk_lpos)"),
	KEY(blk_begin, "OFFSET(prb_data_blk_lpos.begin)"),
	KEY(blk_next, "OFFSET(prb_data_blk_lpos.next)"),
	KEY(info_size, "SIZE(printk_info)"),
	KEY(info_seq, "OFFSET(printk_info.seq)"),
	KEY(info_ts, "OFFSET(printk_info.ts_nsec)"),
	KEY(info_len, "OFFSET(printk_info.text_len)"),
	KEY(data_size_bits, "OFFSET(prb_data_ring.size_bits)"),
	KEY(data_data, "OFFSET(prb_data_ring.data)"),
	KEY(counter, "OFFSET(atomic_long_t.counter)"),
#undef KEY
};

struct log {
	const struct guestmem *mem;
	struct layout at;
	uint64_t descs, infos, count; /* of the descriptors: addresses, number */
	uint64_t head, tail;
	uint64_t data, data_size;
	uint64_t left; /* of data_size: all records' texts together fit into the ring */
};

/* SIZE is at most that of *VALUE. */
static int get(const struct log *log, uint64_t va, size_t size, uint64_t *value)
{
	*value = 0;
	return guestmem_read_kernel(log->mem, va, value, size);
}

static int get_layout(struct layout *at, const struct vmcoreinfo *info)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		uint64_t *field = (uint64_t *)((char *)at + keys[i].field);

		if (!vmcoreinfo_get(info, keys[i].key, field))
			return -ENOENT;
	}
	/* or one descriptor could be read over and over */
	return at->desc_size < DESC_SIZE_MIN || at->info_size < INFO_SIZE_MIN ? -EINVAL : 0;
}

static int get_rings(struct log *log)
{
	const struct layout *at = &log->at;
	uint64_t rb, ring, text, bits, size_bits;

	if (get(log, at->prb, 8, &rb) < 0)
		return -EINVAL;
	ring = rb + at->rb_desc_ring;
	text = rb + at->rb_text_ring;
	if (get(log, ring + at->ring_count_bits, 4, &bits) < 0 || bits > COUNT_BITS_MAX ||
	    get(log, ring + at->ring_descs, 8, &log->descs) < 0 ||
	    get(log, ring + at->ring_infos, 8, &log->infos) < 0 ||
	    get(log, ring + at->ring_tail + at->counter, 8, &log->tail) < 0 ||
	    get(log, ring + at->ring_head + at->counter, 8, &log->head) < 0 ||
	    get(log, text + at->data_size_bits, 4, &size_bits) < 0 || size_bits > SIZE_BITS_MAX ||
	    get(log, text + at->data_data, 8, &log->data) < 0)
		return -EINVAL;
	log->count = 1ull << bits;
	log->data_size = log->left = 1ull << size_bits;
	return ((log->head - log->tail) & ID_MASK) < log->count ? 0 : -EINVAL;
}

/* What of a block is text: its length, or -1. */
static int64_t text_block(const struct log *log, uint64_t begin, uint64_t next, uint64_t *va)
{
	uint64_t size = log->data_size, at = begin & (size - 1), room;

	if ((begin & 1) && (next & 1)) /* no block: the text was empty or lost */
		return 0;
	if (begin / size == next / size && begin < next) {
		room = next - begin;
	} else if ((begin + size) / size == next / size) { /* put at the ring's start */
		at = 0;
		room = next & (size - 1);
	} else {
		return -1;
	}
	if (room < BLOCK_ID)
		return -1;
	*va = log->data + at + BLOCK_ID;
	return (int64_t)(room - BLOCK_ID);
}

/* Descriptor ID: true if it holds a record, with the text in BUF of TEXT_MAX bytes. */
static bool read_record(struct log *log, uint64_t id, struct printk_record *record, char *buf)
{
	const struct layout *at = &log->at;
	uint64_t n = id & (log->count - 1);
	uint64_t desc = log->descs + n * at->desc_size, info = log->infos + n * at->info_size;
	uint64_t state, again, begin, next, len, va = 0;
	int64_t room;

	if (get(log, desc + at->desc_state + at->counter, 8, &state) < 0 ||
	    (state & ID_MASK) != id ||
	    (state >> STATE_SHIFT != COMMITTED && state >> STATE_SHIFT != FINALIZED))
		return false;
	if (get(log, desc + at->desc_text + at->blk_begin, 8, &begin) < 0 ||
	    get(log, desc + at->desc_text + at->blk_next, 8, &next) < 0 ||
	    get(log, info + at->info_seq, 8, &record->seq) < 0 ||
	    get(log, info + at->info_ts, 8, &record->ts_nsec) < 0 ||
	    get(log, info + at->info_len, 2, &len) < 0)
		return false;
	room = text_block(log, begin, next, &va);
	if (room < 0)
		return false;
	record->len = len < (uint64_t)room ? len : (uint64_t)room;
	record->text = buf;
	if (record->len > log->left)
		return false;
	log->left -= record->len;
	if (record->len && guestmem_read_kernel(log->mem, va, buf, record->len) < 0)
		return false;
	return get(log, desc + at->desc_state + at->counter, 8, &again) == 0 && again == state;
}

int printk_each(const struct guestmem *mem, const struct vmcoreinfo *info,
		void (*see)(void *ctx, const struct printk_record *record), void *ctx)
{
	struct log log = { .mem = mem };
	struct printk_record record;
	uint32_t lost = 0;
	char *buf;
	int err = get_layout(&log.at, info);

	if (!err)
		err = get_rings(&log);
	if (err)
		return err;
	buf = malloc(TEXT_MAX);
	if (!buf)
		return -ENOMEM;
	for (uint64_t i = 0; i <= ((log.head - log.tail) & ID_MASK) && lost < LOST_MAX; i++) {
		if (read_record(&log, (log.tail + i) & ID_MASK, &record, buf))
			see(ctx, &record);
		else
			lost++;
	}
	free(buf);
	return lost < LOST_MAX ? 0 : -EINVAL;
}

/* The time before each line of a record. */
void printk_print(FILE *out, const struct printk_record *record)
{
	bool start = true;

	for (size_t i = 0; i <= record->len; i++) {
		unsigned char c = i < record->len ? (unsigned char)record->text[i] : '\n';

		if (start)
			fprintf(out, "[%5" PRIu64 ".%06" PRIu64 "] ", record->ts_nsec / 1000000000,
				record->ts_nsec / 1000 % 1000000);
		start = c == '\n';
		if (c == '\n' || c == '\t' || (c >= ' ' && c < 127))
			fputc(c, out);
		else
			fprintf(out, "\\x%02x", c); /* as /dev/kmsg shows it */
	}
}
