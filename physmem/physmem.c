// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * physmem.c - guest physical memory: create, map, range checks.
 *
 * Runs: in the main threads of the manager and of its steward.
 * Must hold: see physmem.h.
 */
#include "physmem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008u
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

/*
 * Guest code is executed from this file, by shared mappings: that needs no
 * x bit on the file. Kernels before 6.3 know neither flag.
 */
static int open_memfd(void)
{
	int fd = memfd_create("umvmm-physmem", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);

	if (fd < 0)
		fd = memfd_create("umvmm-physmem", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

/* Says that a file holds the memory of a guest, which may be lost. */
#define MARK "user.umvmm.memory"

/* No link on the way leads elsewhere, where the host can see to that (Linux 5.6). */
static int open_without_links(const char *path, int flags)
{
	const struct open_how how = { .flags = (uint64_t)flags, .resolve = RESOLVE_NO_SYMLINKS,
				      .mode = flags & O_CREAT ? 0600 : 0 };
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open(path, flags, 0600) : fd;
}

/* Why a file that was there cannot be taken; null if it can. */
static const char *unfit(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "not an ordinary file";
	if (st.st_uid != geteuid())
		return "it belongs to somebody else, who could read and change the guest's memory";
	if (st.st_mode & 077)
		return "others may read or write it: chmod 600";
	if (st.st_nlink != 1)
		return "it has another name, too: a hard link";
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return "another umvmm uses it";
	if (st.st_size && fgetxattr(fd, MARK, NULL, 0) < 0)
		return "it holds something, and not a guest's memory: remove it, or name another";
	return NULL;
}

static int open_named(const char *path)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = open_without_links(path, flags | O_CREAT | O_EXCL);
	const char *why;

	if (fd < 0 && errno == EEXIST)
		fd = open_without_links(path, flags);
	if (fd < 0)
		return fail("--mem-file %s: %s%s", path, strerror(errno),
			    errno == ELOOP ? " (no part of the name may be one)" : "");
	why = unfit(fd);
	if (why) {
		close(fd);
		return fail("--mem-file %s: %s", path, why);
	}
	/* a file system without these: then it has to be removed before it is used again */
	(void)!fsetxattr(fd, MARK, "", 0, 0);
	return fd;
}

/* An address aligned so that 2 MiB folios can be mapped whole. */
static uint8_t *map_aligned(int fd, uint64_t size)
{
	uint8_t *area = mmap(NULL, size + CHUNK_SIZE, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *base;

	if (area == MAP_FAILED)
		return NULL;
	base = (uint8_t *)(((uintptr_t)area + CHUNK_SIZE - 1) & ~(CHUNK_SIZE - 1));
	if (mmap(base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return NULL;
	if (base > area)
		munmap(area, (size_t)(base - area));
	munmap(base + size, CHUNK_SIZE - (size_t)(base - area));
	return base;
}

/*
 * The guest's code runs from this file. A file system that is mounted noexec
 * forbids that, and so may a security module.
 */
static int check_executable(int fd, const char *path)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED && path)
		return fail("--mem-file %s: code cannot be executed from it: %s; is its file "
			    "system mounted noexec?", path, strerror(errno));
	if (page == MAP_FAILED)
		return fail("guest memory: code cannot be executed from a memfd: %s; see umvmm "
			    "doctor", strerror(errno));
	munmap(page, 4096);
	return 0;
}

static size_t collapsed_size(const struct physmem *mem)
{
	return (mem->size / CHUNK_SIZE + 1) * sizeof(*mem->collapsed);
}

static int open_read_only(int fd)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int physmem_attach(struct physmem *mem)
{
	mem->base = map_aligned(mem->fd, mem->size);
	if (!mem->base)
		return fail("guest memory of %llu MiB: mmap: %s; try a smaller -m",
			    (unsigned long long)mem->size >> 20, strerror(errno));
	madvise(mem->base, mem->size, MADV_DONTFORK);
	madvise(mem->base, mem->size, MADV_DONTDUMP);
	return 0;
}

int physmem_create(struct physmem *mem, const char *path, uint64_t size)
{
	memset(mem, 0, sizeof(*mem));
	mem->size = size;
	mem->fd = mem->read_only = -1;
	mem->collapsed = mmap(NULL, collapsed_size(mem), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (mem->collapsed == MAP_FAILED) {
		mem->collapsed = NULL;
		return fail("guest memory: no memory to manage it");
	}
	mem->fd = path ? open_named(path) : open_memfd();
	if (mem->fd < 0) {
		if (!path)
			fail("guest memory: memfd_create: %s", strerror(errno));
		goto out;
	}
	if (path && ftruncate(mem->fd, 0) < 0) {
		fail("--mem-file %s: %s", path, strerror(errno));
		goto out;
	}
	if (ftruncate(mem->fd, (off_t)size) < 0) {
		fail("guest memory of %llu MiB: %s", (unsigned long long)size >> 20,
		     strerror(errno));
		goto out;
	}
	if (!path && fcntl(mem->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		fail("guest memory: sealing: %s", strerror(errno));
		goto out;
	}
	if (physmem_attach(mem) < 0 || check_executable(mem->fd, path) < 0)
		goto out;
	mem->read_only = open_read_only(mem->fd);
	return 0;
out:
	physmem_destroy(mem);
	return -1;
}

void physmem_destroy(struct physmem *mem)
{
	if (mem->base)
		munmap(mem->base, mem->size);
	if (mem->fd >= 0)
		close(mem->fd);
	if (mem->read_only >= 0)
		close(mem->read_only);
	if (mem->collapsed)
		munmap(mem->collapsed, collapsed_size(mem));
	mem->collapsed = NULL;
	mem->base = NULL;
	mem->fd = mem->read_only = -1;
}

int physmem_clear(struct physmem *mem)
{
	memset(mem->collapsed, 0, mem->size / CHUNK_SIZE * sizeof(*mem->collapsed));
	mem->chunks_collapsed = mem->pages_added = 0;
	if (fallocate(mem->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)mem->size) ==
	    0)
		return 0;
	if (errno != EOPNOTSUPP)
		return fail("guest memory: clearing: %s", strerror(errno));
	memset(mem->base, 0, mem->size); /* a file system without holes */
	return 0;
}

uint64_t physmem_offset(uint64_t size, uint64_t gpa, uint64_t len)
{
	uint64_t first, last;

	if (!len || gpa + len - 1 < gpa)
		return PHYSMEM_NONE;
	first = gpa_to_offset(size, gpa);
	last = gpa_to_offset(size, gpa + len - 1);
	if (first == ~0ull || last == ~0ull || last - first != len - 1)
		return PHYSMEM_NONE;
	return first;
}

void *physmem_range(const struct physmem *mem, uint64_t gpa, uint64_t len)
{
	uint64_t offset = physmem_offset(mem->size, gpa, len);

	return offset == PHYSMEM_NONE ? NULL : mem->base + offset;
}

uint64_t physmem_low_end(const struct physmem *mem)
{
	return mem->size < GPA_HOLE_START ? mem->size : GPA_HOLE_START;
}
