// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uart.c - 16750 serial ports: 16550A (National PC16550D data sheet) with a FIFO of 64
 * bytes for who asks for it (Texas Instruments TL16C750 data sheet).
 *
 * Runs: monitor, on any vCPU. The registers are in struct vm, under dev_lock;
 * the transmitter is never busy: bytes go to a ring of RING_SIZE, and only when
 * that is full does THRE stay clear until the manager has drained it.
 */
#include "context/context.h"
#include "ioapic.h"
#include "lock.h"
#include "report/report.h"
#include "uart.h"

#define LCR_DLAB     0x80
#define MCR_LOOP     0x10
#define MCR_OUT2     0x08
#define IER_RDI	     0x01
#define IER_THRI     0x02
#define IER_RLSI     0x04
#define LSR_DR	     0x01
#define LSR_BI	     0x10
#define LSR_THRE     0x20
#define LSR_TEMT     0x40
#define IIR_NONE     0x01
#define IIR_THRI     0x02
#define IIR_RDI	     0x04
#define IIR_RLSI     0x06
#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define FCR_64	     0x20 /* as in IIR; changes with DLAB set only */

static const uint8_t uart_irqs[UART_COUNT] = {
#define X(name, uid, port, irq) [UART_##name] = irq,
	UART_LIST(X)
#undef X
};

static uint32_t rx_count(const struct uart *u)
{
	return __atomic_load_n(&u->rx.head, __ATOMIC_ACQUIRE) - u->rx.tail;
}

/* Is the byte that is read next a break? It is told once (data sheet, line status register). */
static int at_break(const struct uart *u)
{
	uint32_t at = u->rx.tail % RING_SIZE;

	return rx_count(u) &&
	       (__atomic_load_n(&u->rx_break[at / 8], __ATOMIC_RELAXED) >> at % 8 & 1);
}

static void clear_break(struct uart *u, uint32_t index)
{
	uint32_t at = index % RING_SIZE;

	__atomic_fetch_and(&u->rx_break[at / 8], (uint8_t)~(1u << at % 8), __ATOMIC_RELAXED);
}

static void clear_receiver(struct uart *u)
{
	uint32_t head = __atomic_load_n(&u->rx.head, __ATOMIC_ACQUIRE), i;

	for (i = u->rx.tail; i != head && i - u->rx.tail < RING_SIZE; i++)
		clear_break(u, i);
	__atomic_store_n(&u->rx.tail, head, __ATOMIC_RELEASE);
}

static int tx_full(const struct uart *u)
{
	return u->tx.head - __atomic_load_n(&u->tx.tail, __ATOMIC_ACQUIRE) >= RING_SIZE;
}

/* THRE says that the whole FIFO is empty: the driver then writes that many bytes unasked. */
static int tx_ready(const struct uart *u)
{
	uint32_t fifo = u->fcr & FCR_64 ? 64 : 16;

	return u->tx.head - __atomic_load_n(&u->tx.tail, __ATOMIC_ACQUIRE) <= RING_SIZE - fifo;
}

static uint8_t pending_iir(const struct uart *u)
{
	if ((u->ier & IER_RLSI) && at_break(u) && !(u->mcr & MCR_LOOP))
		return IIR_RLSI;
	if ((u->ier & IER_RDI) && rx_count(u) && !(u->mcr & MCR_LOOP))
		return IIR_RDI;
	if ((u->ier & IER_THRI) && u->thri_pending && tx_ready(u))
		return IIR_THRI;
	return IIR_NONE;
}

static int line_level(const struct uart *u)
{
	return pending_iir(u) != IIR_NONE && (u->mcr & MCR_OUT2);
}

void uart_update(unsigned int unit)
{
	dev_lock();
	ioapic_line_unlock(uart_irqs[unit], line_level(&vm_page->uart[unit]));
}

