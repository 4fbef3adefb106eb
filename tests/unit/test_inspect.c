// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_inspect.c - what umvmm ps and umvmm bt make of a guest's memory, which may hold
 * anything: page tables, layout, symbols, modules, tasks, stacks.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vm.h>
#include <umvmm/dump/backtrace.h>
#include <umvmm/dump/unwind.h>

#include "fake_linux.h"
#include "unit.h"

static struct fake_linux fake;
static struct fake_memory *ram;
static struct linux_guest l; /* after look() */

static void setup(void)
{
	ck_assert_int_eq(fake_linux_make(&fake), 0);
	ram = fake.ram;
}

static void teardown(void)
{
	linux_close(&l);
	fake_linux_free(&fake);
}

/* Again, when the guest has changed. */
static void look(void)
{
	linux_close(&l);
	ck_assert_int_eq(linux_open(&l, &fake.mem, "test", true, true), 0);
}

/* ---- memory ---- */

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

/* ---- layout ---- */

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

static void replace(const char *text, const char *with)
{
	char *at = strstr((char *)ram->note + 24, text);

	ck_assert(at && strlen(text) == strlen(with));
	memcpy(at, with, strlen(with));
}

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

/* ---- symbols ---- */

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
	memcpy(strstr(ram->layout[28].key, "modules"), "nodules", 7);
	look();
	ck_assert(!l.modules.module);
}
END_TEST

/* ---- tasks ---- */

static struct tasks tasks;

static int load_tasks(bool threads)
{
	tasks_free(&tasks);
	look();
	return tasks_load(&tasks, &l, threads);
}

static const struct {
	const char *comm;
	uint64_t rss;
	int32_t pid, tgid, ppid;
	uint32_t euid;
	bool kernel, on_cpu;
	char state;
} expected[] = {
	{ "init", 29 * 4096, 1, 1, 0, 0, false, false, 'S' },
	{ "kthreadd", 0, 2, 2, 0, 0, true, false, 'I' },
	{ "new", 29 * 4096, 3, 3, 1, 1000, false, false, 'R' },
	{ "?[31m??", 0, 4, 4, 1, 1000, false, false, 'Z' },
	{ "sixteen letters.", 29 * 4096, 100, 100, 1, 1000, false, true, 'R' },
	{ "thread-1", 29 * 4096, 101, 100, 1, 1000, false, true, 'R' },
	{ "thread 2", 29 * 4096, 102, 100, 1, 1000, false, false, 'D' },
};

static void tasks_are(unsigned int count)
{
	ck_assert_uint_eq(tasks.count, count);
	for (unsigned int i = 0; i < count; i++) {
		const struct task *t = &tasks.task[i];

		ck_assert_uint_eq(t->va, FAKE_AT(task[i + 1]));
		ck_assert_str_eq(t->comm, expected[i].comm);
		ck_assert_int_eq(t->pid, expected[i].pid);
		ck_assert_int_eq(t->tgid, expected[i].tgid);
		ck_assert_int_eq(t->ppid, expected[i].ppid);
		ck_assert_uint_eq(t->euid, expected[i].euid);
		ck_assert_uint_eq(t->rss, expected[i].rss);
		ck_assert_uint_eq(t->sp, ram->task[i + 1].sp);
		ck_assert_uint_eq(t->cpu, ram->task[i + 1].cpu);
		ck_assert_int_eq(t->kernel, expected[i].kernel);
		ck_assert_int_eq(t->on_cpu, expected[i].on_cpu);
		ck_assert_int_eq(t->state, expected[i].state);
	}
}

START_TEST(all_tasks)
{
	ck_assert_int_eq(load_tasks(true), 0);
	tasks_are(FAKE_TASKS - 1);
	for (unsigned int i = 0; i < tasks.count; i++)
		ck_assert_uint_eq(tasks.task[i].cpu_ns, 2000000000ull << i);
}
END_TEST

