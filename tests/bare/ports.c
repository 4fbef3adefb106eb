// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ports.c - what the bus does with accesses of other sizes than a device's own, and with those
 * that nobody answers.
 *
 * Reads of absent ports and device memory are all ones. The address register of the PCI
 * configuration takes 32 bits at once only (PCI local bus 3.0, 3.2.2.3.2); the other devices
 * here have 8-bit registers, of which a wider access meets several, as the I/O APIC's, which has
 * 32 bits (82093AA, 3.1).
 */
#include "lib.h"

#define CMOS_INDEX  0x70
#define CMOS_DATA   0x71
#define CMOS_FREE   0x40 /* a byte of its memory */
#define SYSTEM_B    0x61
#define NOBODY	    0x80
#define UART_MSR    0x3fe
#define UART_SCR    0x3ff
#define SLEEP_CTL   0x600
#define PCI_ADDRESS 0xcf8
#define PCI_DATA    0xcfc

#define IOAPIC	       0xfec00000ul
#define IOAPIC_VERSION 1

static void outw(uint16_t port, uint16_t v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "d"(port));
}

static void outl(uint16_t port, uint32_t v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "d"(port));
}

static uint16_t inw(uint16_t port)
{
	uint16_t v;

	__asm__ volatile("inw %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static uint32_t inl(uint16_t port)
{
	uint32_t v;

	__asm__ volatile("inl %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static void nobody(void)
{
	outl(NOBODY, 0);
	EXPECT(inb(NOBODY) == 0xff, "%x", inb(NOBODY));
	EXPECT(inw(NOBODY) == 0xffff, "%x", inw(NOBODY));
	EXPECT(inl(NOBODY) == 0xffffffff, "%x", inl(NOBODY));
	EXPECT(inw(0xffff) == 0xffff, "%x", inw(0xffff)); /* and on at port 0 */
}

static void bytes(void)
{
	outb(UART_SCR, 0x5a);
	EXPECT(inw(UART_MSR) == (0x5a00 | inb(UART_MSR)), "%x", inw(UART_MSR));
	EXPECT(inl(UART_MSR) == (0xffff5a00 | inb(UART_MSR)), "%x", inl(UART_MSR));
	outw(UART_MSR, 0xa500);
	EXPECT(inb(UART_SCR) == 0xa5, "%x", inb(UART_SCR));
	outw(CMOS_INDEX, CMOS_FREE | 0x77 << 8);
	EXPECT(inb(CMOS_INDEX) == CMOS_FREE && inb(CMOS_DATA) == 0x77, "%x", inw(CMOS_INDEX));
	EXPECT(inl(CMOS_INDEX - 1) == (0xff0000ff | CMOS_FREE << 8 | 0x77 << 16), "%x",
	       inl(CMOS_INDEX - 1));
	EXPECT(inb(SYSTEM_B) == 0, "%x", inb(SYSTEM_B));
	EXPECT(inl(SLEEP_CTL) == 0xffff0000, "%x", inl(SLEEP_CTL));
}

static void pci(void)
{
	outl(PCI_ADDRESS, 0x80001234);
	EXPECT(inl(PCI_ADDRESS) == 0x80001234, "%x", inl(PCI_ADDRESS));
	outb(PCI_ADDRESS, 1);
	outw(PCI_ADDRESS, 2); /* the second byte goes to the reset register, which wants a bit */
	outw(PCI_ADDRESS + 2, 3);
	EXPECT(inl(PCI_ADDRESS) == 0x80001234, "%x", inl(PCI_ADDRESS));
	EXPECT(inw(PCI_ADDRESS) == 0xffff, "%x", inw(PCI_ADDRESS));
	outl(PCI_DATA, 0);
	EXPECT(inl(PCI_DATA) == 0xffffffff, "%x", inl(PCI_DATA));
	EXPECT(inw(PCI_DATA + 2) == 0xffff, "%x", inw(PCI_DATA + 2));
	EXPECT(inb(PCI_DATA + 3) == 0xff, "%x", inb(PCI_DATA + 3));
}

/* One byte after the other of a string goes where a byte goes. */
static void strings(void)
{
	static const uint8_t out[4] = { 1, 2, 3, 0x33 };
	const void *from = out;
	uint64_t n = sizeof(out);

	outb(CMOS_INDEX, CMOS_FREE);
	__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(CMOS_DATA) : "memory");
	EXPECT(inb(CMOS_DATA) == 0x33 && n == 0, "%x", inb(CMOS_DATA));
	from = out;
	n = sizeof(out);
	__asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(UART_SCR) : "memory");
	EXPECT(inb(UART_SCR) == 0x33 && n == 0, "%x", inb(UART_SCR));
}

static void memory(void)
{
	volatile uint8_t *io = (volatile uint8_t *)AREA;
	uint32_t v;

	*area_pte(0) = IOAPIC | PTE_P | PTE_W;
	*area_pte(1) = (IOAPIC + PAGE) | PTE_P | PTE_W;
	invlpg((const void *)AREA);
	invlpg((const void *)(AREA + PAGE));
	*(volatile uint32_t *)io = IOAPIC_VERSION;
	v = *(volatile uint32_t *)(io + 0x10);
	EXPECT(v >> 16 == 23, "I/O APIC version %x", v);
	EXPECT(*(volatile uint16_t *)(io + 0x10) == 0xffff, "16 bits");
	EXPECT(*(volatile uint64_t *)(io + 0x10) == ~0ul, "64 bits");
	*(volatile uint16_t *)io = 0;
	EXPECT(*(volatile uint32_t *)io == IOAPIC_VERSION, "selects %x", *(volatile uint32_t *)io);
	EXPECT(*(volatile uint32_t *)(io + PAGE) == 0xffffffff, "behind the I/O APIC");
}

void test_main(void)
{
	nobody();
	bytes();
	pci();
	strings();
	memory();
	finish(failures != 0);
}
