// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scribble.c - writes garbage over the memory that it shares with the manager.
 *
 * Runs: in the guest, virtual CPL 0. Command line: what= the part, seed=.
 * Never ends by itself, unless the garbage says so.
 */
#include <vm.h>

#include "lib.h"
#include "registers.h"

#define VM ((volatile uint8_t *)UMVMM_VM_ADDR)

static uint64_t x;

static uint64_t next(void)
{
	return random_next(&x);
}

static uint64_t garbage(void)
{
	static const uint64_t like[] = { 0, 1, 2, 3, 4, 0x1000, 0xffffffff, ~0ull, 1ull << 63, 4097 };
	uint64_t r = next();

	return r & 1 ? next() : like[(r >> 1) % (sizeof(like) / sizeof(like[0]))];
}

/* Bytes [from, to) of the VM file, but not those of [keep, keep_end). */
static void scribble(uint64_t from, uint64_t to, uint64_t keep, uint64_t keep_end)
{
	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t at = (from + next() % (to - from)) & ~7ull;

		if (at < keep || at >= keep_end)
			*(volatile uint64_t *)(VM + at) = garbage();
	}
}

static void rings(void)
{
	for (unsigned int i = 0; i < UART_COUNT; i++) {
		volatile struct uart *u = &((struct vm *)UMVMM_VM_ADDR)->uart[i];

		u->tx.head += (uint32_t)garbage();
		u->rx.tail = (uint32_t)garbage();
		u->mcr = (uint8_t)garbage();
	}
	((volatile struct vm *)UMVMM_VM_ADDR)->log.head += 77;
	((volatile struct vm *)UMVMM_VM_ADDR)->event++;
}

/* The end, and output that never ends. */
static void end(void)
{
	((volatile struct vm *)UMVMM_VM_ADDR)->exit_reason = VM_TRIPLE_FAULT;
	for (;;)
		rings();
}

/* Each slot of the table of contexts is asked for, again and again. */
static void zygote(void)
{
	volatile uint8_t *area = VM + VM_HEADER_SIZE + 0x1000;

	/* behind struct handoff: running, zygote_turn, zygote_slot */
	for (uint64_t at = 0; at < 0x200; at += 4)
		*(volatile uint32_t *)(area + at) = (uint32_t)next() & 63;
}

/* This vCPU's table of contexts: the order of their turns, PCIDs, process ids, descriptors. */
static void table(void)
{
	volatile uint8_t *at = (volatile uint8_t *)UMVMM_CONTEXTS;

	for (unsigned int i = 0; i < 1000; i++)
		*(volatile uint64_t *)(at + (next() % CONTEXTS_SIZE & ~7ull)) = garbage();
	/* another PCID, and another, as long as that leads anywhere */
	write_cr4(read_cr4() | 1ull << 17);
	write_cr3((read_cr3() & ~0xfffull) | next() % 4096);
}

void test_main(void)
{
	const uint64_t exit = offsetof(struct vm, exit_reason), next_vcpu = vcpu_offset(1);

	x = random_start(number("seed"));
	print("loops\n");
	for (;;) {
		if (word_is("what", "all"))
			scribble(0, VM_SHARED_SIZE, 0, 0);
		else if (word_is("what", "header"))
			scribble(0, VM_HEADER_SIZE, exit & ~7ull, exit + 8);
		else if (word_is("what", "vcpu")) /* another one: its timer, its kicks */
			scribble(next_vcpu, next_vcpu + sizeof(struct vcpu), 0, 0);
		else if (word_is("what", "own"))
			scribble(vcpu_offset(0), next_vcpu, 0, 0);
		else if (word_is("what", "rings"))
			rings();
		else if (word_is("what", "end"))
			end();
		else if (word_is("what", "zygote"))
			zygote();
		else if (word_is("what", "table"))
			table();
		else
			finish(99);
	}
}