START_TEST(processes)
{
	ck_assert_int_eq(load_tasks(false), 0);
	tasks_are(FAKE_LEADER);
	ck_assert_uint_eq(tasks.task[0].cpu_ns, 2000000000ull);
	/* the leader's, and its threads' */
	ck_assert_uint_eq(tasks.task[4].cpu_ns, (32 + 64 + 128) * 1000000000ull);
}
END_TEST

/* A kernel may be without SMP, a process without memory. */
START_TEST(less_is_known)
{
	memcpy(ram->layout[3].key, "NUMBER(a)", 10);
	memcpy(ram->layout[4].key, "NUMBER(b)", 10);
	ram->task[FAKE_INIT].mm = 8; /* it goes away just now */
	ram->mm.rss[1] = -100;
	ck_assert_int_eq(load_tasks(true), 0);
	ck_assert_uint_eq(tasks.count, FAKE_TASKS - 1);
	ck_assert(!tasks.task[4].on_cpu && tasks.task[0].rss == 0 && tasks.task[2].rss == 0);
	memcpy(ram->layout[13].key, "NUMBER(c)", 10);
	ck_assert_int_eq(load_tasks(true), -ENOENT);
	look();
	ck_assert(task_of_cpu(&tasks.task[0], &l, 0) < 0);
}
END_TEST

START_TEST(states)
{
	/* sched.h of Linux, and how /proc/PID/stat has them */
	static const struct {
		uint32_t state, exit_state;
		char letter;
	} s[] = {
		{ 0, 0, 'R' }, { 1, 0, 'S' }, { 2, 0, 'D' }, { 4, 0, 'T' }, { 8, 0, 't' },
		{ 0x102, 0, 'D' }, { 0x104, 0, 'T' }, { 0x2001, 0, 'S' }, { 0x402, 0, 'I' },
		{ 0x40, 0, 'P' }, { 0x80, 0x10, 'X' }, { 0x80, 0x20, 'Z' }, { 0x80, 0x30, 'Z' },
		{ 0x80, 0, 'R' }, { 0x200, 0, 'R' }, { 0x800, 0, 'R' }, { 0x1000, 0, 'D' },
		{ 0x8000, 0, 'D' },
	};

	for (unsigned int i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		ram->task[FAKE_INIT].state = s[i].state;
		ram->task[FAKE_INIT].exit_state = s[i].exit_state;
		ck_assert_int_eq(load_tasks(false), 0);
		ck_assert_msg(tasks.task[0].state == s[i].letter, "%#x: %c", s[i].state,
			      tasks.task[0].state);
	}
}
END_TEST

/* Pointers of tasks that lead nowhere, to themselves, or past the one who is next. */
START_TEST(lists_damaged)
{
	struct fake_task *leader = &ram->task[FAKE_LEADER], *second = &ram->task[FAKE_THREAD1];
	uint64_t *const links[] = { &ram->task[FAKE_INIT].tasks.next,
				    &ram->task[FAKE_ZOMBIE].tasks.prev,
				    &ram->task[FAKE_SWAPPER].tasks.next,
				    &second->thread_node.next, &second->thread_node.prev,
				    &ram->signal[FAKE_LEADER].thread_head.next,
				    &leader->signal, &leader->real_parent, &second->cred };
	const uint64_t values[] = { 0, UINT64_MAX, FAKE_VIRT + FAKE_SIZE - 8, FAKE_VMALLOC + 0x2000,
				    FAKE_AT(task[FAKE_INIT].tasks),
				    FAKE_AT(task[FAKE_INIT].thread_node),
				    FAKE_AT(task[FAKE_THREAD1].thread_node) };
	uint64_t *link = links[_i], was = *link;

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		/* these are read where they lie, and what is there is believed */
		if ((_i == 7 || _i == 8) && i > 3)
			break;
		if (values[i] == was)
			continue;
		*link = values[i];
		ck_assert_msg(load_tasks(true) == -EAGAIN, "%d %u", _i, i);
		ck_assert_msg(load_tasks(false) == -EAGAIN, "%d %u", _i, i);
	}
	*link = was;
	ck_assert_int_eq(load_tasks(true), 0);
}
END_TEST

