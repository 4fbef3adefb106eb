// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_symbols.c - the names of the guest's addresses: kallsyms and modules, whole and damaged.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <inttypes.h>

#include "fake_guest.h"

static void symbol_is(uint64_t va, const char *name, uint64_t start, uint64_t size)
{
	uint64_t at = 0, len = 0;
	const char *found = kallsyms_at(&l.syms, va, &at, &len);

	if (!name) {
		ck_assert_msg(!found, "%#" PRIx64 ": %s", va, found);
		return;
	}
	ck_assert_msg(found, "%#" PRIx64 ": not %s", va, name);
	ck_assert_str_eq(found, name);
	ck_assert_uint_eq(at, start);
	ck_assert_uint_eq(len, size);
}

START_TEST(symbols)
{
	const uint64_t first = FAKE_TEXT(0), next = FAKE_TEXT(1), last = FAKE_TEXT(FAKE_ETEXT);

	look();
	ck_assert_uint_eq(l.syms.count, FAKE_FUNCTIONS + 1);
	symbol_is(first - 1, NULL, 0, 0); /* in a symbol of data */
	symbol_is(first, "startup_64", first, 0x100);
	symbol_is(first + 1, "startup_64", first, 0x100);
	symbol_is(next - 1, "startup_64", first, 0x100);
	symbol_is(next, "__schedule", next, 0x100);
	symbol_is(FAKE_TEXT(FAKE_IRQ), "common_interrupt", FAKE_TEXT(FAKE_IRQ), 0x100);
	symbol_is(FAKE_TEXT(FAKE_HANDLE_IRQ), "handle?irq", FAKE_TEXT(FAKE_HANDLE_IRQ), 0x100);
	symbol_is(last - 1, FAKE_LONG_NAME, FAKE_TEXT(FAKE_LONG), 0x100);
	symbol_is(last, NULL, 0, 0);
	symbol_is(UINT64_MAX, NULL, 0, 0);
	symbol_is(0, NULL, 0, 0);
	/* per-CPU data, which lie at 0 */
	symbol_is(offsetof(struct fake_memory, current_task), NULL, 0, 0);
	symbol_is(0x20000, NULL, 0, 0);
}
END_TEST

static int load_symbols(void)
{
	static struct vmcoreinfo info;
	static struct kallsyms syms;
	int err;

	ck_assert_int_eq(vmcoreinfo_find(&info, &fake.mem), 0);
	err = kallsyms_load(&syms, &l.mem, &info);
	kallsyms_free(&syms);
	return err;
}

START_TEST(symbols_damaged)
{
	const uint32_t count = ram->num_syms;

	look();
	ck_assert_int_eq(load_symbols(), 0);
	ram->num_syms = 0;
	ck_assert_int_eq(load_symbols(), -EINVAL);
	ram->num_syms = UINT32_MAX;
	ck_assert_int_eq(load_symbols(), -EINVAL);
	ram->num_syms = 1 << 20; /* their offsets reach out of memory */
	ck_assert_int_eq(load_symbols(), -EINVAL);
	ram->num_syms = 3; /* none of them is text in the image */
	ck_assert_int_eq(load_symbols(), -EINVAL);
	ram->num_syms = count + 1; /* a name without tokens */
	ck_assert_int_eq(load_symbols(), -EINVAL);
	ram->num_syms = count;
	memset(ram->token_index, 0xff, sizeof(ram->token_index)); /* tokens out of memory */
	ck_assert_int_eq(load_symbols(), -EINVAL);
	memset(ram->token_index, 0, sizeof(ram->token_index)); /* all are empty */
	ck_assert_int_eq(load_symbols(), -EINVAL);
	memset(ram->token_table, 'x', sizeof(ram->token_table)); /* each is without end */
	ck_assert_int_eq(load_symbols(), -EINVAL);		 /* and none is text */
	memset(ram->token_table, 't', sizeof(ram->token_table));
	ck_assert_int_eq(load_symbols(), 0);
	replace("SYMBOL(kallsyms_names)=40007f90", "SYMBOL(kallsyms_names)=4000ffff");
	ck_assert_int_eq(load_symbols(), -EINVAL);
	replace("SYMBOL(kallsyms_offsets)", "SYMBOL(kallsyms_addresse");
	ck_assert_int_eq(load_symbols(), -ENOENT);
}
END_TEST

static const char *name_of(uint64_t va, bool exact)
{
	static char text[SYMBOL_TEXT];

	linux_symbol(&l, va, exact, text);
	return text;
}

