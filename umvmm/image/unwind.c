// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unwind.c - the monitor's own stack, by libunwind, from what it has recorded.
 *
 * Runs: in the manager, when the monitor was at fault; pure.
 * Must hold: registers and stacks are the guest's to write. All that libunwind asks for it
 * gets from here, within the recorded stacks or the embedded program, and it interprets
 * nothing but the program's own CFI: where a stack claims to lie over the program, the
 * program is what is there.
 */
#include "unwind.h"

#include <libunwind.h>
#include <string.h>

#include "image.h"

/* Exported, but in no header: the search of a table of .eh_frame_hdr's format. */
#define search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di, unw_proc_info_t *pi,
			int need_unwind_info, void *arg);

/* LSB Core, "Exception Frames": .eh_frame_hdr, with the encodings that ld gives it. */
struct eh_frame_hdr {
	uint8_t version;
	uint8_t frame_encoding, count_encoding, table_encoding;
	int32_t frame;
	uint32_t count;
	int32_t table[][2]; /* sorted: a function and its FDE, both relative to the header */
};

static bool in_text(uint64_t rip)
{
	uint64_t start, end;

	monitor_image_text(&start, &end);
	return rip >= start && rip < end;
}

/*
 * What the program has at these addresses and nobody writes to, CFI included, which is not
 * loaded. libunwind reads whole words, so there may be less than that.
 */
static bool program_word(uint64_t at, uint8_t byte[static 8])
{
	const struct elf *elf = monitor_image();
	bool found = false;
	Elf64_Shdr sh;

	memset(byte, 0, 8);
	for (unsigned int i = 0; elf_section(elf, i, &sh); i++) {
		const uint8_t *data = elf_section_data(elf, &sh);

		if (sh.sh_type != SHT_PROGBITS || !data || !sh.sh_addr || (sh.sh_flags & SHF_WRITE))
			continue;
		for (unsigned int k = 0; k < 8; k++) {
			const uint64_t offset = at + k - sh.sh_addr;

			if (offset < sh.sh_size) {
				byte[k] = data[offset];
				found = true;
			}
		}
	}
	return found;
}

static bool stack_word(uint64_t at, uint64_t from, const void *stack, size_t size, void *word)
{
	if (at - from > size - 8)
		return false;
	memcpy(word, (const char *)stack + (at - from), 8);
	return true;
}

static int access_mem(unw_addr_space_t as, unw_word_t at, unw_word_t *word, int write, void *arg)
{
	const struct monitor_stack *s = arg;
	uint8_t byte[8];

	(void)as;
	if (write || (!program_word(at, byte) &&
		      !stack_word(at, s->gate_from, s->gate, sizeof(s->gate), byte) &&
		      !stack_word(at, s->signal_from, s->signal, sizeof(s->signal), byte)))
		return -UNW_EINVAL;
	memcpy(word, byte, sizeof(*word));
	return 0;
}

static int access_reg(unw_addr_space_t as, unw_regnum_t reg, unw_word_t *value, int write,
		      void *arg)
{
	const struct monitor_stack *s = arg;

	(void)as;
	if (write)
		return -UNW_EREADONLYREG;
	switch (reg) {
	case UNW_X86_64_RBX:
		*value = s->rbx;
		return 0;
	case UNW_X86_64_RBP:
		*value = s->rbp;
		return 0;
	case UNW_X86_64_RSP:
		*value = s->rsp;
		return 0;
	case UNW_X86_64_R12:
		*value = s->r12;
		return 0;
	case UNW_X86_64_R13:
		*value = s->r13;
		return 0;
	case UNW_X86_64_R14:
		*value = s->r14;
		return 0;
	case UNW_X86_64_R15:
		*value = s->r15;
		return 0;
	case UNW_X86_64_RIP:
		*value = s->rip;
		return 0;
	default:
		return -UNW_EBADREG;
	}
}