/*
 * A list that leads back into its middle, and agrees with that: so it does not agree with
 * what leads there at first.
 */
START_TEST(lists_without_end)
{
	ram->task[FAKE_NEW].tasks.next = FAKE_AT(task[FAKE_INIT].tasks);
	ram->task[FAKE_INIT].tasks.prev = FAKE_AT(task[FAKE_NEW].tasks);
	ck_assert_int_eq(load_tasks(true), -EAGAIN);
	ck_assert_int_eq(load_tasks(false), -EAGAIN);
}
END_TEST

/* 4095 processes that all claim to have 4096 threads. */
START_TEST(too_many_tasks)
{
	enum { COUNT = 4096 };
	const size_t size = COUNT * sizeof(struct fake_task);
	const uint64_t first = DIRECT_MAP + FAKE_SIZE;
	struct fake_task *t;

	fake.mem.size += (size + 0xffff) & ~0xffffull;
	ck_assert_int_eq(ftruncate(fake.mem.fd, (off_t)fake.mem.size), 0);
	t = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fake.mem.fd, FAKE_SIZE);
	ck_assert(t != MAP_FAILED);
	for (unsigned int i = 0; i < COUNT; i++) {
		const uint64_t next = first + (i + 1) % COUNT * sizeof(*t),
			       prev = first + (i + COUNT - 1) % COUNT * sizeof(*t);

		t[i] = ram->task[FAKE_INIT];
		t[i].signal = first + offsetof(struct fake_task, thread_node) -
			      offsetof(struct fake_signal, thread_head);
		t[i].tasks.next = next + offsetof(struct fake_task, tasks);
		t[i].tasks.prev = prev + offsetof(struct fake_task, tasks);
		t[i].thread_node.next = next + offsetof(struct fake_task, thread_node);
		t[i].thread_node.prev = prev + offsetof(struct fake_task, thread_node);
	}
	ram->layout[0].value = first;
	ck_assert_int_eq(load_tasks(false), -EAGAIN);
	munmap(t, size);
}
END_TEST

START_TEST(current_tasks)
{
	struct task t;

	look();
	ck_assert_int_eq(task_of_cpu(&t, &l, 0), 0);
	ck_assert(t.va == FAKE_AT(task[FAKE_LEADER]) && t.pid == 100 && t.on_cpu);
	ck_assert_int_eq(task_of_cpu(&t, &l, 1), 0);
	ck_assert(t.va == FAKE_AT(task[FAKE_THREAD1]) && t.pid == 101 && t.cpu == 1);
	ram->current_task[1] = FAKE_AT(task[FAKE_SWAPPER]); /* in no list of processes */
	ck_assert_int_eq(task_of_cpu(&t, &l, 1), 0);
	ck_assert(t.pid == 0 && t.kernel && !strcmp(t.comm, "swapper/0"));
	ram->current_task[1] = 0;
	ck_assert(task_of_cpu(&t, &l, 1) < 0);
	ram->per_cpu_offset[0] = UINT64_MAX;
	ck_assert(task_of_cpu(&t, &l, 0) < 0);
	ck_assert(task_of_cpu(&t, &l, UINT32_MAX) < 0);
	/* without SMP */
	memcpy(ram->layout[2].key, "SYMBOL(none)", 13);
	ram->layout[1].value = FAKE_AT(current_task);
	look();
	ck_assert_int_eq(task_of_cpu(&t, &l, 0), 0);
	ck_assert_int_eq(t.pid, 100);
	memcpy(ram->layout[1].key, "SYMBOL(nine)", 13);
	look();
	ck_assert(task_of_cpu(&t, &l, 0) < 0);
}
END_TEST

/* ---- stacks ---- */

#define USER 0 /* an end of a stack: in user code */

