/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor_checks.h - the table of checks behind umvmm doctor.
 */
#ifndef UMVMM_CMD_DOCTOR_CHECKS_H
#define UMVMM_CMD_DOCTOR_CHECKS_H

enum found_level {
	FOUND_OK,
	FOUND_NOTE,    /* slower, or an option is not available */
	FOUND_MISSING, /* no VM can run */
};

struct finding {
	enum found_level level;
	char text[160];
	const char *remedy;
};

struct doctor_check {
	const char *name;
	void (*check)(struct finding *found);
};

extern const struct doctor_check doctor_checks[]; /* ends with a null name */

#endif
