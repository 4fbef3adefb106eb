// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * window.c - nothing of a process may enter what the kernel keeps of the lower half, the
 * kernel window and the kernel range, by any way, and no system call reads or writes there
 * for it. What is reserved around it may reach over it.
 *
 * Flags: guest-only
 */
#include "test.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

#define MiB (1ul << 20)

/* With KASAN the range is longer: 0x720000000000. */
static const struct range {
	uintptr_t start, end;
} ranges[] = { { 0x68000000, 0x7be00000 }, { 0x648000000000, 0x700000000000 } };
static const struct range *range;
#define START (range->start)
#define END   (range->end)

static bool overlaps(const void *p, size_t size)
{
	for (unsigned int i = 0; i < 2; i++)
		if ((uintptr_t)p < ranges[i].end && (uintptr_t)p + size > ranges[i].start)
			return true;
	return false;
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

	if (start >= START || range != &ranges[0])
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
	const uintptr_t where[] = { START,
				    START + 16 * MiB,
				    START + (END - START) / 2,
				    0x7b800000,
				    0x7bc00000,
				    0x650000000000,
				    0x6f0000000000,
				    END - 8,
				    START - 4 };
	int fds[2];

	REQUIRE(pipe(fds) == 0);
	/* what begins below the window must not fit there: a path, a string */
	REQUIRE(chdir("/proc") == 0);
	if (msync((void *)(START - 4096), 4096, MS_ASYNC) == 0)
		memset((void *)(START - 4), 'x', 4);
	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		void *p = (void *)where[i];
		EXPECT(write(fds[1], p, 8) < 0 && errno == EFAULT, "write() reads %p", p);
		EXPECT(syscall(SYS_getcwd, p, 64) < 0 && errno == EFAULT, "getcwd() writes %p", p);
		EXPECT(access(p, F_OK) < 0 && errno == EFAULT, "access() reads %p", p);
		EXPECT(syscall(SYS_clock_gettime, 0, p) < 0 && errno == EFAULT,
		       "clock_gettime() writes %p", p);
	}
}

/* Other ways to the memory of a process, of one that lies there. */
static void foreign_memory(void)
{
	const uintptr_t at = START + 16 * MiB;
	int mem = open("/proc/self/mem", O_RDWR), status;
	struct iovec here, there = { (void *)at, 8 };
	uint64_t word = 0;
	pid_t pid;

	REQUIRE(mem >= 0);
	EXPECT(pread(mem, &word, 8, (off_t)at) < 0, "/proc/self/mem reads %#lx", at);
	EXPECT(pwrite(mem, &word, 8, (off_t)at) < 0, "/proc/self/mem writes %#lx", at);
	close(mem);
	here = (struct iovec){ &word, 8 };
	EXPECT(process_vm_readv(getpid(), &here, 1, &there, 1, 0) < 0, "process_vm_readv() of %#lx",
	       at);
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	REQUIRE(pid > 0 && ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	errno = 0;
	EXPECT(ptrace(PTRACE_PEEKDATA, pid, (void *)at, NULL) == -1 && errno == EIO,
	       "PTRACE_PEEKDATA of %#lx", at);
	EXPECT(ptrace(PTRACE_POKEDATA, pid, (void *)at, NULL) == -1, "PTRACE_POKEDATA of %#lx", at);
	EXPECT(ptrace(PTRACE_POKEUSER, pid, (void *)(21 * 8), (void *)at) == -1 && errno == EIO,
	       "an FS base of %#lx", at);
	kill(pid, SIGKILL);
	REQUIRE(waitpid(pid, &status, 0) == pid);
}

/* Sanitizers reserve, without access, all that they do not use: that reaches over it. */
static void reserve(void)
{
	const size_t size = END - START + 2 * MiB;
	char *p = mmap((void *)(START - MiB), size, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	EXPECT(p == (void *)(START - MiB), "reserved around %#lx: %s", START, strerror(errno));
	if (p == MAP_FAILED)
		return;
	EXPECT(mprotect(p, size, PROT_READ) < 0 && errno == ENOMEM, "mprotect() of all of it");
	EXPECT(mmap(p, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		       MAP_FAILED, "readable around %#lx", START);
	EXPECT(mmap((void *)START, MiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) == MAP_FAILED, "reserved in it");
	EXPECT(mprotect((void *)(END), MiB, PROT_READ | PROT_WRITE) == 0, "mprotect() behind it");
	*(volatile char *)END = 1;
	EXPECT(munmap(p, size) == 0, "munmap() around %#lx", START);
	EXPECT(msync((void *)END, PAGE, MS_ASYNC) < 0 && errno == ENOMEM, "%#lx is left", END);
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
	for (range = ranges; range < ranges + 2; range++) {
		refuse_fixed(START, PAGE);
		refuse_fixed(START + (END - START) / 2, PAGE);
		refuse_fixed(END - PAGE, PAGE);
		refuse_fixed(START - PAGE, 2 * PAGE);
		refuse_fixed(END - PAGE, 2 * PAGE);
		refuse_fixed(START - PAGE, END - START + 2 * PAGE);
		reserve();
		remap();
		stack_grows_down();
		system_calls();
		foreign_memory();
		grow_brk();
	}
	low_mappings();
	maps_file();
	return test_end();
}
