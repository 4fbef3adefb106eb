// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_layout.c - what the guest says of its structures and variables (vmcoreinfo, BTF,
 * kallsyms), whole and damaged.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <errno.h>
#include <linux/btf.h>
#include <stddef.h>

#include "fake_guest.h"

static struct btf btf;

static int load(void)
{
	btf_free(&btf);
	return btf_load(&btf, &fake.mem, FAKE_AT(btf), FAKE_AT(btf[4096]));
}

/* A word of struct btf_header or of the first type behind it. */
static uint32_t *head(size_t at)
{
	return (uint32_t *)(void *)(ram->btf + at);
}

START_TEST(layout_keys)
{
	static const struct layout_key keys[] = { { "OFFSET(task_struct.pid)", 8 },
						  { "SYMBOL(init_task)", 0 } };
	static const struct layout_key none = { "SYMBOL(none)", 0 };
	static const char *const wrong[] = {
		"OFFSET(task_struct.pi", "OFFSET(task_struct.pid))", "OFFSET(task_struct.pi)",
		"OFFSET(task_struct)", "OFFSET(.pid)", "OFFSET(task_struct.)", "OFFSET(task_struc.pid)",
		"OFFSET(task_struct.pid.pid)", "OFFSET(task_struct..pid)", "SIZE(task)", "SIZE()",
		"NUMBER(pid)", "SYMBOL()", "", "SYMBOL(startup_64)", "OFFSET(long.pid)", "SIZE(long)",
		"SIZE(a_name_of_a_structure_that_is_much_too_long_for_anything_in_a_kernel)",
	};
	uint64_t value, values[2] = { 0 };

	look();
	ck_assert(layout_get(&l.layout, "OFFSET(task_struct.pid)", &value));
	ck_assert_uint_eq(value, offsetof(struct fake_task, pid));
	ck_assert(layout_get(&l.layout, "SIZE(thread_union)", &value));
	ck_assert_uint_eq(value, 0x4000);
	/* of per-CPU data */
	ck_assert(layout_get(&l.layout, "SYMBOL(current_task)", &value));
	ck_assert_uint_eq(value, offsetof(struct fake_memory, current_task));
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(!layout_get(&l.layout, wrong[i], &value), "%s", wrong[i]);
	ck_assert(layout_fill(&l.layout, values, keys, 2));
	ck_assert(values[0] == FAKE_AT(task) && values[1] == offsetof(struct fake_task, pid));
	ck_assert(!layout_fill(&l.layout, values, &none, 1));
}
END_TEST

/* Structures in structures, with a name or without, behind typedefs. */
START_TEST(btf_paths)
{
	static const struct {
		const char *type, *path;
		uint64_t offset;
	} paths[] = {
		{ "task_struct", "thread_info.cpu", offsetof(struct fake_task, cpu) },
		{ "task_struct", "se.sum_exec_runtime", offsetof(struct fake_task, runtime) },
		{ "mm_struct", "rss_stat", offsetof(struct fake_mm, rss) },
		{ "module", "core_layout.size", offsetof(struct fake_module, size) },
		{ "module", "arch.orc_unwind", offsetof(struct fake_module, orc) },
	};
	uint64_t offset;

	ck_assert_int_eq(load(), 0);
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert(btf_offset(&btf, paths[i].type, paths[i].path, &offset));
		ck_assert_uint_eq(offset, paths[i].offset);
	}
	ck_assert(!btf_offset(&btf, "mm_struct", "", &offset));
	ck_assert(!btf_offset(&btf, "module", "arch.", &offset));
	ck_assert(!btf_offset(&btf, "module", "arch.size", &offset));
	ck_assert(!btf_offset(&btf, "module", "list.next", &offset)); /* none of a number */
}
END_TEST

static struct btf_type *type_at(uint32_t id)
{
	return (void *)(ram->btf + 24 + btf.at[id]);
}

/* The number of a type, and its struct btf_type, with the fields of a structure behind. */
static uint32_t id_of(const char *name)
{
	ck_assert_int_eq(load(), 0);
	for (uint32_t id = 1; id < btf.count; id++)
		if (!strcmp(btf.strings + type_at(id)->name_off, name))
			return id;
	ck_abort_msg("no type %s", name);
}

static struct btf_type *type_of(const char *name)
{
	return type_at(id_of(name));
}

START_TEST(btf_limits)
{
	struct btf_type *t = type_of("cred");
	struct btf_member *m = (void *)(t + 1);
	uint64_t offset;

	m->offset = ((1 << 20) - 1) * 8;
	ck_assert(load() == 0 && btf_offset(&btf, "cred", "euid", &offset));
	ck_assert_uint_eq(offset, (1 << 20) - 1);
	m->offset = (1 << 20) * 8;
	ck_assert(load() == 0 && !btf_offset(&btf, "cred", "euid", &offset));
	m->offset = UINT32_MAX - 7;
	ck_assert(load() == 0 && !btf_offset(&btf, "cred", "euid", &offset));
	m->offset = 12; /* bits */
	ck_assert(load() == 0 && !btf_offset(&btf, "cred", "euid", &offset));
	/* with bit fields: the upper byte is the width */
	t->info |= 1u << 31;
	m->offset = 16;
	ck_assert(load() == 0 && btf_offset(&btf, "cred", "euid", &offset) && offset == 2);
	m->offset |= 3u << 24;
	ck_assert(load() == 0 && !btf_offset(&btf, "cred", "euid", &offset));
	/* names that lie nowhere */
	m->name_off = UINT32_MAX;
	ck_assert(load() == 0 && !btf_offset(&btf, "cred", "euid", &offset));
	t->name_off = UINT32_MAX;
	ck_assert(load() == 0 && !btf_size(&btf, "cred", &offset));
}
END_TEST