static struct pt_regs pushed(const struct target_regs *r)
{
	return (struct pt_regs){ .ip = r->rip, .sp = r->r[4], .bp = r->r[5], .cs = r->cs };
}

/* IPS up to USER or UINT64_MAX, the end. */
static void stack_is(struct unwind *u, const uint64_t *ips)
{
	for (;; ips++) {
		if (*ips == USER) {
			ck_assert(u->user);
			ck_assert(!unwind_next(u));
			return;
		}
		ck_assert(!u->user);
		ck_assert_msg(u->ip == *ips, "%#" PRIx64 ", not %#" PRIx64, u->ip, *ips);
		if (ips[1] == UINT64_MAX)
			break;
		ck_assert_msg(unwind_next(u), "behind %#" PRIx64, u->ip);
	}
	ck_assert(!unwind_next(u));
}

static void task_stack_is(enum fake_task_number number, const uint64_t *ips, bool unsure,
			  uint64_t bp)
{
	struct unwind u;

	look();
	ck_assert_int_eq(unwind_from_sp(&u, &l, ram->task[number].sp), 0);
	stack_is(&u, ips);
	ck_assert_int_eq(u.unsure, unsure);
	ck_assert_uint_eq(u.bp, bp);
}

START_TEST(stack_of_a_sleeper)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_READ) + 0x40,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
}
END_TEST

START_TEST(stack_of_a_kernel_thread)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_REALIGNED) + 0x80,
					FAKE_TEXT(FAKE_LONG) + 0x100,
					FAKE_TEXT(FAKE_KTHREAD) + 0x40,
					FAKE_TEXT(FAKE_FORK) + 0x30, UINT64_MAX };

	task_stack_is(FAKE_KTHREADD, ips, false, 0x1234);
}
END_TEST

/* One that nobody has called: zeros follow. */
START_TEST(stack_that_begins)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80,
					FAKE_TEXT(FAKE_READ) + 0x40, UINT64_MAX };

	look();
	for (uint64_t va = ram->task[FAKE_INIT].sp; va < FAKE_VMALLOC + 0x1020; va += 8)
		if (*fake_stack_word(ram, va) == FAKE_TEXT(FAKE_SYSCALL) + 0x20)
			*fake_stack_word(ram, va) = 0;
	task_stack_is(FAKE_INIT, ips, false, FAKE_USER_BP);
}
END_TEST

/* Its first address is a function's begin; before that lies another one. */
START_TEST(stack_of_a_new_task)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_FORK), UINT64_MAX };

	task_stack_is(FAKE_NEW, ips, false, 0);
}
END_TEST

START_TEST(stack_through_unknown_code)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_SCHEDULE) + 0x80, FAKE_MOD_WAIT + 0x40,
					FAKE_BPF + 0x10, FAKE_TEXT(FAKE_READ) + 0x50,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	task_stack_is(FAKE_THREAD2, ips, true, FAKE_USER_BP);
	/* without tables all code is unknown */
	memcpy(ram->layout[39].key, "SYMBOL(none)", 13);
	look();
	ck_assert_uint_eq(l.orc, 0);
}
END_TEST

static void cpu_stack_is(unsigned int cpu, const uint64_t *ips)
{
	const struct pt_regs regs = pushed(&fake.regs[cpu]);
	struct unwind u;

	look();
	unwind_from_regs(&u, &l, &regs);
	stack_is(&u, ips);
	ck_assert(!u.unsure);
}

START_TEST(stack_of_an_interrupt)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_HANDLE_IRQ) + 0x10,
					FAKE_TEXT(FAKE_IRQ) + 0x30, FAKE_TEXT(FAKE_ASM_IRQ) + 0x20,
					FAKE_TEXT(FAKE_READ) + 0x10, FAKE_TEXT(FAKE_SYSCALL) + 0x20,
					USER };

	cpu_stack_is(0, ips);
}
END_TEST

