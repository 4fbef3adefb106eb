// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cow_ahead.c - pages that are shared since a fork and written in order, of which the
 * guest's kernel copies some ahead: neither process ever sees what the other writes, pages
 * that are only read stay shared, and what a program has said of them holds.
 */
#include <pthread.h>
#include <setjmp.h>
#include <sys/uio.h>

#include "test.h"

#define PAGES 128u
#define AHEAD 15u /* at most so many more than were written */

static volatile uint32_t *mem;
static volatile uint32_t *step; /* shared: who may go on */

static volatile uint32_t *at(unsigned int page)
{
	return mem + page * PAGE / 4 + page;
}

static void fresh(uint32_t tag)
{
	mem = map_pages(PAGES, PROT_READ | PROT_WRITE);
	madvise((void *)mem, PAGES * PAGE, MADV_NOHUGEPAGE);
	for (unsigned int i = 0; i < PAGES; i++)
		*at(i) = tag + i;
}

static void gone(void)
{
	REQUIRE(munmap((void *)mem, PAGES * PAGE) == 0);
}

static unsigned int wrong(unsigned int from, unsigned int to, uint32_t tag)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += *at(from) != tag + from;
	return n;
}

static void put(unsigned int from, unsigned int to, uint32_t tag)
{
	for (; from < to; from++)
		*at(from) = tag + from;
}

/* How many pages of mem are this process's alone, by /proc/self/pagemap's bit 56. */
static unsigned int own_pages(void)
{
	uint64_t entry[PAGES];
	unsigned int n = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	REQUIRE(fd >= 0 && pread(fd, entry, sizeof(entry), (off_t)((uintptr_t)mem / PAGE * 8)) ==
				   (ssize_t)sizeof(entry));
	close(fd);
	for (unsigned int i = 0; i < PAGES; i++)
		n += entry[i] >> 56 & 1;
	return n;
}

static void await(uint32_t value)
{
	while (*step < value)
		usleep(20);
}

static pid_t begin(void (*fn)(unsigned int), unsigned int arg)
{
	pid_t pid;

	fflush(stdout);
	*step = 0;
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid) {
		fn(arg);
		_exit(test_failures != 0);
	}
	return pid;
}

static void end(pid_t pid)
{
	int status;

	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "child: %#x", status);
}

/* n pages in order, and what lies behind stays as it was, whoever writes there. */
static void in_order(unsigned int n)
{
	put(0, n, 0xc000000);
	EXPECT(wrong(0, n, 0xc000000) == 0, "child: written, %u", n);
	*step = 1;
	await(2);
	EXPECT(wrong(n, PAGES, 0xa000000) == 0, "child: not written, %u", n);
	put(n, PAGES, 0xd000000);
	EXPECT(wrong(0, n, 0xc000000) + wrong(n, PAGES, 0xd000000) == 0, "child: all, %u", n);
}

static void both(void)
{
	for (unsigned int n = 0; n < 60; n += 2) {
		pid_t pid;

		fresh(0xa000000);
		pid = begin(in_order, n);
		await(1);
		EXPECT(wrong(0, PAGES, 0xa000000) == 0, "parent: before, %u", n);
		put(n / 2, PAGES, 0xb000000);
		*step = 2;
		end(pid);
		EXPECT(wrong(0, n / 2, 0xa000000) + wrong(n / 2, PAGES, 0xb000000) == 0,
		       "parent: after, %u", n);
		/* now all are the parent's alone again */
		put(0, PAGES, 0xe000000);
		EXPECT(wrong(0, PAGES, 0xe000000) == 0, "parent: alone, %u", n);
		gone();
	}
}

/* Three generations; each writes its part in order, and sees the others' old contents. */
static void grandchild(unsigned int n)
{
	put(n, 2 * n, 0x3000000);
	EXPECT(wrong(0, n, 0x2000000) + wrong(n, 2 * n, 0x3000000) +
		       wrong(2 * n, PAGES, 0x1000000) == 0, "grandchild");
}

