// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log.c - fuzzes what umvmm dmesg and umvmm dump read of a guest's memory: the
 * kernel's note about itself, and the log's ring buffer.
 *
 * Input: patches of a guest's memory that holds both: offset, length, bytes.
 * Must hold: what is handed out lies in its buffer, and there is an end to it, within seconds
 * (run.sh), however large the memory is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vm.h>
#include <umvmm/inspect/elfcore.h>
#include <umvmm/inspect/printk.h>

#include "../unit/printk_info.h"

#define SIZE   0x10000u	   /* of the kernel's image */
#define MEMORY (1ull << 30) /* of which the rest are holes */
#define VIRT 0x40000000u

static const char text[] =
	"OSRELEASE=6.1\nSYMBOL(prb)=40000100\n"
	PRINTK_INFO;

static uint8_t *ram, first[SIZE];

static void put64(uint64_t at, uint64_t value)
{
	memcpy(first + at, &value, 8);
}

static void make_memory(void)
{
	const uint32_t nhdr[] = { sizeof(VMCOREINFO_NAME), sizeof(text), 0 };

	memcpy(first + 0x9000, nhdr, sizeof(nhdr));
	memcpy(first + 0x9000 + 12, VMCOREINFO_NAME, sizeof(VMCOREINFO_NAME));
	memcpy(first + 0x9000 + 24, text, sizeof(text));
	put64(0x40, DIRECT_MAP + 0x9000);
	put64(0x100, VIRT + 0x1000);
	put64(0x1000, 3);
	put64(0x1008, VIRT + 0x2000);
	put64(0x1010, VIRT + 0x3000);
	put64(0x1018, 103);
	put64(0x1020, 100);
	put64(0x1040, 8);
	put64(0x1048, DIRECT_MAP + 0x8000);
	for (uint64_t id = 100; id < 104; id++) {
		put64(0x2000 + 24 * (id % 8), 2ull << 62 | id);
		put64(0x2000 + 24 * (id % 8) + 8, id * 16);
		put64(0x2000 + 24 * (id % 8) + 16, id * 16 + 16);
		put64(0x3000 + 88 * (id % 8) + 16, 8);
	}
}

static void see(void *ctx, const struct printk_record *record)
{
	size_t *total = ctx;

	for (size_t i = 0; i < record->len; i++)
		*total += 1 + (record->text[i] == 'x');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guestmem mem = { .size = MEMORY, .image = { 0, SIZE, VIRT } };
	static uint8_t head[ELFCORE_HEAD];
	static struct vmcoreinfo info;
	struct elfcore core = { .mem_size = MEMORY, .image = mem.image, .info = &info };
	size_t total = 0;

	if (!ram) {
		mem.fd = memfd_create("fuzz", 0);
		if (mem.fd < 0 || ftruncate(mem.fd, MEMORY) < 0)
			abort();
		ram = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, 0);
		if (ram == MAP_FAILED)
			abort();
		make_memory();
	}
	memcpy(ram, first, SIZE);
	while (size > 3) {
		uint16_t at = (uint16_t)(data[0] | data[1] << 8);
		size_t len = data[2] % 16;

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (len > SIZE - (size_t)at)
			len = SIZE - (size_t)at;
		memcpy(ram + at, data, len);
		data += len;
		size -= len;
	}
	if (vmcoreinfo_find(&info, &mem) == 0) {
		if (info.size > VMCOREINFO_MAX)
			abort();
		(void)!printk_each(&mem, &info, see, &total);
	}
	elfcore_head(head, &core);
	return 0;
}
