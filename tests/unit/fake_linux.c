// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_linux.c - 64 KiB that look like the memory of a guest with Linux.
 *
 * Runs: in tests and fuzzers, on the host.
 * Must hold: what a reader must find is written by other means than it reads with:
 * formats are spelled out here, nothing of umvmm/inspect/ makes them.
 */
#include "fake_linux.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vm.h>
#include <umvmm/inspect/unwind.h>

#define PA(field) offsetof(struct fake_memory, field)

/* tests/fuzz/seeds.py */
_Static_assert(sizeof(struct fake_task) == 0xa0 && offsetof(struct fake_task, tasks) == 0x20 &&
	       offsetof(struct fake_task, sp) == 0x70, "tasks");
_Static_assert(PA(note) == 0x1000 && PA(btf) == 0x2000 && PA(tables) == 0x3000 &&
	       PA(num_syms) == 0x7080 && PA(token_index) == 0x7090 && PA(names) == 0x7f90 &&
	       PA(orcs) == 0x8390 && PA(stack) == 0x9000 && PA(module) == 0xb000, "all");
_Static_assert(offsetof(struct fake_module, list) == 8 &&
	       offsetof(struct fake_module, name) == 0x18 &&
	       offsetof(struct fake_module, base) == 0x50 &&
	       offsetof(struct fake_module, kallsyms.num_symtab) == 0x68, "the module");
_Static_assert(sizeof(struct target_regs) == 232, "registers");
_Static_assert(PA(text) == FAKE_TEXT(0) - FAKE_VIRT, "text");

/* ---- note ---- */

static void make_note(struct fake_memory *m)
{
	Elf64_Nhdr nhdr = { .n_namesz = sizeof("VMCOREINFO") };
	char *text = (char *)m->note + 24;

	nhdr.n_descsz = (Elf64_Word)sprintf(text,
		"OSRELEASE=6.1\n"
		"SYMBOL(swapper_pg_dir)=%llx\n"
		"SYMBOL(kallsyms_names)=%llx\nSYMBOL(kallsyms_num_syms)=%llx\n"
		"SYMBOL(kallsyms_token_table)=%llx\nSYMBOL(kallsyms_token_index)=%llx\n"
		"SYMBOL(kallsyms_offsets)=%llx\nSYMBOL(kallsyms_relative_base)=%llx\n",
		FAKE_AT(tables), FAKE_AT(names), FAKE_AT(num_syms),
		FAKE_AT(token_table), FAKE_AT(token_index), FAKE_AT(sym_offsets),
		FAKE_AT(relative_base));
	memcpy(m->note, &nhdr, sizeof(nhdr));
	memcpy(m->note + sizeof(nhdr), "VMCOREINFO", sizeof("VMCOREINFO"));
	m->note_at = DIRECT_MAP + PA(note);
}

/* ---- BTF ---- */

enum { INT = 1, STRUCT = 4, UNION = 5, TYPEDEF = 8, CONST = 10 };

/* The numbers of types are those of their places in the table; 0 is void. */
enum { WORD = 1, ENTITY, THREAD, INFO, CORE, CORE_T, CORE_C, ARCH, RSS, HOOKS };
#define FIELD(name, type, of, field) { name, type, offsetof(struct of, field) }

