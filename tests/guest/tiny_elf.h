/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tiny_elf.h - makes a program that is linked to a certain address, and runs it.
 *
 * Runs: in a test, on native Linux and in the guest.
 */
#ifndef TINY_ELF_H
#define TINY_ELF_H

#include "test.h"

#include <elf.h>
#include <stddef.h>

#define TINY_STATUS 42

struct tiny_elf {
	Elf64_Ehdr eh;
	Elf64_Phdr ph;
	uint8_t code[16];
};

/* As small as can be: exit_group(TINY_STATUS), and `size` bytes of memory from `at` on. */
static inline int tiny_make(uint64_t at, uint64_t size)
{
	struct tiny_elf p = {
		.eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			.e_entry = at + offsetof(struct tiny_elf, code),
			.e_phoff = offsetof(struct tiny_elf, ph), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1 },
		.ph = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_vaddr = at, .p_paddr = at,
			.p_filesz = sizeof(p), .p_memsz = size, .p_align = PAGE },
		/* mov $42, %edi; mov $SYS_exit_group, %eax; syscall */
		.code = { 0xbf, TINY_STATUS, 0, 0, 0, 0xb8, SYS_exit_group, 0, 0, 0, 0x0f, 0x05 },
	};
	int fd = memfd_create("program", 0);

	REQUIRE(fd >= 0 && write(fd, &p, sizeof(p)) == (ssize_t)sizeof(p));
	return fd;
}

static inline void tiny_exec(void *arg)
{
	char *argv[] = { "program", NULL };

	fexecve(*(int *)arg, argv, argv + 1);
	_exit(errno);
}

/* What becomes of such a program: its status, or the errno of exec. */
static inline int tiny_run(uint64_t at, uint64_t size)
{
	int fd = tiny_make(at, size), status = in_child(tiny_exec, &fd);

	close(fd);
	EXPECT(WIFEXITED(status), "%#lx: signal %d", at, WTERMSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
