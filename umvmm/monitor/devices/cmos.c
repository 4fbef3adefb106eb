// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmos.c - the real-time clock and its memory (MC146818A data sheet).
 *
 * Runs: monitor, on any vCPU, under dev_lock. The time is the host's, asked for at each
 * look, so that it stays right whatever became of the VM meanwhile; a guest that sets the
 * clock sets its distance from the host's. No alarm and no interrupt: PNP0B00 has none.
 *
 * Must hold: any values in the registers (the guest may write them anywhere) give some time.
 */
#include "cmos.h"
#include "context/context.h"
#include "context/host.h"
#include "lock.h"
#include "report/report.h"

#define NSEC_PER_SEC 1000000000
#define HALF_SECOND  500000000

enum { SECONDS = 0, MINUTES = 2, HOURS = 4, WEEKDAY = 6, DAY = 7, MONTH = 8, YEAR = 9, CENTURY = 0x32 };

#define A_UIP	 0x80
#define A_STOPPED 0x60 /* both of these divider bits: the chain is held in reset */
#define B_SET	 0x80
#define B_UIE	 0x10
#define B_BINARY 0x04
#define B_24H	 0x02
#define HOUR_PM	 0x80

/* Days since 1970-01-01 of a civil date (proleptic Gregorian); month 1 to 12, or what it may be. */
static int64_t to_days(int64_t year, unsigned int month, unsigned int day)
{
	int64_t y = year - (month <= 2);
	int64_t from_march = (int64_t)month + (month > 2 ? -3 : 9);

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * from_march + 2) / 5 + day - 1 - 719468;
}

struct date {
	unsigned int year, month, day;
};

/* And back; the years 0 to 9999 are all that the registers hold. */
static void to_date(int64_t since_1970, struct date *d)
{
	uint64_t days = (uint64_t)(since_1970 + 719468), era = days / 146097, doe = days % 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint64_t mp = (5 * doy + 2) / 153;

	d->day = (unsigned int)(doy - (153 * mp + 2) / 5 + 1);
	d->month = (unsigned int)(mp < 10 ? mp + 3 : mp - 9);
	d->year = (unsigned int)(yoe + era * 400 + (d->month <= 2));
}

static uint8_t encode(const struct rtc *rtc, unsigned int v)
{
	v %= 100;
	return (uint8_t)(rtc->reg[RTC_REG_B] & B_BINARY ? v : v / 10 << 4 | v % 10);
}

static unsigned int decode(const struct rtc *rtc, uint8_t v)
{
	return rtc->reg[RTC_REG_B] & B_BINARY ? v : (v >> 4) * 10u + (v & 15);
}

static uint8_t encode_hour(const struct rtc *rtc, unsigned int hour)
{
	if (rtc->reg[RTC_REG_B] & B_24H)
		return encode(rtc, hour);
	return encode(rtc, hour % 12 ? hour % 12 : 12) | (hour >= 12 ? HOUR_PM : 0);
}

static unsigned int decode_hour(const struct rtc *rtc, uint8_t v)
{
	if (rtc->reg[RTC_REG_B] & B_24H)
		return decode(rtc, v);
	return decode(rtc, v & (uint8_t)~HOUR_PM) % 12 + (v & HOUR_PM ? 12 : 0);
}

static struct __kernel_timespec host_time(void)
{
	struct __kernel_timespec ts = { 0 };

	if (host_clock_realtime(&ts) < 0)
		host_refused("the time of day, for the real-time clock");
	return ts;
}

/* What the clock shows. */
static struct __kernel_timespec now(const struct rtc *rtc)
{
	struct __kernel_timespec ts = host_time();

	ts.tv_sec = (int64_t)((uint64_t)ts.tv_sec + (uint64_t)rtc->offset_sec);
	ts.tv_nsec += rtc->offset_nsec;
	if (ts.tv_nsec >= NSEC_PER_SEC) {
		ts.tv_nsec -= NSEC_PER_SEC;
		ts.tv_sec++;
	}
	return ts;
}

static int runs(const struct rtc *rtc)
{
	return !(rtc->reg[RTC_REG_B] & B_SET) && (rtc->reg[RTC_REG_A] & A_STOPPED) != A_STOPPED;
}

