/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cases.h - which of a program's cases the command line asks for.
 *
 * Runs: in freestanding guests. Command line: case=NAME.
 */
#ifndef HOSTILE_CASES_H
#define HOSTILE_CASES_H

#include "lib.h"

/* The first member of each row of CASES is its name. Ends the VM if there is none such. */
#define find_case(cases) (&(cases)[case_number((cases), sizeof(*(cases)), sizeof(cases))])

static inline unsigned long case_number(const void *cases, unsigned long row, unsigned long size)
{
	for (unsigned long at = 0; at < size; at += row)
		if (word_is("case", *(const char *const *)((const char *)cases + at)))
			return at / row;
	print("no such case\n");
	finish(99);
}

#endif