START_TEST(stack_with_an_iret_frame)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_NMI) + 0x10, FAKE_TEXT(FAKE_ASM_NMI) + 0x30,
					FAKE_TEXT(FAKE_ASM_IRQ) + 4, FAKE_TEXT(FAKE_READ) + 0x18,
					FAKE_TEXT(FAKE_SYSCALL) + 0x20, USER };

	cpu_stack_is(1, ips);
}
END_TEST

/* What IRET's frame does not have is in the NMI's: here for code that needs R13. */
START_TEST(stack_with_registers_of_an_nmi)
{
	static const uint64_t ips[] = { FAKE_TEXT(FAKE_NMI) + 0x10, FAKE_TEXT(FAKE_ASM_NMI) + 0x30,
					FAKE_TEXT(FAKE_ASM_IRQ) + 4, FAKE_TEXT(FAKE_R13),
					FAKE_TEXT(FAKE_FORK) + 0x10, UINT64_MAX };
	const uint64_t nmi = fake.regs[1].r[4] + 8;

	*fake_stack_word(ram, *fake_stack_word(ram, nmi + offsetof(struct pt_regs, sp))) = ips[3];
	*fake_stack_word(ram, nmi + offsetof(struct pt_regs, r13)) = FAKE_VMALLOC + 0x108;
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = ips[4];
	cpu_stack_is(1, ips);
}
END_TEST

/* A frame that a register leads to, which is not known any more behind a call. */
START_TEST(stack_by_registers)
{
	static const uint64_t ip[] = { FAKE_TEXT(FAKE_REALIGNED), FAKE_TEXT(FAKE_R13),
				       FAKE_TEXT(FAKE_R13) + 0x20, FAKE_TEXT(FAKE_R13) + 0x40 };
	struct pt_regs regs = { .ip = ip[_i], .sp = FAKE_VMALLOC, .cs = 0x10 };
	uint64_t *const by[] = { &regs.r10, &regs.r13, &regs.di, &regs.dx };
	struct unwind u;

	look();
	*by[_i] = FAKE_VMALLOC + 0x108;
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = ip[_i] + 1;
	unwind_from_regs(&u, &l, &regs);
	ck_assert(unwind_next(&u));
	ck_assert(u.ip == ip[_i] + 1 && u.sp == FAKE_VMALLOC + 0x108);
	ck_assert(!unwind_next(&u));
	regs.ip = FAKE_TEXT(FAKE_NMI);
	*fake_stack_word(ram, FAKE_VMALLOC) = ip[_i] + 1;
	unwind_from_regs(&u, &l, &regs);
	ck_assert(unwind_next(&u) && u.ip == ip[_i] + 1);
	ck_assert(!unwind_next(&u));
}
END_TEST

START_TEST(stack_of_a_null_call)
{
	struct pt_regs regs = { .sp = FAKE_VMALLOC + 0x100, .cs = 0x10 };
	struct unwind u;

	look();
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = FAKE_TEXT(FAKE_FORK) + 0x10;
	unwind_from_regs(&u, &l, &regs);
	ck_assert(unwind_next(&u));
	ck_assert(u.ip == FAKE_TEXT(FAKE_FORK) + 0x10 && !u.unsure);
	ck_assert(!unwind_next(&u));
	/* there is no stack */
	regs.sp = UINT64_MAX - 15;
	unwind_from_regs(&u, &l, &regs);
	ck_assert(!unwind_next(&u));
	ck_assert(unwind_from_sp(&u, &l, FAKE_VMALLOC + 0x2000 - 48) < 0);
	ck_assert(unwind_from_sp(&u, &l, 0) < 0);
}
END_TEST

/* ORC entries that Linux has not: any frame is the last one. */
START_TEST(orc_damaged)
{
	static const uint16_t bits[] = { 10, 15, 5 | 3 << 8, 5 | 2 << 4, 5 | 15 << 4 };
	struct pt_regs regs = { .ip = FAKE_TEXT(FAKE_NMI), .sp = FAKE_VMALLOC + 0x100 };
	struct unwind u;

	look();
	*fake_stack_word(ram, FAKE_VMALLOC + 0x100) = FAKE_TEXT(FAKE_NMI);
	unwind_from_regs(&u, &l, &regs);
	ck_assert(unwind_next(&u));
	for (unsigned int i = 0; i < 20; i++)
		ram->orcs[i].bits = bits[_i];
	unwind_from_regs(&u, &l, &regs);
	ck_assert(!unwind_next(&u));
}
END_TEST