static const struct {
	const char *name;
	uint32_t kind, size; /* of types that lead to another one: that */
	struct {
		const char *name; /* null: the end */
		uint32_t type;
		size_t at;
	} field[24];
} types[] = {
	[WORD] = { "long", INT, 8, { { NULL, 0, 0 } } },
	[ENTITY] = { "sched_entity", STRUCT, 8, { { "sum_exec_runtime", WORD, 0 } } },
	[THREAD] = { "thread_struct", STRUCT, 8, { { "sp", WORD, 0 } } },
	[INFO] = { "thread_info", STRUCT, 4, { { "cpu", WORD, 0 } } },
	[CORE] = { "module_layout", STRUCT, 16, { { "base", WORD, 0 }, { "size", WORD, 8 } } },
	[CORE_T] = { "layout_t", TYPEDEF, CORE, { { NULL, 0, 0 } } },
	[CORE_C] = { "", CONST, CORE_T, { { NULL, 0, 0 } } },
	[ARCH] = { "mod_arch_specific", STRUCT, 24, {
		{ "num_orcs", WORD, 0 }, { "orc_unwind_ip", WORD, 8 },
		{ "orc_unwind", WORD, 16 } } },
	[RSS] = { "", UNION, 32, { { "rss_stat", WORD, 0 } } },
	[HOOKS] = { "llist_head", STRUCT, 8, { { "first", WORD, 0 } } },
	{ "task_struct", STRUCT, sizeof(struct fake_task), {
		FIELD("thread_info", INFO, fake_task, cpu), FIELD("on_cpu", WORD, fake_task, on_cpu),
		FIELD("tasks", WORD, fake_task, tasks),
		FIELD("thread_node", WORD, fake_task, thread_node),
		FIELD("signal", WORD, fake_task, signal), FIELD("pid", WORD, fake_task, pid),
		FIELD("tgid", WORD, fake_task, tgid), FIELD("comm", WORD, fake_task, comm),
		FIELD("__state", WORD, fake_task, state),
		FIELD("exit_state", WORD, fake_task, exit_state),
		FIELD("flags", WORD, fake_task, flags),
		FIELD("real_parent", WORD, fake_task, real_parent),
		FIELD("cred", WORD, fake_task, cred), FIELD("mm", WORD, fake_task, mm),
		FIELD("stack", WORD, fake_task, stack), FIELD("se", ENTITY, fake_task, runtime),
		FIELD("thread", THREAD, fake_task, sp),
		FIELD("ret_stack", WORD, fake_task, ret_stack),
		FIELD("curr_ret_stack", WORD, fake_task, curr_ret_stack),
		FIELD("rethooks", HOOKS, fake_task, rethooks) } },
	{ "signal_struct", STRUCT, sizeof(struct fake_signal), {
		FIELD("thread_head", WORD, fake_signal, thread_head) } },
	{ "cred", STRUCT, sizeof(struct fake_cred), { FIELD("euid", WORD, fake_cred, euid) } },
	{ "mm_struct", STRUCT, sizeof(struct fake_mm), {
		{ "mm_count", WORD, 0 }, FIELD("", RSS, fake_mm, rss) } },
	{ "thread_union", UNION, 0x4000, { { "stack", WORD, 0 } } },
	{ "inactive_task_frame", STRUCT, 56, { { "bp", WORD, 40 }, { "ret_addr", WORD, 48 } } },
	{ "module", STRUCT, sizeof(struct fake_module), {
		FIELD("list", WORD, fake_module, list), FIELD("name", WORD, fake_module, name),
		FIELD("core_layout", CORE_C, fake_module, base),
		FIELD("init_layout", CORE, fake_module, init_base),
		FIELD("kallsyms", WORD, fake_module, kallsyms_at),
		FIELD("arch", ARCH, fake_module, num_orcs) } },
	{ "ftrace_ret_stack", STRUCT, sizeof(struct fake_ret_stack), {
		FIELD("ret", WORD, fake_ret_stack, ret), FIELD("retp", WORD, fake_ret_stack, retp) } },
	{ "rethook_node", STRUCT, sizeof(struct fake_rethook), {
		FIELD("llist", WORD, fake_rethook, next),
		FIELD("ret_addr", WORD, fake_rethook, ret_addr),
		FIELD("frame", WORD, fake_rethook, frame) } },
};
_Static_assert(offsetof(struct fake_module, size) - offsetof(struct fake_module, base) == 8 &&
	       offsetof(struct fake_module, init_size) - offsetof(struct fake_module, init_base) == 8 &&
	       offsetof(struct fake_module, orc_ip) - offsetof(struct fake_module, num_orcs) == 8 &&
	       offsetof(struct fake_module, orc) - offsetof(struct fake_module, num_orcs) == 16,
	       "structures in the module's");

