// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_layout.c - what the guest says of its structures (vmcoreinfo and its table), whole and damaged.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <stddef.h>

#include "fake_guest.h"

static struct vmcoreinfo info;
static struct layout layout;

static int load_layout(void)
{
	ck_assert_int_eq(vmcoreinfo_find(&info, &fake.mem), 0);
	return layout_load(&layout, &fake.mem, &info);
}

START_TEST(layout_keys)
{
	static const struct layout_key keys[] = { { "OFFSET(task_struct.pid)", 8 },
						  { "SYMBOL(init_task)", 0 } };
	static const struct layout_key none = { "SYMBOL(none)", 0 };
	uint64_t value, values[2] = { 0 };

	ck_assert_int_eq(load_layout(), 0);
	ck_assert(layout_get(&layout, "OFFSET(task_struct.pid)", &value));
	ck_assert_uint_eq(value, offsetof(struct fake_task, pid));
	ck_assert(!layout_get(&layout, "OFFSET(task_struct.pi", &value));
	ck_assert(!layout_get(&layout, "OFFSET(task_struct.pid))", &value));
	ck_assert(!layout_get(&layout, "", &value));
	ck_assert(layout_fill(&layout, values, keys, 2));
	ck_assert(values[0] == FAKE_AT(task) && values[1] == offsetof(struct fake_task, pid));
	ck_assert(!layout_fill(&layout, values, &none, 1));
}
END_TEST

START_TEST(layout_limits)
{
	struct fake_layout_entry *e = &ram->layout[3];
	uint64_t value;

	e->value = (1 << 20) - 1; /* an offset */
	ck_assert_int_eq(load_layout(), 0);
	e->value++;
	ck_assert(load_layout() < 0);
	e->value = UINT64_MAX;
	ck_assert(load_layout() < 0);
	memcpy(e->key, "NUMBER(", 7);
	ck_assert_int_eq(load_layout(), 0);
	/* a key without end: it is cut */
	memset(e->key, 'k', sizeof(e->key));
	ck_assert_int_eq(load_layout(), 0);
	ck_assert(layout_get(&layout, "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", &value));
	/* an empty table is one */
	ram->layout[0].key[0] = '\0';
	ck_assert_int_eq(load_layout(), 0);
	ck_assert_uint_eq(layout.count, 0);
}
END_TEST

/* The whole memory behind its begin is one table. */
START_TEST(layout_without_end)
{
	uint8_t *at = (uint8_t *)ram->layout;

	for (unsigned int i = 0; i < LAYOUT_ENTRIES; i++)
		at[i * sizeof(struct fake_layout_entry)] = 'k';
	ck_assert(load_layout() < 0);
	at[(LAYOUT_ENTRIES - 1) * sizeof(struct fake_layout_entry)] = '\0';
	ck_assert_int_eq(load_layout(), 0);
}
END_TEST

static void must_not_open(void)
{
	ck_assert(linux_open(&l, &fake.mem, "test", true, true) < 0);
}

START_TEST(older_kernels)
{
	replace("SYMBOL(umvmm_layout)", "SYMBOL(umvmm_lay_ut)");
	must_not_open();
	replace("SYMBOL(umvmm_lay_ut)=40002000", "SYMBOL(umvmm_layout)=4000fff0");
	must_not_open();
	replace("SYMBOL(umvmm_layout)=4000fff0", "SYMBOL(umvmm_layout)=40002000");
	look();
	/* tables outside of the image are none that the walk can begin with */
	replace("SYMBOL(swapper_pg_dir)=40003000", "SYMBOL(swapper_pg_dir)=40010000");
	must_not_open();
	replace("SYMBOL(swapper_pg_dir)=40010000", "SYMBOL(swapper_pg_dir)=3fffffff");
	must_not_open();
	replace("SYMBOL(swapper_pg_dir)=3fffffff", "SYMBOL(swapper_pg__ir)=40003000");
	must_not_open();
	ram->note_at = 0;
	must_not_open();
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, layout_keys);
	tcase_add_test(tc, layout_limits);
	tcase_add_test(tc, layout_without_end);
	tcase_add_test(tc, older_kernels);
	return unit_run(tc);
}
