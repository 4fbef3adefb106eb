/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit.h - the end of every test program: it runs its one test case.
 *
 * Runs: on the host, Check.
 */
#ifndef UNIT_H
#define UNIT_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>

/* For what hangs: a busy host may take a hundred times as long as an idle one. */
#define UNIT_TIMEOUT 600 /* seconds */

/* Returns the program's exit status. */
static inline int unit_run(TCase *tc)
{
	Suite *suite = suite_create(program_invocation_short_name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tc, UNIT_TIMEOUT);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
