// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_answers.c - what each packet is answered with, and how an answer gets to gdb.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <stdlib.h>
#include <string.h>

#include "gdb_session.h"

/* What each packet is answered with: before anything has run. */
static const struct {
	const char *packet, *answer;
} answers[] = {
	{ "vMustReplyEmpty", "" },
	{ "qTStatus", "" },
	{ "nonsense", "" },
	{ "", "" },
	{ "!", "" },
	{ "qAttached", "1" },
	{ "qC", "QC1" },
	{ "Hg3", "OK" },
	{ "Hg4", "E16" },
	{ "Hg", "E16" },
	{ "Hx1", "E16" },
	{ "Hc-1", "OK" },
	{ "Hg0", "OK" },
	{ "T3", "OK" },
	{ "T4", "E16" },
	{ "T-1", "E16" },
	{ "qfThreadInfo", "m1,2,3" },
	{ "qsThreadInfo", "l" },
	{ "vCont?", "vCont;c;C;s;S;t;r" },
	{ "vCont", "E16" },
	{ "vCont;x", "E16" },
	{ "vCont;", "E16" },
	{ "vCont;c:9", "E16" },
	{ "vCont;r1", "E16" },
	{ "vCont;cX", "E16" },
	{ "QNonStop:0", "OK" },
	{ "QNonStop:1", "E.non-stop mode is not supported" },
	{ "qXfer:features:read:other.xml:0,10", "E00" },
	{ "qXfer:features:read:target.xml:0,5", "m<?xml" },
	{ "qXfer:features:read:target.xml:2,3", "mxml" },
	{ "qXfer:features:read:target.xml:fffff,3", "E16" },
	{ "qXfer:features:read:target.xml:0", "E16" },
	{ "p", "E16" },
	{ "p9999", "E16" },
	{ "p10", "0000004100000000" },
	{ "P10", "E16" },
	{ "P10=00", "E16" },
	{ "P10=000000410000000g", "E16" },
	{ "P10=1100004100000000", "OK" },
	{ "P9999=00", "E16" },
	{ "m0,1", "E0e" },
	{ "m41000000,0", "" },
	{ "m41000000,4", "00000000" },
	{ "m411ffffe,8", "0000" },
	{ "m41000000", "E16" },
	{ "m41000000,g", "E16" },
	{ "mfffffffffffffffff,1", "E16" },
	{ "M41000000,2:abcd", "OK" },
	{ "M41000000,2:abc", "E16" },
	{ "M41000000,2:abcdef", "E16" },
	{ "M41000000,2:abxx", "E16" },
	{ "M41000000,0:", "OK" },
	{ "M0,1:00", "E0e" },
	{ "X41000000,0:", "OK" },
	{ "X41000000,3:}\003ab", "OK" },
	{ "X41000000,3:ab", "E16" },
	{ "X41000000,3:ab}", "E16" },
	{ "x41000000,3", "b" },
	{ "x0,3", "E0e" },
	{ "Z0,41000000,1", "OK" },
	{ "Z0,41000000,1;X3,220000", "OK" },
	{ "Z1,41000000,1", "OK" },
	{ "Z2,41000000,8", "OK" },
	{ "Z5,41000000,1", "" },
	{ "Z0,41000000", "E16" },
	{ "Z0,41000000,9", "E16" },
	{ "z0,41000000,1", "OK" }, /* not there: nothing to do */
	{ "Z0,0,1", "E.nothing is mapped at 0x0 in this thread's address space" },
	{ "qRcmd,6", "E16" },
	{ "qRcmd,6g", "E16" },
	{ "C05", "(none)" },
	{ "c", "(none)" },
	{ "cz", "E16" },
	{ "vCont;c", "(none)" },
};

START_TEST(answers_what_it_should)
{
	ck_assert_str_eq(ask(answers[_i].packet), answers[_i].answer);
}
END_TEST

START_TEST(says_what_it_can)
{
	const char *text = ask("qSupported:multiprocess+;xmlRegisters=i386;swbreak+");

	ck_assert(contains(text, "PacketSize=20000;"));
	ck_assert(contains(text, "qXfer:features:read+"));
	ck_assert(contains(text, "swbreak+") && contains(text, "hwbreak+"));
	ck_assert(contains(text, "QStartNoAckMode+"));
	ck_assert(!contains(text, "multiprocess"));
}
END_TEST

START_TEST(another_architecture)
{
	ck_assert(contains(ask("qSupported:xmlRegisters=arm,mips"), "E.this gdb does not know"));
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);
}
END_TEST

START_TEST(acknowledges)
{
	put("$?#3f", 5);
	ck_assert_int_eq(take()[0], '+');
	put("$?#00", 5);
	ck_assert_str_eq(take(), "-");
	put("$qC#b4", 6);
	ck_assert_str_eq(take(), "+$QC1#c5");
	put("-", 1);
	ck_assert_str_eq(take(), "+$QC1#c5");
	ck_assert_str_eq(ask("QStartNoAckMode"), "OK");
	ck_assert_str_eq(got, "+$OK#9a");
	put("+$qC#00", 7);
	ck_assert_str_eq(take(), "$QC1#c5");
	put("-", 1);
	ck_assert_str_eq(take(), "");
}
END_TEST

/* As a gdb does that was not answered in time. */
START_TEST(asks_again)
{
	put("+$qC#b4$qC#b4$qC#b4", 19);
	ck_assert_str_eq(take(), "+$QC1#c5");
	put("+$?#3f", 6);
	ck_assert(contains(take_data(), "T05thread:1;"));
	put("+$qC#b4$?#3f", 12);
	take();
	ck_assert(contains(got, "+$QC1#c5") && contains(got, "+$T05"));
	/* without acks nothing is sent again */
	ck_assert_str_eq(ask("QStartNoAckMode"), "OK");
	put("$qC#b4$qC#b4", 12);
	ck_assert_str_eq(take(), "$QC1#c5$QC1#c5");
}
END_TEST

START_TEST(packet_too_long)
{
	char *frame = malloc(PACKET_MAX + 100);

	memset(frame, 'm', PACKET_MAX + 100);
	frame[0] = '$';
	memcpy(frame + PACKET_MAX + 97, "#00", 3);
	ask("?");
	put(frame, PACKET_MAX + 100);
	ck_assert(contains(take(), "$E.packet too long#"));
	ck_assert_str_eq(ask("qC"), "QC1");
	free(frame);
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_loop_test(tc, answers_what_it_should, 0,
			    (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tc, says_what_it_can);
	tcase_add_test(tc, another_architecture);
	tcase_add_test(tc, acknowledges);
	tcase_add_test(tc, asks_again);
	tcase_add_test(tc, packet_too_long);
	return unit_run(tc);
}
