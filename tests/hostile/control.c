// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * control.c - a guest that makes the host system calls that the policy allows,
 * from the monitor's own "syscall; ret", again and again.
 *
 * Runs: in the guest, virtual CPL 0; on the command line case=NAME, and text= and
 * text_end= of the monitor. What a case
 * expects of the host is checked here; what must happen to the VM, in run.sh.
 */
#include <monitor_stack.h>

#include "cases.h"
#include "lib.h"
#include "monitor_call.h"
#include "registers.h"

enum { MMAP = 9, MPROTECT = 10, MUNMAP = 11, CLONE = 56, GETPID = 39, PRCTL = 157,
	SETRLIMIT = 160,
	FUTEX = 202,
	YIELD = 24,
	UNAME = 63,
	SEND_SIGNAL = 424
};

#define SHARED_FIXED  0x11
#define PRIVATE_FIXED 0x12
#define ANONYMOUS     0x20
#define FORK	      0x9411 /* CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD */
#define EMFILE	      24

/*
 * Where children would go on, all on one stack, as guest memory is shared by all: all write the
 * same there.
 */
void park(void);
void park(void)
{
	static uint32_t word;

	for (;;)
		call(FUTEX, (uintptr_t)&word, 0, 0, 0, 0, 0);
}

/* The address of this stays on the stack's top for the next child. */
void park_entry(void);
__asm__("park_entry: sub $1024, %rsp\n\tcall park");

static long fork(void)
{
	static uint32_t fd;
	static uint64_t stack[512];

	stack[511] = (uintptr_t)park_entry;
	return call(CLONE, FORK, (uintptr_t)&stack[511], (uintptr_t)&fd, 0, 0, 0);
}

/* A process that guest code makes would outlive all that watch over it: there is none. */
static void bomb(void)
{
	/* other limits than none: only this one's address passes */
	EXPECT(call(SETRLIMIT, 7, NO_FILES_LIMIT, 0, 0, 0, 0) == 0, "setrlimit");
	for (unsigned int n = 0; n < 100; n++) {
		long ret = fork();

		EXPECT(ret == -EMFILE, "fork %d: %d", n, (int)ret);
	}
}

/* With some processes more, if that can be had, it waits for the end of who watches. */
static void orphan(void)
{
	static uint32_t word;

	for (unsigned int n = 0; n < 5; n++)
		(void)fork();
	print("waits\n");
	for (;;)
		call(FUTEX, (uintptr_t)&word, 0, 0, 0, 0, 0);
}

/*
 * Private memory is had at few addresses. What is made read-only is not counted as data any
 * more, but goes when something else comes there.
 */
static void private_memory(void)
{
	uint64_t at = UMVMM_SLOT_TABLE, size = UMVMM_STUBS_END - UMVMM_SLOT_TABLE;

	for (unsigned int n = 0; n < 600; n++) {
		long ret = call(MMAP, at, size, 3, PRIVATE_FIXED | ANONYMOUS, ~0ull, 0);

		EXPECT((uint64_t)ret == at, "mmap: %d", (int)-ret);
		for (uint64_t p = at; p < at + size; p += 4096)
			*(volatile uint64_t *)p = p;
		ret = call(MPROTECT, at, size, 1, 0, 0, 0);
		EXPECT(ret == 0, "mprotect: %d", (int)-ret);
	}
}

static void private_elsewhere(void)
{
	call(MMAP, 0x100000000, 4096, 3, PRIVATE_FIXED | ANONYMOUS, ~0ull, 0);
	print("mapped\n");
}

static void private_file(void)
{
	call(MMAP, 0x100000000, 4096, 7, PRIVATE_FIXED, FD_PHYSMEM, 0);
	print("mapped\n");
}

/*
 * All of memory again and again, at ever new addresses, each with page tables of the host's; or
 * single pages that lie far apart.
 */
static void page_tables(void)
{
	const uint64_t mem = 64 * MiB;

	for (uint64_t p = 32 * MiB; p < mem; p += PAGE)
		*(volatile uint8_t *)(PHYSMEM_WINDOW + p) = 1;
	for (uint64_t at = 0x200000000; at < 0x100000000000; at += mem)
		if (call(MMAP, at, mem, 1, SHARED_FIXED | 0x8000, FD_PHYSMEM, 0) < 0)
			break;
	print("mapped\n");
}

