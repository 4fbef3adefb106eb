// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_load.c - what the manager puts into guest memory: memory map, archive,
 * kernel (damaged ones too), ACPI tables, CPUID; and the byte rings.
 *
 * Runs: on the host, Check; each test in a process of its own.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <elf.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <umvmm/boot/acpi/acpi.h>
#include <umvmm/boot/acpi/table.h>
#include <umvmm/boot/bootparams.h>
#include <umvmm/boot/cpio.h>
#include <umvmm/boot/cpuid.h>
#include <umvmm/boot/lowmem.h>
#include <umvmm/streams/ring.h>
#include <umvmm/boot/rngseed.h>

#include "unit.h"

#define GIB (1024 * MIB)

START_TEST(physmem_ranges)
{
	struct physmem mem;

	ck_assert_int_eq(physmem_create(&mem, NULL, 4 * GIB), 0);
	ck_assert_ptr_eq(physmem_range(&mem, 0, 1), mem.base);
	ck_assert_ptr_eq(physmem_range(&mem, GPA_HOLE_START - 1, 1), mem.base + 3 * GIB - 1);
	ck_assert_ptr_null(physmem_range(&mem, GPA_HOLE_START - 1, 2));
	ck_assert_ptr_null(physmem_range(&mem, GPA_HOLE_START, 1));
	ck_assert_ptr_null(physmem_range(&mem, GPA_HOLE_START - 1, GIB + 2));
	ck_assert_ptr_eq(physmem_range(&mem, GPA_HOLE_END, GIB), mem.base + 3 * GIB);
	ck_assert_ptr_null(physmem_range(&mem, GPA_HOLE_END, GIB + 1));
	ck_assert_ptr_null(physmem_range(&mem, ~0ull, 2));
	ck_assert_ptr_null(physmem_range(&mem, 0, 0));
	physmem_destroy(&mem);
}
END_TEST

static const uint64_t mem_sizes[] = { 32 * MIB, 256 * MIB, 3 * GIB, 3 * GIB + 2 * MIB, 16 * GIB };

START_TEST(e820_adds_up)
{
	static struct boot_params bp;
	uint64_t ram = LOW_HIGH_RAM - LOW_RAM_END, last = 0;

	bootparams_e820(&bp, mem_sizes[_i]);
	for (int i = 0; i < bp.e820_entries; i++) {
		const struct boot_e820_entry *e = &bp.e820_table[i];

		ck_assert(e->addr >= last && e->size);
		last = e->addr + e->size;
		ck_assert(e->addr >= GPA_HOLE_END || last <= GPA_HOLE_START);
		if (e->type == 1)
			ram += e->size;
	}
	ck_assert_uint_eq(ram, mem_sizes[_i]);
}
END_TEST

START_TEST(cpio_is_understood)
{
	char path[] = "/tmp/umvmm-test-XXXXXX", command[128], got[256] = "";
	struct blob blob = { 0 };
	int fd = mkstemp(path);
	FILE *list;

	ck_assert_int_eq(cpio_dir(&blob, "d", 0755), 0);
	ck_assert_int_eq(cpio_file(&blob, "d/f", 0700, "12345", 5), 0);
	ck_assert_int_eq(cpio_end(&blob), 0);
	ck_assert_uint_eq(blob.size % 4, 0);
	ck_assert_int_eq(write(fd, blob.data, blob.size), (ssize_t)blob.size);
	snprintf(command, sizeof(command), "cpio -t --quiet <%s; cpio -i --quiet --to-stdout d/f <%s",
		 path, path);
	list = popen(command, "r");
	got[fread(got, 1, sizeof(got) - 1, list)] = '\0';
	ck_assert_int_eq(pclose(list), 0);
	ck_assert_str_eq(got, "d\nd/f\n12345");
	unlink(path);
	close(fd);
	blob_free(&blob);
}
END_TEST

/* A kernel of one page with an empty site note, as small as it can be. */
struct tiny {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	uint8_t text[64];
	Elf64_Nhdr note;
	char name[8];
	char strings[40];
	Elf64_Shdr sh[3];
};

static const char tiny_strings[40] = "\0.note.umvmm\0.shstrtab";