#define BTF_HEADER  24u
#define BTF_STRINGS 0xa00u /* where they begin: behind all types */

static uint32_t add_string(struct fake_memory *m, uint32_t *len, const char *text)
{
	const uint32_t at = *len;

	if (!*text)
		return 0;
	strcpy((char *)m->btf + BTF_STRINGS + at, text);
	*len += (uint32_t)strlen(text) + 1;
	return at;
}

static void make_btf(struct fake_memory *m)
{
	uint32_t *out = (uint32_t *)(void *)(m->btf + BTF_HEADER), strings = 1, types_len;

	for (unsigned int i = 1; i < sizeof(types) / sizeof(types[0]); i++) {
		uint32_t *head = out, fields = 0;

		*out++ = add_string(m, &strings, types[i].name);
		out++;
		*out++ = types[i].size;
		if (types[i].kind == INT)
			*out++ = 64; /* bits */
		for (; types[i].field[fields].name; fields++) {
			*out++ = add_string(m, &strings, types[i].field[fields].name);
			*out++ = types[i].field[fields].type;
			*out++ = (uint32_t)types[i].field[fields].at * 8;
		}
		head[1] = types[i].kind << 24 | fields;
	}
	types_len = (uint32_t)((uint8_t *)out - m->btf) - BTF_HEADER;
	/* magic, version, flags; lengths and offsets behind the header */
	out = (uint32_t *)(void *)m->btf;
	out[0] = 0x0001eb9f;
	out[1] = BTF_HEADER;
	out[2] = 0;
	out[3] = types_len;
	out[4] = BTF_STRINGS - BTF_HEADER;
	out[5] = strings;
}

void fake_linux_hide_field(struct fake_memory *m, const char *name)
{
	char *at = memmem(m->btf + BTF_STRINGS, sizeof(m->btf) - BTF_STRINGS, name, strlen(name) + 1);

	while (at[-1]) /* the end of another one */
		at = memmem(at + 1, sizeof(m->btf), name, strlen(name) + 1);
	*at = '#';
}

void fake_linux_hide_symbol(struct fake_memory *m, const char *name)
{
	*((char *)memmem(m->names, sizeof(m->names), name, strlen(name)) + 1) = '#';
}

/* ---- page tables ---- */

#define PRESENT 0x8000000000000063ull /* and NX, whose bit is none of the address */
#define LARGE	0x80u

static void make_tables(struct fake_memory *m)
{
	m->tables[0][FAKE_VMALLOC >> 39] = PRESENT | PA(tables[1]);
	m->tables[1][0] = PRESENT | PA(tables[2]);
	m->tables[1][1] = PRESENT | LARGE;
	m->tables[2][0] = PRESENT | PA(tables[3]);
	m->tables[2][1] = PRESENT | LARGE;
	m->tables[3][0] = PRESENT | PA(stack[1]);
	m->tables[3][1] = PRESENT | PA(stack[0]);
	m->tables[3][3] = PRESENT | FAKE_SIZE; /* no RAM */
	m->tables[3][16] = PRESENT | PA(module);
}

/* ---- symbols ---- */

#define FAKE_ORCS 22u

