/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_linux.h - 64 KiB that look like the memory of a guest with Linux, for tests of what
 * umvmm ps and umvmm bt read there.
 *
 * All of it is the kernel's image, at FAKE_VIRT, and RAM in the direct map; its page tables
 * map the stacks and the module. Its structures have the fields that umvmm reads, but at
 * places of their own, of which its BTF tells.
 *
 * Must hold: tests/fuzz/seeds.py has the offsets of some fields; fake_linux.c checks them.
 */
#ifndef UNIT_FAKE_LINUX_H
#define UNIT_FAKE_LINUX_H

#include <elf.h>
#include <stddef.h>

#include <tracer/target/target.h>
#include <umvmm/inspect/guestmem.h>

#define FAKE_SIZE 0x10000u
#define FAKE_VIRT 0x40000000ull

/*
 * Stacks, of which the first page lies behind the second, and the module's page. Of
 * larger pages that map all RAM, one of each size.
 */
#define FAKE_VMALLOC 0x680000000000ull
#define FAKE_MODULE  (FAKE_VMALLOC + 0x10000)
#define FAKE_2M	     (FAKE_VMALLOC + 0x200000)
#define FAKE_1G	     (FAKE_VMALLOC + 0x40000000)
/* Code that no table tells of, as BPF's. */
#define FAKE_BPF (FAKE_VMALLOC + 0x500000)

/* What the users' pt_regs have. */
#define FAKE_USER_BP 0x7ffd00002000ull

/* In the order of their addresses; the comments say what their callers' frames are found by. */
enum fake_function {
	FAKE_STARTUP,	 /* nothing: the end; it has two names */
	FAKE_SCHEDULE,	 /* SP */
	FAKE_SWITCH_TO,	 /* SP */
	FAKE_FORK,	 /* nothing: where threads begin */
	FAKE_SYSCALL,	 /* a user's pt_regs */
	FAKE_READ,	 /* BP */
	FAKE_ASM_IRQ,	 /* at first IRET's frame, then pt_regs */
	FAKE_IRQ,	 /* a word at SP: it has called on another stack */
	FAKE_HANDLE_IRQ, /* SP; its name has an unprintable character */
	FAKE_ASM_NMI,	 /* pt_regs */
	FAKE_NMI,	 /* SP */
	FAKE_KTHREAD,	 /* SP */
	FAKE_REALIGNED,	 /* R10, then a word at BP - 8 */
	FAKE_R13,	 /* R13, then RDI, then RDX */
	FAKE_RETURN,	 /* nothing: the function graph tracer's, in the place of another */
	FAKE_RETHOOK,	 /* nothing: a kretprobe's, likewise */
	FAKE_LONG,	 /* SP; FAKE_LONG_NAME */
	FAKE_ETEXT,
	FAKE_FUNCTIONS,
};
#define FAKE_FUNCTION_SIZE  0x100u
#define FAKE_TEXT(function) (FAKE_VIRT + 0xc000 + FAKE_FUNCTION_SIZE * (function))

/* Of more tokens than eight bits count. */
#define FAKE_X64       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define FAKE_LONG_NAME "long_" FAKE_X64 FAKE_X64 FAKE_X64 FAKE_X64

/* The module's: mod_wait and mod_exit, and data between them. */
#define FAKE_MOD_WAIT (FAKE_MODULE + 0x800)
#define FAKE_MOD_DATA (FAKE_MODULE + 0x880)
#define FAKE_MOD_EXIT (FAKE_MODULE + 0x900)

/* Process 0, then in the order of umvmm ps -T. */
enum fake_task_number {
	FAKE_SWAPPER,
	FAKE_INIT,     /* sleeps in a system call */
	FAKE_KTHREADD, /* a kernel thread, idle, its stack to its end */
	FAKE_NEW,      /* has never run: at ret_from_fork */
	FAKE_ZOMBIE,   /* with unprintable bytes in its name */
	FAKE_LEADER,   /* runs on CPU 0, where an interrupt's handler runs on its own stack */
	FAKE_THREAD1,  /* runs on CPU 1, where an NMI came just as an interrupt did */
	FAKE_THREAD2,  /* sleeps in the module, which BPF has called */
	FAKE_TASKS,
};

