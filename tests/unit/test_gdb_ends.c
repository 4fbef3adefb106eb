// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_ends.c - the end of a connection, of gdb or of the guest, and what goes on after it.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gdb_session.h"

START_TEST(detaches)
{
	ask("?");
	ask("Z0,41000000,1");
	ck_assert_str_eq(ask("D"), "OK");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_int_eq(fake.closed, 1);
	ck_assert_uint_eq(running(), 7);
	/* and another may come */
	close(gdb);
	connect_gdb();
	ck_assert(contains(ask("?"), "T05"));
	ck_assert_uint_eq(fake_breaks(), 0);
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 1);
}
END_TEST

/* Wherever gdb's connection ends, the guest goes on, without breakpoints. */
START_TEST(gdb_dies)
{
	static const char *const last[] = { "", "$", "$m41000000,1", "$m41000000,1#", "\003",
					    "$vCont;c#a8", "$vCont;c#a8\003", "$m41000000,10000#6a" };

	for (unsigned int i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		ask("?");
		ask("Z0,41000000,1");
		put(last[i], strlen(last[i]));
		close(gdb);
		stub_serve(&stub);
		ck_assert_int_eq(stub.link.fd, -1);
		ck_assert_uint_eq(running(), 7);
		ck_assert_uint_eq(fake_breaks(), 0);
		connect_gdb();
	}
}
END_TEST

/* It asks and asks, and never reads: one answer waits, the stub does not. */
START_TEST(gdb_does_not_read)
{
	int small = 4096;
	unsigned int sent = 0;

	ask("?");
	ask("QStartNoAckMode");
	setsockopt(stub.link.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (; sent < 100000; sent++) {
		if (write(gdb, "$m41000000,8000#00", 18) != 18)
			break;
		stub_serve(&stub);
	}
	ck_assert_uint_lt(sent, 100000);
	ck_assert_int_eq(link_wants(&stub.link), POLLOUT);
	close(gdb);
	stub_serve(&stub);
	ck_assert_uint_eq(running(), 7);
	gdb = -1;
}
END_TEST

START_TEST(kills)
{
	static const char *const packets[] = { "k", "vKill;1" };
	uint32_t *reason = &stub.vm->exit_reason;

	for (unsigned int i = 0; i < 2; i++) {
		stub.vm->quit = 0;
		ask("?");
		ask(packets[i]);
		take();
		ck_assert_uint_eq(stub.vm->quit, 1);
		ck_assert_uint_eq(*reason, VM_RUNNING);
		ck_assert_int_eq(stub.link.fd, -1);
		close(gdb);
		connect_gdb();
	}
	stub.vm->quit = 0;
	ask("?");
	monitor("reset");
	take();
	ck_assert_uint_eq(*reason, VM_REBOOT);
	ck_assert_uint_eq(stub.vm->quit, 0);
	/* what has ended for another reason keeps that */
	*reason = VM_TRIPLE_FAULT;
	close(gdb);
	connect_gdb();
	ask("?");
	monitor("reset");
	take();
	ck_assert_uint_eq(*reason, VM_TRIPLE_FAULT);
	close(gdb);
	connect_gdb();
	ask("?");
	monitor("quit");
	take();
	ck_assert_uint_eq(stub.vm->quit, 1);
}
END_TEST

START_TEST(the_guest_ends)
{
	struct target_event off = { .reason = TARGET_EXIT, .exit = VM_POWEROFF };
	struct target_event fault = { .reason = TARGET_EXIT, .exit = VM_TRIPLE_FAULT };

	ask("?");
	ask("vCont;c");
	fake_stops(1, &off);
	ck_assert(contains(take(), "$W00#b7"));
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);

	close(gdb);
	connect_gdb();
	ask("?");
	ask("vCont;c");
	fake_stops(1, &fault);
	take();
	ck_assert(contains(got, "$O")); /* says why */
	ck_assert(contains(got, "$T06thread:2;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_uint_eq(strlen(ask("p10")), 16); /* it can be looked at */
	ck_assert_str_eq(ask("vCont;c"), "X06");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);
}
END_TEST

START_TEST(somebody_else_debugs)
{
	fake.open = true;
	ck_assert_str_eq(ask("?"), "E.this VM is being debugged or dumped already");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_int_eq(fake.closed, 0);
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, detaches);
	tcase_add_test(tc, gdb_dies);
	tcase_add_test(tc, gdb_does_not_read);
	tcase_add_test(tc, kills);
	tcase_add_test(tc, the_guest_ends);
	tcase_add_test(tc, somebody_else_debugs);
	return unit_run(tc);
}
