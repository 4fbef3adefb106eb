// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_run.c - how CPUs stop, go on and step, and what gdb is told of it.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <unistd.h>

#include "gdb_session.h"

START_TEST(stops_at_the_first_packet)
{
	ck_assert_uint_eq(running(), 7);
	put("+", 1); /* as gdb does, or a port scanner */
	take();
	ck_assert_uint_eq(running(), 7);
	ck_assert(!stub_busy(&stub));
	ck_assert(contains(ask("?"), "T05thread:1;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert(stub_busy(&stub));
}
END_TEST

START_TEST(attaches_to_what_is_awake)
{
	fake.vcpu[0].stopped = TARGET_STOPPED_HALTED;
	fake.vcpu[1].stopped = TARGET_STOPPED_OFF;
	ck_assert(contains(ask("?"), "T05thread:3;"));
	ck_assert_str_eq(ask("qC"), "QC3");
	ck_assert_str_eq(ask("qThreadExtraInfo,1"), "435055233020" "5b68616c7465645d");
	ck_assert_str_eq(ask("qThreadExtraInfo,2"), "435055233120" "5b6e6f7420737461727465645d");
	ck_assert_str_eq(ask("qThreadExtraInfo,3"), "435055233220" "5b6b65726e656c5d");
	/* memory of one without page tables is that of another */
	ck_assert_str_eq(ask("Hg2"), "OK");
	ck_assert_str_eq(ask("m41000000,1"), "00");
}
END_TEST

START_TEST(continues_and_stops)
{
	struct target_event ev = { .reason = TARGET_BREAKPOINT, .kind = TARGET_SOFT,
				   .address = FAKE_VA };

	ask("?");
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ck_assert_str_eq(ask("vCont;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
	ck_assert_int_ge(stub_event_fd(&stub), 0);
	ck_assert_str_eq(ask("m41000000,1"), "(none)"); /* gdb never asks now */
	fake_stops(1, &ev);
	ck_assert(contains(take_data(), "T05swbreak:;thread:2;06:00"));
	ck_assert(contains(data_of_got(), "10:0001004100000000;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("qC"), "QC2");
	ck_assert(contains(ask("?"), "T05swbreak:;thread:2;"));
	ck_assert_int_eq(stub_event_fd(&stub), -1);
}
END_TEST

START_TEST(interrupts)
{
	ask("?");
	put("\003", 1);
	ck_assert_str_eq(take(), ""); /* it does not run */
	ask("vCont;c");
	fake.vcpu[0].stopped = TARGET_STOPPED_HALTED;
	put("\003", 1);
	ck_assert(contains(take(), "$T02thread:2;"));
	ck_assert_uint_eq(running(), 0);
}
END_TEST

START_TEST(steps_one)
{
	struct target_event ev = { .reason = TARGET_STEP };

	ask("?");
	ck_assert_str_eq(ask("vCont;s:2"), "(none)");
	ck_assert_uint_eq(running(), 2);
	ck_assert_int_eq(fake.vcpu[1].how, TARGET_STEP_ONE);
	fake_stops(1, &ev);
	ck_assert(contains(take(), "$T05thread:2;"));

	ck_assert_str_eq(ask("vCont;r41000000,41000010:1;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
	ck_assert_int_eq(fake.vcpu[0].how, TARGET_STEP_RANGE);
	ck_assert_uint_eq(fake.vcpu[0].start, FAKE_VA);
	ck_assert_uint_eq(fake.vcpu[0].end, FAKE_VA + 16);
	ck_assert_int_eq(fake.vcpu[2].how, TARGET_CONTINUE);
	fake_stops(0, &ev);
	take();
	ck_assert_str_eq(ask("vCont;t:1;s:3;c"), "(none)");
	ck_assert_uint_eq(running(), 6);
	fake_stops(2, &ev);
	take();
	ck_assert_str_eq(ask("s41000042"), "(none)");
	ck_assert_uint_eq(running(), 4);
	ck_assert_uint_eq(fake.vcpu[2].regs.rip, 0x41000042);
}
END_TEST

START_TEST(steps_nothing_that_is_off)
{
	fake.vcpu[1].stopped = TARGET_STOPPED_OFF;
	ask("?");
	ck_assert_str_eq(ask("vCont;s:2;c"), "E.the guest has not started CPU 1");
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("qC"), "QC1");
}
END_TEST

/* An event of a CPU that gdb leaves where it is comes when it goes on, if it is still true. */
START_TEST(holds_events)
{
	struct target_event step = { .reason = TARGET_STEP };
	struct target_event hit = { .reason = TARGET_BREAKPOINT, .kind = TARGET_SOFT,
				    .address = FAKE_VA + 0x200 };

	for (int stays = 0; stays < 2; stays++) {
		ask("?");
		ask("Z0,41000200,1");
		ask("vCont;c");
		fake_stops(0, &step);
		fake_stops(2, &hit);
		ck_assert(contains(take(), "thread:1;"));
		ask("vCont;s:1");
		ck_assert_uint_eq(running(), 1);
		take(); /* that of CPU 2 is not told now */
		ck_assert_str_eq(got, "");
		fake_stops(0, &step);
		ck_assert(contains(take(), "thread:1;"));
		if (!stays)
			ask("z0,41000200,1");
		send_packet("vCont;c", 7);
		if (stays) {
			ck_assert(contains(take(), "swbreak:;thread:3;"));
			ck_assert_uint_eq(running(), 0);
		} else {
			ck_assert_str_eq(take(), "+");
			ck_assert_uint_eq(running(), 7);
			put("\003", 1);
			take();
		}
	}
}
END_TEST

START_TEST(one_that_does_not_stop)
{
	fake.vcpu[2].stuck = true;
	ck_assert(contains(ask("?"), "T05thread:1;"));
	ck_assert_str_eq(ask("Hg3"), "OK");
	ck_assert_str_eq(ask("g"), "E.CPU 2 does not stop");
	ck_assert_str_eq(ask("m41000000,1"), "00");
	ck_assert_str_eq(ask("Hg1"), "OK");
	ck_assert_uint_gt(strlen(ask("g")), 1000);
}
END_TEST

/* -S: the guest has not begun when gdb comes, and begins when it says so. */
START_TEST(held_from_the_start)
{
	stub_end(&stub);
	close(gdb);
	ck_assert_int_eq(stub_hold(&stub), 0);
	ck_assert(fake.held);
	ck_assert(!stub_busy(&stub));
	connect_gdb();
	ck_assert(contains(ask("?"), "T05"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("vCont;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, stops_at_the_first_packet);
	tcase_add_test(tc, attaches_to_what_is_awake);
	tcase_add_test(tc, continues_and_stops);
	tcase_add_test(tc, interrupts);
	tcase_add_test(tc, steps_one);
	tcase_add_test(tc, steps_nothing_that_is_off);
	tcase_add_test(tc, holds_events);
	tcase_add_test(tc, one_that_does_not_stop);
	tcase_add_test(tc, held_from_the_start);
	return unit_run(tc);
}
