// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_commands.c - the commands' tables of options: how they are read, that the man pages have
 * the same options, what --json makes of text; and how a VM's answer is read.
 *
 * Runs: on the host, Check, at the top of the tree.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/file.h>
#include <umvmm/cmd/args.h>
#include <umvmm/cmd/help.h>
#include <umvmm/cmd/json.h>
#include <umvmm/control/client.h>

#include "unit.h"

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

/* ---- the tables ---- */

static int commands(void)
{
	int n = 0;

	while (cmd_table[n])
		n++;
	return n;
}

/* getopt must know each key by itself; --help is every command's. */
START_TEST(table)
{
	const struct cmd *cmd = cmd_table[_i];
	int n = 0;

	ck_assert_ptr_eq(cmd_find(cmd->name), cmd);
	ck_assert_msg(!*cmd->usage || *cmd->usage == ' ', "%s: a blank before the usage", cmd->name);
	for (const struct cmd_option *o = cmd->options; o->key; o++, n++) {
		ck_assert_msg(o->word || o->key < OPTION_KEYS, "%s: option %d has no name", cmd->name, n);
		ck_assert(o->key != help_option.key && o->key != ARG_WORD && o->help);
		ck_assert(!o->word || strcmp(o->word, help_option.word) != 0);
		for (const struct cmd_option *other = cmd->options; other != o; other++)
			ck_assert_msg(other->key != o->key &&
					      !(other->word && o->word && !strcmp(other->word, o->word)),
				      "%s: option %d is there twice", cmd->name, n);
	}
	ck_assert_int_le(n, ARGS_OPTIONS_MAX);
}
END_TEST

/* ---- the man pages ---- */

#define ITEMS_MAX 64
#define ITEM	  80

/* As mdoc(7) has it: "Fl k , -kernel Ar file". */
static void item(char text[ITEM], const struct cmd_option *o)
{
	int n = o->key < OPTION_KEYS ? snprintf(text, ITEM, "Fl %c", o->key) : 0;

	if (o->word)
		n += snprintf(text + n, (size_t)(ITEM - n), n ? " , -%s" : "Fl -%s", o->word);
	if (o->value) {
		n += snprintf(text + n, (size_t)(ITEM - n), " Ar ");
		for (const char *p = o->value; *p; p++)
			text[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
		text[n] = '\0';
	}
}

static void read_man(struct blob *man, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "docs/man/%s.1", name);
	ck_assert_int_eq(file_read(man, "man page", path, 1 << 20), 0);
	man->data = realloc(man->data, man->size + 1);
	((char *)man->data)[man->size] = '\0';
}

/* The options that a man page explains, but for "--". */
static int items(char found[ITEMS_MAX][ITEM], const char *man)
{
	int n = 0;

	for (const char *p = man; (p = strstr(p, "\n.It Fl ")); p += 5)
		if (strncmp(p, "\n.It Fl \\&-", 11) != 0) {
			ck_assert_int_lt(n, ITEMS_MAX);
			snprintf(found[n++], ITEM, "%.*s", (int)strcspn(p + 5, "\n"), p + 5);
		}
	return n;
}

static bool among(char found[ITEMS_MAX][ITEM], int count, const char *text)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(found[i], text))
			return true;
	return false;
}

START_TEST(man_page)
{
	static char in_man[ITEMS_MAX][ITEM], in_table[ITEMS_MAX][ITEM];
	const struct cmd *cmd = cmd_table[_i];
	int of_man, of_table = 0;
	struct blob man = { 0 };
	char name[64];

	if (!strcmp(cmd->name, "version") || !strcmp(cmd->name, "help"))
		return; /* umvmm(1) says what there is to be said */
	snprintf(name, sizeof(name), "umvmm-%s", cmd->name);
	read_man(&man, name);
	of_man = items(in_man, (const char *)man.data);
	for (const struct cmd_option *o = cmd->options; o->key; o++)
		item(in_table[of_table++], o);
	item(in_table[of_table++], &help_option);
	for (int i = 0; i < of_table; i++)
		ck_assert_msg(among(in_man, of_man, in_table[i]), "%s.1 has no \".It %s\"", name,
			      in_table[i]);
	for (int i = 0; i < of_man; i++)
		ck_assert_msg(among(in_table, of_table, in_man[i]),
			      "%s.1 has \".It %s\", umvmm %s --help does not", name, in_man[i], cmd->name);
	blob_free(&man);
}
END_TEST

