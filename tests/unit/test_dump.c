// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_dump.c - what umvmm dump and umvmm dmesg make of a guest's memory, which may
 * hold anything: ranges, vmcoreinfo, the log, the vmcore's head, holes.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vm.h>
#include <umvmm/inspect/elfcore.h>
#include <umvmm/inspect/outfile.h>
#include <umvmm/inspect/printk.h>
#include <umvmm/inspect/running.h>
#include <umvmm/inspect/sparse.h>

#include "printk_info.h"
#include "unit.h"

/*
 * A guest of 4 MiB. Its kernel's image is the second MiB; in that: the log's rings; the
 * note is outside of it.
 */
#define SIZE  (4ull << 20)
#define IMAGE 0x100000ull
#define VIRT  0x40100000ull
#define NOTE  0x300000ull
#define RB    0x1000u	/* the rest are offsets in the image */
#define PRB   0x100u	/* a pointer to RB */
#define DESCS 0x2000u
#define INFOS 0x3000u
#define TEXT  0x8000u
#define BITS  3u /* of descriptors */
#define TBITS 8u /* of text */

static struct guestmem mem;
static uint8_t *ram;

static void *image(uint64_t offset)
{
	return ram + IMAGE + offset;
}

static void put64(uint64_t offset, uint64_t value)
{
	memcpy(image(offset), &value, 8);
}

static const char info_text[] =
	"OSRELEASE=6.1\nPAGESIZE=4096\n"
	"SYMBOL(prb)=40100100\n"
	PRINTK_INFO;

static void put_note(uint64_t pa, const char *text)
{
	const Elf64_Nhdr nhdr = { sizeof(VMCOREINFO_NAME), (Elf64_Word)strlen(text), 0 };

	memcpy(ram + pa, &nhdr, sizeof(nhdr));
	memcpy(ram + pa + 12, VMCOREINFO_NAME, sizeof(VMCOREINFO_NAME));
	memcpy(ram + pa + 24, text, strlen(text));
}

/* Descriptor ID with a block of the text ring from BEGIN to NEXT. */
static void put_record(uint64_t id, uint64_t state, uint64_t begin, uint64_t next, uint16_t len)
{
	uint64_t n = id % (1u << BITS);

	put64(DESCS + 24 * n, state << 62 | id);
	put64(DESCS + 24 * n + 8, begin);
	put64(DESCS + 24 * n + 16, next);
	put64(INFOS + 88 * n, id);
	put64(INFOS + 88 * n + 8, id * 1000000000);
	memcpy(image(INFOS + 88 * n + 16), &len, sizeof(len));
}

static void setup(void)
{
	mem = (struct guestmem){
		.fd = memfd_create("test", 0),
		.size = SIZE,
		.image = { IMAGE, IMAGE + (1 << 20), VIRT },
	};
	ck_assert(ftruncate(mem.fd, SIZE) == 0);
	ram = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, 0);
	ck_assert(ram != MAP_FAILED);
	put_note(NOTE, info_text);
	put64(0x40, DIRECT_MAP + NOTE);
	put64(PRB, VIRT + RB);
	put64(RB, BITS);
	put64(RB + 8, VIRT + DESCS);
	put64(RB + 16, VIRT + INFOS);
	put64(RB + 24, 103);
	put64(RB + 32, 100);
	put64(RB + 64, TBITS);
	put64(RB + 72, DIRECT_MAP + IMAGE + TEXT);
	/* an ordinary one, one without text, one that wraps, one not yet committed */
	memcpy(image(TEXT + 0x10 + 8), "hello", 5);
	put_record(100, 2, 0x110, 0x120, 5);
	put_record(101, 1, 3, 3, 0);
	memcpy(image(TEXT + 8), "wrapped", 7);
	put_record(102, 2, 0x1f0, 0x210, 7);
	put_record(103, 0, 0x210, 0x220, 5);
}

static void teardown(void)
{
	munmap(ram, SIZE);
	close(mem.fd);
}

