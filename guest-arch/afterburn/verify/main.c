// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - verify that no sensitive instruction of a kernel or module is unrecorded.
 *
 * Runs: on the build machine, after the link.
 *
 * Exit status: 0 all recorded, 1 not, 2 the file cannot be read or usage.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"

static const struct option long_options[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "stats", no_argument, NULL, 's' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void usage(FILE *out)
{
	fputs("usage: verify [--list] [--stats] FILE...\n"
	      "Checks that every sensitive instruction of vmlinux or a module is a recorded site.\n"
	      "  --list   print every sensitive instruction\n"
	      "  --stats  print totals by instruction\n",
	      out);
}

int main(int argc, char **argv)
{
	struct check_options options = { 0 };
	unsigned long errors = 0;
	int opt;

	while ((opt = getopt_long(argc, argv, "lsh", long_options, NULL)) != -1) {
		switch (opt) {
		case 'l':
			options.list = true;
			break;
		case 's':
			options.stats = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return 2;
	}
	for (; optind < argc; optind++) {
		struct image image;

		image_open(&image, argv[optind]);
		errors += check(&image, &options);
		image_close(&image);
	}
	return errors ? 1 : 0;
}