static void tiny_make(struct tiny *t)
{
	*t = (struct tiny){
		.eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			.e_entry = 16 * MIB, .e_phoff = offsetof(struct tiny, ph),
			.e_shoff = offsetof(struct tiny, sh), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
			.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 2 },
		.ph = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			.p_offset = offsetof(struct tiny, text), .p_vaddr = 0x69000000,
			.p_paddr = 16 * MIB, .p_filesz = 64, .p_memsz = 4096 },
		.note = { .n_namesz = 6, .n_descsz = 0, .n_type = UMVMM_NOTE_SITES },
		.name = UMVMM_NOTE_NAME,
		.sh[1] = { .sh_name = 1, .sh_type = SHT_NOTE, .sh_flags = SHF_ALLOC,
			   .sh_offset = offsetof(struct tiny, note), .sh_size = 20 },
		.sh[2] = { .sh_name = 13, .sh_type = SHT_STRTAB,
			   .sh_offset = offsetof(struct tiny, strings), .sh_size = 40 },
	};
	memset(t->text, 0x90, sizeof(t->text));
	memcpy(t->strings, tiny_strings, sizeof(t->strings));
}

static int tiny_load(const void *data, size_t size, struct physmem *mem)
{
	char path[] = "/tmp/umvmm-test-XXXXXX";
	struct kernel kernel;
	int fd = mkstemp(path), err;

	ck_assert_int_eq(write(fd, data, size), (ssize_t)size);
	close(fd);
	err = kernel_open(&kernel, path);
	unlink(path);
	if (err)
		return err;
	err = kernel_load(&kernel, mem, VIRT_AFTERBURN);
	kernel_close(&kernel);
	return err;
}

START_TEST(kernel_loads)
{
	struct physmem mem;
	struct tiny tiny;

	tiny_make(&tiny);
	ck_assert_int_eq(physmem_create(&mem, NULL, 32 * MIB), 0);
	ck_assert_int_eq(tiny_load(&tiny, sizeof(tiny), &mem), 0);
	ck_assert_mem_eq(physmem_range(&mem, 16 * MIB, 64), tiny.text, 64);
	physmem_destroy(&mem);
}
END_TEST

/* One of older patches, which had other addresses, would die before it could say so. */
START_TEST(kernel_of_other_patches_is_refused)
{
	static const uint64_t refused[] = { 0x41000000, UMVMM_WINDOW_START - 4096, UMVMM_MODULES };
	struct physmem mem;
	struct tiny tiny;

	ck_assert_int_eq(physmem_create(&mem, NULL, 32 * MIB), 0);
	for (unsigned int i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		tiny_make(&tiny);
		tiny.ph.p_vaddr = refused[i];
		ck_assert_int_eq(tiny_load(&tiny, sizeof(tiny), &mem), -1);
	}
	tiny.ph.p_vaddr = tiny.ph.p_paddr; /* freestanding */
	ck_assert_int_eq(tiny_load(&tiny, sizeof(tiny), &mem), 0);
	physmem_destroy(&mem);
}
END_TEST

/* Each compression: PACK says how long the packed bytes are. */
static size_t pack_gzip(const void *in, size_t size, uint8_t *out, size_t room)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)size,
		       .next_out = out, .avail_out = (uInt)room };

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out; /* ends with the size already */
}

static size_t add_size(uint8_t *out, size_t len, size_t size)
{
	for (int i = 0; i < 4; i++)
		out[len + i] = (uint8_t)(size >> (8 * i));
	return len + 4;
}

static size_t pack_xz(const void *in, size_t size, uint8_t *out, size_t room)
{
	size_t len = 0;

	ck_assert_int_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, in, size, out, &len,
						 room), LZMA_OK);
	return add_size(out, len, size);
}

static size_t pack_zstd(const void *in, size_t size, uint8_t *out, size_t room)
{
	size_t len = ZSTD_compress(out, room, in, size, 19);

	ck_assert(!ZSTD_isError(len));
	return add_size(out, len, size);
}

