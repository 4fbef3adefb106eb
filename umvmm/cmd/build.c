// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * build.c - umvmm build: builds a guest kernel, for umvmm run to boot.
 *
 * Runs: in a process of its own, which becomes make(1) in umvmm's own source tree, or in
 * the part of it that was installed.
 * Must hold: only what has changed is built: make guest sees to that.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/boot/guestdir.h>

#include "args.h"

#define FRAGMENTS_MAX 16

struct request {
	const char *tree;   /* -C, or null */
	const char *config; /* -c, or null */
	const char *fragment[FRAGMENTS_MAX];
	int fragments;
	const char *jobs; /* -j, or null */
	const char *llvm; /* LLVM=…, all of it, or null */
	const char *cc;	  /* CC=…, likewise */
};

/* LLVM=1 and CC=clang, as for the kernel's make. make and a shell take the value as it is. */
static bool parse_variable(struct request *r, const char *word)
{
	if (!strncmp(word, "LLVM=", 5))
		r->llvm = word;
	else if (!strncmp(word, "CC=", 3))
		r->cc = word;
	else
		return false;
	return !strpbrk(word, "$#'\n");
}

static int parse_one(struct request *r, int found, const char *value)
{
	switch (found) {
	case 'C':
		r->tree = value;
		return 0;
	case 'c':
		r->config = value;
		return 0;
	case 'f':
		if (r->fragments == FRAGMENTS_MAX)
			return -1;
		r->fragment[r->fragments++] = value;
		return 0;
	case 'j':
		r->jobs = value;
		return strspn(value, "0123456789") == strlen(value) && atoi(value) > 0 ? 0 : -1;
	default:
		return parse_variable(r, value) ? 0 : -1;
	}
}

static int parse(struct request *r, struct args *args)
{
	int found;

	*r = (struct request){ 0 };
	while ((found = args_next(args)) != ARG_END) {
		if (found == ARG_OVER)
			return -1;
		if (parse_one(r, found, args->value) < 0)
			return args_wrong(args, "%s: unexpected", args->value);
	}
	if (args_rest(args) < args->argc)
		return args_wrong(args, "%s: unexpected", args->argv[args_rest(args)]);
	return 0;
}

/* Does somebody who types this in a kernel's tree mean that kernel? */
static bool is_kernel_tree(const char *path)
{
	static const char *const files[] = { "Kbuild", "MAINTAINERS", "arch/x86/Makefile" };
	char name[PATH_MAX];

	for (unsigned int i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (snprintf(name, sizeof(name), "%s/%s", path, files[i]) >= (int)sizeof(name) ||
		    access(name, R_OK) < 0)
			return false;
	return true;
}

/* mkdir -p */
static int make_folders(const char *path)
{
	char dir[PATH_MAX];

	strcpy(dir, path);
	for (char *slash = dir; slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(dir, 0755) < 0 && errno != EEXIST)
			return fail("build: %s: %s", dir, strerror(errno));
		if (slash)
			*slash = '/';
	}
	return 0;
}

/*
 * Of all that the build writes to: is it there, then it has to be writable. make and shells
 * would say it in a dozen lines, at the step that they have come to.
 */
static int check_writable(const char *folder)
{
	static const char *const names[] = { "", "/guest", "/guest/.lock", "/afterburn" };
	char path[PATH_MAX + 16];

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", folder, names[i]);
		if (access(path, W_OK) < 0 && errno != ENOENT)
			return fail("build: %s: %s: the kernel is built there", path,
				    strerror(errno));
	}
	return 0;
}

/* For make, which splits at blanks: an absolute path without any. */
static int absolute(char path[PATH_MAX], const char *given)
{
	if (!realpath(given, path))
		return fail("build: %s: %s", given, strerror(errno));
	if (strpbrk(path, " \t\n:$#"))
		return fail("build: %s: make cannot take a path with blanks, colons, $ or #", path);
	return 0;
}

