// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_clone.c - fork, vfork, clone and clone3 from system call sites of each shape that were
 * called often before: parent and child both go on behind the SYSCALL, with the registers
 * of the call, and the child calls another such site.
 *
 * A child that shares the parent's memory leaves the parent's stack at once.
 *
 * Flags: gate timeout=60
 */
#include <linux/futex.h>
#include <linux/sched.h>

#include "sites.h"

#define ROUNDS 3

static const struct site *site;
static uint8_t *page, *other; /* the site that clones, and one that asks for the parent */
static pid_t child_parent;

uint64_t back_rsp, child_rax, child_rbx, child_rcx, child_r11, child_r14, child_rsp;
uint8_t back_stack[4096], child_stack[65536] __attribute__((aligned(16)));
void shared_child(void);
extern char clone_back[], thread_back[];
static const char *const to_clone = clone_back, *const to_thread = thread_back;

/* Behind a call: the parent goes on as after any other. No register and no flag is lost. */
__asm__(".text\n"
	"clone_back:\n"
	"	mov %rsp, back_rsp(%rip)\n"
	"	lea 4096+back_stack(%rip), %rsp\n"
	"	pushfq\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	popfq\n"
	"	mov back_rsp(%rip), %rsp\n"
	"	jmp invoke_back\n"
	"1:	mov %rax, child_rax(%rip)\n"
	"	mov %rbx, child_rbx(%rip)\n"
	"	mov %rcx, child_rcx(%rip)\n"
	"	mov %r11, child_r11(%rip)\n"
	"	mov %r14, child_r14(%rip)\n"
	"	mov back_rsp(%rip), %rax\n"
	"	mov %rax, child_rsp(%rip)\n"
	"	lea 65536+child_stack(%rip), %rsp\n"
	"	xor %ebp, %ebp\n"
	"	call shared_child\n"
	"	ud2\n"
	/* threads run beside us: nothing of this is theirs */
	"thread_back:\n"
	"	test %rax, %rax\n"
	"	jnz invoke_back\n"
	"	lock incl threads_ran(%rip)\n"
	"	xor %edi, %edi\n"
	"	mov $60, %eax\n" /* exit */
	"	syscall\n"
	"	ud2\n");

volatile uint32_t threads_ran, thread_id;

/* vfork's child, or the like: the parent waits, and finds its memory as it was. */
void shared_child(void)
{
	uint64_t saved_in[REGS], saved_out[REGS], saved_rsp = invoke_rsp;

	memcpy(saved_in, regs_in, sizeof(regs_in));
	memcpy(saved_out, regs_out, sizeof(regs_out));
	for (int i = 0; i < 20; i++)
		child_parent = (pid_t)site_call(other, SYS_getppid, 1, 2, 3);
	memcpy(regs_in, saved_in, sizeof(regs_in));
	memcpy(regs_out, saved_out, sizeof(regs_out));
	invoke_rsp = saved_rsp;
	syscall(SYS_exit, 5);
	__builtin_unreachable();
}

static void bury(pid_t pid, const char *what)
{
	int status;

	REQUIRE(waitpid(pid, &status, __WALL) == pid);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 5, "%s: %s: the child ended with %#x",
	       site->name, what, status);
}

/* The child has a copy of all. */
static void forked(int nr, const char *what)
{
	const pid_t parent = getpid();
	pid_t pid;

	fflush(stdout);
	site_call(page, nr, SIGCHLD, 0, 0);
	pid = (pid_t)regs_out[RAX];
	REQUIRE(pid >= 0);
	site_check(site, page, (uint64_t)pid);
	if (pid == 0) {
		for (int i = 0; i < 20; i++) {
			site_call(other, SYS_getppid, 1, 2, 3);
			site_check(site, other, (uint64_t)parent);
		}
		/* and a child of its own */
		site_call(page, nr, SIGCHLD, 0, 0);
		if (regs_out[RAX] == 0)
			_exit(5);
		bury((pid_t)regs_out[RAX], what);
		_exit(test_failures ? 6 : 5);
	}
	bury(pid, what);
}

