// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_elf.c - the reader of ELF files: what is damaged, cut off or lies outside is not there.
 * Behind the file nothing is mapped.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <string.h>
#include <sys/mman.h>

#include <umvmm/base/elf.h>
#include <umvmm/boot/buildid.h>

#include "unit.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))
#define PAGE	 4096

/* Two segments and four sections, and what they hold. Not aligned, but for where it begins. */
struct __attribute__((packed)) sample {
	Elf64_Ehdr header;
	char odd;
	Elf64_Phdr segment[2];
	Elf64_Shdr section[4]; /* none, .note, .bss, .shstrtab */
	struct __attribute__((packed)) {
		Elf64_Nhdr head[2];
		char name[4], desc[4];
	} note;
	char names[24];
};

static const struct sample sample = {
	.header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_phoff = offsetof(struct sample, segment),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
		.e_shoff = offsetof(struct sample, section),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 4,
		.e_shstrndx = 3,
	},
	.segment = {
		{ .p_type = PT_LOAD, .p_vaddr = 0x1000 },
		{ .p_type = PT_NOTE, .p_offset = offsetof(struct sample, note),
		  .p_filesz = sizeof(sample.note) },
	},
	.section = {
		[1] = { .sh_name = 1, .sh_type = SHT_NOTE, .sh_offset = offsetof(struct sample, note),
			.sh_size = sizeof(sample.note) },
		[2] = { .sh_name = 7, .sh_type = SHT_NOBITS, .sh_size = 1ull << 40 },
		[3] = { .sh_name = 12, .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct sample, names),
			.sh_size = sizeof(sample.names) },
	},
	/* without name and text; the build id */
	.note = { { { 0, 0, 7 }, { 4, 3, NT_GNU_BUILD_ID } }, "GNU", { 1, (char)0xab, 3 } },
	.names = "\0.note\0.bss\0.shstrtab\0x",
};

static uint8_t *end; /* of what is mapped */

static void setup(void)
{
	uint8_t *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(area, MAP_FAILED);
	ck_assert_int_eq(mprotect(area + PAGE, PAGE, PROT_NONE), 0);
	end = area + PAGE;
}

/* SIZE bytes of it, right before what is not mapped. */
static struct sample *place(const struct sample *s, size_t size)
{
	return memcpy(end - size, s, size);
}

static struct elf opened(const struct sample *s)
{
	struct elf elf;

	ck_assert_int_eq(elf_open(&elf, place(s, sizeof(*s)), sizeof(*s)), ELF_OK);
	return elf;
}

/* Its section of this number. */
static Elf64_Shdr *section(const struct elf *elf, unsigned int i)
{
	static Elf64_Shdr sh;

	ck_assert(elf_section(elf, i, &sh));
	return &sh;
}

/* All that a reader can ask for. Nothing of it is a fault. */
static unsigned int look_at_all(const void *file, size_t size)
{
	char text[BUILDID_TEXT];
	struct elf_note note;
	unsigned int found = 0;
	struct elf elf;
	Elf64_Phdr ph;
	Elf64_Shdr sh;

	found += buildid_find(text, file, size) + buildid_has_symbols(file, size);
	if (elf_open(&elf, file, size) != ELF_OK)
		return found;
	for (unsigned int i = 0; elf_segment(&elf, i, &ph); i++)
		found += elf_range(&elf, ph.p_offset, ph.p_filesz) != NULL;
	for (unsigned int i = 0; elf_section(&elf, i, &sh); i++) {
		const uint8_t *at = elf_section_data(&elf, &sh);
		size_t left = sh.sh_size;

		found += strlen(elf_section_name(&elf, &sh)) > 0;
		for (unsigned int sum = 0; at && elf_note(&at, &left, &note); found++) {
			for (uint32_t k = 0; k < note.name_size; k++)
				sum += (uint8_t)note.name[k];
			for (uint32_t k = 0; k < note.desc_size; k++)
				sum += note.desc[k];
			*(volatile unsigned int *)&sum = sum;
		}
	}
	return found + elf_find_section(&elf, ".shstrtab", &sh);
}