/* Types that lead to themselves, and structures that have themselves in them, many times. */
START_TEST(btf_without_end)
{
	struct btf_type *t = type_of("layout_t"), *task = type_of("task_struct");
	struct btf_member *m = (void *)(task + 1);
	const uint32_t self = id_of("task_struct");
	uint64_t offset;

	t->type = id_of("layout_t");
	ck_assert(load() == 0 && !btf_offset(&btf, "module", "core_layout.base", &offset));
	t->type = UINT32_MAX;
	ck_assert(load() == 0 && !btf_offset(&btf, "module", "core_layout.base", &offset));
	for (unsigned int i = 0; i < BTF_INFO_VLEN(task->info); i++)
		m[i] = (struct btf_member){ .name_off = 0, .type = self };
	ck_assert(load() == 0 && !btf_offset(&btf, "task_struct", "pid", &offset));
}
END_TEST

/* Of two structures of one name the first that has the field is meant. */
START_TEST(btf_twice)
{
	uint64_t offset;

	type_of("signal_struct")->name_off = type_of("cred")->name_off;
	ck_assert_int_eq(load(), 0);
	ck_assert(btf_offset(&btf, "cred", "thread_head", &offset));
	ck_assert_uint_eq(offset, offsetof(struct fake_signal, thread_head));
	ck_assert(btf_offset(&btf, "cred", "euid", &offset));
	ck_assert_uint_eq(offset, offsetof(struct fake_cred, euid));
}
END_TEST

START_TEST(btf_damaged)
{
	static const struct {
		size_t at;
		uint32_t value;
	} wrong[] = {
		{ 0, 0x0001eb9e }, { 0, 0x0002eb9f }, { 4, 4097 }, { 4, UINT32_MAX }, { 8, 4073 },
		{ 8, UINT32_MAX }, { 12, 4073 }, { 12, UINT32_MAX }, { 16, 4073 }, { 20, 0 },
		{ 20, UINT32_MAX }, { 12, 20 }, { 12, 12 }, { 28, 20u << 24 }, { 28, 0x4ffffff },
	};
	const uint32_t was = *head(wrong[_i].at);

	ck_assert_int_eq(load(), 0);
	*head(wrong[_i].at) = wrong[_i].value;
	ck_assert_int_eq(load(), -EINVAL);
	ck_assert(linux_open(&l, &fake.mem, "test", true, true) < 0);
	*head(wrong[_i].at) = was;
	/* strings without end */
	memset(ram->btf + 0xa00, 'x', 0x600);
	ck_assert_int_eq(load(), -EINVAL);
}
END_TEST

START_TEST(btf_places)
{
	ck_assert_int_eq(btf_load(&btf, &fake.mem, FAKE_AT(btf), FAKE_AT(btf[23])), -EINVAL);
	ck_assert_int_eq(btf_load(&btf, &fake.mem, FAKE_AT(btf), FAKE_AT(btf) - 1), -EINVAL);
	btf_free(&btf);
	ck_assert_int_eq(btf_load(&btf, &fake.mem, 0, 4096), -EINVAL);
	btf_free(&btf);
	ck_assert_int_eq(btf_load(&btf, &fake.mem, FAKE_AT(btf), UINT64_MAX), -EINVAL);
	btf_free(&btf);
}
END_TEST

static void must_not_open(void)
{
	ck_assert(linux_open(&l, &fake.mem, "test", true, true) < 0);
}

START_TEST(kernels_without)
{
	look();
	fake_linux_hide_symbol(ram, "Rumvmm_btf_end");
	must_not_open();
	/* one of each is no pair */
	memcpy(memmem(ram->names, sizeof(ram->names), "R#mvmm_btf_end", 14), "R__stop_BTF###", 14);
	must_not_open();
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

START_TEST(kernels_without_symbols)
{
	replace("SYMBOL(kallsyms_names)", "SYMBOL(kallsyms_nam_s)");
	must_not_open();
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, layout_keys);
	tcase_add_test(tc, btf_paths);
	tcase_add_test(tc, btf_limits);
	tcase_add_test(tc, btf_without_end);
	tcase_add_test(tc, btf_twice);
	tcase_add_loop_test(tc, btf_damaged, 0, 15);
	tcase_add_test(tc, btf_places);
	tcase_add_test(tc, kernels_without);
	tcase_add_test(tc, kernels_without_symbols);
	return unit_run(tc);
}
