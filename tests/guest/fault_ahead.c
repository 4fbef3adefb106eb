// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault_ahead.c - memory that is written in order, of which the guest's kernel
 * makes some pages ahead: their contents, what must not be made, and what may
 * be done to pages that were made but not yet written.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/ioctl.h>

#include "test.h"

#define PAGES 256u
#define AHEAD 15u /* at most so many more than were written */

static volatile uint8_t *fresh(void)
{
	uint8_t *p = map_pages(PAGES, PROT_READ | PROT_WRITE);

	madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE);
	return p;
}

static void gone(volatile uint8_t *p)
{
	REQUIRE(munmap((void *)p, PAGES * PAGE) == 0);
}

/* Is there a page? */
static bool present(volatile uint8_t *p, unsigned int page)
{
	unsigned char in;

	REQUIRE(mincore((void *)(p + page * PAGE), PAGE, &in) == 0);
	return in & 1;
}

static unsigned int count(volatile uint8_t *p, unsigned int from, unsigned int to)
{
	unsigned char in[PAGES];
	unsigned int n = 0;

	REQUIRE(mincore((void *)(p + from * PAGE), (to - from) * PAGE, in) == 0);
	for (unsigned int i = 0; i < to - from; i++)
		n += in[i] & 1;
	return n;
}

static void write_pages(volatile uint8_t *p, unsigned int from, unsigned int to)
{
	for (; from < to; from++)
		p[from * PAGE + from] = (uint8_t)(from + 1);
}

static unsigned int wrong_pages(volatile uint8_t *p, unsigned int from, unsigned int to)
{
	unsigned int wrong = 0;

	for (; from < to; from++)
		wrong += p[from * PAGE + from] != (uint8_t)(from + 1);
	return wrong;
}

static unsigned int dirt(volatile uint8_t *p, unsigned int from, unsigned int to)
{
	const volatile uint64_t *word = (const volatile uint64_t *)(p + from * PAGE);
	unsigned int n = 0;

	for (size_t i = 0; i < (to - from) * PAGE / 8; i++)
		n += word[i] != 0;
	return n;
}

/* What was not written is zero, also in memory that somebody had used. */
static void zeroed(void)
{
	uint8_t *used = map_pages(4096, PROT_READ | PROT_WRITE);

	memset(used, 0xa5, 4096 * PAGE);
	munmap(used, 4096 * PAGE);
	for (unsigned int n = 1; n < 80; n++) {
		volatile uint8_t *p = fresh();

		write_pages(p, 0, n);
		EXPECT(count(p, 0, n) == n, "%u pages", n);
		EXPECT(count(p, n, PAGES) <= AHEAD, "%u more than the %u written",
		       count(p, n, PAGES), n);
		EXPECT(dirt(p, n, PAGES) == 0, "behind %u written pages", n);
		EXPECT(dirt(p, 0, n) == n, "in %u written pages", n);
		EXPECT(wrong_pages(p, 0, n) == 0, "%u pages", n);
		gone(p);
	}
}

/* Memory that is not written in order costs no page more than is written. */
static void not_in_order(void)
{
	volatile uint8_t *p = fresh();
	unsigned int n = 0;

	for (unsigned int i = 0; i < PAGES / 2; i++) { /* all even ones, mixed */
		unsigned int page = i * 37 % (PAGES / 2) * 2;

		p[page * PAGE] = 1;
		n++;
		if (count(p, 0, PAGES) != n) {
			EXPECT(0, "%u pages after %u stores", count(p, 0, PAGES), n);
			break;
		}
	}
	gone(p);
	p = fresh();
	for (n = 1; n <= 100; n++) /* downwards */
		p[(PAGES - n) * PAGE] = 1;
	EXPECT(count(p, 0, PAGES) == 100, "downwards: %u pages", count(p, 0, PAGES));
	gone(p);
	p = fresh();
	for (n = 0; n < PAGES; n += 2) /* every other one */
		p[n * PAGE] = 1;
	EXPECT(count(p, 0, PAGES) == PAGES / 2, "stride 2: %u pages", count(p, 0, PAGES));
	gone(p);
	p = fresh();
	for (n = 0; n < PAGES; n++) /* loads only */
		EXPECT(p[n * PAGE] == 0, "page %u", n);
	write_pages(p, 0, PAGES);
	EXPECT(wrong_pages(p, 0, PAGES) == 0, "after loads");
	gone(p);
}

