// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault_ahead_limit.c - near the limit of a memory cgroup no page is made that
 * was not written, and nobody is killed for a guess.
 *
 * Flags: guest-only root
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "test.h"

#define LIMIT 1024u /* pages */
#define PAGES 2048u
#define GROUP "/tmp/fault_ahead_cgroup/group"

static void put(const char *file, const char *value)
{
	int fd = open(file, O_WRONLY);

	REQUIRE(fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value));
	close(fd);
}

static void get(const char *file, char *to, size_t size)
{
	int fd = open(file, O_RDONLY);
	ssize_t n;

	REQUIRE(fd >= 0);
	n = read(fd, to, size - 1);
	REQUIRE(n >= 0);
	to[n] = 0;
	close(fd);
}

static unsigned int used(void)
{
	char text[32];

	get(GROUP "/memory.current", text, sizeof(text));
	return (unsigned int)(strtoul(text, NULL, 10) / PAGE);
}

static void child(void *arg)
{
	unsigned char in[PAGES];
	unsigned int n = 0, present = 0;
	volatile uint8_t *p;

	(void)arg;
	put(GROUP "/cgroup.procs", "0");
	p = map_pages(PAGES, PROT_READ | PROT_WRITE);
	madvise((void *)p, PAGES * PAGE, MADV_NOHUGEPAGE);
	while (used() < LIMIT - 40)
		p[n++ * PAGE] = 1;
	REQUIRE(mincore((void *)p, PAGES * PAGE, in) == 0);
	for (unsigned int i = 0; i < PAGES; i++)
		present += in[i] & 1;
	EXPECT(present == n, "%u pages of %u written", present, n);
	EXPECT(n > LIMIT / 2, "%u pages only", n);
}

int main(void)
{
	char text[256], limit[32];
	int status;

	REQUIRE(mkdir("/tmp/fault_ahead_cgroup", 0700) == 0);
	REQUIRE(mount("none", "/tmp/fault_ahead_cgroup", "cgroup2", 0, NULL) == 0);
	put("/tmp/fault_ahead_cgroup/cgroup.subtree_control", "+memory");
	REQUIRE(mkdir(GROUP, 0700) == 0);
	snprintf(limit, sizeof(limit), "%lu", LIMIT * PAGE);
	put(GROUP "/memory.max", limit);
	status = in_child(child, NULL);
	EXPECT(status == 0, "child: %#x", status);
	get(GROUP "/memory.events", text, sizeof(text));
	EXPECT(strstr(text, "\noom_kill 0\n"), "%s", text);
	REQUIRE(rmdir(GROUP) == 0 && umount("/tmp/fault_ahead_cgroup") == 0 &&
		rmdir("/tmp/fault_ahead_cgroup") == 0);
	return test_end();
}
