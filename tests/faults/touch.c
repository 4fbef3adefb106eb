// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * touch.c - maps the same 2 MiB at many places, and reads all pages at each.
 *
 * Runs: in the guest, for room.sh. Says "ready", waits for a line, says how many pages were
 * right, and waits again.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLACES 16
#define PAGES  512
#define PAGE   4096

int main(void)
{
	int fd = memfd_create("pages", 0), right = 0;
	char line[16];

	if (fd < 0 || ftruncate(fd, PAGES * PAGE) < 0)
		return 1;
	for (uint64_t i = 0; i < PAGES; i++)
		if (pwrite(fd, &i, sizeof(i), (off_t)(i * PAGE)) != sizeof(i))
			return 1;
	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	for (int k = 0; k < PLACES; k++) {
		const char *at = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0);

		if (at == MAP_FAILED)
			return 1;
		for (uint64_t i = 0; i < PAGES; i++)
			right += *(const volatile uint64_t *)(at + i * PAGE) == i;
	}
	printf("right: %d\n", right);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) ? 0 : 1;
}
