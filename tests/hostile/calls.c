// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * calls.c - jumps to a system call instruction of the monitor with a number and
 * arguments that would harm the host.
 *
 * Runs: in the guest, virtual CPL 0. Command line: nr= the number, set= which
 * arguments, pid= a process that must survive, file= a file that must stay as
 * it is, at= which of the monitor's instructions (counted round), text= and text_end=
 * where these lie.
 */
#include <vm.h>

#include "lib.h"

#define NOBODY	  "/" /* a name that exists, where file= is missing */

struct call {
	uint64_t rax, rdi, rsi, rdx, r10, r8, r9;
};

/* The n-th SYSCALL in the monitor's text, counted round. */
static uint64_t find_syscall(uint64_t n)
{
	const uint64_t start = number("text"), size = number("text_end") - start;
	const uint8_t *text = (const uint8_t *)start;
	uint64_t count = 0;

	for (unsigned int round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < size; i++)
			if (text[i] == 0x0f && text[i + 1] == 0x05 && count++ == n)
				return start + i;
		n %= count;
		count = 0;
	}
	return 0;
}

static void jump(uint64_t to, const struct call *c, void *stack)
{
	__asm__ volatile("mov %0, %%rcx\n\t"
			 "mov %2, %%rsp\n\t"
			 "mov 0(%1), %%rax\n\t"
			 "mov 16(%1), %%rsi\n\t"
			 "mov 24(%1), %%rdx\n\t"
			 "mov 32(%1), %%r10\n\t"
			 "mov 40(%1), %%r8\n\t"
			 "mov 48(%1), %%r9\n\t"
			 "mov 8(%1), %%rdi\n\t"
			 "jmp *%%rcx"
			 :
			 : "r"(to), "D"(c), "r"(stack)
			 : "rax", "rcx", "rdx", "rsi", "r8", "r9", "r10", "memory");
}

static char *file_name(void)
{
	static char name[256] = NOBODY;
	const char *p = word("file");

	for (unsigned int i = 0; p && p[i] && p[i] != ' ' && i < sizeof(name) - 1; i++) {
		name[i] = p[i];
		name[i + 1] = 0;
	}
	return name;
}

/*
 * rt_sigreturn to 32-bit code: cs 0x23. What it does there is another
 * architecture's system call: kill(pid, 9), by INT 0x80 or by SYSENTER.
 */
static uint64_t *frame(uint64_t pid, bool sysenter)
{
	static uint64_t uc[128];
	uint8_t *code = new_page();
	uint8_t kill[] = { 0xb8, 37, 0, 0, 0, 0xbb, 0, 0, 0, 0, 0xb9, 9, 0, 0, 0 };

	kill[6] = (uint8_t)pid;
	kill[7] = (uint8_t)(pid >> 8);
	kill[8] = (uint8_t)(pid >> 16);
	for (unsigned int i = 0; i < sizeof(kill); i++)
		code[i] = kill[i];
	code[15] = sysenter ? 0x0f : 0xcd;
	code[16] = sysenter ? 0x34 : 0x80;
	code[17] = 0xeb; /* jmp . */
	code[18] = 0xfe;
	uc[0] = 6; /* UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
	uc[5 + 15] = (uintptr_t)new_page() + 2048; /* rsp */
	uc[5 + 16] = (uintptr_t)code;
	uc[5 + 17] = 0x202;
	uc[5 + 18] = 0x23 | 0x2bull << 48;
	return uc;
}

void test_main(void)
{
	const uint64_t pid = number("pid"), path = (uintptr_t)file_name();
	const uint64_t fixed = 0x11; /* MAP_SHARED | MAP_FIXED */
	struct call sets[] = {
		{ 0, pid, 9, 0, 0, 0, 0 },	     /* kill and its kin */
		{ 0, pid, pid, 9, 0, 0, 0 },	     /* tgkill */
		{ 0, path, 0x241, 0777, path, 0, 0 }, /* open, truncate, unlink, chmod */
		{ 0, (uint64_t)-100, path, 0x241, 0777, 0, 0 }, /* openat, unlinkat */
		{ 0, FD_PHYSMEM, 0, 0, 0, 0, 0 },    /* ftruncate, fallocate, close */
		{ 0, FD_VM, 0, 4096, 4096, 0, 0 },
		{ 0, 0x7b802000, 4096, 7, fixed, FD_PHYSMEM, 0 }, /* over the monitor */
		{ 0, 0x68000000, 4096, 7, fixed, FD_VM, 0 },
		{ 0, 0x9411, path, path, 0, 0, 0 }, /* what is allowed */
		{ 0, 0x100 | 17, path, 0, 0, 0, 0 },   /* CLONE_VM */
		{ 0, 0x10000000 | 17, path, 0, 0, 0, 0 }, /* CLONE_NEWUSER */
		{ 0, path, 88, 0, 0, 0, 0 },	     /* clone3 */
		{ 0, 16, pid, 0, 0, 0, 0 },	     /* ptrace: attach */
		{ 0, 0, 0, 0, 0, 0, 0 },
		{ 0, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull },
	};
	const uint64_t count = sizeof(sets) / sizeof(sets[0]), set = number("set");
	void *stack = (uint8_t *)new_page() + 2048;
	struct call *c = &sets[set % count];

	c->rax = number("nr");
	if (c->rax == 15)
		stack = frame(pid, set & 1);
	jump(find_syscall(number("at")), c, stack);
}
