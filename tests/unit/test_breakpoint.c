// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_breakpoint.c - which breakpoints the tracer sets for a context.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <tracer/ptrace/breakpoint.h>
#include <vm.h>

#include "unit.h"

static const struct {
	uint64_t addr;
	bool allowed;
} places[] = {
	{ 0, true },
	{ 0x400000, true },
	{ UMVMM_WINDOW_START, true },
	{ UMVMM_MONITOR_BASE - 8, true },
	/* the longest would reach into the monitor */
	{ UMVMM_MONITOR_BASE - 7, false },
	{ UMVMM_MONITOR_BASE, false },
	{ UMVMM_GATE_TABLE, false },
	{ UMVMM_VCPU_ADDR, false },
	{ UMVMM_STUBS, false },
	{ UMVMM_SIBLING, false },
	{ UMVMM_WINDOW_END - 1, false },
	{ UMVMM_WINDOW_END, true },
	{ 0x555555554000, true },
	{ PHYSMEM_WINDOW - 8, true },
	{ PHYSMEM_WINDOW - 7, false },
	{ PHYSMEM_WINDOW, false },
	{ UMVMM_RANGE_END - 1, false },
	{ UMVMM_RANGE_END, true },
	{ 0x7fffffffeff8, true },
	{ SIBLINGS_WINDOW, false },
	{ 0x7ffffffff000, false },
	{ 0xffffffff81000000, false },
	{ 0xffffffffffffffff, false },
};

START_TEST(only_in_the_guest)
{
	for (unsigned int n = 0; n < DR_COUNT; n++) {
		/* this one for reads and writes of 8 bytes, the others in the guest */
		const uint64_t mine = 3ull << (2 * n) | 0xbull << (16 + 4 * n);
		const uint64_t others = 0x11110055 & ~(3ull << (2 * n) | 0xfull << (16 + 4 * n));
		struct breakpoints b = { { 8, 16, 24, 32 }, mine | others | 0x3700 };

		b.addr[n] = places[_i].addr;
		breakpoint_limit(&b);
		ck_assert_uint_eq(b.addr[n], places[_i].addr);
		ck_assert_uint_eq(b.control, others | (places[_i].allowed ? mine : 0));
	}
}
END_TEST

START_TEST(disabled_ones_have_no_type)
{
	struct breakpoints b = { { 8, 16, 24, 32 }, 0xdddd0000 };

	breakpoint_limit(&b);
	ck_assert_uint_eq(b.control, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("breakpoint");

	tcase_add_loop_test(tc, only_in_the_guest, 0, (int)(sizeof(places) / sizeof(places[0])));
	tcase_add_test(tc, disabled_ones_have_no_type);
	return unit_run(tc);
}