static void page_tables_sparse(void)
{
	for (uint64_t n = 0; n < 60000; n++)
		if (call(MMAP, 0x200000000 + n * 0x40000000, PAGE, 1, SHARED_FIXED | 0x8000,
			 FD_PHYSMEM, 0) < 0)
			break;
	for (;;)
		call(YIELD, 0, 0, 0, 0, 0, 0);
}

/* Behind the end of the file: SIGBUS here, and not in the manager. */
static void beyond_file(void)
{
	call(MMAP, 0x100000000, 4096, 3, SHARED_FIXED, FD_PHYSMEM, 1ull << 40);
	print("read %x\n", *(volatile uint64_t *)0x100000000);
}

static void signals(void)
{
	for (uint64_t fd = 0; fd < 2000; fd++)
		call(SEND_SIGNAL, fd, 10, 0, 0, 0, 0);
}

/* All of the vCPU's pages and the VM's are somebody else's. */
static void pull_the_rug(void)
{
	call(MMAP, UMVMM_VM_ADDR, UMVMM_STUBS_END - UMVMM_VM_ADDR, 3, SHARED_FIXED, FD_PHYSMEM, 0);
	print("gone\n");
}

static void unmap_everything(void)
{
	call(MUNMAP, UMVMM_VM_ADDR, UMVMM_WINDOW_END - UMVMM_VM_ADDR, 0, 0, 0, 0);
	print("gone\n");
}

static void hog(void)
{
	print("loops\n");
	for (;;) {
		struct vm *vm = (struct vm *)UMVMM_VM_ADDR;

		vm->event++;
		call(FUTEX, (uintptr_t)&vm->event, 1, 1000, 0, 0, 0);
		call(YIELD, 0, 0, 0, 0, 0, 0);
		call(PRCTL, 1, 9, 0, 0, 0, 0);
		call(GETPID, 0, 0, 0, 0, 0, 0);
	}
}

/* Asleep where no kick counts. */
static void sleep_for_ever(void)
{
	static uint32_t word;

	print("loops\n");
	for (;;)
		call(FUTEX, (uintptr_t)&word, 0, 0, 0, 0, 0);
}

/* A call that the policy does not know, where the monitor makes its own: its stack is shown. */
static void forbidden(void)
{
	call(UNAME, AREA, 0, 0, 0, 0, 0);
	print("the host has answered\n");
}

/* An end as by a bug of the monitor, whose stack leads from anywhere to anywhere. */
static void forged_bug(void)
{
	struct monitor_stack *s = (struct monitor_stack *)(UMVMM_VM_ADDR + MONITOR_STACK_OFFSET);
	const uint64_t text = number("text"), size = number("text_end") - text;
	struct vm *vm = (struct vm *)UMVMM_VM_ADDR;
	uint64_t x = random_start(rdtsc());

	for (uint64_t *word = (uint64_t *)s; word < (uint64_t *)(s + 1); word++)
		switch (random_next(&x) % 4) {
		case 0:
			*word = random_hostile(&x);
			break;
		case 1:
			*word = UMVMM_SIGSTACK + random_next(&x) % sizeof(s->signal);
			break;
		default:
			*word = text + random_next(&x) % size;
		}
	s->rsp = s->rbp = s->signal_from = UMVMM_SIGSTACK;
	vm->exit_reason = VM_MONITOR_BUG;
	vm->event++;
	for (;;)
		call(FUTEX, (uintptr_t)&vm->event, 1, 1, 0, 0, 0);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "bomb", bomb },
	{ "orphan", orphan },
	{ "private_memory", private_memory },
	{ "private_elsewhere", private_elsewhere },
	{ "private_file", private_file },
	{ "page_tables", page_tables },
	{ "page_tables_sparse", page_tables_sparse },
	{ "beyond_file", beyond_file },
	{ "signals", signals },
	{ "pull_the_rug", pull_the_rug },
	{ "unmap_everything", unmap_everything },
	{ "hog", hog },
	{ "sleep_for_ever", sleep_for_ever },
	{ "forbidden", forbidden },
	{ "forged_bug", forged_bug },
};

void test_main(void)
{
	find_monitor_call();
	find_case(cases)->run();
}