struct fake_list {
	uint64_t next, prev;
};

struct fake_task {
	uint32_t state, flags, on_cpu, cpu;
	int32_t pid, tgid;
	uint32_t exit_state, unused;
	struct fake_list tasks, thread_node;
	uint64_t real_parent, cred, mm, signal, stack, runtime, sp;
	char comm[16];
	uint64_t ret_stack, rethooks;
	int32_t curr_ret_stack, unused2;
};

struct fake_ret_stack {
	uint64_t func, ret, retp;
};

struct fake_rethook {
	uint64_t rethook, next, ret_addr, frame;
};

struct fake_cred {
	uint64_t usage;
	uint32_t uid, euid;
};

struct fake_mm {
	uint64_t users;
	int64_t rss[4];
};

struct fake_signal {
	uint64_t count;
	struct fake_list thread_head;
};

struct fake_orc {
	int16_t sp_offset, bp_offset;
	uint16_t bits;
};

struct fake_module {
	uint64_t state;
	struct fake_list list;
	char name[56];
	uint64_t base;
	uint32_t size, unused;
	struct {
		uint64_t symtab;
		uint32_t num_symtab, unused;
		uint64_t strtab;
	} kallsyms;
	uint32_t num_orcs, unused2;
	uint64_t orc_ip, orc;
	uint64_t kallsyms_at, init_base;
	uint32_t init_size, unused3;
	/* what they point to */
	Elf64_Sym symbols[4];
	char strings[0x40];
	int32_t orc_ips[2];
	struct fake_orc orcs[2];
};

#define FAKE_PAGE __attribute__((aligned(4096)))

struct fake_memory {
	struct fake_task task[FAKE_TASKS];
	uint64_t note_at; /* the pointer to it */
	uint64_t per_cpu_offset[2];
	uint64_t current_task[2];
	struct fake_list modules;
	struct fake_cred cred[2];
	struct fake_mm mm;
	struct fake_signal signal[FAKE_TASKS];
	/* of FAKE_INIT, which is not traced at first */
	struct fake_ret_stack ret_stack[2];
	struct fake_rethook rethook[2];
	uint8_t note[4096] FAKE_PAGE;
	uint8_t btf[4096] FAKE_PAGE;
	uint64_t tables[4][512] FAKE_PAGE;
	int32_t sym_offsets[32];
	uint32_t num_syms;
	uint64_t relative_base;
	uint16_t token_index[256];
	char token_table[0xd00];
	uint8_t names[0x380]; /* they reach into the next page */
	int32_t orc_ips[32];
	struct fake_orc orcs[32];
	uint64_t stack[2][512] FAKE_PAGE;
	struct fake_module module FAKE_PAGE;
	uint8_t text[0x4000] FAKE_PAGE; /* zeros: nobody reads it */
};
_Static_assert(sizeof(struct fake_memory) == FAKE_SIZE, "the offset of a patch has 16 bits");

struct fake_linux {
	struct guestmem mem;
	struct fake_memory *ram;    /* the same */
	struct target_regs regs[2]; /* of the CPUs */
};

/* 0, or -1: the host has no memory for it. */
int fake_linux_make(struct fake_linux *fake) __attribute__((warn_unused_result));
void fake_linux_free(struct fake_linux *fake);

/* The kernel is built without this field, or this symbol (its type first: "Dmodules"). */
void fake_linux_hide_field(struct fake_memory *ram, const char *name);
void fake_linux_hide_symbol(struct fake_memory *ram, const char *name);

/* Of a field in the image, and a word of a stack by its address. */
#define FAKE_AT(field) (FAKE_VIRT + offsetof(struct fake_memory, field))
uint64_t *fake_stack_word(struct fake_memory *ram, uint64_t va);

#endif
