// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall_registers.c - a system call changes rax, rcx and r11 and nothing
 * else, whatever the instructions before it look like, and also when the call
 * has been made so often that somebody rewrites it.
 *
 * AMD64 APM vol. 3, SYSCALL: rcx is the return address, r11 the flags.
 *
 * Each shape is machine code built at run time in pages of its own that become
 * read-only and executable; it ends with a jump back through memory, so it
 * changes no register itself. The stack pointer is a wild value meanwhile. It is called in
 * private pages, which may change, and in pages of a file, which are rewritten, with
 * different padding around it (docs/syscall-sites.md): the same shape becomes different
 * jumps. All is called from the start, and by jumps to the instructions in its middle, after
 * it was rewritten. The instructions in front of the call leave all registers as they were.
 *
 * Flags: timeout=60
 */
#include "invoke.h"
#include "test.h"

#define CALLS 1000
#define CALLS_FILE 200 /* for each padding */

/* getpid is 0x27, getppid 0x6e: no argument is looked at. */
static const struct shape {
	const char *name;
	unsigned int at;  /* offset in the first page */
	unsigned int len; /* code up to and with the system call */
	uint8_t code[24];
	unsigned int start; /* where the jump into it goes */
	uint64_t rax;	    /* rax (and rbx) before */
	int nr;		    /* the call that this makes */
} shapes[] = {
	{ "mov $nr, %eax; syscall", 64, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1, SYS_getpid },
	{ "mov $nr, %rax; syscall", 64, 9, { 0x48, 0xc7, 0xc0, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "syscall, number in rax", 64, 2, { 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "mov %ebx, %eax; syscall", 64, 4, { 0x89, 0xd8, 0x0f, 0x05 }, 0, SYS_getppid,
	  SYS_getppid },
	{ "xor %eax, %eax; syscall", 64, 4, { 0x31, 0xc0, 0x0f, 0x05 }, 0, 1, SYS_read },
	{ "mov $0, %eax; syscall", 64, 7, { 0xb8, 0, 0, 0, 0, 0x0f, 0x05 }, 0, 1, SYS_read },
	{ "mov; nop; syscall", 64, 8, { 0xb8, 0x27, 0, 0, 0, 0x90, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "mov; mov %rcx, %r10; syscall", 64, 10,
	  { 0xb8, 0x27, 0, 0, 0, 0x49, 0x89, 0xca, 0x0f, 0x05 }, 0, 1, -SYS_getpid },
	{ "jump to the syscall of mov; syscall", 64, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 5,
	  SYS_getppid, SYS_getppid },
	{ "mov; syscall ends the page", PAGE - 7, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "the mov crosses the page", PAGE - 3, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "the syscall begins a page", PAGE - 5, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "the syscall crosses the page", PAGE - 6, 7, { 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "a prefix before syscall", 64, 8, { 0xb8, 0x27, 0, 0, 0, 0x48, 0x0f, 0x05 }, 0, 1,
	  SYS_getpid },
	{ "the number's end is taken for an opcode", 64, 9,
	  { 0x48, 0xbb, 0xb8, 0x27, 0, 0, 0, 0x0f, 0x05 }, 7, SYS_getppid, SYS_getppid },
	{ "mov %rdi, %rdi; mov %r8, %r8; syscall", 64, 8,
	  { 0x48, 0x89, 0xff, 0x4d, 0x89, 0xc0, 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "mov %ebx, %eax; mov %rdi, %rdi; syscall", 64, 7,
	  { 0x89, 0xd8, 0x48, 0x89, 0xff, 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "mov %rdi, %rdi; mov %ebx, %eax; syscall", 64, 7,
	  { 0x48, 0x89, 0xff, 0x89, 0xd8, 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "lea (%rsi), %rsi; mov %ebx, %eax; syscall", 64, 8,
	  { 0x48, 0x8d, 0x76, 0x00, 0x89, 0xd8, 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "lea (%rsi), %rsi; syscall, of 8 bytes", 64, 10,
	  { 0x48, 0x8d, 0xb6, 0, 0, 0, 0, 0x90, 0x0f, 0x05 }, 0, SYS_getppid, SYS_getppid },
	{ "lea; mov; mov; syscall", 64, 13,
	  { 0x48, 0x8d, 0xb6, 0, 0, 0, 0, 0x48, 0x89, 0xff, 0x90, 0x0f, 0x05 }, 0, SYS_getppid,
	  SYS_getppid },
	{ "lea; mov; lea; syscall", 64, 16,
	  { 0x48, 0x8d, 0xb6, 0, 0, 0, 0, 0x48, 0x89, 0xff, 0x48, 0x8d, 0x76, 0, 0x0f, 0x05 }, 0,
	  SYS_getppid, SYS_getppid },
	{ "a group of 7 ends the page", PAGE - 9, 9, { 0x48, 0xc7, 0xc0, 0x27, 0, 0, 0, 0x0f, 0x05 },
	  0, 1, SYS_getpid },
};
#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static const uint64_t flag_values[] = { 0x202, 0x203, 0x246, 0xa93, 0x602, 0xed7 };

/* Around the code: what nobody may jump from, what may be jumped from, and long nops. */
static const struct padding {
	size_t size;
	uint8_t code[12];
} paddings[] = {
	{ 1, { 0xcc } },
	{ 1, { 0xf4 } },
	{ 10, { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 } },
};
#define PADDINGS (sizeof(paddings) / sizeof(paddings[0]))

/* The pages as a private mapping of a file. */
static uint8_t *in_file(uint8_t *page)
{
	int fd = memfd_create("text", 0);
	uint8_t *map;

	REQUIRE(fd >= 0 && write(fd, page, 2 * PAGE) == 2 * PAGE);
	map = mmap(page, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0);
	REQUIRE(map == page);
	close(fd);
	return page;
}

static uint8_t *build(const struct shape *s, const struct padding *padding)
{
	uint8_t *page = map_pages(2, PROT_READ | PROT_WRITE), *p = page + s->at;
	uint64_t back = (uintptr_t)invoke_back;

	memset(page, 0xf4, 2 * PAGE);
	for (size_t i = s->at % padding->size; i + padding->size <= 2 * PAGE; i += padding->size)
		memcpy(page + i, padding->code, padding->size);
	/* it goes on where an instruction begins */
	memset(p + s->len + 14, 0xf4, (padding->size - (s->len + 14) % padding->size) % padding->size);
	memcpy(p, s->code, s->len);
	p += s->len;
	memcpy(p, "\xff\x25\0\0\0\0", 6); /* jmp *0(%rip) */
	memcpy(p + 6, &back, 8);
	REQUIRE(mprotect(page, 2 * PAGE, PROT_READ | PROT_EXEC) == 0);
	return page;
}

static uint64_t expected(int nr)
{
	switch (nr < 0 ? -nr : nr) {
	case SYS_getpid:
		return (uint64_t)getpid();
	case SYS_getppid:
		return (uint64_t)getppid();
	default:
		return (uint64_t)-EBADF;
	}
}

/* What flags the code before the call leaves; xor leaves AF undefined. */
static uint64_t flags_at_call(const struct shape *s)
{
	if (s->code[0] != 0x31)
		return regs_in[FLAGS];
	return (regs_in[FLAGS] & ~0x8d5ull) | 0x44 | (regs_out[FLAGS] & 0x10);
}

static void check(const struct shape *s, const uint8_t *page, int call, uint64_t want)
{
	for (int r = 0; r < REGS; r++) {
		uint64_t value = regs_in[r];

		if (r == RAX)
			value = want;
		else if (r == RCX)
			value = (uintptr_t)page + s->at + s->len;
		else if (r == R11 || r == FLAGS)
			value = flags_at_call(s);
		else if (r == R10 && s->nr < 0)
			value = regs_in[RCX];
		else if (r == RBX && s->code[0] == 0x48 && s->code[1] == 0xbb && s->start == 0)
			continue;
		EXPECT(regs_out[r] == value, "%s: call %d, flags %#lx: %s is %#lx, not %#lx",
		       s->name, call, regs_in[FLAGS], register_names[r], regs_out[r], value);
	}
}

static void call(const struct shape *s, uint8_t *page, unsigned int start, int calls)
{
	uint64_t want = expected(s->nr);

	entry = (uintptr_t)page + s->at + start;
	for (int r = 0; r < REGS; r++)
		regs_in[r] = 0x0101010101010101ull * (unsigned int)(r + 1);
	regs_in[RAX] = s->rax;
	regs_in[RBX] = s->rax;
	regs_in[RDI] = ~0ull; /* no such file */
	regs_in[RSP] = 0x5a5a5a5a5a50;
	for (int i = 0; i < calls && !test_failures; i++) {
		regs_in[FLAGS] = flag_values[i % (int)(sizeof(flag_values) / sizeof(uint64_t))];
		regs_in[R12] = (uint64_t)i;
		memset(regs_out, 0x77, sizeof(regs_out));
		invoke();
		check(s, page, i, want);
	}
}

static void run(const struct shape *s)
{
	uint8_t *page = build(s, &paddings[0]);

	call(s, page, s->start, CALLS);
	if (!test_failures)
		EXPECT(!memcmp(page + s->at, s->code, s->len), "%s: the code reads back changed",
		       s->name);
	munmap(page, 2 * PAGE);
}

/* Where an instruction begins, from `start` on; the same code does without those before. */
static bool may_start(const struct shape *s, unsigned int i)
{
	/* mov and lea of the shapes above, by their opcodes */
	return i == s->len - 2 || s->code[i] == 0x89 || s->code[i] == 0x90 ||
	       ((s->code[i] == 0x48 || s->code[i] == 0x4d) &&
		(s->code[i + 1] == 0x89 || s->code[i + 1] == 0x8d));
}

static bool is_inside(const struct shape *s, unsigned int i)
{
	return s->rax == SYS_getppid && s->nr == SYS_getppid && i > 0 && may_start(s, i) &&
	       !((s->code[i - 1] & 0xf8) == 0x48 && s->code[i] == 0x89);
}

static void run_file(const struct shape *s, const struct padding *padding)
{
	uint8_t *page = in_file(build(s, padding));

	call(s, page, s->start, CALLS_FILE);
	for (unsigned int i = 1; s->start == 0 && i < s->len && !test_failures; i++)
		for (int k = 0; is_inside(s, i) && k < 3; k++) {
			call(s, page, i, 2);
			call(s, page, 0, 30);
		}
	munmap(page, 2 * PAGE);
}

/* Below the stack pointer: the red zone is the program's. */
static void red_zone(void)
{
	unsigned long bad = 0;

	for (int i = 0; i < CALLS; i++) {
		__asm__ volatile("movq $0x1234, -8(%%rsp); movq $0x5678, -128(%%rsp)\n\t"
				 "mov $39, %%eax\n\t"
				 "syscall\n\t"
				 "cmpq $0x1234, -8(%%rsp); jne 1f\n\t"
				 "cmpq $0x5678, -128(%%rsp); je 2f\n"
				 "1: inc %0\n"
				 "2:"
				 : "+r"(bad)::"rax", "rcx", "r11", "memory", "cc");
	}
	EXPECT(!bad, "the red zone changed %lu times", bad);
}

int main(void)
{
	for (unsigned int i = 0; i < SHAPES; i++) {
		run(&shapes[i]);
		for (unsigned int k = 0; k < PADDINGS && !test_failures; k++)
			run_file(&shapes[i], &paddings[k]);
		if (test_failures)
			return test_end();
	}
	red_zone();
	return test_end();
}