/* A file, or the name of one of ours. */
static int find_fragment(char path[PATH_MAX], const char *given, const char *source)
{
	char ours[PATH_MAX];

	if (!strchr(given, '/') && access(given, F_OK) < 0 &&
	    snprintf(ours, sizeof(ours), "%s/guest-arch/config/%s.config", source, given) <
		    (int)sizeof(ours) &&
	    access(ours, F_OK) == 0)
		given = ours;
	return absolute(path, given);
}

/* A file, or what the kernel's make knows: x86_64_defconfig, tinyconfig. */
static int find_config(char path[PATH_MAX], const char *given)
{
	static const char ending[] = "config";
	size_t len = strlen(given);

	if (access(given, F_OK) < 0 && len < PATH_MAX && len >= strlen(ending) &&
	    !strcmp(given + len - strlen(ending), ending) &&
	    strspn(given, "abcdefghijklmnopqrstuvwxyz0123456789_") == len) {
		strcpy(path, given);
		return 0;
	}
	return absolute(path, given);
}

static int build(struct args *args)
{
	static char source[PATH_MAX], output[PATH_MAX], tree[PATH_MAX], fragment[PATH_MAX];
	static char o[PATH_MAX + 8], kdir[PATH_MAX + 8], jobs[32];
	static char config[PATH_MAX], config_is[PATH_MAX + 8];
	static char fragments[FRAGMENTS_MAX * PATH_MAX + 16] = "FRAGMENT=";
	char *make[16] = { "make", "--no-print-directory",     "-C", source,
			   "-f",   "guest-arch/standalone.mk", o,    "guest" };
	int n = 8;
	struct request r;

	if (parse(&r, args) < 0)
		return args->status;
	if (!r.tree && is_kernel_tree("."))
		r.tree = ".";
	if (r.tree) {
		if (absolute(tree, r.tree) < 0)
			return EXIT_USAGE;
		if (!is_kernel_tree(tree)) {
			fail("build: %s: no Linux source tree", tree);
			return EXIT_USAGE;
		}
	}
	if (!guestdir_source(source)) {
		fail("build: %s: there is nothing to build a kernel with; make install puts it "
		     "there",
		     source);
		return EXIT_SELF;
	}
	if (r.config && find_config(config, r.config) < 0)
		return EXIT_USAGE;
	for (int i = 0; i < r.fragments; i++) {
		if (find_fragment(fragment, r.fragment[i], source) < 0)
			return EXIT_USAGE;
		strcat(fragments, fragment);
		strcat(fragments, " ");
	}
	if (!guestdir_output(output)) {
		fail("build: HOME is not set: where is the kernel to go?");
		return EXIT_SELF;
	}
	if (make_folders(output) < 0 || check_writable(output) < 0)
		return EXIT_SELF;
	snprintf(o, sizeof(o), "O=%s", output);
	snprintf(kdir, sizeof(kdir), "KDIR=%s", tree);
	snprintf(config_is, sizeof(config_is), "CONFIG=%s", config);
	snprintf(jobs, sizeof(jobs), "JOBS=%s", r.jobs ? r.jobs : "");
	make[n++] = kdir;
	make[n++] = config_is;
	make[n++] = fragments;
	if (r.jobs)
		make[n++] = jobs;
	if (r.llvm)
		make[n++] = (char *)r.llvm;
	if (r.cc)
		make[n++] = (char *)r.cc;
	execvp("make", make);
	fail("build: make: %s%s", strerror(errno), errno == ENOENT ? "; apt-get install make" : "");
	return EXIT_SELF;
}

static const struct cmd_option options[] = {
	{ 'C', NULL, "TREE", "a source tree of Linux (default: that in this folder, or Debian's)" },
	{ 'c', NULL, "CONFIG", "a configuration, a file or a name, in place of ours" },
	{ 'f', NULL, "FRAGMENT", "lines of configuration on top; may be given several times" },
	{ 'j', NULL, "JOBS", "compilers at a time (default: one for each CPU)" },
	{ 0, NULL, NULL, NULL },
};

const struct cmd cmd_build = {
	"build", " [-C TREE] [-c CONFIG] [-f FRAGMENT]... [-j JOBS] [LLVM=1] [CC=COMPILER]",
	options, "build a guest kernel, of your own tree", build, NULL
};
