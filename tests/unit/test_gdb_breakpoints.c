// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_breakpoints.c - break- and watchpoints: how many, where they stay, what a hit says.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <stdio.h>

#include "gdb_session.h"

START_TEST(watchpoints)
{
	static const struct {
		enum target_break kind;
		const char *name;
	} kinds[] = { { TARGET_WRITE, "watch" }, { TARGET_READ, "rwatch" },
		      { TARGET_ACCESS, "awatch" } };

	ask("?");
	for (unsigned int i = 0; i < 3; i++) {
		struct target_event ev = { .reason = TARGET_WATCHPOINT, .kind = kinds[i].kind,
					   .address = FAKE_VA + 8 };
		char text[64];

		ask("vCont;c");
		fake_stops(0, &ev);
		snprintf(text, sizeof(text), "T05%s:41000008;thread:1;", kinds[i].name);
		ck_assert(contains(take_data(), text));
	}
}
END_TEST

START_TEST(four_debug_registers)
{
	ask("?");
	ck_assert_str_eq(ask("Z1,41000000,1"), "OK");
	ck_assert_str_eq(ask("Z2,41000000,4"), "OK");
	ck_assert_str_eq(ask("Z3,41000008,8"), "OK");
	ck_assert_str_eq(ask("Z4,41000010,1"), "OK");
	ck_assert_str_eq(ask("Z1,41000020,1"),
			 "E.all four hardware breakpoints and watchpoints are in use");
	ck_assert_str_eq(ask("Z2,41000020,10"), "E.a watchpoint is 1, 2, 4 or 8 bytes, aligned, at "
						"an address of the guest's");
	ck_assert_str_eq(ask("Z0,41000020,1"), "OK");
	/* those that gdb has given up make room */
	ck_assert_str_eq(ask("z1,41000000,1"), "OK");
	ck_assert_str_eq(ask("Z1,41000020,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 5);
}
END_TEST

/* gdb removes and sets all at each stop: another process may run by then. */
START_TEST(breakpoints_stay_where_they_are)
{
	ask("?");
	ask("Z0,41000000,1");
	ask("vCont;c");
	fake.vcpu[0].regs.cr3 = 0x7000;
	put("\003", 1);
	take();
	ck_assert_str_eq(ask("z0,41000000,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 1);
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ask("vCont;c");
	ck_assert_uint_eq(fake_breaks(), 1);
	ck_assert_uint_eq(fake.inserted, 1);
	put("\003", 1);
	take();
	ask("z0,41000000,1");
	ask("vCont;c");
	ck_assert_uint_eq(fake_breaks(), 0);
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, watchpoints);
	tcase_add_test(tc, four_debug_registers);
	tcase_add_test(tc, breakpoints_stay_where_they_are);
	return unit_run(tc);
}