/* ---- as text ---- */

static char *text;

static FILE *to_text(void)
{
	static size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	ck_assert(out);
	return out;
}

static void backtrace_is(unsigned int index, const char *want)
{
	FILE *out = to_text();

	ck_assert_int_eq(load_tasks(true), 0);
	backtrace_task(out, &l, &tasks.task[index - 1]);
	fclose(out);
	ck_assert_str_eq(text, want);
}

START_TEST(text_of_tasks)
{
	backtrace_is(FAKE_INIT, "task 1 init, state S\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x000000004000c540 vfs_read+0x40/0x100\n"
		"  #2  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401001, rsp 0x7ffd00001000\n");
	backtrace_is(FAKE_KTHREADD, "task 2 [kthreadd], state I\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x000000004000cc80 realigned+0x80/0x100\n"
		"  #2  0x000000004000cf00 " FAKE_LONG_NAME "+0x100/0x100\n"
		"  #3  0x000000004000cb40 kthread+0x40/0x100\n"
		"  #4  0x000000004000c330 ret_from_fork+0x30/0x100\n");
	backtrace_is(FAKE_NEW, "task 3 new, state R\n"
		"  #0  0x000000004000c300 ret_from_fork+0x0/0x100\n");
	backtrace_is(FAKE_ZOMBIE, "task 4 ?[31m??, state Z\n  (it has ended)\n");
	backtrace_is(FAKE_LEADER, "task 100 sixteen letters., state R\n"
		"  (its stack is not in memory)\n");
	backtrace_is(FAKE_THREAD2, "task 102 thread 2, state D\n"
		"  #0  0x000000004000c180 __schedule+0x80/0x100\n"
		"  #1  0x0000680000010840 mod_wait+0x40/0x80 [fake?mod]\n"
		"  #2  0x0000680000500010 (no symbol)\n"
		"  #3  0x000000004000c550 ? vfs_read+0x50/0x100\n"
		"  #4  0x000000004000c420 ? entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401066, rsp 0x7ffd00001000\n");
}
END_TEST

static void cpu_is(unsigned int cpu, const struct target_regs *regs, bool registers,
		   const char *want)
{
	FILE *out = to_text();

	look();
	backtrace_cpu(out, &l, cpu, regs, NULL, registers);
	fclose(out);
	ck_assert_str_eq(text, want);
}

