// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtc.c - the real-time clock: time in all its forms, setting it, its memory.
 *
 * The clock runs on while this looks at it, so times are compared as a person would:
 * from a date that is set just now on, a minute may pass.
 * Flags: afterburn
 */
#include "lib.h"

enum { SEC = 0, MIN = 2, HOUR = 4, WDAY = 6, DAY = 7, MONTH = 8, YEAR = 9, A = 10, B = 11, C = 12, D = 13,
       CENTURY = 0x32 };

#define SET    0x80
#define BINARY 0x04
#define H24    0x02
#define PM     0x80

static uint8_t get(uint8_t reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static void put(uint8_t reg, uint8_t value)
{
	outb(0x70, reg);
	outb(0x71, value);
}

static void set_date(uint8_t century, uint8_t year, uint8_t month, uint8_t day, uint8_t hour, uint8_t min,
		     uint8_t sec)
{
	uint8_t b = get(B);

	put(B, b | SET);
	put(CENTURY, century);
	put(YEAR, year);
	put(MONTH, month);
	put(DAY, day);
	put(HOUR, hour);
	put(MIN, min);
	put(SEC, sec);
	put(B, b);
}

#define EXPECT_DATE(c, y, mo, d, w)                                                        \
	EXPECT(get(CENTURY) == (c) && get(YEAR) == (y) && get(MONTH) == (mo) && get(DAY) == (d) && \
		       get(WDAY) == (w),                                                   \
	       "%x%x-%x-%x, day %x of the week", get(CENTURY), get(YEAR), get(MONTH), get(DAY), get(WDAY))

/* Until the second has changed: it runs. A minute's worth of turns is for a busy host. */
static void wait_second(void)
{
	uint8_t s = get(SEC);
	unsigned int i;

	for (i = 0; i < 20000000 && get(SEC) == s; i++)
		;
	EXPECT(get(SEC) != s, "it stands at second %x", s);
}

static void test_starts(void)
{
	EXPECT(get(A) == 0x26, "A %x", get(A));
	EXPECT(get(B) == H24, "B %x", get(B));
	EXPECT(get(C) == 0, "C %x", get(C));
	EXPECT(get(D) == 0x80, "D %x", get(D));
	EXPECT(get(CENTURY) >= 0x20 && (get(YEAR) & 15) < 10 && get(MONTH) >= 1 && get(MONTH) <= 0x12,
	       "%x%x-%x", get(CENTURY), get(YEAR), get(MONTH));
	wait_second();
}

static void test_forms(void)
{
	set_date(0x19, 0x99, 0x12, 0x31, 0x13, 0x05, 0x00);
	EXPECT_DATE(0x19, 0x99, 0x12, 0x31, 6);
	EXPECT(get(HOUR) == 0x13, "hour %x", get(HOUR));
	put(B, 0);
	EXPECT(get(HOUR) == (PM | 0x01), "hour %x", get(HOUR));
	put(B, BINARY | H24);
	EXPECT(get(HOUR) == 13 && get(YEAR) == 99 && get(CENTURY) == 19, "%x %x %x", get(HOUR), get(YEAR),
	       get(CENTURY));
	put(B, BINARY);
	set_date(20, 0, 2, 29, PM | 12, 0, 0);
	EXPECT_DATE(20, 0, 2, 29, 3);
	put(B, H24);
	EXPECT(get(HOUR) == 0x12, "hour %x", get(HOUR));
	put(B, 0);
	set_date(0x20, 0x24, 0x02, 0x29, 0x12, 0, 0); /* 12 in the morning is 0 */
	put(B, H24);
	EXPECT(get(HOUR) == 0, "hour %x", get(HOUR));
	EXPECT_DATE(0x20, 0x24, 0x02, 0x29, 5);
}

static void test_carries(void)
{
	set_date(0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x59);
	wait_second();
	EXPECT_DATE(0x20, 0x00, 0x01, 0x01, 7);
	EXPECT(get(HOUR) == 0, "hour %x", get(HOUR));
}

/* With SET it shows what was written; without, one register can be written alone. */
static void test_set(void)
{
	uint64_t end;

	put(B, H24 | SET);
	put(SEC, 0x58);
	for (end = rdtsc() + 6000000000ull; rdtsc() < end;)
		;
	EXPECT(get(SEC) == 0x58, "second %x", get(SEC));
	put(B, H24);
	EXPECT(get(SEC) == 0x58 || get(SEC) <= 0x01 || get(SEC) == 0x59, "second %x", get(SEC));
	put(MONTH, 0x07);
	put(DAY, 0x14);
	EXPECT(get(MONTH) == 0x07 && get(DAY) == 0x14, "%x-%x", get(MONTH), get(DAY));
	/* a divider in reset counts nothing; out of it it begins with half a second */
	put(A, 0x76);
	set_date(0x20, 0x26, 0x05, 0x04, 0x03, 0x02, 0x01);
	for (end = rdtsc() + 6000000000ull; rdtsc() < end;)
		;
	EXPECT(get(SEC) == 0x01, "second %x", get(SEC));
	put(A, 0x26);
	EXPECT_DATE(0x20, 0x26, 0x05, 0x04, 2);
	EXPECT(get(A) == 0x26, "A %x", get(A));
	wait_second();
}

static void test_memory(void)
{
	unsigned int i;

	for (i = 14; i < 128; i++)
		if (i != CENTURY)
			put((uint8_t)i, (uint8_t)(i * 7));
	for (i = 14; i < 128; i++)
		EXPECT(i == CENTURY || get((uint8_t)i) == (uint8_t)(i * 7), "byte %d: %x", i, get((uint8_t)i));
	put(D, 0x55);
	EXPECT(get(D) == 0x80, "D %x", get(D));
	put(0x80 | 0x20, 0x11); /* the index's top bit masks NMIs */
	EXPECT(get(0x20) == 0x11, "byte 0x20: %x", get(0x20));
}

/* Whatever is in the registers: some date, and the machine lives. */
static void test_garbage(void)
{
	unsigned int i;

	for (i = 0; i < 256; i++) {
		set_date((uint8_t)(i * 31), (uint8_t)(i * 101), (uint8_t)i, (uint8_t)(255 - i), (uint8_t)(i * 3),
			 (uint8_t)(i * 5), (uint8_t)(i * 7));
		EXPECT((get(MONTH) & 15) < 10 && (get(DAY) & 15) < 10 && get(MONTH) && get(DAY) &&
			       get(WDAY) >= 1 && get(WDAY) <= 7 && get(SEC) < 0x60,
		       "%x-%x", get(MONTH), get(DAY));
	}
}

void test_main(void)
{
	test_starts();
	test_forms();
	test_carries();
	test_set();
	test_memory();
	test_garbage();
	finish(failures != 0);
}