static const struct {
	const char *name; /* behind its type */
	uint64_t address;
} symbols[] = {
	{ "Acurrent_task", PA(current_task) },
	{ "Tpercpu_text", 0x20000 },
	{ "Djiffies", FAKE_TEXT(0) - 8 },
	{ "dinit_task", FAKE_AT(text) }, /* somebody's own */
	{ "Dinit_task", FAKE_AT(task) },
	{ "D__per_cpu_offset", FAKE_AT(per_cpu_offset) },
	{ "Dmodules", FAKE_AT(modules) },
	{ "Rumvmm_btf", FAKE_AT(btf) },
	{ "Rumvmm_btf_end", FAKE_AT(btf[4096]) },
	{ "R__start_orc_unwind_ip", FAKE_AT(orc_ips) },
	{ "R__stop_orc_unwind_ip", FAKE_AT(orc_ips[FAKE_ORCS]) },
	{ "R__start_orc_unwind", FAKE_AT(orcs) },
	{ "Tstartup_64", FAKE_TEXT(FAKE_STARTUP) },
	{ "T_stext", FAKE_TEXT(FAKE_STARTUP) },
	{ "t__schedule", FAKE_TEXT(FAKE_SCHEDULE) },
	{ "T__switch_to_asm", FAKE_TEXT(FAKE_SWITCH_TO) },
	{ "Tret_from_fork", FAKE_TEXT(FAKE_FORK) },
	{ "Tentry_SYSCALL_64", FAKE_TEXT(FAKE_SYSCALL) },
	{ "Tvfs_read", FAKE_TEXT(FAKE_READ) },
	{ "Tasm_common_interrupt", FAKE_TEXT(FAKE_ASM_IRQ) },
	{ "Wcommon_interrupt", FAKE_TEXT(FAKE_IRQ) },
	{ "whandle\033irq", FAKE_TEXT(FAKE_HANDLE_IRQ) },
	{ "Tasm_exc_nmi", FAKE_TEXT(FAKE_ASM_NMI) },
	{ "Texc_nmi", FAKE_TEXT(FAKE_NMI) },
	{ "tkthread", FAKE_TEXT(FAKE_KTHREAD) },
	{ "trealigned", FAKE_TEXT(FAKE_REALIGNED) },
	{ "tby_r13", FAKE_TEXT(FAKE_R13) },
	{ "Treturn_to_handler", FAKE_TEXT(FAKE_RETURN) },
	{ "Tarch_rethook_trampoline", FAKE_TEXT(FAKE_RETHOOK) },
	{ "t" FAKE_LONG_NAME, FAKE_TEXT(FAKE_LONG) },
	{ "T_etext", FAKE_TEXT(FAKE_ETEXT) },
};

/* Below 128 each character is its own token. */
static const char *const words[] = { "ommon_interrupt", "Tasm_", "t__schedule" };

static void make_tokens(struct fake_memory *m)
{
	size_t at = 0;

	for (unsigned int i = 0; i < 256; i++) {
		char one[2] = { (char)(i < 128 ? i : 0), '\0' };
		const bool word = i - 128 < sizeof(words) / sizeof(words[0]);

		m->token_index[i] = (uint16_t)at;
		at += (size_t)sprintf(m->token_table + at, "%s", word ? words[i - 128] : one) + 1;
	}
}

static uint8_t next_token(const char **name)
{
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strncmp(*name, words[i], strlen(words[i]))) {
			*name += strlen(words[i]);
			return (uint8_t)(128 + i);
		}
	}
	return (uint8_t)*(*name)++;
}

static void make_symbols(struct fake_memory *m)
{
	uint8_t *out = m->names, tokens[512];

	make_tokens(m);
	m->num_syms = sizeof(symbols) / sizeof(symbols[0]);
	m->relative_base = FAKE_VIRT;
	for (uint32_t i = 0; i < m->num_syms; i++) {
		const uint64_t address = symbols[i].address;
		const char *name = symbols[i].name;
		size_t n = 0;

		m->sym_offsets[i] = (int32_t)(address < FAKE_VIRT ? address :
								   FAKE_VIRT - 1 - address);
		while (*name)
			tokens[n++] = next_token(&name);
		*out++ = (uint8_t)(n < 128 ? n : n | 128);
		if (n >= 128)
			*out++ = (uint8_t)(n >> 7);
		memcpy(out, tokens, n);
		out += n;
	}
}

/* ---- ORC ---- */