START_TEST(in_umvmm_1)
{
	struct blob man = { 0 };
	char line[32];

	read_man(&man, "umvmm");
	snprintf(line, sizeof(line), "\n.It Cm %s", cmd_table[_i]->name);
	ck_assert_msg(strstr((const char *)man.data, line), "umvmm.1 has no \"%s\"", line + 1);
	blob_free(&man);
}
END_TEST

/* ---- reading a line ---- */

static const struct cmd_option some_options[] = {
	{ 'k', "kernel", "FILE", "" }, { 'v', NULL, NULL, "" },		{ 'T', NULL, NULL, "" },
	JSON_OPTION,		       { OPT_OWN, "mode", "MODE", "" }, { 0, NULL, NULL, NULL },
};

static const struct cmd some = { .name = "some", .usage = " NAME", .options = some_options };

#define WORDS 7
/* What args_next() finds: keys, 'W' a word, 'J' --json, 'M' --mode, '.' the end, '!' a mistake */
static const struct {
	const char *word[WORDS];
	const char *found;
	int rest; /* where it ends: how many words are left */
} lines[] = {
	{ { "some" }, ".", 0 },
	{ { "some", "a", "-v", "b" }, "WvW.", 0 },
	{ { "some", "-vT", "--json" }, "vTJ.", 0 },
	{ { "some", "-kx", "-k", "y", "--kernel=z", "--kernel", "u" }, "kkkk.", 0 },
	{ { "some", "-k", "--", "-v" }, "kv.", 0 },
	{ { "some", "-v", "--", "-x", "--json" }, "v.", 2 },
	{ { "some", "-", "" }, "WW.", 0 },
	{ { "some", "--mode", "m", "--mo=n" }, "MM.", 0 },
	{ { "some", "-k" }, "!", 0 },
	{ { "some", "--mode" }, "!", 0 },
	{ { "some", "-vZ" }, "v!", 0 },
	{ { "some", "--nothing", "a" }, "!", 1 },
	{ { "some", "--json=1" }, "!", 0 },
	{ { "some", "-\377" }, "!", 0 },
};

START_TEST(line)
{
	char *argv[WORDS + 1] = { NULL };
	char found[WORDS + 2] = "";
	struct args args;
	int argc = 0, n = 0, key;

	while (argc < WORDS && lines[_i].word[argc]) {
		argv[argc] = strdup(lines[_i].word[argc]);
		argc++;
	}
	args_start(&args, &some, argc, argv);
	do {
		key = args_next(&args);
		found[n++] = key == ARG_WORD ? 'W' : key == OPT_JSON ? 'J' : key == OPT_OWN ? 'M' :
			     key == ARG_END ? '.' : key == ARG_OVER ? '!' : (char)key;
	} while (key != ARG_END && key != ARG_OVER);
	ck_assert_msg(!strcmp(found, lines[_i].found), "line %d: %s", _i, found);
	ck_assert_int_eq(args.status, key == ARG_OVER ? EXIT_USAGE : 0);
	if (key == ARG_END)
		ck_assert_int_eq(argc - args_rest(&args), lines[_i].rest);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
}
END_TEST

