// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * window.c - nothing of a process may enter the kernel window, by any way, and
 * no system call reads or writes there for it.
 *
 * Flags: guest-only
 */
#include "test.h"

#define START 0x40000000ul
#define END   0x80000000ul

static bool overlaps(const void *p, size_t size)
{
	return (uintptr_t)p < END && (uintptr_t)p + size > START;
}

static void refuse_fixed(uintptr_t at, size_t size)
{
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	EXPECT(p == MAP_FAILED, "MAP_FIXED at %#lx", at);
	p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	EXPECT(p == MAP_FAILED, "MAP_FIXED_NOREPLACE at %#lx", at);
	p = mmap((void *)at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(p == MAP_FAILED || !overlaps(p, size), "the hint %#lx gave %p", at, p);
	if (p != MAP_FAILED)
		munmap(p, size);
}

static void low_mappings(void)
{
	for (int i = 0; i < 2000; i++) {
		void *p = mmap(NULL, 1 << 20, PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			break;
		EXPECT(!overlaps(p, 1 << 20), "MAP_32BIT gave %p", p);
	}
}

static void grow_brk(void)
{
	uintptr_t start = (uintptr_t)sbrk(0);

	if (start >= START)
		return; /* a PIE */
	EXPECT(brk((void *)(START + PAGE)) < 0 || (uintptr_t)sbrk(0) <= START, "brk ends at %p",
	       sbrk(0));
}

static void remap(void)
{
	char *p = mmap((void *)(END + (16 << 20)), 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	void *q;

	REQUIRE(p != MAP_FAILED);
	q = mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(START + (32 << 20)));
	EXPECT(q == MAP_FAILED, "mremap moved to %p", q);
	munmap(p, 4 * PAGE);
	p = mmap((void *)(START - 4 * PAGE), 4 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		return;
	q = mremap(p, 4 * PAGE, 8 * PAGE, 0);
	EXPECT(q == MAP_FAILED, "mremap grew into the window");
}

static void stack_grows_down(void)
{
	char *p = mmap((void *)END, 4 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);

	if (p == MAP_FAILED)
		return;
	int status, fds[2];
	pid_t pid;

	REQUIRE(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		/* the read below it must fail, not grow the stack into the window */
		_exit(write(fds[1], p - 8, 8) < 0 && errno == EFAULT ? 0 : 1);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "a stack grew into the window: %#x", status);
}

static void system_calls(void)
{
	static const uintptr_t where[] = { START, 0x41000000, 0x60000000, 0x7f800000, 0x7fc00000,
					   END - 8, START - 4 };
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	/* what begins below the window must not fit there: a path, a string */
	REQUIRE(chdir("/proc") == 0);
	if (msync((void *)(START - 4096), 4096, MS_ASYNC) == 0)
		memset((void *)(START - 4), 'x', 4);
	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		void *p = (void *)where[i];
		struct timespec ts;

		(void)ts;
		EXPECT(write(fds[1], p, 8) < 0 && errno == EFAULT, "write() reads %p", p);
		EXPECT(syscall(SYS_getcwd, p, 64) < 0 && errno == EFAULT, "getcwd() writes %p", p);
		EXPECT(access(p, F_OK) < 0 && errno == EFAULT, "access() reads %p", p);
		EXPECT(syscall(SYS_clock_gettime, 0, p) < 0 && errno == EFAULT,
		       "clock_gettime() writes %p", p);
	}
}

static void maps_file(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long from, to;
	char line[256];

	REQUIRE(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &from, &to) == 2)
			EXPECT(!overlaps((void *)from, to - from), "/proc/self/maps has %s", line);
	fclose(f);
}

int main(void)
{
	refuse_fixed(START, PAGE);
	refuse_fixed(0x50000000, PAGE);
	refuse_fixed(END - PAGE, PAGE);
	refuse_fixed(START - PAGE, 2 * PAGE);
	refuse_fixed(END - PAGE, 2 * PAGE);
	refuse_fixed(START - PAGE, END - START + 2 * PAGE);
	low_mappings();
	remap();
	stack_grows_down();
	system_calls();
	maps_file();
	grow_brk();
	return test_end();
}