/* Nothing but what is written where the program has said so, or watches. */
static void left_alone(void)
{
	volatile uint8_t *p = fresh();

	REQUIRE(madvise((void *)p, PAGES * PAGE, MADV_RANDOM) == 0);
	write_pages(p, 0, 100);
	EXPECT(count(p, 0, PAGES) == 100, "MADV_RANDOM: %u pages", count(p, 0, PAGES));
	gone(p);
	p = fresh();
	if (syscall(SYS_mlock2, p, 10 * PAGE, 1 /* MLOCK_ONFAULT */) == 0) {
		write_pages(p, 0, 5);
		EXPECT(count(p, 0, PAGES) == 5, "mlock: %u pages", count(p, 0, PAGES));
	}
	gone(p);
}

/* Not beyond the end of a mapping, nor over a page that is there. */
static void edges(void)
{
	volatile uint8_t *p = fresh();

	REQUIRE(mprotect((void *)(p + 37 * PAGE), 20 * PAGE, PROT_READ) == 0);
	p[30 * PAGE] = 77;
	p[33 * PAGE] = 78;
	write_pages(p, 0, 30);
	EXPECT(p[30 * PAGE] == 77 && p[33 * PAGE] == 78, "%d %d", p[30 * PAGE], p[33 * PAGE]);
	EXPECT(dirt(p, 34, 37) == 0 && dirt(p, 31, 33) == 0, "between");
	write_pages(p, 34, 37);
	EXPECT(count(p, 37, PAGES) == 0, "%u pages beyond the end", count(p, 37, PAGES));
	EXPECT(wrong_pages(p, 0, 30) + wrong_pages(p, 34, 37) == 0, "contents");
	gone(p);
}

static sigjmp_buf caught;

static void on_segv(int sig)
{
	(void)sig;
	siglongjmp(caught, 1);
}

static bool store_faults(volatile uint8_t *at)
{
	if (sigsetjmp(caught, 1))
		return true;
	*at = 9;
	return false;
}

/* Each way to take away or to change a page that was made ahead. */
static void changed(void)
{
	int fd = (int)syscall(SYS_memfd_create, "fault_ahead", 0);
	volatile uint8_t *p = fresh();

	REQUIRE(fd >= 0 && ftruncate(fd, PAGE) == 0 && pwrite(fd, "file", 4, 0) == 4);
	signal(SIGSEGV, on_segv);
	write_pages(p, 0, 34); /* several of 34.. are there */
	REQUIRE(mprotect((void *)(p + 35 * PAGE), PAGE, PROT_READ) == 0);
	EXPECT(store_faults(p + 35 * PAGE), "read-only page");
	EXPECT(p[35 * PAGE] == 0, "%d", p[35 * PAGE]);
	REQUIRE(mprotect((void *)(p + 36 * PAGE), PAGE, PROT_NONE) == 0);
	EXPECT(store_faults(p + 36 * PAGE), "PROT_NONE page");
	REQUIRE(munmap((void *)(p + 37 * PAGE), PAGE) == 0);
	EXPECT(store_faults(p + 37 * PAGE), "unmapped page");
	REQUIRE(mmap((void *)(p + 38 * PAGE), PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED);
	EXPECT(p[38 * PAGE] == 'f', "%d", p[38 * PAGE]);
	p[39 * PAGE] = 5;
	REQUIRE(madvise((void *)(p + 39 * PAGE), 2 * PAGE, MADV_DONTNEED) == 0);
	EXPECT(!present(p, 39) && p[39 * PAGE] == 0, "dropped page");
	write_pages(p, 39, 100);
	EXPECT(wrong_pages(p, 39, 100) + wrong_pages(p, 0, 34) == 0, "contents");
	EXPECT(p[35 * PAGE] == 0 && p[38 * PAGE] == 'f', "%d %d", p[35 * PAGE], p[38 * PAGE]);
	signal(SIGSEGV, SIG_DFL);
	close(fd);
	munmap((void *)p, 37 * PAGE);
	munmap((void *)(p + 38 * PAGE), (PAGES - 38) * PAGE);
}

/* What is there ahead at a fork belongs to both, each with its own copy. */
static void forked(void)
{
	for (unsigned int n = 1; n < 40; n += 3) {
		volatile uint8_t *p = fresh();
		int status;
		pid_t pid;

		write_pages(p, 0, n);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid) {
			EXPECT(dirt(p, n, n + 20) == 0, "child: behind %u pages", n);
			write_pages(p, n, n + 40);
			for (unsigned int i = 0; i < 8; i++)
				p[i * PAGE + 100] = 0xcc;
			EXPECT(wrong_pages(p, 0, n + 40) == 0, "child: %u pages", n);
			_exit(test_failures != 0);
		}
		for (unsigned int i = n; i < n + 20; i++)
			p[i * PAGE] = 0xbb;
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0, "child: %#x", status);
		EXPECT(wrong_pages(p, 0, n) == 0 && dirt(p, 0, n) == n, "parent: %u pages", n);
		EXPECT(dirt(p, n, n + 40) == 20, "parent: %u words", dirt(p, n, n + 40));
		gone(p);
	}
}