enum { UNDEFINED, PREV_SP, DX, DI, BP, SP, R10, R13, BP_INDIRECT, SP_INDIRECT };
enum { CALL, REGS, PARTIAL };
#define ORC(sp_reg, sp, bp_reg, bp, type) { sp, bp, (sp_reg) | (bp_reg) << 4 | (type) << 8 }
#define END				  { .bits = 1 << 10 }

static const struct {
	uint64_t ip;
	struct fake_orc orc;
} orcs[] = {
	{ FAKE_TEXT(FAKE_STARTUP), END },
	{ FAKE_TEXT(FAKE_SCHEDULE), ORC(SP, 32, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_SWITCH_TO), ORC(SP, 8, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_FORK), END },
	{ FAKE_TEXT(FAKE_SYSCALL), ORC(SP, 0, UNDEFINED, 0, REGS) },
	{ FAKE_TEXT(FAKE_READ), ORC(BP, 16, PREV_SP, -16, CALL) },
	{ FAKE_TEXT(FAKE_ASM_IRQ), ORC(SP, 0, UNDEFINED, 0, PARTIAL) },
	{ FAKE_TEXT(FAKE_ASM_IRQ) + 0x10, ORC(SP, 0, UNDEFINED, 0, REGS) },
	{ FAKE_TEXT(FAKE_IRQ), ORC(SP_INDIRECT, 16, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_HANDLE_IRQ), ORC(SP, 16, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_ASM_NMI), ORC(SP, 0, UNDEFINED, 0, REGS) },
	{ FAKE_TEXT(FAKE_NMI), ORC(SP, 8, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_KTHREAD), ORC(SP, 16, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_REALIGNED), ORC(R10, 0, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_REALIGNED) + 0x20, ORC(BP_INDIRECT, -8, BP, 0, CALL) },
	{ FAKE_TEXT(FAKE_R13), ORC(R13, 0, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_R13) + 0x20, ORC(DI, 0, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_R13) + 0x40, ORC(DX, 0, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_RETURN), END },
	{ FAKE_TEXT(FAKE_RETHOOK), END },
	{ FAKE_TEXT(FAKE_LONG), ORC(SP, 8, UNDEFINED, 0, CALL) },
	{ FAKE_TEXT(FAKE_ETEXT), ORC(UNDEFINED, 0, UNDEFINED, 0, CALL) },
};
_Static_assert(sizeof(orcs) / sizeof(orcs[0]) == FAKE_ORCS, "__stop_orc_unwind_ip");

static void make_orc(struct fake_memory *m)
{
	for (unsigned int i = 0; i < FAKE_ORCS; i++) {
		m->orc_ips[i] = (int32_t)(orcs[i].ip - FAKE_AT(orc_ips) - 4 * i);
		m->orcs[i] = orcs[i].orc;
	}
}

/* ---- the module ---- */

#define IN_MODULE(field) (FAKE_MODULE + offsetof(struct fake_module, field))

static void make_module(struct fake_memory *m)
{
	static const char strings[] = "\0mod_wait\0mod_data\0mod_exit";
	const struct fake_orc table[2] = { ORC(SP, 16, UNDEFINED, 0, CALL),
					   ORC(SP, 8, UNDEFINED, 0, CALL) };
	struct fake_module *mod = &m->module;

	mod->list.next = mod->list.prev = FAKE_AT(modules);
	m->modules.next = m->modules.prev = IN_MODULE(list);
	mod->kallsyms_at = IN_MODULE(kallsyms);
	strcpy(mod->name, "fake\tmod");
	mod->base = FAKE_MODULE;
	mod->size = 0x1000;
	mod->kallsyms.symtab = IN_MODULE(symbols);
	mod->kallsyms.num_symtab = 4;
	mod->kallsyms.strtab = IN_MODULE(strings);
	mod->symbols[1] = (Elf64_Sym){ 1, STT_FUNC, 0, 1, FAKE_MOD_WAIT, 0x80 };
	mod->symbols[2] = (Elf64_Sym){ 10, STT_OBJECT, 0, 1, FAKE_MOD_DATA, 0x80 };
	mod->symbols[3] = (Elf64_Sym){ 19, STT_FUNC, 0, 1, FAKE_MOD_EXIT, 0x40 };
	memcpy(mod->strings, strings, sizeof(strings));
	mod->num_orcs = 2;
	mod->orc_ip = IN_MODULE(orc_ips);
	mod->orc = IN_MODULE(orcs);
	mod->orc_ips[0] = (int32_t)(FAKE_MOD_WAIT - IN_MODULE(orc_ips[0]));
	mod->orc_ips[1] = (int32_t)(FAKE_MOD_EXIT - IN_MODULE(orc_ips[1]));
	memcpy(mod->orcs, table, sizeof(table));
}

