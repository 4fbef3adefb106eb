// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * segment_bases.c - GS and FS bases that programs set by arch_prctl(2) are theirs over
 * system calls, faults, signals, forks, and switches between threads and processes of
 * which each has others; programs that load selectors lose their base, and nobody else.
 *
 * FS is the C library's, so each thread's is another already, and errno is behind it.
 */
#include <asm/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/time.h>

#include "test.h"

#define THREADS	  3
#define PROCESSES 3
#define TURNS	  300

static uint64_t words[THREADS * PROCESSES + 1];
static unsigned int process;
static volatile sig_atomic_t handled;

static long prctl_of(int what, uint64_t value)
{
	return syscall(SYS_arch_prctl, what, value);
}

static uint64_t gs_word(void)
{
	uint64_t v;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(v)::"memory");
	return v;
}

static uint64_t gs_base(void)
{
	uint64_t v = ~0ull;

	REQUIRE(prctl_of(ARCH_GET_GS, (uintptr_t)&v) == 0);
	return v;
}

static void on_signal(int sig)
{
	(void)sig;
	handled++;
	if (gs_word() != 4711)
		handled = -1000000;
}

/* What the kernel does on its own in between: nothing of it may be seen. */
static void disturb(unsigned int turn)
{
	char *page;
	pid_t pid;

	switch (turn % 5) {
	case 0:
		sched_yield();
		break;
	case 1:
		page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(page != MAP_FAILED);
		*page = 1;
		munmap(page, PAGE);
		break;
	case 2:
		usleep(50);
		break;
	case 3:
		errno = 0;
		EXPECT(close(-1) == -1 && errno == EBADF, "errno %d", errno);
		break;
	case 4:
		if (turn % 50 != 4)
			break;
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0)
			_exit(gs_word() == *(uint64_t *)gs_base() ? 0 : 1);
		EXPECT(waitpid(pid, &(int){ 0 }, 0) == pid, "%d", errno);
		break;
	}
}

static void *thread(void *arg)
{
	unsigned int n = process * THREADS + (unsigned int)(uintptr_t)arg;

	EXPECT(gs_base() == 0, "%#lx", gs_base());
	REQUIRE(prctl_of(ARCH_SET_GS, (uintptr_t)&words[n]) == 0);
	for (unsigned int i = 0; i < TURNS; i++) {
		EXPECT(gs_word() == 1000 + n, "%lu in %u", gs_word(), n);
		disturb(i + n);
	}
	EXPECT(gs_base() == (uintptr_t)&words[n], "%#lx", gs_base());
	return NULL;
}

static void threads_of_processes(void)
{
	pid_t pid[PROCESSES];

	for (unsigned int i = 0; i < THREADS * PROCESSES; i++)
		words[i] = 1000 + i;
	for (process = 0; process < PROCESSES; process++) {
		pthread_t t[THREADS];

		pid[process] = fork();
		REQUIRE(pid[process] >= 0);
		if (pid[process])
			continue;
		for (unsigned int i = 0; i < THREADS; i++)
			REQUIRE(pthread_create(&t[i], NULL, thread, (void *)(uintptr_t)i) == 0);
		for (unsigned int i = 0; i < THREADS; i++)
			pthread_join(t[i], NULL);
		_exit(test_failures ? 1 : 0);
	}
	for (unsigned int i = 0; i < PROCESSES; i++) {
		int status;

		REQUIRE(waitpid(pid[i], &status, 0) == pid[i]);
		EXPECT(status == 0, "process %u: %#x", i, status);
	}
}

static void in_handlers(void)
{
	/* where all is trapped and traced, a signal takes half a millisecond */
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction sa = { .sa_handler = on_signal };

	words[0] = 4711;
	REQUIRE(prctl_of(ARCH_SET_GS, (uintptr_t)words) == 0);
	REQUIRE(sigaction(SIGALRM, &sa, NULL) == 0);
	REQUIRE(setitimer(ITIMER_REAL, &often, NULL) == 0);
	while (handled >= 0 && handled < 100)
		EXPECT(gs_word() == 4711, "%lu", gs_word());
	REQUIRE(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL) == 0);
	EXPECT(handled >= 100, "%d", handled);
	REQUIRE(prctl_of(ARCH_SET_GS, 0) == 0);
}

/* As programs do that know nothing of bases: the kernel must not care. */
static void selectors(void)
{
	for (unsigned int i = 0; i < TURNS; i++) {
		uint16_t sel = i & 1 ? 0x2b : 0;

		__asm__ volatile("mov %0, %%gs" ::"r"(sel) : "memory");
		disturb(i % 4);
		__asm__ volatile("mov %0, %%es; mov %0, %%ds" ::"r"(sel) : "memory");
		disturb((i + 1) % 4);
	}
	REQUIRE(prctl_of(ARCH_SET_GS, (uintptr_t)words) == 0);
	EXPECT(gs_word() == 4711, "%lu", gs_word());
}

int main(void)
{
	EXPECT(prctl_of(ARCH_SET_GS, 1ull << 63) == -1 && errno == EPERM, "errno %d", errno);
	EXPECT(prctl_of(ARCH_SET_FS, 1ull << 47) == -1 && errno == EPERM, "errno %d", errno);
	threads_of_processes();
	in_handlers();
	selectors();
	return test_end();
}
