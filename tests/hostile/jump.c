// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jump.c - jumps to a byte of the monitor with random registers.
 *
 * Runs: in the guest, virtual CPL 0. Command line: at= the address, seed= of the
 * registers.
 */
#include "lib.h"
#include "registers.h"

void test_main(void)
{
	static uint64_t regs[REGISTERS];
	uint64_t x = random_start(number("seed"));

	random_registers(&x, regs, (uint8_t *)new_page() + 2048, number("at"));
	registers_jump(regs);
}
