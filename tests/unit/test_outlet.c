// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_outlet.c - what of the guest's console reaches a terminal that asked for something else.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <string.h>
#include <unistd.h>

#include <umvmm/streams/outlet.h>

#include "unit.h"

START_TEST(no_orders_for_a_terminal)
{
	char text[256], want;

	for (unsigned int i = 0; i < sizeof(text); i++)
		text[i] = (char)i;
	outlet_plain(text, sizeof(text));
	for (unsigned int i = 0; i < sizeof(text); i++) {
		want = (i >= 32 && i < 127) || i == '\n' || i == '\r' || i == '\t' ? (char)i : '?';
		ck_assert_int_eq(text[i], want);
	}
}
END_TEST

START_TEST(plain_outlets)
{
	static struct ring ring;
	char got[8] = "";
	int ends[2];
	struct outlet outlet = { .end.ring = &ring, .plain = _i };

	ck_assert_int_eq(pipe(ends), 0);
	outlet.fd = ends[1];
	memcpy(ring.data, "a\033[6n\n", 6);
	ring.head = 6;
	ring.tail = 0;
	ck_assert_int_eq(outlet_move(&outlet), OUTLET_MOVED);
	ck_assert_int_eq(read(ends[0], got, sizeof(got)), 6);
	ck_assert_str_eq(got, _i ? "a?[6n\n" : "a\033[6n\n");
	close(ends[0]);
	close(ends[1]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("outlet");

	tcase_add_test(tc, no_orders_for_a_terminal);
	tcase_add_loop_test(tc, plain_outlets, 0, 2);
	return unit_run(tc);
}
