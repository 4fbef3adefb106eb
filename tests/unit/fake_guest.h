/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_guest.h - a fake Linux for each test of what reads a guest's memory.
 *
 * Runs: on the host, Check; one program includes it once.
 */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include <string.h>

#include <vm.h>
#include <umvmm/inspect/linux.h>

#include "fake_linux.h"
#include "unit.h"

static struct fake_linux fake;
static struct fake_memory *ram;
static struct linux_guest l; /* after look() */

static inline void setup(void)
{
	ck_assert_int_eq(fake_linux_make(&fake), 0);
	ram = fake.ram;
}

static inline void teardown(void)
{
	linux_close(&l);
	fake_linux_free(&fake);
}

/* Again, when the guest has changed. */
static inline void look(void)
{
	linux_close(&l);
	ck_assert_int_eq(linux_open(&l, &fake.mem, "test", true, true), 0);
}

/* In vmcoreinfo: as long a text. */
static inline void replace(const char *text, const char *with)
{
	char *at = strstr((char *)ram->note + 24, text);

	ck_assert(at && strlen(text) == strlen(with));
	memcpy(at, with, strlen(with));
}

/* One test case with all of these, each with its own guest. */
static inline TCase *fake_guest_tests(void)
{
	TCase *tc = tcase_create(program_invocation_short_name);

	tcase_add_checked_fixture(tc, setup, teardown);
	return tc;
}

#endif
