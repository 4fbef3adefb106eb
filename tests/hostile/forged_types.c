// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * forged_types.c - a guest that dies and leaves tables in its memory that take hours to read:
 * what umvmm shows of a guest that has failed is read there.
 *
 * Runs: in the guest, virtual CPL 0; case=NAME on the command line, -m 256M.
 *
 * types: 2^20 structures that all have one name, of 50 MiB: sorted by name.
 * log: 2^23 empty records in the kernel's log. Needs -m 512M.
 */
#include <stddef.h>
#include <string.h>

#include <vm.h>

#include "cases.h"
#include "lib.h"

#define BTF_PA	 (64 * MiB)
#define TYPES	 (1u << 20)
#define STRING	 (50 * MiB)
#define LOG_PA	 (128 * MiB)
#define LOG_BITS 23u

#define NOTE_HEAD 24u /* an ELF note's, with the name */

static uint8_t note[4096] __attribute__((aligned(4096)));
static volatile uint64_t pointer_to_note; /* what it is found by */
static uint8_t names[64], tokens[512];
static uint16_t token_index[256];
static int32_t offsets[3];
static uint32_t num_syms = 3;
static uint64_t base = DIRECT_MAP + BTF_PA;
static char *note_end = (char *)note + NOTE_HEAD;

/* struct printk_ringbuffer, as the note below describes it */
static struct {
	uint64_t count_bits, descs, infos, head, tail, size_bits, data;
} ring;
static uint64_t prb = (uintptr_t)&ring;

static uint8_t *ram(uint64_t pa)
{
	return (uint8_t *)(PHYSMEM_WINDOW + pa);
}

static void text(const char *s)
{
	while (*s)
		*note_end++ = *s++;
}

static void symbol(const char *name, const volatile void *where)
{
	text("SYMBOL(");
	text(name);
	text(")=");
	for (int i = 60; i >= 0; i -= 4)
		*note_end++ = "0123456789abcdef"[(uintptr_t)where >> i & 15];
	text("\n");
}

static void decimal(const char *key, uint32_t value)
{
	text(key);
	text("=");
	for (uint32_t unit = 100; unit; unit /= 10)
		*note_end++ = (char)('0' + value / unit % 10);
	text("\n");
}

static uint8_t *put_name(uint8_t *p, const char *s)
{
	uint8_t *len = p++;

	for (*len = 0; *s; s++, ++*len)
		*p++ = (uint8_t)*s;
	return p;
}

/* The symbols umvmm_btf and umvmm_btf_end, SIZE apart, and one of text. */
static void make_symbols(uint32_t size)
{
	uint8_t *p = names;

	for (unsigned int c = 0; c < 128; c++) {
		token_index[c] = (uint16_t)(2 * c);
		tokens[2 * c] = (uint8_t)c;
	}
	p = put_name(p, "Bumvmm_btf");
	p = put_name(p, "Bumvmm_btf_end");
	put_name(p, "Tx");
	offsets[0] = -1;
	offsets[1] = -1 - (int32_t)size;
	offsets[2] = -1;
}

static void make_note(void)
{
	uint32_t *head = (uint32_t *)(void *)note;

	text("OSRELEASE=6.1\n");
	symbol("swapper_pg_dir", pml4);
	symbol("kallsyms_names", names);
	symbol("kallsyms_num_syms", &num_syms);
	symbol("kallsyms_token_table", tokens);
	symbol("kallsyms_token_index", token_index);
	symbol("kallsyms_offsets", offsets);
	symbol("kallsyms_relative_base", &base);
	symbol("prb", &prb);
	decimal("OFFSET(printk_ringbuffer.desc_ring)", 0);
	decimal("OFFSET(printk_ringbuffer.text_data_ring)", 0);
	decimal("OFFSET(prb_desc_ring.count_bits)", offsetof(typeof(ring), count_bits));
	decimal("OFFSET(prb_desc_ring.descs)", offsetof(typeof(ring), descs));
	decimal("OFFSET(prb_desc_ring.infos)", offsetof(typeof(ring), infos));
	decimal("OFFSET(prb_desc_ring.head_id)", offsetof(typeof(ring), head));
	decimal("OFFSET(prb_desc_ring.tail_id)", offsetof(typeof(ring), tail));
	decimal("SIZE(prb_desc)", 24);
	decimal("OFFSET(prb_desc.state_var)", 0);
	decimal("OFFSET(prb_desc.text_blk_lpos)", 8);
	decimal("OFFSET(prb_data_blk_lpos.begin)", 0);
	decimal("OFFSET(prb_data_blk_lpos.next)", 8);
	decimal("SIZE(printk_info)", 24);
	decimal("OFFSET(printk_info.seq)", 0);
	decimal("OFFSET(printk_info.ts_nsec)", 8);
	decimal("OFFSET(printk_info.text_len)", 16);
	decimal("OFFSET(prb_data_ring.size_bits)", offsetof(typeof(ring), size_bits));
	decimal("OFFSET(prb_data_ring.data)", offsetof(typeof(ring), data));
	decimal("OFFSET(atomic_long_t.counter)", 0);
	head[0] = 11;
	head[1] = (uint32_t)(note_end - ((char *)note + NOTE_HEAD));
	head[2] = 0;
	memcpy(note + 12, "VMCOREINFO", 11);
	pointer_to_note = DIRECT_MAP + (uintptr_t)note;
}

/* COUNT structures without members, whose name has SIZE - 2 characters. */
static void make_types(uint32_t count, uint32_t size)
{
	uint32_t *btf = (uint32_t *)(void *)ram(BTF_PA);
	uint8_t *name = ram(BTF_PA) + 24 + count * 12;

	btf[0] = 0xeb9f | 1 << 16; /* magic, version */
	btf[1] = 24;
	btf[2] = 0; /* types: from here, so long; then the strings */
	btf[3] = count * 12;
	btf[4] = count * 12;
	btf[5] = size;
	for (uint32_t i = 0; i < count; i++) {
		btf[6 + 3 * i] = 1;
		btf[7 + 3 * i] = 4u << 24;
		btf[8 + 3 * i] = 0;
	}
	for (uint32_t i = 1; i < size - 1; i++)
		name[i] = 'a';
	make_symbols(24 + count * 12 + size);
}

static void types(void)
{
	make_types(TYPES, STRING);
}

static void log_ring(void)
{
	struct {
		uint64_t state, begin, next;
	} *desc = (void *)ram(LOG_PA);

	make_types(1, 8);
	ring.count_bits = LOG_BITS;
	ring.head = (1u << LOG_BITS) - 1;
	ring.descs = ring.infos = ring.data = DIRECT_MAP + LOG_PA;
	for (uint64_t id = 0; id <= ring.head; id++) {
		desc[id].state = 2ull << 62 | id; /* finalized */
		desc[id].begin = desc[id].next = 1; /* no text */
	}
}

static const struct {
	const char *name;
	void (*make)(void);
} cases[] = { { "types", types }, { "log", log_ring } };

void test_main(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	find_case(cases)->make();
	make_note();
	print("ready\n");
	__asm__ volatile("lidt %0; ud2" ::"m"(none));
}
