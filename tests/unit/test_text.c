// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_text.c - what the manager makes of words: options, sizes, quoting, the
 * kernel's command line, keys, the control line.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/boot/cmdline.h>
#include <umvmm/streams/control_line.h>
#include <umvmm/base/escape.h>
#include <umvmm/cmd/options.h>
#include <umvmm/boot/quote.h>

#include "unit.h"

static const struct {
	const char *text;
	int err; /* 0 or not */
	uint64_t size;
} sizes[] = {
	{ "256M", 0, 256ull << 20 }, { "1G", 0, 1ull << 30 },	 { "64", 0, 64ull << 20 },
	{ "65536K", 0, 64ull << 20 }, { "2GiB", 0, 2ull << 30 }, { "3gb", 1, 0 },
	{ "", 1, 0 },		     { "-5", 1, 0 },		 { "M", 1, 0 },
	{ "1X", 1, 0 },		     { "1MM", 1, 0 },		 { "99999999999999999999", 1, 0 },
	{ "99999999999999T", 1, 0 }, { " 1", 1, 0 },
};

START_TEST(size)
{
	uint64_t got = 0;
	int err = options_parse_size(sizes[_i].text, &got);

	ck_assert_msg(!!err == sizes[_i].err, "%s", sizes[_i].text);
	if (!err)
		ck_assert_msg(got == sizes[_i].size, "%s", sizes[_i].text);
}
END_TEST

#define ARGS 6
static const struct {
	const char *arg[ARGS];
	int ok;
} lines[] = {
	{ { "run" }, 1 },
	{ { "run", "-m", "32M" }, 1 },
	{ { "run", "-m", "31M" }, 0 },
	{ { "run", "-m", "17G" }, 0 },
	{ { "run", "-m", "0" }, 0 },
	{ { "run", "-m" }, 0 },
	{ { "run", "-c", "16" }, 1 },
	{ { "run", "-c", "17" }, 0 },
	{ { "run", "-c", "1x" }, 0 },
	{ { "run", "--virt", "trap" }, 1 },
	{ { "run", "--virt=native" }, 0 },
	{ { "run", "--affinity", "0,2-3" }, 1 },
	{ { "run", "--affinity", "all" }, 0 },
	{ { "run", "--on-panic", "hang" }, 1 },
	{ { "run", "--on-panic", "die" }, 0 },
	{ { "run", "--on-panic=dump", "--dump-file", "core" }, 1 },
	{ { "run", "--dump-file", "core" }, 0 },
	{ { "run", "-n", "a b" }, 0 },
	{ { "run", "-n", ".." }, 0 },
	{ { "run", "-n", "web-1.x" }, 1 },
	{ { "run", "--bogus" }, 0 },
	{ { "run", "stray" }, 0 },
	{ { "run", "-e", "true" }, 1 },
	{ { "run", "--", "ls", "-l" }, 1 },
	{ { "run", "--" }, 0 },
	{ { "run", "-e", "true", "--", "ls" }, 0 },
};

START_TEST(options)
{
	char *argv[ARGS + 1] = { NULL };
	struct config cfg;
	struct args args;
	int argc = 0;

	while (argc < ARGS && lines[_i].arg[argc]) {
		argv[argc] = strdup(lines[_i].arg[argc]);
		argc++;
	}
	args_start(&args, &cmd_run, argc, argv);
	ck_assert_msg((options_parse(&cfg, &args) == 0) == lines[_i].ok, "line %d", _i);
	for (int i = 0; i < ARGS; i++)
		free(argv[i]);
}
END_TEST

START_TEST(command_keeps_its_options)
{
	char *argv[] = { "run", "-v", "--", "ls", "-l", NULL };
	struct config cfg;
	struct args args;

	args_start(&args, &cmd_run, 5, argv);
	ck_assert_int_eq(options_parse(&cfg, &args), 0);
	ck_assert(cfg.verbose && cfg.exec);
	ck_assert_str_eq(cfg.exec_argv[0], "ls");
	ck_assert_str_eq(cfg.exec_argv[1], "-l");
}
END_TEST

/* The shell itself says whether the quoting is right. */
START_TEST(quoting_survives_the_shell)
{
	char *argv[] = { "printf", "<%s>", "a b", "it's", "$HOME", "`x`", "\\", "", "\"", "\n*",
			 NULL };
	static const char want[] = "<a b><it's><$HOME><`x`><\\><><\"><\n*>";
	char *line = quote_argv(argv), got[128] = "";
	FILE *shell = popen(line, "r");

	ck_assert_ptr_nonnull(shell);
	got[fread(got, 1, sizeof(got) - 1, shell)] = '\0';
	ck_assert_int_eq(pclose(shell), 0);
	ck_assert_str_eq(got, want);
	free(line);
}
END_TEST

START_TEST(cmdline_limit)
{
	char long_text[2 * CMDLINE_MAX], text[CMDLINE_MAX + 1];
	struct config cfg = { .append = "single" };

	ck_assert_int_eq(cmdline_build(text, &cfg, 24, 80), 0);
	ck_assert_ptr_nonnull(strstr(text, "umvmm.rows=24 umvmm.cols=80 single"));
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	cfg.append = long_text;
	ck_assert_int_eq(cmdline_build(text, &cfg, 0, 0), -1);
}
END_TEST

static const struct {
	const char *in, *out;
	bool quit;
} keys[] = {
	{ "abc", "abc", false },	 { "a\001xb", "ab", true }, { "\001a", "\001", false },
	{ "\001\001", "\001", false }, { "\001q", "", false },	  { "x", "x", false },
};

START_TEST(keys_of_umvmm)
{
	struct escape escape = { 0 };
	char data[16];
	uint32_t len = (uint32_t)strlen(keys[_i].in);

	memcpy(data, keys[_i].in, len);
	len = escape_filter(&escape, data, len);
	ck_assert_uint_eq(len, strlen(keys[_i].out));
	ck_assert_mem_eq(data, keys[_i].out, len);
	ck_assert(escape.quit == keys[_i].quit);
}
END_TEST

static const struct {
	const char *in;
	bool ready;
	int status;
} said[] = {
	{ "ready\n", true, -1 },
	{ "ready\r\n7\r\n", true, 7 },
	{ "0\n", false, 0 },
	{ "255\n", false, 255 },
	{ "size\n", false, -1 },
	{ "256\n", false, -1 },
	{ "-1\n", false, -1 },
	{ "7x\n", false, -1 },
	{ "\n", false, -1 },
	{ "7", false, -1 },
	{ "00000000000000000000000000000000000000007\n", false, -1 },
	{ "00000000000000000000000000000000000000007\n3\n", false, 3 },
};

START_TEST(control)
{
	struct control_line control = { .status = -1 };

	for (const char *p = said[_i].in; *p; p++)
		control_line_look(&control, p, 1);
	ck_assert(control.ready == said[_i].ready);
	ck_assert_int_eq(control.status, said[_i].status);
	ck_assert(control.sizes == !strcmp(said[_i].in, "size\n"));
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int main(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, size, 0, COUNT(sizes));
	tcase_add_loop_test(tc, options, 0, COUNT(lines));
	tcase_add_test(tc, command_keeps_its_options);
	tcase_add_test(tc, quoting_survives_the_shell);
	tcase_add_test(tc, cmdline_limit);
	tcase_add_loop_test(tc, keys_of_umvmm, 0, COUNT(keys));
	tcase_add_loop_test(tc, control, 0, COUNT(said));
	return unit_run(tc);
}
