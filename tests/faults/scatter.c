// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scatter.c - single pages of a file, mapped so that no two neighbours follow each other in
 * memory, are all read, and once more.
 *
 * Runs: in the guest, for reach.sh. Says "ready" after the first time, waits for a line, reads them
 * again, says "over", and waits once more.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 4000
#define PAGE  4096

static const char *at;

static int right(void)
{
	int n = 0;

	for (uint64_t i = 0; i < PAGES; i++)
		n += *(const volatile uint64_t *)(at + i * PAGE) == PAGES - 1 - i;
	return n == PAGES;
}

int main(void)
{
	int fd = memfd_create("pages", 0);
	char line[16];

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0)
		return 1;
	for (uint64_t i = 0; i < PAGES; i++)
		if (pwrite(fd, &i, sizeof(i), (off_t)(i * PAGE)) != sizeof(i))
			return 1;
	at = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return 1;
	for (uint64_t i = 0; i < PAGES; i++)
		if (mmap((void *)(at + i * PAGE), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
			 (off_t)((PAGES - 1 - i) * PAGE)) == MAP_FAILED)
			return 1;
	if (!right())
		return 1;
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin) || !right())
		return 1;
	puts("over");
	fflush(stdout);
	return !fgets(line, sizeof(line), stdin);
}