/* The address of .eh_frame_hdr, and what is there. */
static bool find_hdr(uint64_t *at, struct eh_frame_hdr *hdr)
{
	const struct elf *elf = monitor_image();
	const uint8_t *data;
	Elf64_Shdr sh;

	if (!elf_find_section(elf, ".eh_frame_hdr", &sh) || sh.sh_size < sizeof(*hdr))
		return false;
	data = elf_section_data(elf, &sh);
	if (!data)
		return false;
	*at = sh.sh_addr;
	memcpy(hdr, data, sizeof(*hdr));
	return true;
}

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *pi,
			  int need_unwind_info, void *arg)
{
	unw_dyn_info_t di = { .format = UNW_INFO_FORMAT_REMOTE_TABLE };
	struct eh_frame_hdr hdr;

	if (!find_hdr(&di.u.rti.segbase, &hdr))
		return -UNW_ENOINFO;
	monitor_image_text(&di.start_ip, &di.end_ip);
	if (ip < di.start_ip || ip >= di.end_ip)
		return -UNW_ENOINFO;
	di.u.rti.table_data = di.u.rti.segbase + sizeof(hdr);
	di.u.rti.table_len = hdr.count * sizeof(hdr.table[0]) / sizeof(unw_word_t);
	return search_unwind_table(as, ip, &di, pi, need_unwind_info, arg);
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *pi, void *arg)
{
	(void)as;
	(void)pi;
	(void)arg;
}

static int no_dynamic_code(unw_addr_space_t as, unw_word_t *list, void *arg)
{
	(void)as;
	(void)list;
	(void)arg;
	return -UNW_ENOINFO;
}

static int no_fpreg(unw_addr_space_t as, unw_regnum_t reg, unw_fpreg_t *value, int write, void *arg)
{
	(void)as;
	(void)reg;
	(void)value;
	(void)write;
	(void)arg;
	return -UNW_EINVAL;
}

static int no_resume(unw_addr_space_t as, unw_cursor_t *cursor, void *arg)
{
	(void)as;
	(void)cursor;
	(void)arg;
	return -UNW_EINVAL;
}

static int no_name(unw_addr_space_t as, unw_word_t ip, char *name, size_t size, unw_word_t *offset,
		   void *arg)
{
	(void)as;
	(void)ip;
	(void)name;
	(void)size;
	(void)offset;
	(void)arg;
	return -UNW_EINVAL;
}

/* What a signal's handler returns to, where no call leads; nor to what it has interrupted. */
static bool is_restorer(uint64_t rip)
{
	uint64_t offset;
	const char *name = monitor_image_symbol(rip, &offset);

	return name && offset == 0 && !strcmp(name, "signal_restorer");
}

/* Only in the monitor: of code without CFI libunwind guesses the frame. */
static bool is_at(unw_cursor_t *cursor, unw_word_t *rip)
{
	return unw_get_reg(cursor, UNW_REG_IP, rip) == 0 && in_text(*rip);
}

static unsigned int unwind(struct monitor_frame *frame, unw_cursor_t *cursor)
{
	bool interrupted = false;
	unsigned int n = 0;
	unw_word_t rip;

	if (!is_at(cursor, &rip))
		return 0;
	while (n < MONITOR_FRAMES_MAX && unw_step(cursor) > 0 && is_at(cursor, &rip)) {
		const bool restorer = is_restorer(rip);

		frame[n++] = (struct monitor_frame){ rip, interrupted || restorer };
		interrupted = restorer;
	}
	return n;
}

unsigned int monitor_unwind(struct monitor_frame frame[static MONITOR_FRAMES_MAX],
			    const struct monitor_stack *stack)
{
	unw_accessors_t accessors = {
		.find_proc_info = find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = no_dynamic_code,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = no_fpreg,
		.resume = no_resume,
		.get_proc_name = no_name,
	};
	unw_addr_space_t as = unw_create_addr_space(&accessors, 0);
	unsigned int n = 0;
	unw_cursor_t cursor;

	if (!as)
		return 0;
	if (unw_init_remote(&cursor, as, (void *)(uintptr_t)stack) == 0)
		n = unwind(frame, &cursor);
	unw_destroy_addr_space(as);
	return n;
}