static void generations(unsigned int n)
{
	pid_t pid;

	put(0, n, 0x2000000);
	pid = begin(grandchild, n);
	put(0, 3 * n, 0x4000000);
	end(pid);
	EXPECT(wrong(0, 3 * n, 0x4000000) + wrong(3 * n, PAGES, 0x1000000) == 0, "child");
}

/* What is only read, or written in any other order, is not copied. */
static void reader(unsigned int n)
{
	unsigned int before = own_pages(), sum = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		sum += *at(i);
	EXPECT(sum && own_pages() == before, "%u of %u pages after loads", own_pages(), before);
	for (unsigned int i = 0; i < n; i++)
		*at(i * 37 % PAGES) = i;
	EXPECT(own_pages() <= before + n, "%u pages after %u stores", own_pages(), n);
}

static void writer(unsigned int n)
{
	unsigned int before = own_pages();

	put(0, n, 0);
	EXPECT(own_pages() >= before + n && own_pages() <= before + n + AHEAD,
	       "%u of %u pages after %u stores in order", own_pages(), before, n);
}

static sigjmp_buf caught;

static void on_segv(int sig)
{
	(void)sig;
	siglongjmp(caught, 1);
}

static bool store_faults(unsigned int page)
{
	if (sigsetjmp(caught, 1))
		return true;
	*at(page) = 9;
	return false;
}