/* The kernel stores, too: read() into memory that was never touched. */
static void by_the_kernel(void)
{
	int fd = (int)syscall(SYS_memfd_create, "fault_ahead", 0);
	volatile uint8_t *from = fresh(), *to = fresh();

	write_pages(from, 0, PAGES);
	REQUIRE(fd >= 0 && write(fd, (void *)from, PAGES * PAGE) == (ssize_t)(PAGES * PAGE));
	for (unsigned int i = 0; i < 100; i++)
		REQUIRE(pread(fd, (void *)(to + i * PAGE), PAGE, i * (off_t)PAGE) == (ssize_t)PAGE);
	EXPECT(wrong_pages(to, 0, 100) == 0, "contents");
	EXPECT(dirt(to, 100, PAGES) == 0, "behind");
	REQUIRE(pread(fd, (void *)(to + 100 * PAGE), 150 * PAGE, 100 * (off_t)PAGE) ==
		(ssize_t)(150 * PAGE));
	EXPECT(memcmp((void *)from, (void *)to, 250 * PAGE) == 0, "contents");
	close(fd);
	gone(from);
	gone(to);
}

/* Threads that write to the same fresh memory in order, each its own bytes. */
struct writer {
	volatile uint8_t *p;
	unsigned int offset;
	pthread_barrier_t *start;
};

static void *writer(void *arg)
{
	struct writer *w = arg;

	pthread_barrier_wait(w->start);
	for (unsigned int i = 0; i < PAGES; i++)
		w->p[i * PAGE + w->offset] = (uint8_t)(w->offset + i + 1);
	return NULL;
}

static void together(void)
{
	for (int round = 0; round < 20; round++) {
		volatile uint8_t *p = fresh();
		pthread_barrier_t start;
		pthread_t thread[4];
		struct writer w[4];
		unsigned int wrong = 0;

		pthread_barrier_init(&start, NULL, 4);
		for (unsigned int t = 0; t < 4; t++) {
			w[t] = (struct writer){p, t * 512, &start};
			REQUIRE(pthread_create(&thread[t], NULL, writer, &w[t]) == 0);
		}
		for (unsigned int t = 0; t < 4; t++)
			pthread_join(thread[t], NULL);
		for (unsigned int i = 0; i < PAGES; i++)
			for (unsigned int t = 0; t < 4; t++)
				wrong += p[i * PAGE + t * 512] != (uint8_t)(t * 512 + i + 1);
		EXPECT(wrong == 0, "round %d: %u stores are lost", round, wrong);
		gone(p);
	}
}

/* A page that somebody watches with userfaultfd is his to make. */
static void *make_pages(void *arg)
{
	static uint8_t page[PAGE] __attribute__((aligned(4096)));
	int fd = *(int *)arg;
	struct uffd_msg msg;

	for (int i = 0; i < 32 && read(fd, &msg, sizeof(msg)) == sizeof(msg); i++) {
		struct uffdio_copy copy = {.dst = msg.arg.pagefault.address & ~(PAGE - 1),
					   .src = (uintptr_t)page,
					   .len = PAGE};

		page[1] = (uint8_t)(i + 1);
		REQUIRE(ioctl(fd, UFFDIO_COPY, &copy) == 0);
	}
	return NULL;
}

static void watched(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg;
	volatile uint8_t *p = fresh();
	pthread_t thread;

	if (fd < 0) {
		EXPECT(errno == ENOSYS || errno == EPERM, "userfaultfd: %s", strerror(errno));
		gone(p);
		return;
	}
	write_pages(p, 0, 8); /* some are there ahead */
	REQUIRE(madvise((void *)(p + 8 * PAGE), (PAGES - 8) * PAGE, MADV_DONTNEED) == 0);
	reg = (struct uffdio_register){.range = {(uintptr_t)p, PAGES * PAGE},
				       .mode = UFFDIO_REGISTER_MODE_MISSING};
	REQUIRE(ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &reg) == 0);
	REQUIRE(pthread_create(&thread, NULL, make_pages, &fd) == 0);
	for (unsigned int i = 0; i < 32; i++)
		p[(8 + i) * PAGE] = 1;
	pthread_join(thread, NULL);
	for (unsigned int i = 0; i < 32; i++)
		EXPECT(p[(8 + i) * PAGE + 1] == i + 1, "page %u was not made by its watcher", i);
	EXPECT(count(p, 40, PAGES) == 0, "%u pages that nobody made", count(p, 40, PAGES));
	close(fd);
	gone(p);
}

int main(void)
{
	zeroed();
	not_in_order();
	left_alone();
	edges();
	changed();
	forked();
	by_the_kernel();
	together();
	watched();
	return test_end();
}