/* ---- tasks ---- */

static void link_in(struct fake_memory *m, struct fake_list *head, uint64_t head_va,
		    struct fake_list *new, uint64_t va)
{
	/* the list's last element is in the image, too */
	struct fake_list *last = (void *)((uint8_t *)m + (head->prev - FAKE_VIRT));

	*new = (struct fake_list){ head_va, head->prev };
	last->next = va;
	head->prev = va;
}

#define PF_KTHREAD 0x00200000u

static const struct {
	const char *comm;
	uint32_t state, exit_state, flags;
	int32_t pid;
	enum fake_task_number leader, parent;
	unsigned int cred; /* 1: a user's */
	bool mm;
} tasks[FAKE_TASKS] = {
	[FAKE_SWAPPER] = { "swapper/0", 0, 0, PF_KTHREAD, 0, FAKE_SWAPPER, FAKE_SWAPPER, 0, false },
	[FAKE_INIT] = { "init", 1, 0, 0, 1, FAKE_INIT, FAKE_SWAPPER, 0, true },
	[FAKE_KTHREADD] = { "kthreadd", 0x402, 0, PF_KTHREAD, 2, FAKE_KTHREADD, FAKE_SWAPPER, 0,
			    false },
	[FAKE_NEW] = { "new", 0x800, 0, 0, 3, FAKE_NEW, FAKE_INIT, 1, true },
	[FAKE_ZOMBIE] = { "\033[31m\377\n", 0x80, 0x20, 0, 4, FAKE_ZOMBIE, FAKE_INIT, 1, false },
	/* as long as can be: without its end mark, as one that changes may be */
	[FAKE_LEADER] = { "sixteen letters.", 0, 0, 0, 100, FAKE_LEADER, FAKE_INIT, 1, true },
	[FAKE_THREAD1] = { "thread-1", 0, 0, 0, 101, FAKE_LEADER, FAKE_INIT, 1, true },
	[FAKE_THREAD2] = { "thread 2", 2, 0, 0, 102, FAKE_LEADER, FAKE_INIT, 1, true },
};

static void make_tasks(struct fake_memory *m)
{
	m->task[0].tasks.next = m->task[0].tasks.prev = FAKE_AT(task[0].tasks);
	m->cred[1] = (struct fake_cred){ 1, 1000, 1000 };
	m->mm = (struct fake_mm){ 1, { 10, 20, 1000, -1 } };
	for (unsigned int i = 0; i < FAKE_TASKS; i++) {
		struct fake_task *t = &m->task[i];
		struct fake_signal *signal = &m->signal[tasks[i].leader];
		const uint64_t head = FAKE_AT(signal[tasks[i].leader].thread_head);

		t->state = tasks[i].state;
		t->exit_state = tasks[i].exit_state;
		t->flags = tasks[i].flags;
		t->pid = tasks[i].pid;
		t->tgid = tasks[tasks[i].leader].pid;
		t->real_parent = FAKE_AT(task[tasks[i].parent]);
		t->cred = FAKE_AT(cred[tasks[i].cred]);
		t->mm = tasks[i].mm ? DIRECT_MAP + PA(mm) : 0;
		t->signal = FAKE_AT(signal[tasks[i].leader]);
		t->runtime = 1000000000ull << i;
		memcpy(t->comm, tasks[i].comm, strnlen(tasks[i].comm, 16));
		if (tasks[i].leader == i)
			signal->thread_head = (struct fake_list){ head, head };
		link_in(m, &signal->thread_head, head, &t->thread_node,
			FAKE_AT(task[i].thread_node));
		if (i && tasks[i].leader == i)
			link_in(m, &m->task[0].tasks, FAKE_AT(task[0].tasks), &t->tasks,
				FAKE_AT(task[i].tasks));
	}
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		m->task[FAKE_LEADER + cpu].on_cpu = 1;
		m->task[FAKE_LEADER + cpu].cpu = cpu;
		m->per_cpu_offset[cpu] = FAKE_VIRT + 8 * cpu;
		m->current_task[cpu] = FAKE_AT(task[FAKE_LEADER + cpu]);
	}
}