START_TEST(ranges)
{
	char b[16];

	ck_assert(guestmem_read(&mem, SIZE - 16, b, 16) == 0);
	ck_assert(guestmem_read(&mem, SIZE - 15, b, 16) < 0);
	ck_assert(guestmem_read(&mem, UINT64_MAX - 7, b, 16) < 0);
	ck_assert(guestmem_read(&mem, GPA_HOLE_START, b, 16) < 0);
	ck_assert(guestmem_read_kernel(&mem, VIRT, b, 16) == 0);
	ck_assert(guestmem_read_kernel(&mem, VIRT - 1, b, 16) < 0);
	ck_assert(guestmem_read_kernel(&mem, VIRT + (1 << 20), b, 16) < 0);
	ck_assert(guestmem_read_kernel(&mem, DIRECT_MAP + SIZE, b, 1) < 0);
	ck_assert(guestmem_read_kernel(&mem, UINT64_MAX, b, 16) < 0);
	ck_assert(guestmem_read_kernel(&mem, 0, b, 16) < 0);
	ck_assert(ftruncate(mem.fd, SIZE / 2) == 0); /* somebody's --mem-file */
	ck_assert(guestmem_read(&mem, SIZE / 2, b, 1) < 0);
}
END_TEST

static struct vmcoreinfo info;

START_TEST(note)
{
	uint64_t value;

	ck_assert(vmcoreinfo_find(&info, &mem) == 0);
	ck_assert_uint_eq(info.size, strlen(info_text));
	ck_assert(vmcoreinfo_get(&info, "SYMBOL(prb)", &value) && value == 0x40100100);
	ck_assert(vmcoreinfo_get(&info, "SIZE(printk_info)", &value) && value == 88);
	ck_assert(!vmcoreinfo_get(&info, "SIZE(printk_inf", &value));
	ck_assert(!vmcoreinfo_get(&info, "printk_info)", &value));
	ck_assert(!vmcoreinfo_get(&info, "OFFSET(none)", &value));
}
END_TEST

/* One that the kernel's image does not point to was written by a guest's user. */
START_TEST(note_of_a_user)
{
	put_note(0x200000, "OSRELEASE=evil\n");
	ck_assert(vmcoreinfo_find(&info, &mem) == 0);
	ck_assert(!strncmp(info.text, "OSRELEASE=6.1\n", 14));
	put64(0x40, 0);
	ck_assert(vmcoreinfo_find(&info, &mem) < 0);
	ck_assert_uint_eq(info.size, 0);
}
END_TEST

START_TEST(note_damaged)
{
	uint32_t size[] = { 0, VMCOREINFO_MAX + 1, UINT32_MAX };

	memcpy(ram + NOTE + 4, &size[_i], 4);
	ck_assert(vmcoreinfo_find(&info, &mem) < 0);
}
END_TEST

START_TEST(note_at_the_end_of_memory)
{
	put_note(SIZE - 4096, "OSRELEASE=x\n");
	memcpy(ram + SIZE - 4096 + 4, &(uint32_t){ 4096 }, 4);
	put64(0x40, DIRECT_MAP + SIZE - 4096);
	ck_assert(vmcoreinfo_find(&info, &mem) < 0);
}
END_TEST

static void see(void *ctx, const struct printk_record *record)
{
	FILE *out = ctx;

	fprintf(out, "%llu %llu %.*s|", (unsigned long long)record->seq,
		(unsigned long long)record->ts_nsec / 1000000000, (int)record->len, record->text);
}

static char *log_text(int expected)
{
	static char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert(vmcoreinfo_find(&info, &mem) == 0);
	ck_assert_int_eq(printk_each(&mem, &info, see, out), expected);
	fclose(out);
	return text;
}

START_TEST(log_plain)
{
	ck_assert_str_eq(log_text(0), "100 100 hello|101 101 |102 102 wrapped|");
}
END_TEST

START_TEST(log_records_damaged)
{
	put_record(100, 2, 0x110, 0x110 + 2, 5);      /* too small for its id */
	put_record(101, 2, 0x120, 0x110, 5);	      /* backwards */
	put_record(102, 2, 0x110, 0x120, UINT16_MAX); /* more text than block */
	put_record(103, 2, 0, UINT64_MAX - 1, 5);     /* a block of all addresses */
	ck_assert_str_eq(log_text(0), "102 102 hello|");
	put64(DESCS + 24 * (102 % 8), 2ull << 62 | 110); /* of another lap */
	ck_assert_str_eq(log_text(0), "");
}
END_TEST

