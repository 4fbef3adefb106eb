// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uart.c - a serial port's transmitter: how large its FIFO says it is, and string output,
 * whole, in pieces, backwards, and into a page that is not there.
 */
#include "lib.h"

#define PORT 0x2e8 /* ttyS3, of which the manager shows nothing */
enum { DATA = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, LSR = 5 };

#define DLAB	 0x80
#define LCR_8N1	 0x03
#define FIFO_ON	 0x01
#define FIFO_64	 0x20
#define LSR_THRE 0x20

static uint8_t iir(void) { return inb(PORT + IIR) & 0xe0; }

static void test_fifo(void)
{
	outb(PORT + LCR, LCR_8N1);
	outb(PORT + FCR, 0);
	EXPECT(iir() == 0, "IIR %x", iir());
	outb(PORT + FCR, FIFO_ON | FIFO_64); /* without DLAB the bit is not taken */
	EXPECT(iir() == 0xc0, "IIR %x", iir());
	outb(PORT + LCR, DLAB);
	outb(PORT + FCR, FIFO_ON | FIFO_64);
	EXPECT(iir() == 0xe0, "IIR %x", iir());
	outb(PORT + LCR, LCR_8N1);
	outb(PORT + FCR, FIFO_ON); /* nor taken back */
	EXPECT(iir() == 0xe0, "IIR %x", iir());
	outb(PORT + LCR, DLAB);
	outb(PORT + FCR, FIFO_ON);
	outb(PORT + LCR, LCR_8N1);
	EXPECT(iir() == 0xc0, "IIR %x", iir());
}

static uint64_t left, from;

static void send(const void *data, uint64_t n)
{
	__asm__ volatile("rep outsb" : "+S"(data), "+c"(n) : "d"(PORT) : "memory");
	from = (uint64_t)data;
	left = n;
}

static void wait_empty(void)
{
	while (!(inb(PORT + LSR) & LSR_THRE))
		;
}

static uint8_t *area(unsigned int page) { return (uint8_t *)AREA + page * PAGE; }

static void send_over_edge(void) { send(area(1) - 10, 300); }
static void send_nothing_there(void) { send(area(1), 1); }

static void test_strings(void)
{
	uint8_t *page = new_page();
	unsigned int i;

	*area_pte(0) = (uint64_t)page | PTE_P | PTE_W;
	*area_pte(1) = 0;
	for (i = 0; i < PAGE; i++)
		area(0)[i] = (uint8_t)('a' + i % 26);
	for (i = 0; i < 1200; i += 7) {
		send(area(0) + i, i);
		EXPECT(from == (uint64_t)area(0) + 2 * i && left == 0, "%x, %d left", from, left);
		wait_empty();
	}
	__asm__ volatile("std");
	send(area(0) + 99, 100);
	__asm__ volatile("cld");
	EXPECT(from == (uint64_t)area(0) - 1 && left == 0, "%x, %d left", from, left);
	wait_empty();
	/* what is there before the page that is not has gone out */
	EXPECT(raises(send_over_edge) >= 0, "no fault");
	EXPECT(last_trap.rcx == 290 && last_trap.rsi == (uint64_t)area(1), "%d left, at %x",
	       last_trap.rcx, last_trap.rsi);
	EXPECT(raises(send_nothing_there) >= 0 && last_trap.rcx == 1, "%d left", last_trap.rcx);
	wait_empty();
	outb(PORT + LCR, DLAB); /* the divisor's low byte */
	send(area(0), 3);
	EXPECT(inb(PORT + DATA) == 'c', "divisor %x", inb(PORT + DATA));
	outb(PORT + LCR, LCR_8N1);
}

void test_main(void)
{
	test_fifo();
	test_strings();
	finish(failures != 0);
}