START_TEST(bzimage_loads)
{
	size_t (*const pack[])(const void *, size_t, uint8_t *, size_t) = { pack_gzip, pack_xz,
									    pack_zstd };
	static uint8_t image[8192];
	const size_t at = 2 * 512 + 16;
	struct physmem mem;
	struct tiny tiny;
	uint32_t len, offset = 16;
	uint16_t version = 0x20f;

	tiny_make(&tiny);
	memset(image, 0, sizeof(image));
	len = (uint32_t)pack[_i](&tiny, sizeof(tiny), image + at, sizeof(image) - at - 4);
	image[0x1f1] = 1; /* setup sectors */
	memcpy(image + 0x202, "HdrS", 4);
	memcpy(image + 0x206, &version, 2);
	memcpy(image + 0x248, &offset, 4);
	memcpy(image + 0x24c, &len, 4);
	ck_assert_int_eq(physmem_create(&mem, NULL, 32 * MIB), 0);
	ck_assert_int_eq(tiny_load(image, at + len, &mem), 0);
	ck_assert_mem_eq(physmem_range(&mem, 16 * MIB, 64), tiny.text, 64);
	ck_assert_int_eq(tiny_load(image, at + len - 1, &mem), -1);
	for (size_t i = 0; i < len; i++) { /* no byte crashes it */
		image[at + i] ^= 0xff;
		ck_assert_int_le(tiny_load(image, at + len, &mem), 0);
		image[at + i] ^= 0xff;
	}
	physmem_destroy(&mem);
}
END_TEST

/* Every length that cuts it, and every byte damaged: an error or a load, no crash. */
START_TEST(damaged_kernels_do_no_harm)
{
	struct physmem mem;
	struct tiny tiny;
	int refused = 0;

	ck_assert_int_eq(physmem_create(&mem, NULL, 32 * MIB), 0);
	ck_assert(freopen("/dev/null", "w", stderr) != NULL);
	for (size_t len = 1; len < offsetof(struct tiny, note); len++) {
		tiny_make(&tiny);
		ck_assert_int_eq(tiny_load(&tiny, len, &mem), -1);
	}
	for (size_t at = 0; at < sizeof(tiny); at++) {
		tiny_make(&tiny);
		((uint8_t *)&tiny)[at] ^= 0xff;
		refused += tiny_load(&tiny, sizeof(tiny), &mem) < 0;
	}
	ck_assert_int_gt(refused, 60);
	physmem_destroy(&mem);
}
END_TEST

START_TEST(acpi_sums_are_zero)
{
	struct physmem mem;
	const uint8_t *area;
	uint64_t xsdt;
	uint32_t len;

	ck_assert_int_eq(physmem_create(&mem, NULL, 32 * MIB), 0);
	ck_assert_int_eq(acpi_setup(&mem, VM_MAX_VCPUS), 0);
	area = physmem_range(&mem, LOW_ACPI, LOW_ACPI_SIZE);
	ck_assert_mem_eq(area, "RSD PTR ", 8);
	ck_assert_uint_eq(acpi_checksum(area, 20), 0);
	ck_assert_uint_eq(acpi_checksum(area, 36), 0);
	memcpy(&xsdt, area + 24, 8);
	for (int i = -1; i < 2; i++) {
		const uint8_t *table = area + (xsdt - LOW_ACPI);
		uint64_t gpa;

		if (i >= 0) {
			memcpy(&gpa, table + 36 + 8 * i, 8);
			table = area + (gpa - LOW_ACPI);
		}
		memcpy(&len, table + 4, 4);
		ck_assert_uint_eq(acpi_checksum(table, len), 0);
	}
	physmem_destroy(&mem);
}
END_TEST

