// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file_io.c - files in /tmp: writes and reads of odd sizes at odd places, holes,
 * truncation, rename, O_APPEND from several processes, readv and sendfile; all
 * compared with a copy in memory.
 *
 * Flags: timeout=40
 */
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "test.h"

#define SIZE (4u << 20)

static unsigned char model[SIZE], back[SIZE];
static uint32_t seed = 1;

static uint32_t random32(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

static void compare(int fd, const char *when)
{
	struct iovec iov[2] = { { back, SIZE / 3 }, { back + SIZE / 3, SIZE - SIZE / 3 } };

	memset(back, 0xee, SIZE);
	REQUIRE(preadv(fd, iov, 2, 0) == SIZE);
	EXPECT(!memcmp(back, model, SIZE), "%s: the file differs", when);
}

static void appenders(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600), status;
	unsigned int count[4] = { 0 };
	char line[16];

	for (int i = 0; i < 4; i++)
		if (fork() == 0) {
			int mine = open(path, O_WRONLY | O_APPEND);

			for (int k = 0; k < 500; k++) {
				memset(line, 'a' + i, sizeof(line));
				REQUIRE(write(mine, line, sizeof(line)) == sizeof(line));
			}
			_exit(0);
		}
	while (wait(&status) > 0)
		EXPECT(status == 0, "appender: %#x", status);
	while (read(fd, line, sizeof(line)) == sizeof(line)) {
		for (unsigned int i = 1; i < sizeof(line); i++)
			EXPECT(line[i] == line[0], "lines are mixed");
		if (line[0] >= 'a' && line[0] < 'e')
			count[line[0] - 'a']++;
	}
	for (int i = 0; i < 4; i++)
		EXPECT(count[i] == 500, "writer %d: %u lines", i, count[i]);
	close(fd);
	unlink(path);
}

int main(void)
{
	char path[] = "/tmp/fileXXXXXX", other[64];
	int fd = mkstemp(path), copy;
	struct stat st;
	off_t off = 0;

	REQUIRE(fd >= 0 && ftruncate(fd, SIZE) == 0);
	compare(fd, "a hole");
	for (int i = 0; i < 2000; i++) {
		unsigned int at = random32() % SIZE, n = random32() % 20000;
		unsigned int value = random32();

		if (n > SIZE - at)
			n = SIZE - at;
		for (unsigned int k = 0; k < n; k++)
			model[at + k] = (unsigned char)(value + k);
		REQUIRE(pwrite(fd, model + at, n, at) == (ssize_t)n);
	}
	compare(fd, "after writes");
	memset(model + SIZE / 2, 0, SIZE / 2);
	REQUIRE(ftruncate(fd, SIZE / 2) == 0 && ftruncate(fd, SIZE) == 0);
	compare(fd, "after truncation");
	snprintf(other, sizeof(other), "%s.2", path);
	REQUIRE(rename(path, other) == 0 && stat(path, &st) < 0 && stat(other, &st) == 0);
	EXPECT(st.st_size == SIZE, "size %ld", (long)st.st_size);
	copy = open(path, O_CREAT | O_RDWR, 0600);
	while (off < (off_t)SIZE)
		REQUIRE(sendfile(copy, fd, &off, SIZE - (size_t)off) > 0);
	compare(copy, "copied");
	unlink(other);
	appenders(path);
	return test_end();
}
