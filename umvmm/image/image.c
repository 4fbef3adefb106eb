// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * image.c - makes the embedded monitor executable for execveat().
 *
 * Runs: in the manager.
 * Must hold: prefers a memfd, which nobody can tamper with; where the host
 * forbids executing those (vm.memfd_noexec=2), an unlinked file in the
 * runtime directory or /tmp does, unless these are mounted noexec.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <umvmm/abi.h>

#include <umvmm/base/fail.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

static int write_image(int fd)
{
	const uint8_t *at = monitor_elf;

	while (at < monitor_elf_end) {
		ssize_t n = write(fd, at, (size_t)(monitor_elf_end - at));

		if (n <= 0)
			return -1;
		at += n;
	}
	return 0;
}

static int open_memfd(void)
{
	int fd = memfd_create("umvmm-monitor", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL) /* before Linux 6.3 */
		fd = memfd_create("umvmm-monitor", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (write_image(fd) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_file(const char *dir)
{
	char path[4096];
	int fd, ro;

	if (!dir || snprintf(path, sizeof(path), "%s/umvmm-XXXXXX", dir) >= (int)sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (write_image(fd) < 0 || fchmod(fd, 0500) < 0) {
		unlink(path);
		close(fd);
		return -1;
	}
	/* A file that is open for writing cannot be executed. */
	ro = open(path, O_RDONLY | O_CLOEXEC);
	unlink(path);
	close(fd);
	return ro;
}

int monitor_image_open(void)
{
	int fd = open_memfd();
	int err = errno;

	if (fd < 0)
		fd = open_file(getenv("XDG_RUNTIME_DIR"));
	if (fd < 0)
		fd = open_file("/tmp");
	if (fd < 0)
		return fail("the monitor cannot be made executable: memfd_create: %s; if "
			    "/proc/sys/vm/memfd_noexec is 2, set it to 0 or 1", strerror(err));
	return fd;
}

const struct elf *monitor_image(void)
{
	static struct elf elf;

	/* it was made by our own linker */
	if (!elf.data && elf_open(&elf, monitor_elf, (size_t)(monitor_elf_end - monitor_elf)) != ELF_OK)
		abort();
	return &elf;
}

void monitor_image_text(uint64_t *start, uint64_t *end)
{
	Elf64_Phdr ph;

	*start = UINT64_MAX;
	*end = 0;
	for (unsigned int i = 0; elf_segment(monitor_image(), i, &ph); i++) {
		if (ph.p_type != PT_LOAD || !(ph.p_flags & PF_X))
			continue;
		if (ph.p_vaddr < *start)
			*start = ph.p_vaddr;
		if (ph.p_vaddr + ph.p_memsz > *end)
			*end = ph.p_vaddr + ph.p_memsz;
	}
}

uint64_t monitor_image_gate(unsigned int id)
{
	uint64_t entry = UMVMM_GATE_TABLE + 8 * (uint64_t)id, gate = 0;
	const struct elf *elf = monitor_image();
	Elf64_Phdr ph;

	for (unsigned int i = 0; elf_segment(elf, i, &ph); i++)
		if (ph.p_type == PT_LOAD && entry >= ph.p_vaddr &&
		    entry - ph.p_vaddr + sizeof(gate) <= ph.p_filesz &&
		    elf_range(elf, ph.p_offset + (entry - ph.p_vaddr), sizeof(gate)))
			memcpy(&gate, elf->data + ph.p_offset + (entry - ph.p_vaddr), sizeof(gate));
	return gate;
}