/* They fit, or it is said that they do not; nothing is written behind what is there. */
START_TEST(acpi_room)
{
	const size_t page = 4096;
	uint8_t *area = mmap(NULL, LOW_ACPI_SIZE + page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool fitted = false;

	ck_assert_ptr_ne(area, MAP_FAILED);
	ck_assert_int_eq(mprotect(area + LOW_ACPI_SIZE, page, PROT_NONE), 0);
	for (uint32_t size = 0; size <= LOW_ACPI_SIZE; size += size < 16 * page ? 4 : page) {
		bool fits = acpi_write(area + LOW_ACPI_SIZE - size, size, VM_MAX_VCPUS) == 0;

		ck_assert_msg(!fitted || fits, "%u bytes are too few, fewer were enough", size);
		fitted = fits;
	}
	ck_assert(fitted);
	munmap(area, LOW_ACPI_SIZE + page);
}
END_TEST

/* A CPU that claims everything. */
static void boastful_cpu(uint32_t leaf, uint32_t subleaf, uint32_t reg[4])
{
	for (int i = 0; i < 4; i++)
		reg[i] = ~0u;
	if (leaf == 0)
		reg[EAX] = 0x24;
	if (leaf == 0x80000000)
		reg[EAX] = 0x80000026;
	if ((leaf == 4 || leaf == 0x8000001d))
		reg[EAX] = subleaf < 4 ? (subleaf + 1) << 5 | 1 : 0;
	if (leaf == 0xd && subleaf >= 2) {
		reg[EAX] = 256;
		reg[EBX] = 576 + 256 * (subleaf - 2);
		reg[ECX] = 0;
	}
}

static const struct cpuid_entry *find(const struct cpuid_table *table, uint32_t leaf,
				      uint32_t subleaf)
{
	for (uint32_t i = 0; i < table->count; i++)
		if (table->entry[i].leaf == leaf &&
		    (!(table->entry[i].flags & CPUID_SUBLEAF) || table->entry[i].subleaf == subleaf))
			return &table->entry[i];
	ck_abort_msg("no leaf %#x", leaf);
	return NULL;
}

START_TEST(cpuid_hides_what_is_not_modelled)
{
	struct cpuid_table table;

	cpuid_build(&table, boastful_cpu, ~0ull, 4, 3000000);
	ck_assert_uint_lt(table.count, CPUID_MAX);
	/* VMX MONITOR; x2APIC TSC-deadline hypervisor */
	ck_assert_uint_eq(find(&table, 1, 0)->ecx & (1u << 5 | 1u << 3), 0);
	ck_assert_uint_eq(find(&table, 1, 0)->ecx & 0x81200000, 0x81200000);
	ck_assert_uint_eq(find(&table, 1, 0)->edx & (1u << 7 | 1u << 12 | 1u << 14), 0);
	ck_assert_uint_eq(find(&table, 1, 0)->ebx >> 16, 4);
	/* SMEP SMAP; UMIP PKU OSPKE LA57 RDPID; AMX IBRS */
	ck_assert_uint_eq(find(&table, 7, 0)->ebx & (1u << 7 | 1u << 20), 0);
	ck_assert_uint_eq(find(&table, 7, 0)->ecx & (7u << 2 | 1u << 16 | 1u << 22), 0);
	ck_assert_uint_eq(find(&table, 7, 0)->edx & (0xfcu << 24 | 5u << 22), 0);
	/* no XSAVES; three AVX-512 components behind AVX */
	ck_assert_uint_eq(find(&table, 0xd, 1)->eax, 7);
	ck_assert_uint_eq(table.xcr0, 0xe7);
	ck_assert_uint_eq(find(&table, 0xd, 1)->ebx, 576 + 4 * 256);
	ck_assert_uint_eq(find(&table, 0xd, 0)->ecx, 576 + 6 * 256);
	ck_assert_uint_eq(find(&table, 0xb, 1)->ebx, 4);
	ck_assert_uint_eq(find(&table, 0x80000008, 0)->ecx, 3 | 2 << 12);
	ck_assert_uint_eq(find(&table, 0x80000008, 0)->eax >> 8, 48);
	ck_assert_uint_eq(find(&table, UMVMM_CPUID_TIMING, 0)->eax, 3000000);
	for (uint32_t i = 0; i < table.count; i++)
		ck_assert(table.entry[i].leaf != 0x8000000a || !table.entry[i].eax);
}
END_TEST

START_TEST(seed_is_fresh)
{
	static const struct kernel kernel = { .start = 16 * MIB, .end = 32 * MIB };
	static const struct initrd_place none;
	const struct setup_data *seed;
	struct boot_params *bp;
	struct physmem mem;
	uint8_t first[64];

	ck_assert_int_eq(physmem_create(&mem, NULL, 64 * MIB), 0);
	bp = physmem_range(&mem, LOW_BOOT_PARAMS, sizeof(*bp));
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(bootparams_setup(&mem, &kernel, "quiet", &none, LOW_ACPI), 0);
		ck_assert_uint_eq(bp->hdr.setup_data, 0);
		rngseed_setup(&mem, "quiet");
		seed = physmem_range(&mem, bp->hdr.setup_data, sizeof(*seed) + sizeof(first));
		ck_assert_ptr_nonnull(seed);
		ck_assert_uint_eq(seed->type, 9);
		ck_assert_uint_eq(seed->next, 0);
		ck_assert_uint_eq(seed->len, sizeof(first));
		if (i)
			ck_assert_mem_ne(seed->data, first, sizeof(first));
		memcpy(first, seed->data, sizeof(first));
	}
	ck_assert_int_eq(bootparams_setup(&mem, &kernel, "quiet", &none, LOW_ACPI), 0);
	rngseed_setup(&mem, "random.trust_bootloader=off quiet");
	ck_assert_uint_eq(bp->hdr.setup_data, 0);
	physmem_destroy(&mem);
}
END_TEST

