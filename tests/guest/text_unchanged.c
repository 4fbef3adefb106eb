// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text_unchanged.c - the program's text reads as in its file, before and after
 * its system calls were made many times: by read() of itself, through
 * /proc/self/mem, and as data. As data, and only there, a rewritten system call
 * shows: jmp *disp32 through a slot (docs/syscall-sites.md); nothing else may differ.
 */
#include <elf.h>
#include <sys/stat.h>

#include "test.h"

static const uint8_t *file;

#define JUMP 7u

/* jmp *0x7bcexxxx, seven bytes. Never so on a machine that rewrites nothing. */
static int is_jump(const uint8_t *p)
{
	return p[0] == 0xff && p[1] == 0x24 && p[2] == 0x65 && p[5] == 0xce && p[6] == 0x7b;
}

/* Such a jump in padding, which a short jump instead of a SYSCALL leads to, at p? */
static int is_padding(const uint8_t *p)
{
	static const uint8_t nop[] = { 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };

	while (*p == 0x66 || *p == 0x2e)
		p++;
	return !memcmp(p, nop, sizeof(nop)) || !memcmp(p, "\xcc\xcc\xcc\xcc\xcc\xcc\xcc", JUMP);
}

/* How many bytes at `at` are a rewritten system call's, where the file has `want`; 0: none. */
static size_t rewritten(const uint8_t *at, const uint8_t *want)
{
	const uint8_t *to = at + 2 + (int8_t)at[1];
	size_t n = JUMP;

	if (at[0] == 0xeb && want[0] == 0x0f && want[1] == 0x05 && is_jump(to))
		return 2;
	if (at[0] == 0xeb && is_padding(want) && is_jump(at + 2))
		return 2 + JUMP;
	if (at[0] == 0x48 && is_jump(at + 1) && want[6] == 0x0f && want[7] == 0x05)
		return 1 + JUMP;
	if (!is_jump(at))
		return 0;
	if (is_padding(want) || (want[5] == 0x0f && want[6] == 0x05))
		return JUMP;
	while (at[n] == 0xce) /* what is left of the instructions in front of the SYSCALL */
		n++;
	return at[n] == 0x0f && at[n + 1] == 0x05 && want[n] == 0x0f && want[n + 1] == 0x05 ? n : 0;
}

static void compare(const char *when)
{
	const Elf64_Ehdr *eh = (const void *)file;
	const Elf64_Phdr *ph = (const void *)(file + eh->e_phoff);
	int mem = open("/proc/self/mem", O_RDONLY);
	uint8_t *copy = malloc(1 << 24);

	REQUIRE(mem >= 0 && copy);
	for (int i = 0; i < eh->e_phnum; i++) {
		const uint8_t *at = (const uint8_t *)ph[i].p_vaddr;
		const uint8_t *want = file + ph[i].p_offset;
		size_t size = ph[i].p_filesz;

		if (ph[i].p_type != PT_LOAD || !(ph[i].p_flags & PF_X))
			continue;
		for (size_t k = 0; k < size; k++)
			if (k + 32 <= size && at[k] != want[k] && rewritten(at + k, want + k)) {
				k += rewritten(at + k, want + k) - 1;
			} else if (at[k] != want[k]) {
				EXPECT(0, "%s: byte %p reads %02x, in the file %02x", when, at + k,
				       at[k], want[k]);
				break;
			}
		REQUIRE(pread(mem, copy, size, (off_t)ph[i].p_vaddr) == (ssize_t)size);
		EXPECT(!memcmp(copy, want, size), "%s: /proc/self/mem differs", when);
	}
	free(copy);
	close(mem);
}

int main(void)
{
	int fd = open("/proc/self/exe", O_RDONLY), null = open("/dev/null", O_WRONLY);
	off_t size = lseek(fd, 0, SEEK_END);
	char c = 0;

	file = malloc((size_t)size);
	REQUIRE(fd >= 0 && null >= 0 && file);
	REQUIRE(pread(fd, (void *)file, (size_t)size, 0) == size);
	compare("at first");
	for (int i = 0; i < 2000; i++) {
		REQUIRE(write(null, &c, 1) == 1);
		getppid();
		syscall(SYS_getppid);
		read(-1, &c, 1);
		getuid();
		lseek(fd, 0, SEEK_SET);
		umask(022);
	}
	compare("after many system calls");
	for (int i = 0; i < 2000; i++)
		REQUIRE(write(null, &c, 1) == 1);
	compare("at last");
	return test_end();
}