static const struct {
	uint64_t at, value;
} wild[] = {
	{ PRB, 0 },		 { PRB, UINT64_MAX },  { PRB, DIRECT_MAP + SIZE - 8 },
	{ RB, 25 },		 { RB, UINT32_MAX },   { RB + 64, 32 },
	{ RB + 64, UINT32_MAX }, { RB + 24, 100 + 8 }, { RB + 24, 99 },
};

START_TEST(log_rings_damaged)
{
	put64(wild[_i].at, wild[_i].value);
	ck_assert_str_eq(log_text(-EINVAL), "");
}
END_TEST

START_TEST(log_pointers_damaged)
{
	static const unsigned int fields[] = { 8, 16, 72 };

	put64(RB + fields[_i], _i == 1 ? UINT64_MAX - 8 : DIRECT_MAP + SIZE - 1);
	ck_assert_str_eq(log_text(0), _i == 2 ? "101 101 |" : "");
}
END_TEST

/* The same text for each descriptor: more than the ring can hold is not believed. */
START_TEST(log_without_end)
{
	static char want[1024];

	put64(RB + 64, 5); /* 32 bytes of text */
	for (unsigned int id = 100; id < 104; id++)
		put_record(id, 2, 0, 24, 16);
	memcpy(image(TEXT + 8), "sixteen letters.", 16);
	snprintf(want, sizeof(want), "100 100 sixteen letters.|101 101 sixteen letters.|");
	ck_assert_str_eq(log_text(0), want);
}
END_TEST

START_TEST(log_of_nothing)
{
	char *at = strstr((char *)ram + NOTE + 24, "SIZE(prb_desc)=24");

	memcpy(at, "SIZE(prb_desc)=00", 17);
	ck_assert_str_eq(log_text(-EINVAL), "");
}
END_TEST

START_TEST(log_of_an_old_kernel)
{
	put_note(NOTE, "OSRELEASE=5.4\nSYMBOL(log_buf)=41000000\n");
	memcpy(ram + NOTE + 4, &(uint32_t){ 40 }, 4);
	ck_assert_str_eq(log_text(-ENOENT), "");
}
END_TEST

static void head_of(uint64_t size, unsigned int ncpus, unsigned int loads)
{
	static uint8_t head[ELFCORE_HEAD];
	static struct elfcore core;
	const Elf64_Ehdr *eh = (const void *)head;
	const Elf64_Phdr *ph = (const void *)(head + sizeof(*eh));
	uint64_t end = ELFCORE_HEAD;
	size_t note = 0, count = 0;

	core = (struct elfcore){ size, mem.image, &info, ncpus, { { .rip = 1 } }, { 123, PID_UNKNOWN, 0 } };
	ck_assert(vmcoreinfo_find(&info, &mem) == 0);
	elfcore_head(head, &core);
	ck_assert(!memcmp(eh->e_ident, ELFMAG, SELFMAG) && eh->e_type == ET_CORE);
	ck_assert_uint_eq(eh->e_phnum, 1 + loads);
	ck_assert_uint_eq(ph[0].p_type, PT_NOTE);
	ck_assert_uint_le(ph[0].p_offset + ph[0].p_filesz, ELFCORE_HEAD);
	while (note < ph[0].p_filesz) {
		const Elf64_Nhdr *n = (const void *)(head + ph[0].p_offset + note);

		if (n->n_type == NT_PRSTATUS) {
			const struct elf_prstatus *status = (const void *)(n + 1) + 8; /* "CORE" */

			ck_assert_int_eq(status->pr_pid, count == 0 ? 123 : (4 << 20) + (int)count);
			ck_assert_uint_eq(status->pr_reg[16], count == 0); /* RIP */
			count++;
		}
		note += sizeof(*n) + ((n->n_namesz + 3) & ~3u) + ((n->n_descsz + 3) & ~3u);
	}
	ck_assert_uint_eq(note, ph[0].p_filesz);
	ck_assert_uint_eq(count, ncpus);
	for (unsigned int i = 1; i < loads; i++) {
		ck_assert_uint_eq(ph[i].p_offset, end);
		ck_assert_uint_eq(ph[i].p_vaddr, DIRECT_MAP + ph[i].p_paddr);
		end += ph[i].p_filesz;
	}
	ck_assert_uint_eq(end, ELFCORE_HEAD + size);
	ck_assert_uint_eq(ph[loads].p_vaddr, VIRT);
	ck_assert_uint_eq(ph[loads].p_offset, ELFCORE_HEAD + IMAGE);
}

