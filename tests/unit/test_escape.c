// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_escape.c - the keys that umvmm keeps, and where a break stands among the others.
 *
 * Runs: on the host, Check.
 */
#include <string.h>

#include <umvmm/base/escape.h>

#include "unit.h"

static const struct {
	const char *typed;
	const char *left;
	int len;
	int at; /* of the break, or -1 */
} rows[] = {
	{ "plain", "plain", 5, -1 },
	{ "\1a", "\1", 1, -1 },
	{ "\1\1", "\1", 1, -1 },
	{ "\1x", "", 0, -1 },
	{ "1\1z2", "12", 2, -1 },
	{ "\1b", "\0", 1, 0 },
	{ "\1bt", "\0t", 2, 0 },
	{ "echo\1bh", "echo\0h", 6, 4 },
	{ "\1a\1b", "\1\0", 2, 1 },
	{ "123456789\1b", "123456789\0", 10, 9 },
};

START_TEST(keys)
{
	struct escape escape = { 0 };
	char data[ESCAPE_MAX];
	uint32_t len = (uint32_t)strlen(rows[_i].typed);

	memset(escape.breaks, 0xff, sizeof(escape.breaks));
	memcpy(data, rows[_i].typed, len);
	ck_assert_int_eq((int)escape_filter(&escape, data, len), rows[_i].len);
	ck_assert_mem_eq(data, rows[_i].left, (size_t)rows[_i].len);
	for (int i = 0; i < (int)ESCAPE_MAX; i++)
		ck_assert_int_eq(escape.breaks[i / 8] >> i % 8 & 1, i == rows[_i].at);
	ck_assert_int_eq(escape.quit, !strcmp(rows[_i].typed, "\1x"));
}
END_TEST

/* Ctrl-a and its key need not come at once. */
START_TEST(in_two_parts)
{
	struct escape escape = { 0 };
	char data[] = "b";

	ck_assert_uint_eq(escape_filter(&escape, (char[]){ 1 }, 1), 0);
	ck_assert_uint_eq(escape_filter(&escape, data, 1), 1);
	ck_assert_int_eq(data[0], 0);
	ck_assert_int_eq(escape.breaks[0], 1);
}
END_TEST

START_TEST(without_a_line)
{
	struct escape escape = { .no_break = true };
	char data[] = "1\1b2";

	ck_assert_uint_eq(escape_filter(&escape, data, 4), 2);
	ck_assert_mem_eq(data, "12", 2);
	ck_assert_int_eq(escape.breaks[0], 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("escape");

	tcase_add_loop_test(tc, keys, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, in_two_parts);
	tcase_add_test(tc, without_a_line);
	return unit_run(tc);
}