START_TEST(all_is_found)
{
	struct elf elf = opened(&sample);
	char text[BUILDID_TEXT];
	struct elf_note note;
	const uint8_t *at;
	Elf64_Shdr sh;
	Elf64_Phdr ph;
	size_t left;

	ck_assert_uint_eq(elf.segments, 2);
	ck_assert_uint_eq(elf.sections, 4);
	ck_assert(!elf_segments_damaged(&elf) && !elf_sections_damaged(&elf));
	ck_assert(elf_segment(&elf, 0, &ph) && ph.p_vaddr == 0x1000);
	ck_assert(elf_segment(&elf, 1, &ph) && !elf_segment(&elf, 2, &ph));
	ck_assert(elf_section(&elf, 0, &sh) && !*elf_section_name(&elf, &sh));
	ck_assert(elf_find_section(&elf, ".bss", &sh) && !elf_section_data(&elf, &sh));
	ck_assert(!elf_find_section(&elf, ".note.x", &sh) && !elf_find_section(&elf, ".not", &sh));
	ck_assert(elf_find_section(&elf, ".note", &sh));
	at = elf_section_data(&elf, &sh);
	ck_assert_ptr_nonnull(at);
	left = sh.sh_size;
	ck_assert(elf_note(&at, &left, &note) && note.type == 7 && !note.name_size && !note.desc_size);
	ck_assert(elf_note(&at, &left, &note) && note.type == NT_GNU_BUILD_ID);
	ck_assert_uint_eq(note.desc_size, 3);
	ck_assert_mem_eq(note.desc, sample.note.desc, 3);
	ck_assert(!elf_note(&at, &left, &note) && !left);
	ck_assert(buildid_find(text, elf.data, elf.size));
	ck_assert_str_eq(text, "01ab03");
}
END_TEST

/* What is cut off at its end has fewer and fewer of all that. */
START_TEST(cut_off)
{
	unsigned int most = look_at_all(place(&sample, sizeof(sample)), sizeof(sample));

	ck_assert_uint_gt(most, 8);
	for (size_t size = 0; size < sizeof(sample); size++) {
		struct elf elf;

		ck_assert_int_eq(elf_open(&elf, place(&sample, size), size) == ELF_SHORT,
				 size < sizeof(Elf64_Ehdr));
		if (size < offsetof(struct sample, section))
			ck_assert(size < sizeof(Elf64_Ehdr) || elf_sections_damaged(&elf));
		ck_assert_uint_le(look_at_all(place(&sample, size), size), most);
	}
}
END_TEST

START_TEST(other_files)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} wrong[] = { { 0, 0 },		     { 3, 'f' }, { EI_CLASS, ELFCLASS32 }, { EI_DATA, ELFDATA2MSB },
		      { offsetof(Elf64_Ehdr, e_machine), EM_386 } };

	for (int i = 0; i < COUNT(wrong); i++) {
		struct sample s = sample;
		struct elf elf;

		((uint8_t *)&s)[wrong[i].at] = wrong[i].byte;
		ck_assert_msg(elf_open(&elf, place(&s, sizeof(s)), sizeof(s)) == ELF_OTHER, "%d", i);
	}
}
END_TEST

