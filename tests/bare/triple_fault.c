// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * triple_fault.c - an exception without an IDT ends the VM with EXIT_GUEST.
 *
 * Flags: status=124
 */
#include "lib.h"

void test_main(void)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = { 0, 0 };

	print("before the triple fault\n");
	__asm__ volatile("lidt %0; int3" ::"m"(none) : "memory");
	print("after the triple fault\n");
	finish(0);
}
