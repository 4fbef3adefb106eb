// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mprotect.c - every change of protection takes effect at once, for pages that
 * were just used: read-write, read-only, none, and back, with a fault each.
 */
#include <setjmp.h>

#include "test.h"

static sigjmp_buf back;
static void *fault_address;
static int fault_code;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fault_address = info->si_addr;
	fault_code = info->si_code;
	siglongjmp(back, 1);
}

static bool can_read(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return false;
	(void)*p;
	return true;
}

static bool can_write(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return false;
	*p = *p;
	*p = 5;
	return true;
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	char *p = map_pages(32, PROT_READ | PROT_WRITE);

	sigaction(SIGSEGV, &sa, NULL);
	for (int round = 0; round < 200 && !test_failures; round++) {
		char *at = p + (size_t)(round % 32) * PAGE + 17;
		char *page = p + (size_t)(round % 32) * PAGE;

		EXPECT(can_write(at), "RW: cannot write");
		REQUIRE(mprotect(page, PAGE, PROT_READ) == 0);
		EXPECT(can_read(at), "RO: cannot read");
		fault_address = NULL;
		EXPECT(!can_write(at), "RO: can write");
		EXPECT(fault_address == at && fault_code == SEGV_ACCERR, "%p, code %d, not %p",
		       fault_address, fault_code, at);
		REQUIRE(mprotect(page, PAGE, PROT_NONE) == 0);
		EXPECT(!can_read(at), "NONE: can read");
		EXPECT(fault_address == at && fault_code == SEGV_ACCERR, "%p, code %d",
		       fault_address, fault_code);
		REQUIRE(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0);
		EXPECT(can_read(at) && *at == 5 && can_write(at), "RW again: cannot");
	}
	/* the neighbours of a read-only page stay writable */
	for (int i = 1; i < 32; i += 2)
		REQUIRE(mprotect(p + (size_t)i * PAGE, PAGE, PROT_READ) == 0);
	for (int i = 0; i < 32; i++)
		EXPECT(can_write(p + (size_t)i * PAGE) == !(i & 1), "page %d", i);
	return test_end();
}
