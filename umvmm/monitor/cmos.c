// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmos.c - the real-time clock (MC146818), time of day only.
 *
 * Runs: monitor. The time is the host's at start plus the TSC; writes to the
 * clock are not kept, as on a machine whose clock another system owns.
 */
#include "cmos.h"
#include "context.h"
#include "cpu.h"

struct date {
	unsigned int year, month, day, hour, min, sec, wday;
};

/* Days since 1970 to a civil date (proleptic Gregorian). */
static void to_date(uint64_t t, struct date *d)
{
	uint64_t days = t / 86400, era, doe, yoe, doy, mp;

	d->sec = t % 60;
	d->min = t / 60 % 60;
	d->hour = t / 3600 % 24;
	d->wday = (days + 4) % 7 + 1;
	days += 719468;
	era = days / 146097;
	doe = days % 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	d->day = doy - (153 * mp + 2) / 5 + 1;
	d->month = mp < 10 ? mp + 3 : mp - 9;
	d->year = yoe + era * 400 + (d->month <= 2);
}

static uint8_t bcd(unsigned int v)
{
	return (uint8_t)(v / 10 % 10 << 4 | v % 10);
}

uint8_t cmos_read(unsigned int reg)
{
	const struct vm *vm = vm_page;
	struct date d;

	to_date(vm->boot_wallclock +
			(rdtsc() - vm->boot_tsc) / 1000 / (vm->tsc_khz ? vm->tsc_khz : 1),
		&d);
	switch (reg) {
	case 0x00:
		return bcd(d.sec);
	case 0x02:
		return bcd(d.min);
	case 0x04:
		return bcd(d.hour);
	case 0x06:
		return bcd(d.wday);
	case 0x07:
		return bcd(d.day);
	case 0x08:
		return bcd(d.month);
	case 0x09:
		return bcd(d.year % 100);
	case 0x32:
		return bcd(d.year / 100);
	case 0x0a:
		return 0x26; /* 32768 Hz, no update in progress */
	case 0x0b:
		return 0x02; /* 24 hours, BCD */
	case 0x0d:
		return 0x80; /* valid */
	}
	return 0;
}
