// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmap_kinds.c - mappings of every kind: anonymous and file, private and
 * shared, fixed, at high and low addresses, large, huge, partly unmapped.
 */
#include "test.h"

static void touch(void *arg)
{
	(void)*(volatile char *)arg;
}

static void expect_fault(const volatile char *p, const char *what)
{
	int status = in_child(touch, (void *)p);

	EXPECT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "%s at %p: %#x", what, p, status);
}

static void fixed(void)
{
	/* what others count on is among them: valgrind's tools, Wine, ASan's shadow, TSan's heap */
	static const uintptr_t where[] = { 0x10000,	   0x20000000,	   0x3fff0000,
					   0x40000000,	   0x58000000,	   0x67ffe000,
					   0x7be00000,	   0x7d000000,	   0x7d400000,
					   0x7fe00000,	   0x7fff8000,	   0x80000000,
					   0x100000000,	   0x10007fff8000, 0x500000000000,
					   0x550000000000, 0x5f0000000000, 0x640000000000,
					   0x647fffffe000, 0x7a0000000000, 0x7b0000000000,
					   0x7e8000000000 };

	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		volatile char *p = mmap((void *)where[i], 2 * PAGE, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		EXPECT(p == (void *)where[i], "%#lx: %s", where[i], strerror(errno));
		if (p == MAP_FAILED)
			continue;
		p[PAGE] = 1;
		EXPECT(p[0] == 0 && p[PAGE] == 1, "%#lx: wrong contents", where[i]);
		munmap((void *)p, PAGE);
		expect_fault(p, "unmapped half");
		EXPECT(p[PAGE] == 1, "%#lx: the other half is gone", where[i]);
		munmap((void *)(p + PAGE), PAGE);
	}
}

static void low(void)
{
	for (int i = 0; i < 16; i++) {
		char *p = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

		if (p == MAP_FAILED)
			break; /* the first 2 GiB are small */
		EXPECT((uintptr_t)p + (4 << 20) <= 1ull << 32, "MAP_32BIT gave %p", p);
		p[0] = p[(4 << 20) - 1] = 1;
	}
}

static void files(void)
{
	char path[] = "/tmp/mmapXXXXXX";
	int fd = mkstemp(path);
	char buf[4] = "";
	char *shared, *private;

	REQUIRE(fd >= 0 && unlink(path) == 0 && ftruncate(fd, 8 * PAGE) == 0);
	REQUIRE(pwrite(fd, "abcd", 4, 3 * PAGE) == 4);
	shared = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(shared != MAP_FAILED && private != MAP_FAILED);
	EXPECT(!memcmp(shared + 3 * PAGE, "abcd", 4), "shared does not read the file");
	EXPECT(!memcmp(private + 3 * PAGE, "abcd", 4), "private does not read the file");
	shared[3 * PAGE] = 'X';
	EXPECT(private[3 * PAGE] == 'X', "private reads %c", private[3 * PAGE]);
	private[3 * PAGE + 1] = 'Y';
	EXPECT(shared[3 * PAGE + 1] == 'b', "shared sees a private write");
	REQUIRE(pread(fd, buf, 4, 3 * PAGE) == 4);
	EXPECT(!memcmp(buf, "Xbcd", 4), "the file reads %.4s", buf);
	REQUIRE(pwrite(fd, "QQQQ", 4, 3 * PAGE) == 4);
	EXPECT(!memcmp(shared + 3 * PAGE, "QQQQ", 4), "shared reads %.4s", shared + 3 * PAGE);
	EXPECT(!memcmp(private + 3 * PAGE, "XYcd", 4), "private reads %.4s", private + 3 * PAGE);
	REQUIRE(madvise(private, 8 * PAGE, MADV_DONTNEED) == 0);
	EXPECT(!memcmp(private + 3 * PAGE, "QQQQ", 4), "private reads %.4s after DONTNEED",
	       private + 3 * PAGE);
}

static void anonymous(void)
{
	size_t size = 16 << 20;
	unsigned char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
				0);

	REQUIRE(p != MAP_FAILED);
	madvise(p, size, MADV_HUGEPAGE);
	for (size_t i = 0; i < size; i += PAGE)
		p[i] = (unsigned char)(i / PAGE);
	for (size_t i = 0; i < size; i += PAGE)
		EXPECT(p[i] == (unsigned char)(i / PAGE), "page %zu", i / PAGE);
	REQUIRE(madvise(p + size / 2, size / 4, MADV_DONTNEED) == 0);
	for (size_t i = 0; i < size; i += PAGE)
		EXPECT(p[i] == (i < size / 2 || i >= size / 4 * 3 ? (unsigned char)(i / PAGE) : 0),
		       "page %zu after DONTNEED is %d", i / PAGE, p[i]);
	REQUIRE(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	EXPECT(p[0] == 0 && p[PAGE] == 1, "mapped over");
}

static void read_zero(void)
{
	volatile char *p = map_pages(64, PROT_READ | PROT_WRITE);

	for (int i = 0; i < 64; i++)
		EXPECT(p[(size_t)i * PAGE] == 0, "page %d", i);
	for (int i = 0; i < 64; i += 3)
		p[(size_t)i * PAGE] = 1;
	for (int i = 0; i < 64; i++)
		EXPECT(p[(size_t)i * PAGE] == (i % 3 == 0), "page %d: a write to the zero page leaked",
		       i);
}

int main(void)
{
	fixed();
	low();
	files();
	anonymous();
	read_zero();
	expect_fault((void *)0x7ffffffff000, "the end of the address space");
	return test_end();
}
