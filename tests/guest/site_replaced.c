// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_replaced.c - text with a system call that was made often becomes other text at the
 * same place, or comes to another place: from then on what is there now is executed.
 *
 * By writing, as a JIT does, and by taking back what was written (madvise(2),
 * MADV_DONTNEED); through /proc/self/mem; by another mapping; by mremap. Most new text
 * differs only in the instructions in front of the call, or in the number. In a page that was
 * written new calls become hot, too, on the place of the old ones.
 *
 * Flags: gate timeout=60
 */
#include "sites.h"

#define ROUNDS 2

static const struct site *site;
static uint8_t *page;

/* Nobody has these: each tells which call was made. */
static uint64_t result(int nr)
{
	switch (nr) {
	case SYS_getpid:
		return (uint64_t)getpid();
	case SYS_getppid:
		return (uint64_t)getppid();
	default:
		return (uint64_t)-EBADF; /* close(-1) */
	}
}

static void expect_call(const struct site *s, int nr, const char *when)
{
	for (int i = 0; i < 40 && !test_failures; i++) {
		site_call(page, nr, ~0ull, 2, 3);
		if (regs_out[RAX] != result(nr))
			printf("%s: %s: call %d\n", s->name, when, i);
		site_check(s, page, result(nr));
	}
}

static void expect_close(const char *when)
{
	for (int i = 0; i < 40 && !test_failures; i++)
		EXPECT(site_call(page, SYS_getpid, ~0ull, 2, SYS_close) == (uint64_t)-EBADF,
		       "%s: %s: call %d: %#lx", site->name, when, i, regs_out[RAX]);
}

/* The same place calls close(): its number is in rdx, or in the code. The SYSCALL stays. */
static void close_code(const struct site *s, uint8_t code[SITE_MAX])
{
	site_code(s, SYS_getpid, code);
	memset(code, 0x90, s->len - 2);
	if (s->len < 6)
		memcpy(code, "\x89\xd0", 2); /* mov %edx, %eax */
	else
		memcpy(code, "\x31\xc0\xb0\x03", 4); /* xor %eax, %eax; mov $3, %al */
}

static void store(const struct site *s, const uint8_t code[SITE_MAX])
{
	REQUIRE(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
	EXPECT(!memcmp(page + SITE_AT + s->len, "\xff\x24", 2), "%s: not what was behind the call",
	       s->name);
	memcpy(page + SITE_AT, code, s->len);
	REQUIRE(mprotect(page, PAGE, PROT_READ | PROT_EXEC) == 0);
}

static void written(void)
{
	uint8_t old[SITE_MAX], new[SITE_MAX];

	close_code(site, new);
	site_warm(site, SYS_getpid, page);
	for (int i = 0; i < 3 && !test_failures; i++) {
		store(site, new);
		expect_close("written");
		site_code(site, i % 2 ? SYS_getpid : SYS_getppid, old);
		store(site, old);
		expect_call(site, i % 2 ? SYS_getpid : SYS_getppid, "written again");
	}
	store(site, new);
	/* the file's text is there again */
	REQUIRE(madvise(page, PAGE, MADV_DONTNEED) == 0);
	expect_call(site, SYS_getpid, "taken back");
	site_warm(site, SYS_getpid, page);
}

static void through_mem(void)
{
	const off_t at = (off_t)(uintptr_t)page + SITE_AT;
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t code[SITE_MAX], new[SITE_MAX];

	REQUIRE(mem >= 0);
	close_code(site, new);
	site_warm(site, SYS_getpid, page);
	REQUIRE(pread(mem, code, site->len, at) == (ssize_t)site->len);
	REQUIRE(pwrite(mem, new, site->len, at) == (ssize_t)site->len);
	expect_close("a write to /proc/self/mem");
	REQUIRE(pwrite(mem, code, site->len, at) == (ssize_t)site->len);
	expect_call(site, SYS_getpid, "another write to /proc/self/mem");
	close(mem);
}

/* Another file's page, anonymous memory, and nothing at all in between. */
static void mapped_over(void)
{
	site_warm(site, SYS_getpid, page);
	for (size_t i = 0; i < 2 * CALL_SITES && !test_failures; i++) {
		const struct site *s = &call_sites[i % CALL_SITES];
		int nr = i % 2 ? SYS_getpid : SYS_getppid;

		if (i % 3 == 0)
			munmap(page, PAGE);
		site_build_at(s, nr, i % 5 != 4, page);
		expect_call(s, nr, "mapped over");
	}
}

/* At the new place the call comes back to the new place. */
static void moved(void)
{
	uint8_t *to = map_pages(1, PROT_NONE), *from = page;

	for (int i = 0; i < 4 && !test_failures; i++) {
		site_warm(site, SYS_getpid, from);
		REQUIRE(mremap(from, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
		page = to;
		expect_call(site, SYS_getpid, "moved");
		to = from;
		from = page;
	}
}

/* The same text at two places, each written by itself. */
static void twice(void)
{
	uint8_t *first = page, *second, code[SITE_MAX];

	site_warm(site, SYS_getpid, page);
	second = page = site_build(site, SYS_getppid, true);
	expect_call(site, SYS_getppid, "another mapping");
	close_code(site, code);
	store(site, code);
	expect_close("another mapping, written");
	page = first;
	expect_call(site, SYS_getpid, "the first mapping");
	munmap(second, PAGE);
}

/* A child writes its own copy, the parent's stays. */
static void child_writes(void *arg)
{
	uint8_t code[SITE_MAX];

	(void)arg;
	expect_call(site, SYS_getpid, "in the child");
	close_code(site, code);
	store(site, code);
	expect_close("written in the child");
}

static void in_a_child(void)
{
	site_warm(site, SYS_getpid, page);
	EXPECT(in_child(child_writes, NULL) == 0, "%s: the child failed", site->name);
	expect_call(site, SYS_getpid, "behind the child");
}

int main(void)
{
	static void (*const tests[])(void) = { written, through_mem, mapped_over,
					       moved,	twice,	     in_a_child };

	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < CALL_SITES; i++)
			for (size_t t = 0; t < sizeof(tests) / sizeof(tests[0]) && !test_failures;
			     t++) {
				site = &call_sites[i];
				page = site_build(site, SYS_getpid, true);
				tests[t]();
				munmap(page, PAGE);
			}
	return test_end();
}