START_TEST(text_of_cpus)
{
	struct target_regs regs = { 0 };

	cpu_is(0, &fake.regs[0], true, "CPU 0: task 100 sixteen letters., state R\n"
		"  rip 000000004000c810  rflags 00000002  cs 0010\n"
		"  rax 0000000000001110  rcx 0000000000001111  rdx 0000000000001112  "
		"rbx 0000000000001113\n"
		"  rsp 0000680000000aa8  rbp 0000680000000758  rsi 0000000000001116  "
		"rdi 0000000000001117\n"
		"  r8  0000000000001118  r9  0000000000001119  r10 000000000000111a  "
		"r11 000000000000111b\n"
		"  r12 000000000000111c  r13 000000000000111d  r14 000000000000111e  "
		"r15 000000000000111f\n"
		"  cr2 0000000000000000  cr3 0000000000000000  cr4 00000000\n"
		"  #0  0x000000004000c810 handle?irq+0x10/0x100\n"
		"  #1  0x000000004000c730 common_interrupt+0x30/0x100\n"
		"  #2  0x000000004000c620 asm_common_interrupt+0x20/0x100\n"
		"  --- interrupted ---\n"
		"  #3  0x000000004000c510 vfs_read+0x10/0x100\n"
		"  #4  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401064, rsp 0x7ffd00001000\n");
	cpu_is(1, &fake.regs[1], false, "CPU 1: task 101 thread-1, state R\n"
		"  #0  0x000000004000ca10 exc_nmi+0x10/0x100\n"
		"  #1  0x000000004000c930 asm_exc_nmi+0x30/0x100\n"
		"  --- interrupted ---\n"
		"  #2  0x000000004000c604 asm_common_interrupt+0x4/0x100\n"
		"  --- interrupted ---\n"
		"  #3  0x000000004000c518 vfs_read+0x18/0x100\n"
		"  #4  0x000000004000c420 entry_SYSCALL_64+0x20/0x100\n"
		"  user code at rip 0x401065, rsp 0x7ffd00001000\n");
	/* a null pointer was called, and there is no stack, nor such a CPU */
	cpu_is(1000000, &regs, false, "CPU 1000000: (no task)\n"
		"  #0  0x0000000000000000 (no symbol)\n");
	regs.cs = 0x33;
	cpu_is(0, &regs, false, "CPU 0: task 100 sixteen letters., state R\n"
		"  user code at rip 0x0, rsp 0x0\n");
}
END_TEST

/* An interrupt's registers that lead to themselves. */
START_TEST(text_without_end)
{
	const uint64_t sp = FAKE_VMALLOC + 0x100;
	struct target_regs regs = { .rip = FAKE_TEXT(FAKE_ASM_NMI), .r[4] = sp, .cs = 0x10 };
	const char *last;
	FILE *out = to_text();

	look();
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, ip)) = regs.rip;
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, sp)) = sp;
	*fake_stack_word(ram, sp + offsetof(struct pt_regs, cs)) = 0x10;
	backtrace_cpu(out, &l, 0, &regs, NULL, false);
	fclose(out);
	last = strstr(text, "  #127 ");
	ck_assert(last);
	ck_assert_str_eq(last, "  #127 0x000000004000c900 asm_exc_nmi+0x0/0x100\n  and so on\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("inspect");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60); /* a million tasks */
	tcase_add_test(tc, mapped);
	tcase_add_test(tc, not_mapped);
	tcase_add_loop_test(tc, tables_damaged, 0, 4);
	tcase_add_test(tc, layout_keys);
	tcase_add_test(tc, layout_limits);
	tcase_add_test(tc, layout_without_end);
	tcase_add_test(tc, older_kernels);
	tcase_add_test(tc, symbols);
	tcase_add_test(tc, symbols_damaged);
	tcase_add_test(tc, symbol_texts);
	tcase_add_test(tc, modules_damaged);
	tcase_add_test(tc, modules_without_end);
	tcase_add_test(tc, all_tasks);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, less_is_known);
	tcase_add_test(tc, states);
	tcase_add_loop_test(tc, lists_damaged, 0, 9);
	tcase_add_test(tc, lists_without_end);
	tcase_add_test(tc, too_many_tasks);
	tcase_add_test(tc, current_tasks);
	tcase_add_test(tc, stack_of_a_sleeper);
	tcase_add_test(tc, stack_of_a_kernel_thread);
	tcase_add_test(tc, stack_that_begins);
	tcase_add_test(tc, stack_of_a_new_task);
	tcase_add_test(tc, stack_through_unknown_code);
	tcase_add_test(tc, stack_of_an_interrupt);
	tcase_add_test(tc, stack_with_an_iret_frame);
	tcase_add_test(tc, stack_with_registers_of_an_nmi);
	tcase_add_loop_test(tc, stack_by_registers, 0, 4);
	tcase_add_test(tc, stack_of_a_null_call);
	tcase_add_loop_test(tc, orc_damaged, 0, 5);
	tcase_add_test(tc, text_of_tasks);
	tcase_add_test(tc, text_of_cpus);
	tcase_add_test(tc, text_without_end);
	return unit_run(tc);
}