/* ---- stacks ---- */

/* The registers at the end of the sixth lie on two pages. */
#define STACK(number) (FAKE_VMALLOC + 0x2b0 * (number))

uint64_t *fake_stack_word(struct fake_memory *ram, uint64_t va)
{
	uint64_t offset = va - FAKE_VMALLOC;

	return &ram->stack[1 - offset / 4096][offset % 4096 / 8];
}

static uint64_t push(struct fake_memory *m, uint64_t sp, uint64_t value)
{
	*fake_stack_word(m, sp - 8) = value;
	return sp - 8;
}

/* A call that returns to RET, and then WORDS of the called function. */
static uint64_t call(struct fake_memory *m, uint64_t sp, uint64_t ret, unsigned int words_of_it)
{
	return push(m, sp, ret) - 8ull * words_of_it;
}

static uint64_t push_regs(struct fake_memory *m, uint64_t sp, const struct pt_regs *regs)
{
	const uint64_t *word = (const uint64_t *)regs;

	for (size_t i = sizeof(*regs) / 8; i; i--)
		sp = push(m, sp, word[i - 1]);
	return sp;
}

static uint64_t push_user(struct fake_memory *m, uint64_t sp, unsigned int pid)
{
	const struct pt_regs user = { .ip = 0x401000 + pid, .sp = 0x7ffd00001000, .cs = 0x33,
				      .ss = 0x2b, .bp = FAKE_USER_BP,
				      /* what the last frame of a stack must not be taken for */
				      .r15 = FAKE_TEXT(FAKE_READ) + 1 };

	return push_regs(m, sp, &user);
}

/* A user who has called vfs_read(), which has pushed RBP and takes three words. */
static uint64_t system_call(struct fake_memory *m, uint64_t sp, unsigned int pid, uint64_t *bp)
{
	sp = call(m, push_user(m, sp, pid), FAKE_TEXT(FAKE_SYSCALL) + 0x20, 0);
	*bp = push(m, sp, FAKE_USER_BP);
	return *bp - 24;
}

/* __schedule(), called with RET, and what __switch_to_asm() pushes. */
static uint64_t sleep_at(struct fake_memory *m, uint64_t sp, uint64_t ret, uint64_t bp)
{
	sp = call(m, sp, ret, 3);
	sp = call(m, sp, FAKE_TEXT(FAKE_SCHEDULE) + 0x80, 0);
	return push(m, sp, bp) - 40;
}