/* Pages with other rights, holes, other files, and none at all lie in the way. */
static void obstacles(unsigned int n)
{
	char *base = (char *)(uintptr_t)mem;

	signal(SIGSEGV, on_segv);
	REQUIRE(mprotect(base + (n + 1) * PAGE, PAGE, PROT_READ) == 0);
	REQUIRE(munmap(base + (n + 3) * PAGE, PAGE) == 0);
	REQUIRE(madvise(base + (n + 5) * PAGE, PAGE, MADV_DONTNEED) == 0);
	REQUIRE(mprotect(base + (n + 7) * PAGE, PAGE, PROT_NONE) == 0);
	put(0, n + 1, 0xc000000);
	EXPECT(store_faults(n + 1) && *at(n + 1) == 0xa000000 + n + 1, "read-only, %u", n);
	put(n + 2, n + 3, 0xc000000);
	EXPECT(store_faults(n + 3), "hole, %u", n);
	put(n + 4, n + 5, 0xc000000);
	EXPECT(*at(n + 5) == 0, "dropped, %u", n);
	put(n + 5, n + 7, 0xc000000);
	EXPECT(store_faults(n + 7), "no rights, %u", n);
	put(n + 8, PAGES, 0xc000000);
	EXPECT(wrong(0, n + 1, 0xc000000) + wrong(n + 8, PAGES, 0xc000000) == 0, "contents, %u", n);
	REQUIRE(mprotect(base + (n + 1) * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	EXPECT(*at(n + 1) == 0xa000000 + n + 1 && !store_faults(n + 1), "writable again, %u", n);
	signal(SIGSEGV, SIG_DFL);
}

/* The kernel stores for the program: read() into pages that are shared. */
static void by_the_kernel(unsigned int n)
{
	int fd = (int)syscall(SYS_memfd_create, "cow_ahead", 0);
	uint32_t word = 0x77777777;

	REQUIRE(fd >= 0 && pwrite(fd, &word, 4, 0) == 4);
	for (unsigned int i = 0; i < n; i++)
		REQUIRE(pread(fd, (void *)at(i), 4, 0) == 4);
	for (unsigned int i = 0; i < n; i++)
		EXPECT(*at(i) == word, "page %u is %#x", i, *at(i));
	EXPECT(wrong(n, PAGES, 0xa000000) == 0, "behind %u", n);
	close(fd);
}

/* Pages in a pipe by vmsplice() keep what they had when somebody writes to them. */
static void in_a_pipe(unsigned int n)
{
	struct iovec part = {(void *)mem, PAGE * n};
	uint32_t got[PAGE / 4];
	int fd[2];

	REQUIRE(pipe(fd) == 0 && fcntl(fd[1], F_SETPIPE_SZ, PAGES * PAGE) > 0);
	REQUIRE(vmsplice(fd[1], &part, 1, 0) == (ssize_t)(PAGE * n));
	*step = 1;
	await(2); /* the other one has written its own */
	for (unsigned int i = 0; i < n; i++) {
		REQUIRE(read(fd[0], got, sizeof(got)) == (ssize_t)sizeof(got));
		EXPECT(got[i] == 0xa000000 + i, "page %u in the pipe is %#x", i, got[i]);
	}
	put(0, PAGES, 0xc000000);
	EXPECT(wrong(0, PAGES, 0xc000000) == 0, "contents");
	close(fd[0]);
	close(fd[1]);
}

/* Threads that write to the same shared pages in order, each its own words. */
struct thread {
	pthread_barrier_t *start;
	unsigned int offset;
};

static void *thread(void *arg)
{
	struct thread *t = arg;

	pthread_barrier_wait(t->start);
	for (unsigned int i = 0; i < PAGES; i++)
		mem[i * PAGE / 4 + 512 + t->offset] = t->offset * 1000 + i;
	return NULL;
}

static void threads(unsigned int n)
{
	struct thread t[4];
	pthread_barrier_t start;
	pthread_t id[4];
	unsigned int lost = 0;

	pthread_barrier_init(&start, NULL, n);
	for (unsigned int i = 0; i < n; i++) {
		t[i] = (struct thread){&start, i + 1};
		REQUIRE(pthread_create(&id[i], NULL, thread, &t[i]) == 0);
	}
	for (unsigned int i = 0; i < n; i++)
		pthread_join(id[i], NULL);
	for (unsigned int i = 0; i < PAGES; i++)
		for (unsigned int k = 1; k <= n; k++)
			lost += mem[i * PAGE / 4 + 512 + k] != k * 1000 + i;
	EXPECT(lost == 0, "%u stores are lost", lost);
	EXPECT(wrong(0, PAGES, 0xa000000) == 0, "contents");
}

static void in_turn(void (*fn)(unsigned int), unsigned int n, uint32_t tag)
{
	fresh(tag);
	end(begin(fn, n));
	EXPECT(wrong(0, PAGES, tag) == 0, "parent, %u", n);
	gone();
}

/* What is written again and again between forks, as shells do, and what is not. */
static void child_of_many(unsigned int n)
{
	EXPECT(wrong(0, 40, n) + wrong(40, PAGES, 0xa000000) == 0, "child %u at fork", n);
	put(20, 60, 0xc000000);
	*step = 1;
	await(2);
	EXPECT(wrong(0, 20, n) + wrong(20, 60, 0xc000000) + wrong(60, PAGES, 0xa000000) == 0,
	       "child %u", n);
}

static void many_forks(void)
{
	fresh(0xa000000);
	for (unsigned int n = 1; n < 30; n++) {
		pid_t pid;

		put(0, 40, n);
		pid = begin(child_of_many, n);
		await(1);
		EXPECT(wrong(0, 40, n) + wrong(40, PAGES, 0xa000000) == 0, "parent %u", n);
		put(0, 40, n + 1000);
		*step = 2;
		end(pid);
		EXPECT(wrong(0, 40, n + 1000) + wrong(40, PAGES, 0xa000000) == 0, "parent %u", n);
	}
	gone();
}

int main(void)
{
	pid_t pid;

	step = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(step != MAP_FAILED);
	both();
	many_forks();
	for (unsigned int n = 1; n < 40; n += 3) {
		fresh(0x1000000);
		end(begin(generations, n));
		EXPECT(wrong(0, PAGES, 0x1000000) == 0, "first of three, %u", n);
		gone();
		in_turn(reader, n, 0xa000000);
		in_turn(writer, n, 0xa000000);
		in_turn(obstacles, n, 0xa000000);
		in_turn(by_the_kernel, n, 0xa000000);
	}
	for (unsigned int n = 1; n <= 4; n++)
		for (int round = 0; round < 10; round++)
			in_turn(threads, n, 0xa000000);
	for (unsigned int n = 1; n < 16; n += 7) {
		fresh(0xa000000);
		pid = begin(in_a_pipe, n);
		await(1);
		put(0, PAGES, 0xb000000);
		*step = 2;
		end(pid);
		EXPECT(wrong(0, PAGES, 0xb000000) == 0, "parent, %u", n);
		gone();
	}
	return test_end();
}