/* The registers show what the time is. */
static void show(struct rtc *rtc)
{
	const int64_t first = -719468ll * 86400, last = 2932896ll * 86400; /* 0000-03-01, 9999-12-31 */
	int64_t t = now(rtc).tv_sec;
	unsigned int of_day;
	struct date d;

	if (t < first || t >= last)
		t = 0;
	t -= first;
	of_day = (unsigned int)(t % 86400);
	t = (t + first - of_day) / 86400;
	to_date(t, &d);
	rtc->reg[SECONDS] = encode(rtc, of_day % 60);
	rtc->reg[MINUTES] = encode(rtc, of_day / 60 % 60);
	rtc->reg[HOURS] = encode_hour(rtc, of_day / 3600);
	rtc->reg[WEEKDAY] = encode(rtc, (unsigned int)((uint64_t)(t + 719468 + 3) % 7 + 1));
	rtc->reg[DAY] = encode(rtc, d.day);
	rtc->reg[MONTH] = encode(rtc, d.month);
	rtc->reg[YEAR] = encode(rtc, d.year);
	rtc->reg[CENTURY] = encode(rtc, d.year / 100);
}

/* The time is what the registers show, and so many nanoseconds. */
static void take(struct rtc *rtc, int64_t nsec)
{
	struct __kernel_timespec host = host_time();
	int64_t year = decode(rtc, rtc->reg[CENTURY]) * 100ll + decode(rtc, rtc->reg[YEAR]);
	int64_t days = to_days(year, decode(rtc, rtc->reg[MONTH]), decode(rtc, rtc->reg[DAY]));

	rtc->offset_sec = days * 86400 + decode_hour(rtc, rtc->reg[HOURS]) * 3600ll +
			  decode(rtc, rtc->reg[MINUTES]) * 60ll + decode(rtc, rtc->reg[SECONDS]) -
			  host.tv_sec;
	nsec -= host.tv_nsec;
	if (nsec < 0) {
		nsec += NSEC_PER_SEC;
		rtc->offset_sec--;
	}
	rtc->offset_nsec = (uint32_t)nsec;
}

/* Out of reset the divider counts on from half a second. */
static void write_a(struct rtc *rtc, uint8_t value)
{
	if (runs(rtc))
		show(rtc);
	if ((rtc->reg[RTC_REG_A] & A_STOPPED) == A_STOPPED && (value & A_STOPPED) != A_STOPPED &&
	    !(rtc->reg[RTC_REG_B] & B_SET))
		take(rtc, HALF_SECOND);
	rtc->reg[RTC_REG_A] = value & (uint8_t)~A_UIP;
}

/* SET holds what the registers show; the divider counts on meanwhile. */
static void write_b(struct rtc *rtc, uint8_t value)
{
	uint8_t before = rtc->reg[RTC_REG_B];

	if (runs(rtc))
		show(rtc);
	if (value & B_SET)
		value &= (uint8_t)~B_UIE;
	rtc->reg[RTC_REG_B] = value;
	if ((before & B_SET) && runs(rtc))
		take(rtc, now(rtc).tv_nsec);
}

static int is_time(unsigned int reg)
{
	return reg == SECONDS || reg == MINUTES || reg == HOURS || (reg >= WEEKDAY && reg <= YEAR) ||
	       reg == CENTURY;
}

static uint8_t read_register(struct rtc *rtc)
{
	unsigned int reg;
	uint8_t value;

	dev_lock();
	reg = rtc->index % RTC_REGS;
	if (is_time(reg) && runs(rtc))
		show(rtc);
	value = reg == RTC_REG_C ? 0 : rtc->reg[reg];
	dev_unlock();
	return value;
}

static void write_register(struct rtc *rtc, uint8_t value)
{
	unsigned int reg;

	dev_lock();
	reg = rtc->index % RTC_REGS;
	if (reg == RTC_REG_A) {
		write_a(rtc, value);
	} else if (reg == RTC_REG_B) {
		write_b(rtc, value);
	} else if (is_time(reg) && runs(rtc)) {
		int64_t nsec = now(rtc).tv_nsec;

		show(rtc);
		rtc->reg[reg] = value;
		take(rtc, nsec);
	} else if (reg != RTC_REG_C && reg != RTC_REG_D) {
		rtc->reg[reg] = value;
	}
	dev_unlock();
}

#define INDEX 0 /* of the two ports */

uint64_t cmos_read(const struct bus_access *at)
{
	struct rtc *rtc = &vm_page->rtc;

	return at->offset == INDEX ? rtc->index : read_register(rtc);
}

void cmos_write(const struct bus_access *at, uint64_t value)
{
	struct rtc *rtc = &vm_page->rtc;

	if (at->offset == INDEX)
		rtc->index = value % RTC_REGS; /* the top bit masks NMIs */
	else
		write_register(rtc, (uint8_t)value);
}
