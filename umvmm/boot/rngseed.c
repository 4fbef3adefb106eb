// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rngseed.c - random bytes for the guest kernel's start: SETUP_RNG_SEED.
 *
 * Runs: in the manager, before the first guest instruction of each boot, so a guest that
 * reboots gets others.
 *
 * A guest's first getrandom() would wait for seconds else: there are few interrupts and no
 * devices that it could learn from. The kernel reserves the place, takes the bytes, and
 * wipes it (arch/x86/kernel/setup.c, parse_setup_data()). It credits them where it was
 * built with CONFIG_RANDOM_TRUST_BOOTLOADER, whatever its command line says: it looks at
 * the seed first. So who says random.trust_bootloader=off gets none.
 *
 * Must hold: the seed is nowhere but in guest memory.
 */
#include "rngseed.h"

#include <asm/bootparam.h>
#include <string.h>
#include <sys/random.h>

#include "lowmem.h"

#define SEED_BYTES 64 /* the kernel's pool wants 32 */
#ifndef SETUP_RNG_SEED
#define SETUP_RNG_SEED 9 /* in asm/bootparam.h since Linux 6.0 */
#endif

/* As the kernel compares names: '-' is '_'. Returns what is behind "NAME=", or NULL. */
static const char *value_of(const char *word, const char *name)
{
	for (; *name; word++, name++)
		if (*word != *name && !(*name == '_' && *word == '-'))
			return NULL;
	return *word == '=' ? word + 1 : NULL;
}

/* As kstrtobool() does: 1 on, 0 off, -1 neither, which changes nothing. */
static int is_on(const char *value)
{
	switch (*value) {
	case 'y':
	case 'Y':
	case '1':
		return 1;
	case 'n':
	case 'N':
	case '0':
		return 0;
	case 'o':
	case 'O':
		if (value[1] == 'n' || value[1] == 'N')
			return 1;
		return value[1] == 'f' || value[1] == 'F' ? 0 : -1;
	}
	return -1;
}

bool rngseed_refused(const char *cmdline)
{
	bool refused = false;

	for (const char *word = cmdline; *word;) {
		const char *value;

		word += strspn(word, " \t\n\"");
		if (!strncmp(word, "--", 2) &&
		    (!word[2] || word[2] == ' ')) /* the rest is init's */
			break;
		value = value_of(word, "random.trust_bootloader");
		if (value) {
			int on = is_on(value + (*value == '"'));

			if (on >= 0)
				refused = !on;
		}
		word += strcspn(word, " \t\n");
	}
	return refused;
}

void rngseed_setup(struct physmem *mem, const char *cmdline)
{
	struct boot_params *bp = physmem_range(mem, LOW_BOOT_PARAMS, sizeof(*bp));
	struct setup_data *seed = physmem_range(mem, LOW_RNG_SEED, sizeof(*seed) + SEED_BYTES);

	if (!bp || !seed || rngseed_refused(cmdline))
		return;
	/* soon after the host's own start there is none: the guest can do without */
	if (getrandom(seed->data, SEED_BYTES, GRND_NONBLOCK) != SEED_BYTES)
		return;
	seed->next = 0;
	seed->type = SETUP_RNG_SEED;
	seed->len = SEED_BYTES;
	bp->hdr.setup_data = LOW_RNG_SEED;
}
