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
       FUTEX = 202, YIELD = 24, UNAME = 63, SEND_SIGNAL = 424 };

#define SHARED_FIXED  0x11
#define PRIVATE_FIXED 0x12
#define ANONYMOUS     0x20
#define FORK	      0x9411 /* CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD */
#define EMFILE	      24
#define ENOMEM	      12

/*
 * Where children go on, all on one stack, as guest memory is shared by all: all write the
 * same there. They sleep, as a thousand that run leave no time for the next fork.
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

/* As many processes as the host gives: as many as descriptors. */
static void bomb(void)
{
	static uint32_t fd;
	static uint64_t stack[512];

	for (unsigned int n = 0; n < 10000; n++) {
		long ret;

		stack[511] = (uintptr_t)park_entry;
		ret = call(CLONE, FORK, (uintptr_t)&stack[511], (uintptr_t)&fd, 0, 0, 0);
		if (ret < 0) {
			/* with user siblings each context may have two more descriptors */
			EXPECT(ret == -EMFILE && n < 3 * VM_MAX_CONTEXTS, "error %d after %d",
			       (int)-ret, n);
			return;
		}
	}
	EXPECT(false, "no end of processes");
}

/* Private memory: bounded, not at all addresses. */
static void private_memory(void)
{
	uint64_t at = 0x100000000, size = 4 * MiB;
	unsigned int n;

	for (n = 0; n < 1000; n++, at += size) {
		long ret = call(MMAP, at, size, 3, PRIVATE_FIXED | ANONYMOUS, ~0ull, 0);

		if (ret == -ENOMEM)
			break;
		EXPECT((uint64_t)ret == at, "mmap: %d", (int)-ret);
	}
	EXPECT(n > 0 && n < 32, "%d mappings of 4 MiB", n);
	/* nor by way of private mappings that become writable */
	for (n = 0; n < 100; n++, at += size) {
		if (call(MMAP, at, size, 1, PRIVATE_FIXED, FD_PHYSMEM, 0) < 0 ||
		    call(MPROTECT, at, size, 3, 0, 0, 0) < 0)
			break;
	}
	EXPECT(n < 32, "%d mappings made writable", n);
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
	call(MMAP, 0x7fd00000, 0x100000, 3, SHARED_FIXED, FD_PHYSMEM, 0);
	print("gone\n");
}

static void unmap_everything(void)
{
	call(MUNMAP, UMVMM_VCPU_ADDR, UMVMM_WINDOW_END - UMVMM_VCPU_ADDR, 0, 0, 0, 0);
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
	{ "private_memory", private_memory },
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