static void transmit(struct uart *u, uint8_t byte)
{
	if (u->mcr & MCR_LOOP)
		return;
	u->thri_pending = 1;
	if (tx_full(u))
		return;
	u->tx.data[u->tx.head % RING_SIZE] = byte;
	__atomic_store_n(&u->tx.head, u->tx.head + 1, __ATOMIC_RELEASE);
}

static uint8_t msr_value(const struct uart *u)
{
	if (u->mcr & MCR_LOOP) /* DTR to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD */
		return (uint8_t)((u->mcr & 1) << 5 | (u->mcr & 2) << 3 | (u->mcr & 4) << 4 |
				 (u->mcr & 8) << 4);
	return u->connected ? 0xb0 : 0;
}

uint64_t uart_read(const struct bus_access *at)
{
	struct uart *u = &vm_page->uart[at->unit];
	uint8_t value = 0;
	int update = 0, freed = 0;

	dev_lock();
	switch (at->offset) {
	case 0:
		if (u->lcr & LCR_DLAB) {
			value = u->dll;
		} else if (rx_count(u)) {
			value = u->rx.data[u->rx.tail % RING_SIZE];
			clear_break(u, u->rx.tail);
			__atomic_store_n(&u->rx.tail, u->rx.tail + 1, __ATOMIC_RELEASE);
			freed = rx_count(u) == 0;
			update = 1;
		}
		break;
	case 1:
		value = u->lcr & LCR_DLAB ? u->dlm : u->ier;
		break;
	case 2:
		value = pending_iir(u);
		if (value == IIR_THRI) {
			u->thri_pending = 0;
			update = 1;
		}
		if (u->fcr & FCR_ENABLE)
			value |= 0xc0 | (u->fcr & FCR_64);
		break;
	case 3:
		value = u->lcr;
		break;
	case 4:
		value = u->mcr;
		break;
	case 5:
		value = (rx_count(u) && !(u->mcr & MCR_LOOP) ? LSR_DR : 0) |
			(tx_ready(u) ? LSR_THRE | LSR_TEMT : 0);
		if (at_break(u) && !(u->mcr & MCR_LOOP)) {
			value |= LSR_BI;
			clear_break(u, u->rx.tail);
			update = 1;
		}
		break;
	case 6:
		value = msr_value(u);
		break;
	case 7:
		value = u->scr;
		break;
	}
	dev_unlock();
	if (update)
		uart_update(at->unit);
	if (freed)
		manager_wake();
	return value;
}

void uart_send(unsigned int unit, const uint8_t *data, unsigned int len)
{
	struct uart *u = &vm_page->uart[unit];
	unsigned int i;

	dev_lock();
	if (u->lcr & LCR_DLAB)
		u->dll = data[len - 1];
	else
		for (i = 0; i < len; i++)
			transmit(u, data[i]);
	dev_unlock();
	uart_update(unit);
	manager_wake();
}

void uart_write(const struct bus_access *at, uint64_t v)
{
	struct uart *u = &vm_page->uart[at->unit];
	uint8_t value = (uint8_t)v;
	int wake = 0;

	dev_lock();
	switch (at->offset) {
	case 0:
		if (u->lcr & LCR_DLAB) {
			u->dll = value;
		} else {
			transmit(u, value);
			wake = 1;
		}
		break;
	case 1:
		if (u->lcr & LCR_DLAB) {
			u->dlm = value;
		} else {
			if ((value & IER_THRI) && !(u->ier & IER_THRI))
				u->thri_pending = 1;
			u->ier = value & 0x0f;
		}
		break;
	case 2:
		u->fcr = (value & 0xc9) | ((u->lcr & LCR_DLAB ? value : u->fcr) & FCR_64);
		if (value & FCR_CLEAR_RX)
			clear_receiver(u);
		break;
	case 3:
		u->lcr = value;
		break;
	case 4:
		u->mcr = value & 0x1f;
		break;
	case 7:
		u->scr = value;
		break;
	}
	dev_unlock();
	uart_update(at->unit);
	if (wake)
		manager_wake();
}