static const struct {
	const char *cmdline;
	bool refused;
} seed_cmdlines[] = {
	{ "", false },
	{ " ", false },
	{ "console=ttyS0 quiet", false },
	{ "random.trust_bootloader=off", true },
	{ "a random.trust-bootloader=0 b", true },
	{ "\trandom.trust_bootloader=N", true },
	{ "\"random.trust_bootloader=off\"", true },
	{ "random.trust_bootloader=\"off\"", true },
	{ "random.trust_bootloader=on", false },
	{ "random.trust_bootloader=off random.trust_bootloader=1", false },
	{ "random.trust_bootloader=on random.trust_bootloader=off", true },
	{ "random.trust_bootloader=off random.trust_bootloader=perhaps", true },
	{ "random.trust_bootloader=o", false },
	{ "random.trust_bootloader=", false },
	{ "random.trust_bootloader", false },
	{ "xrandom.trust_bootloader=off", false },
	{ "random.trust_bootloaders=off", false },
	{ "quiet -- random.trust_bootloader=off", false },
};

START_TEST(seed_is_refused)
{
	ck_assert_msg(rngseed_refused(seed_cmdlines[_i].cmdline) == seed_cmdlines[_i].refused,
		      "%s", seed_cmdlines[_i].cmdline);
}
END_TEST

START_TEST(ring_wraps)
{
	static struct ring ring = { .head = 0xfffffff0, .tail = 0xfffffff0 };
	struct ring_end in = { &ring, 0xfffffff0 }, out = { &ring, 0xfffffff0 };
	char data[RING_SIZE], got[RING_SIZE];

	for (unsigned int i = 0; i < RING_SIZE; i++)
		data[i] = (char)(i * 7);
	ck_assert_uint_eq(ring_room(&in), RING_SIZE);
	ring_put(&in, data, RING_SIZE);
	ck_assert_uint_eq(ring_room(&in), 0);
	ck_assert_uint_eq(ring_peek(&out, got, RING_SIZE), RING_SIZE);
	ck_assert_mem_eq(got, data, RING_SIZE);
	ck_assert_uint_eq(ring_take(&out, 100), RING_SIZE);
	ck_assert_uint_eq(ring_used(&out), RING_SIZE - 100);
	ck_assert_uint_eq(ring_room(&in), 100);
}
END_TEST

START_TEST(ring_with_impossible_indices)
{
	static struct ring ring;
	struct ring_end in = { &ring, 0 }, out = { &ring, 0 };
	char data[16];

	ring.head = RING_SIZE + 1;
	ck_assert_uint_eq(ring_used(&out), 0);
	ck_assert_uint_eq(ring_peek(&out, data, sizeof(data)), 0);
	ring.tail = 5;
	ck_assert_uint_eq(ring_room(&in), 0);
	ring.tail = 0x80000000;
	ck_assert_uint_eq(ring_room(&in), 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_test(tc, physmem_ranges);
	tcase_add_loop_test(tc, e820_adds_up, 0, sizeof(mem_sizes) / sizeof(mem_sizes[0]));
	tcase_add_test(tc, cpio_is_understood);
	tcase_add_test(tc, kernel_loads);
	tcase_add_test(tc, kernel_of_other_patches_is_refused);
	tcase_add_loop_test(tc, bzimage_loads, 0, 3);
	tcase_add_test(tc, damaged_kernels_do_no_harm);
	tcase_add_test(tc, acpi_sums_are_zero);
	tcase_add_test(tc, acpi_room);
	tcase_add_test(tc, cpuid_hides_what_is_not_modelled);
	tcase_add_test(tc, seed_is_fresh);
	tcase_add_loop_test(tc, seed_is_refused, 0,
			    sizeof(seed_cmdlines) / sizeof(seed_cmdlines[0]));
	tcase_add_test(tc, ring_wraps);
	tcase_add_test(tc, ring_with_impossible_indices);
	return unit_run(tc);
}