START_TEST(symbol_texts)
{
	const uint64_t fork = FAKE_TEXT(FAKE_FORK);

	look();
	ck_assert_str_eq(name_of(fork, true), "ret_from_fork+0x0/0x100");
	ck_assert_str_eq(name_of(fork, false), "__switch_to_asm+0x100/0x100");
	ck_assert_str_eq(name_of(fork + 1, true), "ret_from_fork+0x1/0x100");
	ck_assert_str_eq(name_of(fork + 1, false), "ret_from_fork+0x1/0x100");
	ck_assert_str_eq(name_of(FAKE_TEXT(FAKE_LONG) + 0x10, true),
			 FAKE_LONG_NAME "+0x10/0x100");
	ck_assert_str_eq(name_of(FAKE_TEXT(FAKE_ETEXT), false), FAKE_LONG_NAME "+0x100/0x100");
	ck_assert_str_eq(name_of(FAKE_TEXT(FAKE_ETEXT), true), "");
	ck_assert_str_eq(name_of(FAKE_BPF, true), "");
	ck_assert_str_eq(name_of(0, true), "");
	ck_assert_str_eq(name_of(0, false), "");
	/* the module has data, which are no function, and nothing before its first one */
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT, true), "mod_wait+0x0/0x80 [fake?mod]");
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT, false), "[fake?mod+0x800]");
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT + 0x80, false), "mod_wait+0x80/0x80 [fake?mod]");
	ck_assert_str_eq(name_of(FAKE_MOD_DATA + 1, true), "mod_wait+0x81/0x80 [fake?mod]");
	ck_assert_str_eq(name_of(FAKE_MODULE + 0xfff, true), "mod_exit+0x6ff/0x40 [fake?mod]");
	ck_assert_str_eq(name_of(FAKE_MODULE + 0x1000, true), "");
	ck_assert_str_eq(name_of(FAKE_MODULE + 0x1000, false), "mod_exit+0x700/0x40 [fake?mod]");
	ck_assert_str_eq(name_of(FAKE_MODULE, true), "[fake?mod+0x0]");
	ck_assert_str_eq(name_of(FAKE_MODULE, false), "");
}
END_TEST

/* ---- modules ---- */

START_TEST(modules_damaged)
{
	struct fake_module *m = &ram->module;
	char text[SYMBOL_TEXT];

	look();
	ck_assert_uint_eq(l.modules.count, 1);
	m->kallsyms.num_symtab = UINT32_MAX; /* more than can be read */
	look();
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT, true), "[fake?mod+0x800]");
	m->kallsyms.num_symtab = 4;
	m->kallsyms.strtab = FAKE_MODULE + 0x1000 - 4; /* a name at the end of memory */
	memcpy((uint8_t *)m + 0xffd, "a\tb", 3);
	look();
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT, true), "a?b+0x0/0x80 [fake?mod]");
	m->symbols[1].st_name = UINT32_MAX;
	ck_assert_str_eq(name_of(FAKE_MOD_WAIT, true), "[fake?mod+0x800]");
	/* names that end nowhere */
	memset(m->name, '\377', sizeof(m->name));
	m->kallsyms.strtab = FAKE_AT(text) - 1;
	memset(ram->text, 'y', sizeof(ram->text));
	m->symbols[1].st_name = 1;
	look();
	linux_symbol(&l, FAKE_MOD_WAIT + 0x7f, true, text);
	ck_assert_uint_eq(strlen(text), 511 + strlen("+0x7f/0x80 []") + 56);
	/* no name: its list is not believed */
	memset(m->name, 0, sizeof(m->name));
	look();
	ck_assert_uint_eq(l.modules.count, 0);
}
END_TEST

START_TEST(modules_without_end)
{
	look();
	ram->module.list.next = FAKE_MODULE + offsetof(struct fake_module, list);
	look();
	ck_assert_uint_eq(l.modules.count, 4096);
	ck_assert_str_eq(name_of(FAKE_MOD_EXIT, true), "mod_exit+0x0/0x40 [fake?mod]");
	ram->module.list.next = 0;
	look();
	ck_assert_uint_eq(l.modules.count, 1);
	ram->modules.next = 8;
	look();
	ck_assert_uint_eq(l.modules.count, 0);
	/* a kernel without modules */
	ram->modules.next = FAKE_AT(modules);
	look();
	ck_assert_uint_eq(l.modules.count, 0);
	fake_linux_hide_symbol(ram, "Dmodules");
	look();
	ck_assert(!l.modules.module);
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, symbols);
	tcase_add_test(tc, symbols_damaged);
	tcase_add_test(tc, symbol_texts);
	tcase_add_test(tc, modules_damaged);
	tcase_add_test(tc, modules_without_end);
	return unit_run(tc);
}