START_TEST(name_and_json)
{
	char *right[] = { "some", "vm", "--json", NULL }, *twice[] = { "some", "vm", "vm", NULL };
	char *behind[] = { "some", "vm", "--", "vm", NULL }, *none[] = { "some", "--json", NULL };
	struct args args;
	const char *name;
	bool json;

	args_start(&args, &some, 3, right);
	ck_assert_int_eq(args_simple(&args, &json, &name), 0);
	ck_assert(json);
	ck_assert_str_eq(name, "vm");
	args_start(&args, &some, 3, twice);
	ck_assert_int_eq(args_simple(&args, &json, &name), -1);
	args_start(&args, &some, 4, behind);
	ck_assert_int_eq(args_simple(&args, &json, &name), -1);
	args_start(&args, &some, 2, none);
	ck_assert_int_eq(args_simple(&args, &json, &name), -1);
	args_start(&args, &some, 2, none);
	ck_assert_int_eq(args_simple(&args, &json, NULL), 0);
	args_start(&args, &some, 2, right);
	ck_assert_int_eq(args_simple(&args, NULL, NULL), -1);
	ck_assert_int_eq(args.status, EXIT_USAGE);
}
END_TEST

/* ---- what is printed, and what is answered ---- */

START_TEST(json)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	json_bytes(out, "key", "a\"b\\c\n\0\177\377~", 10);
	fclose(out);
	ck_assert_str_eq(text, "\"key\":\"a\\u0022b\\u005cc\\u000a\\u0000\\u007f\\u00ff~\"");
	free(text);
}
END_TEST

static const char answer[] = "name a b\\x0a\\x5c\\xff\nmem 18446744073709551615\nmem2 7\n"
			     "large 18446744073709551616\nword x\nsigned -1\nmore 1 2\nbad \\x1\n"
			     "worse \\n\nempty \ncut 12";

START_TEST(lines_of_an_answer)
{
	uint64_t n = 0;
	char text[8];
	int len;

	ck_assert(client_number(answer, "mem", &n) && n == UINT64_MAX);
	ck_assert(client_number(answer, "mem2", &n) && n == 7);
	ck_assert(client_has(answer, "word") && client_has(answer, "empty"));
	ck_assert(!client_has(answer, "me") && !client_has(answer, "b") && !client_has(answer, "2"));
	ck_assert(!client_has("", "name") && !client_has("{\"name\":\"x\"}\n", "name"));
	ck_assert(client_string(answer, "name", text, sizeof(text)));
	ck_assert_str_eq(text, "a b\n\\\377");
	ck_assert(!client_string(answer, "name", text, 6) && !client_string(answer, "none", text, 8));
	ck_assert(!client_string(answer, "bad", text, 8) && !client_string(answer, "worse", text, 8));
	ck_assert(client_string(answer, "empty", text, 1) && !*text);
	ck_assert(!client_string(answer, "cut", text, 8) && !client_string("name ", "name", text, 8));
	ck_assert_ptr_null(client_error(answer, &len));
	ck_assert_str_eq(client_error("name x\nerror no room\nmore 1\n", &len), "no room\nmore 1\n");
	ck_assert_int_eq(len, 7);
}
END_TEST

/* A number is all of its line. */
START_TEST(no_number)
{
	static const char *const keys[] = { "name", "large", "word", "signed", "more", "empty",
					    "cut",  "none",  "",     "mem 1" };
	uint64_t n;

	for (int i = 0; i < COUNT(keys); i++)
		ck_assert_msg(!client_number(answer, keys[i], &n), "%s", keys[i]);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("commands");

	tcase_add_loop_test(tc, table, 0, commands());
	tcase_add_loop_test(tc, man_page, 0, commands());
	tcase_add_loop_test(tc, in_umvmm_1, 0, commands());
	tcase_add_loop_test(tc, line, 0, COUNT(lines));
	tcase_add_test(tc, name_and_json);
	tcase_add_test(tc, json);
	tcase_add_test(tc, lines_of_an_answer);
	tcase_add_test(tc, no_number);
	return unit_run(tc);
}