START_TEST(head)
{
	head_of(256 << 20, 0, 2);
	head_of(GPA_HOLE_START, 1, 2);
	head_of(16ull << 30, VM_MAX_VCPUS, 3);
}
END_TEST

static const volatile sig_atomic_t run, stop = 1;

START_TEST(holes)
{
	int out = memfd_create("out", 0);
	struct stat st;
	char b[8] = "";

	memset(ram + 0x200000, 0, 0x100000); /* pages, but zero */
	ram[SIZE - 1] = 'z';
	ck_assert_int_eq(sparse_copy(out, 4096, mem.fd, SIZE, &run), 0);
	ck_assert(fstat(out, &st) == 0);
	ck_assert_int_eq(st.st_size, 4096 + SIZE);
	/* the image's first words, RB, DESCS, INFOS, TEXT, the note, the last */
	ck_assert_int_eq(st.st_blocks, 7 * 8);
	ck_assert(pread(out, b, 5, 4096 + IMAGE + TEXT + 0x18) == 5 && !strcmp(b, "hello"));
	ck_assert(pread(out, b, 1, 4096 + SIZE - 1) == 1 && b[0] == 'z');
	ck_assert_int_eq(sparse_copy(out, 4096, mem.fd, SIZE, &stop), -EINTR);
	ck_assert(ftruncate(mem.fd, SIZE / 2) == 0);
	ck_assert_int_eq(sparse_copy(out, 4096, mem.fd, SIZE, &run), 0);
	close(out);
	out = open("/dev/full", O_WRONLY);
	ck_assert_int_eq(sparse_copy(out, 4096, mem.fd, SIZE, &run), -ENOSPC);
	close(out);
}
END_TEST

START_TEST(file_appears)
{
	char dir[] = "/tmp/test_dump.XXXXXX", path[64], other[128];
	struct outfile f;

	ck_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(other, sizeof(other), "%s/none/file", dir);
	ck_assert(outfile_open(&f, other, false) < 0);
	ck_assert(outfile_open(&f, dir, true) < 0);
	ck_assert(outfile_open(&f, "", true) < 0);
	ck_assert(outfile_open(&f, path, false) == 0);
	ck_assert(access(path, F_OK) < 0);
	outfile_abandon(&f);
	ck_assert(outfile_open(&f, path, false) == 0);
	ck_assert(outfile_commit(&f) == 0 && access(path, F_OK) == 0);
	ck_assert(outfile_open(&f, path, false) < 0);
	ck_assert(outfile_open(&f, path, true) == 0);
	ck_assert(outfile_commit(&f) == 0);
	/* it comes while we write */
	unlink(path);
	ck_assert(outfile_open(&f, path, false) == 0);
	ck_assert(symlink("elsewhere", path) == 0);
	ck_assert(outfile_commit(&f) < 0);
	unlink(path);
	ck_assert(rmdir(dir) == 0); /* nothing is left over */
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("dump");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, ranges);
	tcase_add_test(tc, note);
	tcase_add_test(tc, note_of_a_user);
	tcase_add_loop_test(tc, note_damaged, 0, 3);
	tcase_add_test(tc, note_at_the_end_of_memory);
	tcase_add_test(tc, log_plain);
	tcase_add_test(tc, log_records_damaged);
	tcase_add_loop_test(tc, log_rings_damaged, 0, sizeof(wild) / sizeof(wild[0]));
	tcase_add_loop_test(tc, log_pointers_damaged, 0, 3);
	tcase_add_test(tc, log_without_end);
	tcase_add_test(tc, log_of_nothing);
	tcase_add_test(tc, log_of_an_old_kernel);
	tcase_add_test(tc, head);
	tcase_add_test(tc, holes);
	tcase_add_test(tc, file_appears);
	return unit_run(tc);
}
