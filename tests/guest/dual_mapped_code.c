// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dual_mapped_code.c - a JIT with a writable and an executable view of one
 * memfd: code that was hot is changed through the writable view and must
 * change at once in the executable one, and must not change by itself in
 * either; neighbours in the page stay right.
 */
#include "test.h"

typedef long (*code_t)(void);

static void emit(uint8_t *p, int nr, bool call)
{
	uint8_t code[16] = { 0xb8 };

	memcpy(code + 1, &nr, 4);
	if (call)
		memcpy(code + 5, "\x0f\x05\xc3", 3);
	else
		code[5] = 0xc3;
	memcpy(p, code, 8);
}

static long call(uint8_t *p)
{
	return ((code_t)(uintptr_t)p)();
}

int main(void)
{
	int fd = memfd_create("jit", 0);
	uint8_t *w, *x;

	REQUIRE(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	w = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	x = mmap(NULL, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	REQUIRE(w != MAP_FAILED && x != MAP_FAILED);
	for (int i = 0; i < 60 && !test_failures; i++) {
		uint8_t before[16];

		/* a function that makes a system call becomes hot */
		emit(w + 64, SYS_getpid, true);
		emit(w + 128, SYS_getppid, true);
		for (int k = 0; k < 100 && !test_failures; k++) {
			EXPECT(call(x + 64) == getpid(), "round %d, call %d", i, k);
			EXPECT(call(x + 128) == getppid(), "round %d, call %d", i, k);
		}
		memcpy(before, w + 64, 8);
		EXPECT(before[0] == 0xb8 && before[5] == 0x0f && before[6] == 0x05,
		       "round %d: the writable view shows changed code", i);
		EXPECT(!memcmp(x + 64, before, 8), "round %d: the two views differ", i);
		/* the same place becomes another call, then plain code */
		emit(w + 64, SYS_getppid, true);
		EXPECT(!memcmp(x + 64, w + 64, 8), "round %d: the views differ after a write", i);
		EXPECT(call(x + 64) == getppid(), "round %d: the old call is still there", i);
		emit(w + 64, 1000 + i, false);
		EXPECT(call(x + 64) == 1000 + i, "round %d: the old code is still there: %ld", i,
		       call(x + 64));
		/* new code beside it in the hot page */
		emit(w + 256 + 16 * i, 2000 + i, false);
		EXPECT(call(x + 256 + 16 * i) == 2000 + i, "round %d: new code is not seen", i);
	}
	return test_end();
}
