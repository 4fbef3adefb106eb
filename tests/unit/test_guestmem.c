// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_guestmem.c - what the walk of a guest's page tables reads, whatever they hold.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <inttypes.h>
#include <unistd.h>

#include "fake_guest.h"

static uint64_t read64(uint64_t va)
{
	uint64_t value;

	ck_assert_msg(guestmem_read_kernel(&l.mem, va, &value, 8) == 0, "%#" PRIx64, va);
	return value;
}

static void no_memory(uint64_t va)
{
	uint64_t value;

	ck_assert_msg(guestmem_read_kernel(&l.mem, va, &value, 8) < 0, "%#" PRIx64, va);
}

START_TEST(mapped)
{
	uint8_t both[0x1000], *first = (void *)ram->stack[1], *second = (void *)ram->stack[0];

	look();
	ck_assert_uint_eq(read64(FAKE_AT(note_at)), DIRECT_MAP + 0x1000);
	ck_assert_uint_eq(read64(DIRECT_MAP + offsetof(struct fake_memory, note_at)),
			  DIRECT_MAP + 0x1000);
	ck_assert_uint_eq(read64(FAKE_MODULE + offsetof(struct fake_module, base)), FAKE_MODULE);
	for (unsigned int i = 0; i < 0x1000; i++) {
		first[i] = (uint8_t)i;
		second[i] = (uint8_t)(i * 7);
	}
	/* two pages that do not lie behind each other */
	ck_assert(guestmem_read_kernel(&l.mem, FAKE_VMALLOC + 0x801, both, 0x1000) == 0);
	ck_assert(!memcmp(both, first + 0x801, 0x7ff) && !memcmp(both + 0x7ff, second, 0x801));
	/* large pages */
	ck_assert_uint_eq(read64(FAKE_2M + offsetof(struct fake_memory, note_at)),
			  DIRECT_MAP + 0x1000);
	ck_assert_uint_eq(read64(FAKE_1G + FAKE_SIZE - 8), 0);
}
END_TEST

START_TEST(not_mapped)
{
	static const uint64_t none[] = {
		0, 8, FAKE_VIRT - 1, FAKE_VIRT + FAKE_SIZE, FAKE_VIRT + FAKE_SIZE - 4,
		DIRECT_MAP - 4, DIRECT_MAP + FAKE_SIZE - 4, DIRECT_MAP + FAKE_SIZE,
		FAKE_VMALLOC - 4, FAKE_VMALLOC + 0x1ffc, FAKE_VMALLOC + 0x2000,
		FAKE_VMALLOC + 0x3000, /* what is mapped is no RAM */
		FAKE_2M + FAKE_SIZE - 4, FAKE_1G + 0x3ffffff8, FAKE_BPF,
		UINT64_MAX - 7, UINT64_MAX,
		/* not canonical, but with the bits of an address that is mapped */
		FAKE_VMALLOC | 1ull << 47, FAKE_VMALLOC | 1ull << 48, FAKE_VMALLOC | 1ull << 63,
		FAKE_VMALLOC | 0xffffull << 48,
	};

	look();
	for (unsigned int i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		no_memory(none[i]);
	l.mem.tables = 0;
	no_memory(FAKE_VMALLOC);
	l.mem.tables = FAKE_SIZE;
	no_memory(FAKE_VMALLOC);
}
END_TEST

/* Each table that is missing, or that is not there. */
START_TEST(tables_damaged)
{
	static const unsigned int index[] = { FAKE_VMALLOC >> 39, 0, 0, 0 };
	uint64_t *entry = &ram->tables[_i][index[_i]], was = *entry;

	look();
	read64(FAKE_VMALLOC);
	*entry = was & ~1ull;
	no_memory(FAKE_VMALLOC);
	*entry = was | 0x000ffffffffff000;
	no_memory(FAKE_VMALLOC);
	*entry = was;
	read64(FAKE_VMALLOC);
	ck_assert_int_eq(ftruncate(fake.mem.fd, 0), 0); /* somebody's --mem-file */
	no_memory(FAKE_VMALLOC);
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, mapped);
	tcase_add_test(tc, not_mapped);
	tcase_add_loop_test(tc, tables_damaged, 0, 4);
	return unit_run(tc);
}
