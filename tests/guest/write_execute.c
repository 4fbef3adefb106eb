// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * write_execute.c - code written to a page, then mprotect to read and execute,
 * executed, made writable again and rewritten, many times; also code that
 * makes system calls often enough to be rewritten by somebody else.
 */
#include "test.h"

typedef long (*code_t)(void);

/* mov $nr, %eax; syscall; ret or mov $value, %eax; ret */
static void emit(uint8_t *p, int nr, bool call)
{
	p[0] = 0xb8;
	memcpy(p + 1, &nr, 4);
	if (call)
		memcpy(p + 5, "\x0f\x05\xc3", 3);
	else
		p[5] = 0xc3;
}

int main(void)
{
	uint8_t *p = map_pages(1, PROT_READ | PROT_WRITE);
	code_t code = (code_t)(uintptr_t)(p + 32);

	for (int i = 0; i < 300; i++) {
		REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
		emit(p + 32, i, false);
		REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
		EXPECT(code() == i, "round %d: %ld", i, code());
	}
	for (int i = 0; i < 100 && !test_failures; i++) {
		int nr = i & 1 ? SYS_getpid : SYS_getppid;
		long want = i & 1 ? getpid() : getppid();

		REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_WRITE) == 0);
		emit(p + 32, nr, true);
		REQUIRE(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
		for (int k = 0; k < 50; k++)
			EXPECT(code() == want, "round %d: %ld, not %ld", i, code(), want);
		/* and when it is only read and written, not executed, in between */
		REQUIRE(mprotect(p, PAGE, PROT_READ) == 0);
		EXPECT(p[32] == 0xb8 && p[37] == 0x0f && p[38] == 0x05,
		       "round %d: reads %02x %02x %02x", i, p[32], p[37], p[38]);
	}
	return test_end();
}
