// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signal.c - rows of signals: install, catch, and a protection fault caught.
 */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lat.h"

static volatile uint64_t caught;

static void on_signal(int sig)
{
	(void)sig;
	caught++;
}

static void handle(int sig, void (*handler)(int))
{
	struct sigaction act = {.sa_handler = handler};

	if (sigaction(sig, &act, NULL) < 0)
		row_unavailable("sigaction");
}

static uint64_t loop_install(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--)
		handle(SIGUSR1, on_signal);
	return now_ns() - start;
}

static double measure_install(const struct row *row)
{
	(void)row;
	return loop_min(loop_install, NULL);
}

static uint64_t loop_catch(uint64_t n, void *arg)
{
	pid_t self = getpid();
	uint64_t start = now_ns();

	(void)arg;
	while (n--)
		if (kill(self, SIGUSR1) < 0)
			row_unavailable("kill");
	return now_ns() - start;
}

static double measure_catch(const struct row *row)
{
	(void)row;
	handle(SIGUSR1, on_signal);
	return loop_min(loop_catch, NULL);
}

/* The page that may not be written, until enough faults have been taken. */
static struct {
	volatile char *page;
	uint64_t left;
	uint64_t end;
} prot;

/* Returning repeats the store, and so the fault. */
static void on_fault(int sig)
{
	(void)sig;
	if (--prot.left)
		return;
	prot.end = now_ns();
	mprotect((void *)prot.page, 4096, PROT_READ | PROT_WRITE);
}

static uint64_t loop_prot(uint64_t n, void *arg)
{
	uint64_t start;

	(void)arg;
	mprotect((void *)prot.page, 4096, PROT_READ);
	prot.left = n;
	start = now_ns();
	*prot.page = 1;
	return prot.end - start;
}

static double measure_prot(const struct row *row)
{
	(void)row;
	prot.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (prot.page == MAP_FAILED)
		row_unavailable("mmap");
	*prot.page = 0;
	handle(SIGSEGV, on_fault);
	return loop_min(loop_prot, NULL);
}

/* The handler gives the right to store, the loop takes it away again. */
static void on_fault_permit(int sig)
{
	(void)sig;
	caught++;
	mprotect((void *)prot.page, 4096, PROT_READ | PROT_WRITE);
}

static uint64_t loop_permit(uint64_t n, void *arg)
{
	uint64_t start = now_ns();

	(void)arg;
	while (n--) {
		mprotect((void *)prot.page, 4096, PROT_READ);
		*prot.page = 1;
	}
	return now_ns() - start;
}

static double measure_permit(const struct row *row)
{
	(void)row;
	prot.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (prot.page == MAP_FAILED)
		row_unavailable("mmap");
	*prot.page = 0;
	handle(SIGSEGV, on_fault_permit);
	return loop_min(loop_permit, NULL);
}

const struct row signal_rows[] = {
	{"sig_install", "ns", measure_install, 0, 0},
	{"sig_catch", "ns", measure_catch, 0, 0},
	{"sig_prot", "ns", measure_prot, 0, 0},
	{"sig_permit", "ns", measure_permit, 0, 0},
	{0},
};
