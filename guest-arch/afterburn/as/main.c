// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - the assembler wrapper that gcc -B finds in place of as.
 *
 * Runs: on the build machine, as "as"; replaces itself by the real assembler.
 *
 * It puts the whole input, with sensitive instructions padded and recorded
 * (preamble.c, scan.c), into a memory file and gives that to the real
 * assembler as its standard input. Objects that do not run in the guest
 * kernel, and calls that do not assemble 64-bit code, pass through untouched.
 *
 * Must hold: diagnostics and line tables name the original file and line.
 * Environment: UMVMM_AS names the real assembler; without it, the first other
 * "as" in PATH.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preamble.h"
#include "scan.h"
#include "text.h"

/* Code that the guest never runs, or that runs outside the kernel window. */
static const char *const untouched[] = {
	"arch/x86/boot/",
	"arch/x86/realmode/rm/",
	"arch/x86/entry/vdso/",
	"arch/x86/purgatory/",
	"drivers/firmware/efi/libstub/",
};

/* Options that take the next argument as their value. */
static const char *const valued[] = {
	"-o", "-I", "-K", "-march", "-mtune", "--MD", "--defsym", "--debug-prefix-map",
	"--listing-lhs-width", "--listing-lhs-width2", "--listing-rhs-width", "--listing-cont-lines",
};

/* Options with which as does not assemble, or not for the guest. */
static const char *const passing[] = {
	"--32", "--x32", "--help", "--target-help", "--version", "-version",
};

struct request {
	char **args; /* for the real assembler, NULL at the end */
	const char **inputs;
	int input_count;
	const char *output;
	bool pass;
};

#define IN_LIST(list, s) in_list(list, sizeof(list) / sizeof((list)[0]), s)

static bool in_list(const char *const *list, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], s))
			return true;
	return false;
}

static bool output_untouched(const char *path)
{
	for (size_t i = 0; i < sizeof(untouched) / sizeof(untouched[0]); i++) {
		const char *at = strstr(path, untouched[i]);

		if (at && (at == path || at[-1] == '/'))
			return true;
	}
	return false;
}

static void parse(struct request *r, int argc, char **argv)
{
	int n = 1;

	r->args = calloc(argc + 1, sizeof(*r->args));
	r->inputs = calloc(argc + 1, sizeof(*r->inputs));
	if (!r->args || !r->inputs)
		err(1, "as");
	r->output = "a.out";
	for (int i = 1; i < argc; i++) {
		char *arg = argv[i];

		if (arg[0] != '-' || !strcmp(arg, "-")) {
			if (arg[0] == '@')
				r->pass = true;
			r->inputs[r->input_count++] = arg;
			continue;
		}
		if (!strcmp(arg, "--"))
			continue;
		r->args[n++] = arg;
		if (IN_LIST(passing, arg))
			r->pass = true;
		if (!strncmp(arg, "-o", 2) && arg[2])
			r->output = arg + 2;
		if (IN_LIST(valued, arg) && i + 1 < argc) {
			r->args[n++] = argv[++i];
			if (!strcmp(arg, "-o"))
				r->output = argv[i];
		}
	}
	if (!r->input_count)
		r->inputs[r->input_count++] = "-";
	if (output_untouched(r->output))
		r->pass = true;
}

/* The "# line file" marker makes what follows line 1 of its own file. */
static void add_input(struct text *out, const char *path)
{
	struct text src = { 0 };
	int fd = STDIN_FILENO, error;

	if (strcmp(path, "-"))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	else
		path = "{standard input}";
	if (fd < 0)
		err(1, "as: %s", path);
	error = text_read(&src, fd);
	if (error) {
		errno = -error;
		err(1, "as: %s", path);
	}
	if (fd != STDIN_FILENO)
		close(fd);
	text_puts(out, "# 1 \"");
	for (; *path; path++) {
		if (*path == '"' || *path == '\\')
			text_add(out, "\\", 1);
		text_add(out, path, 1);
	}
	text_puts(out, "\"\n");
	scan(out, src.data, src.len);
	free(src.data);
}

static void become_stdin(const struct text *t)
{
	int fd = memfd_create("as", MFD_CLOEXEC);

	if (fd < 0)
		err(1, "as: memfd_create");
	for (size_t done = 0; done < t->len;) {
		ssize_t n = write(fd, t->data + done, t->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err(1, "as: write");
		done += n;
	}
	if (lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0)
		err(1, "as: standard input");
}

static bool is_self(const char *path, const struct stat *self)
{
	struct stat st;

	return !stat(path, &st) && st.st_dev == self->st_dev && st.st_ino == self->st_ino;
}

/* Tries every "as" in PATH but this program. Returns only on failure. */
static void exec_assembler(char **args)
{
	const char *dir = getenv("PATH"), *named = getenv("UMVMM_AS");
	struct stat self;
	char *path;

	if (named) {
		args[0] = (char *)named;
		execvp(named, args);
		err(1, "as: %s", named);
	}
	if (stat("/proc/self/exe", &self))
		err(1, "as: /proc/self/exe");
	if (!dir)
		dir = "/usr/bin:/bin";
	for (;;) {
		size_t n = strcspn(dir, ":");

		if (asprintf(&path, "%.*s/as", n ? (int)n : 1, n ? dir : ".") < 0)
			err(1, "as");
		if (!is_self(path, &self)) {
			args[0] = path;
			execv(path, args);
			if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
				err(1, "as: %s", path);
		}
		free(path);
		if (!dir[n])
			break;
		dir += n + 1;
	}
	errx(1, "as: no other assembler in PATH; set UMVMM_AS");
}

int main(int argc, char **argv)
{
	struct request r = { 0 };
	struct text out = { 0 };

	parse(&r, argc, argv);
	if (r.pass)
		exec_assembler(argv);
	preamble_write(&out);
	for (int i = 0; i < r.input_count; i++)
		add_input(&out, r.inputs[i]);
	epilogue_write(&out);
	become_stdin(&out);
	exec_assembler(r.args);
}