/* Offsets and sizes whose sum is small again, or that lie just outside. */
START_TEST(outside)
{
	static const uint64_t far[] = { UINT64_MAX, UINT64_MAX - 8, 1ull << 63, sizeof(sample) + 1,
					0 - (uint64_t)sizeof(Elf64_Shdr) };

	for (int i = 0; i < COUNT(far); i++) {
		struct sample s = sample;
		struct elf elf;

		s.header.e_phoff = far[i];
		elf = opened(&s);
		ck_assert(!elf.segments && elf_segments_damaged(&elf));
		s = sample;
		s.header.e_shoff = far[i];
		elf = opened(&s);
		ck_assert(!elf.sections && elf_sections_damaged(&elf));
		s = sample;
		s.section[1].sh_offset = far[i];
		s.segment[1].p_offset = far[i];
		look_at_all(place(&s, sizeof(s)), sizeof(s));
		elf = opened(&s);
		ck_assert_ptr_null(elf_section_data(&elf, section(&elf, 1)));
		s = sample;
		s.section[1].sh_size = far[i];
		elf = opened(&s);
		ck_assert_ptr_null(elf_section_data(&elf, section(&elf, 1)));
		s = sample;
		s.section[3].sh_offset = far[i];
		elf = opened(&s);
		ck_assert_str_eq(elf_section_name(&elf, section(&elf, 1)), "");
		s = sample;
		s.section[1].sh_name = (uint32_t)far[i];
		elf = opened(&s);
		ck_assert_str_eq(elf_section_name(&elf, section(&elf, 1)), "");
		ck_assert_ptr_null(elf_range(&elf, far[i], 1));
		ck_assert_ptr_null(elf_range(&elf, 1, far[i]));
	}
}
END_TEST

START_TEST(tables)
{
	struct sample s = sample;
	struct elf elf;
	Elf64_Shdr sh;

	s.header.e_phentsize--;
	s.header.e_shentsize++;
	elf = opened(&s);
	ck_assert(!elf.segments && !elf.sections);
	s = sample;
	s.header.e_phnum = s.header.e_shnum = UINT16_MAX;
	elf = opened(&s);
	ck_assert(!elf.segments && !elf.sections);
	s = sample;
	s.header.e_shstrndx = 4;
	elf = opened(&s);
	ck_assert(!elf_find_section(&elf, ".note", &sh));
	s = sample;
	s.header.e_phnum = s.header.e_shnum = 0;
	elf = opened(&s);
	ck_assert(!elf_segments_damaged(&elf) && !elf_sections_damaged(&elf) && !elf_section(&elf, 0, &sh));
}
END_TEST

/* A name has to end in its table. */
START_TEST(names)
{
	struct elf elf = opened(&sample);
	Elf64_Shdr names = sample.section[3];

	ck_assert_str_eq(elf_string(&elf, &names, 22), "x");
	ck_assert_ptr_null(elf_string(&elf, &names, sizeof(sample.names)));
	names.sh_size = 23; /* without its end */
	ck_assert_ptr_null(elf_string(&elf, &names, 22));
	ck_assert_str_eq(elf_string(&elf, &names, 12), ".shstrtab");
	ck_assert_ptr_null(elf_string(&elf, section(&elf, 2), 0));
}
END_TEST

START_TEST(notes)
{
	static const uint32_t sizes[] = { UINT32_MAX, UINT32_MAX - 3, 1u << 31, 9, 20 };
	struct elf_note note;

	for (int i = 0; i < COUNT(sizes); i++)
		for (int k = 0; k < 2; k++) {
			Elf64_Nhdr head = { k ? 0 : sizes[i], k ? sizes[i] : 0, 1 };
			const uint8_t *at = memcpy(end - 20, &head, sizeof(head));
			size_t left = 20;

			ck_assert_msg(!elf_note(&at, &left, &note), "%u", sizes[i]);
			ck_assert(left == 20 && at == end - 20);
		}
}
END_TEST

/* Whatever bytes are there. */
START_TEST(damaged)
{
	srandom((unsigned int)_i);
	for (int i = 0; i < 5000; i++) {
		struct sample s = sample;

		for (long n = random() % 4 + 1; n > 0; n--)
			((uint8_t *)&s)[random() % (long)sizeof(s)] = (uint8_t)(random() % 3 ? random() : 0xff);
		look_at_all(place(&s, sizeof(s)), sizeof(s));
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("elf");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, all_is_found);
	tcase_add_test(tc, cut_off);
	tcase_add_test(tc, other_files);
	tcase_add_test(tc, outside);
	tcase_add_test(tc, tables);
	tcase_add_test(tc, names);
	tcase_add_test(tc, notes);
	tcase_add_loop_test(tc, damaged, 0, 4);
	return unit_run(tc);
}