static void expect_child(const char *what, uint64_t rsp)
{
	const pid_t pid = (pid_t)regs_out[RAX];

	REQUIRE(pid > 0);
	site_check(site, page, (uint64_t)pid);
	EXPECT(child_rax == 0 && child_rcx == regs_out[RCX] && child_r11 == regs_out[R11] &&
		       child_rbx == regs_in[RBX] && child_r14 == regs_in[R14],
	       "%s: the child of %s has rax %#lx, rbx %#lx, rcx %#lx, r11 %#lx", site->name, what,
	       child_rax, child_rbx, child_rcx, child_r11);
	EXPECT(child_rsp == rsp, "%s: the child of %s has rsp %#lx", site->name, what, child_rsp);
	EXPECT(child_parent == getpid(), "%s: the child of %s has parent %d", site->name, what,
	       child_parent);
	bury(pid, what);
}

static void vforked(void)
{
	child_rax = child_rcx = 1;
	site_call(page, SYS_vfork, 1, 2, 3);
	expect_child("vfork", regs_in[RSP]);
}

static void cloned3(void)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_VFORK,
		.exit_signal = SIGCHLD,
		.stack = (uintptr_t)child_stack,
		.stack_size = sizeof(child_stack) - 64,
	};

	child_rax = child_rcx = 1;
	site_call(page, SYS_clone3, (uintptr_t)&args, sizeof(args), 0);
	expect_child("clone3", (uintptr_t)child_stack + sizeof(child_stack) - 64);
}

static void threads(void)
{
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			 CLONE_SYSVSEM | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID,
		.child_tid = (uintptr_t)&thread_id,
		.parent_tid = (uintptr_t)&thread_id,
		.stack = (uintptr_t)child_stack,
		.stack_size = sizeof(child_stack),
	};
	const uint32_t before = threads_ran;
	uint32_t id;

	site_call(page, SYS_clone3, (uintptr_t)&args, sizeof(args), 0);
	REQUIRE((int64_t)regs_out[RAX] > 0);
	while ((id = thread_id) != 0)
		syscall(SYS_futex, &thread_id, FUTEX_WAIT, id, NULL);
	EXPECT(threads_ran == before + 1, "%s: %u threads", site->name, threads_ran - before);
}

static void fork_here(void)
{
	forked(SYS_fork, "fork");
}

static void clone_here(void)
{
	forked(SYS_clone, "clone");
}

static const struct {
	int nr;
	const char *const *back;
	void (*test)(void);
} tests[] = {
	{ SYS_fork, &site_to_invoke, fork_here }, { SYS_clone, &site_to_invoke, clone_here },
	{ SYS_vfork, &to_clone, vforked },   { SYS_clone3, &to_clone, cloned3 },
	{ SYS_clone3, &to_thread, threads },
};

/* Calls that fail make it hot; fork and vfork have no arguments that could be bad. */
static void warm(int nr)
{
	if (nr == SYS_clone || nr == SYS_clone3) {
		site_warm(site, nr, page);
		return;
	}
	for (int i = 0; i < 24; i++)
		nr == SYS_vfork ? vforked() : fork_here();
	if (getenv("SITES_REWRITTEN"))
		EXPECT(site_is_rewritten(site, nr, page), "%s: call %d is not rewritten",
		       site->name, nr);
}

int main(void)
{
	for (size_t i = 0; i < CALL_SITES; i++)
		for (size_t t = 0; t < sizeof(tests) / sizeof(tests[0]) && !test_failures; t++) {
			site = &call_sites[i];
			site_back = tests[t].back;
			page = site_build(site, tests[t].nr, true);
			site_back = &site_to_invoke;
			other = site_build(site, SYS_getppid, true);
			site_warm(site, SYS_getppid, other);
			warm(tests[t].nr);
			for (int k = 0; k < ROUNDS && !test_failures; k++)
				tests[t].test();
			munmap(page, PAGE);
			munmap(other, PAGE);
		}
	return test_end();
}
