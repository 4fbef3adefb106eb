// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options.c - fuzzes the command line, the kernel's command line that follows
 * from it, and the archive with the guest's command.
 *
 * Input: words, each ended by a zero byte.
 * Must hold: what was accepted lies within the limits that others rely on.
 */
#include <stdlib.h>
#include <string.h>

#include <umvmm/boot/cmdline.h>
#include <umvmm/base/file.h>
#include <umvmm/cmd/options.h>
#include <umvmm/boot/script.h>

#define WORDS 32

/* As run.c has it, which would bring a whole session with it. */
static const struct cmd run = { .name = "run", .usage = "", .options = options_run, .help = "" };

static void accepted(const struct config *cfg)
{
	char text[CMDLINE_MAX + 1];
	struct blob blob = { 0 };

	if (cfg->mem_size < MEM_MIN || cfg->mem_size > MEM_MAX || cfg->mem_size % (2 * MIB) ||
	    cfg->ncpus < 1 || cfg->ncpus > VM_MAX_VCPUS || cfg->ninitrd > MAX_INITRDS)
		abort();
	if (cmdline_build(text, cfg, 25, 80) == 0 && strlen(text) > CMDLINE_MAX)
		abort();
	if (cfg->exec && script_archive(&blob, cfg) == 0 && blob.size % 4)
		abort();
	blob_free(&blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words = calloc(1, size + 1), *argv[WORDS + 2] = { (char[]){ "run" } };
	struct config cfg;
	struct args args;
	int argc = 1;

	memcpy(words, data, size);
	for (size_t at = 0; at < size && argc <= WORDS; at += strlen(words + at) + 1)
		argv[argc++] = words + at;
	args_start(&args, &run, argc, argv);
	if (options_parse(&cfg, &args) == 0)
		accepted(&cfg);
	free(words);
	return 0;
}
