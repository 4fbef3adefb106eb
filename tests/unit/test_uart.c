// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_uart.c - the monitor's serial port: bytes and breaks that it receives.
 *
 * Runs: on the host, Check; the monitor's uart.c is part of this program, which has
 * the VM's page where the monitor has it.
 */
#include <string.h>

#include "../../umvmm/monitor/devices/uart.c"
#include "unit.h"

#define IER_ALL	 (IER_RDI | IER_RLSI)
#define NO_BREAK (LSR_THRE | LSR_TEMT)

static int level;
static void (*other_cpu)(void); /* has waited for the lock, or runs where nobody holds it */

void ioapic_line_unlock(unsigned int pin, int value)
{
	void (*other)(void) = other_cpu;

	ck_assert_uint_eq(pin, uart_irqs[0]);
	other_cpu = NULL;
	if (other && !vm_page->dev_lock) {
		other();
		other = NULL;
	}
	level = value;
	dev_unlock();
	if (other)
		other();
}

void manager_wake(void)
{
}

static struct uart *port(void)
{
	return &vm_page->uart[0];
}

static uint8_t get(unsigned int reg)
{
	return (uint8_t)uart_read(&(struct bus_access){ .size = 1, .offset = reg });
}

static void put(unsigned int reg, uint8_t value)
{
	uart_write(&(struct bus_access){ .size = 1, .offset = reg }, value);
}

/* As the manager does it. */
static void receive(uint8_t byte, int is_break)
{
	uint32_t at = port()->rx.head % RING_SIZE;

	port()->rx.data[at] = byte;
	if (is_break)
		port()->rx_break[at / 8] |= (uint8_t)(1u << at % 8);
	port()->rx.head++;
	uart_update(0);
}

static void setup(void)
{
	memset(port(), 0, sizeof(*port()));
	/* near the end of the ring */
	port()->rx.head = port()->rx.tail = RING_SIZE - 2;
	put(2, FCR_ENABLE);
	put(4, MCR_OUT2);
	put(1, IER_ALL);
	ck_assert_int_eq(level, 0);
}

START_TEST(bytes)
{
	receive('a', 0);
	ck_assert_int_eq(level, 1);
	ck_assert_uint_eq(get(2) & 15, IIR_RDI);
	ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR);
	ck_assert_uint_eq(get(0), 'a');
	ck_assert_int_eq(level, 0);
	ck_assert_uint_eq(get(5), NO_BREAK);
}
END_TEST

START_TEST(breaks)
{
	receive('a', 0);
	receive(0, 1);
	receive('t', 0);
	/* not before its turn */
	ck_assert_uint_eq(get(2) & 15, IIR_RDI);
	ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR);
	ck_assert_uint_eq(get(0), 'a');
	/* then it is an interrupt of its own, told once */
	ck_assert_uint_eq(get(2) & 15, IIR_RLSI);
	ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR | LSR_BI);
	ck_assert_uint_eq(get(2) & 15, IIR_RDI);
	ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR);
	ck_assert_uint_eq(get(0), 0);
	ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR);
	ck_assert_uint_eq(get(0), 't');
	ck_assert_int_eq(level, 0);
}
END_TEST

static void read_byte(void)
{
	get(0);
}

/*
 * Another vCPU reads the byte while this one raises the line for it. A line that stayed high
 * would have no edge for the next byte.
 */
START_TEST(two_cpus)
{
	other_cpu = read_byte;
	receive('a', 0);
	ck_assert_ptr_null(other_cpu);
	ck_assert_int_eq(level, 0);
	receive('b', 0);
	ck_assert_int_eq(level, 1);
	read_byte();
}
END_TEST

/* With no other interrupt than that of the line's state. */
START_TEST(interrupt_by_break)
{
	put(1, IER_RLSI);
	receive('a', 0);
	ck_assert_int_eq(level, 0);
	get(0);
	receive(0, 1);
	ck_assert_int_eq(level, 1);
	get(5);
	ck_assert_int_eq(level, 0);
	get(0);
}
END_TEST

/* A byte that comes later to the place of a break is none. */
START_TEST(nothing_is_left)
{
	receive(0, 1);
	get(0);
	receive(0, 1);
	put(2, FCR_ENABLE | FCR_CLEAR_RX);
	ck_assert_uint_eq(get(5), NO_BREAK);
	for (unsigned int i = 0; i < 2 * RING_SIZE; i++) {
		receive('x', 0);
		ck_assert_uint_eq(get(5), NO_BREAK | LSR_DR);
		get(0);
	}
}
END_TEST

START_TEST(loopback)
{
	receive(0, 1);
	put(4, MCR_OUT2 | MCR_LOOP);
	ck_assert_int_eq(level, 0);
	ck_assert_uint_eq(get(5) & (LSR_BI | LSR_DR), 0);
	put(4, MCR_OUT2);
	ck_assert_uint_eq(get(5) & (LSR_BI | LSR_DR), LSR_BI | LSR_DR);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("uart");

	if (host_mmap(UMVMM_VM_ADDR, VM_SHARED_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		return 1;
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, bytes);
	tcase_add_test(tc, breaks);
	tcase_add_test(tc, two_cpus);
	tcase_add_test(tc, interrupt_by_break);
	tcase_add_test(tc, nothing_is_left);
	tcase_add_test(tc, loopback);
	return unit_run(tc);
}