static void make_sleepers(struct fake_memory *m)
{
	uint64_t bp, sp = system_call(m, STACK(6), 1, &bp), top;

	m->task[FAKE_INIT].sp = sleep_at(m, sp, FAKE_TEXT(FAKE_READ) + 0x40, bp);

	/* the function that aligns its stack has RSP of before, and pushes RBP and that */
	sp = call(m, STACK(1) - sizeof(struct pt_regs), FAKE_TEXT(FAKE_FORK) + 0x30, 1);
	sp = call(m, sp, FAKE_TEXT(FAKE_KTHREAD) + 0x40, 0);
	top = sp;
	/* a call that never returns may be a function's last instruction */
	sp = call(m, sp, FAKE_TEXT(FAKE_LONG) + FAKE_FUNCTION_SIZE, 5);
	bp = sp = push(m, sp, 0x1234);
	sp = push(m, sp, top);
	m->task[FAKE_KTHREADD].sp = sleep_at(m, sp, FAKE_TEXT(FAKE_REALIGNED) + 0x80, bp);

	sp = call(m, push_user(m, STACK(2), 3), FAKE_TEXT(FAKE_FORK), 0);
	m->task[FAKE_NEW].sp = push(m, sp, 0) - 40;

	sp = system_call(m, STACK(8), 102, &bp);
	sp = push(m, call(m, sp, FAKE_TEXT(FAKE_READ) + 0x50, 0), bp);
	bp = sp;
	sp = call(m, sp - 16, FAKE_BPF + 0x10, 1);
	m->task[FAKE_THREAD2].sp = sleep_at(m, sp, FAKE_MOD_WAIT + 0x40, bp);
}

static struct target_regs at(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
	struct target_regs r = { .rip = rip, .cs = 0x10, .ss = 0x18, .rflags = 2 };

	for (unsigned int i = 0; i < 16; i++)
		r.r[i] = 0x1110 + i;
	r.r[GPR_RSP] = rsp;
	r.r[GPR_RBP] = rbp;
	return r;
}

static void make_running(struct fake_linux *f)
{
	struct fake_memory *m = f->ram;
	uint64_t bp, sp = system_call(m, STACK(3), 100, &bp), own;
	struct pt_regs regs = { .cs = 0x10, .ss = 0x18 };

	regs.ip = FAKE_TEXT(FAKE_READ) + 0x10;
	regs.sp = sp;
	regs.bp = bp;
	own = call(m, push_regs(m, sp, &regs), FAKE_TEXT(FAKE_ASM_IRQ) + 0x20, 1);
	sp = call(m, push(m, STACK(4), own), FAKE_TEXT(FAKE_IRQ) + 0x30, 1);
	f->regs[0] = at(FAKE_TEXT(FAKE_HANDLE_IRQ) + 0x10, sp, bp);

	sp = system_call(m, STACK(5), 101, &bp);
	own = push(m, push(m, push(m, sp, 0x18), sp), 2);
	own = push(m, push(m, own, 0x10), FAKE_TEXT(FAKE_READ) + 0x18);
	regs.ip = FAKE_TEXT(FAKE_ASM_IRQ) + 4;
	regs.sp = own;
	regs.bp = bp;
	sp = call(m, push_regs(m, STACK(7), &regs), FAKE_TEXT(FAKE_ASM_NMI) + 0x30, 0);
	f->regs[1] = at(FAKE_TEXT(FAKE_NMI) + 0x10, sp, 0);
}

int fake_linux_make(struct fake_linux *f)
{
	int fd = memfd_create("fake_linux", MFD_CLOEXEC);

	*f = (struct fake_linux){ .mem = { fd, FAKE_SIZE, { 0, FAKE_SIZE, FAKE_VIRT }, 0 } };
	if (fd < 0)
		return -1;
	if (ftruncate(fd, FAKE_SIZE) == 0)
		f->ram = mmap(NULL, FAKE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!f->ram || f->ram == MAP_FAILED) {
		close(fd);
		return -1;
	}
	make_note(f->ram);
	make_tables(f->ram);
	make_symbols(f->ram);
	make_btf(f->ram);
	make_orc(f->ram);
	make_module(f->ram);
	make_tasks(f->ram);
	make_sleepers(f->ram);
	make_running(f);
	return 0;
}

void fake_linux_free(struct fake_linux *f)
{
	munmap(f->ram, FAKE_SIZE);
	close(f->mem.fd);
}
