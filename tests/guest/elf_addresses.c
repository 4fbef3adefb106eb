// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_addresses.c - programs that are linked to certain addresses run there.
 */
#include "tiny_elf.h"

int main(void)
{
	/* a usual non-PIE; valgrind's tools; Wine; beside what the guest's kernel keeps */
	static const uint64_t where[] = { 0x10000,	  0x400000,	  0x3ffff000,	  0x40000000,
					  0x58000000,	  0x67fff000,	  0x7be00000,	  0x7c000000,
					  0x7d000000,	  0x7d400000,	  0x7fe00000,	  0x7fff0000,
					  0x80000000,	  0x100000000,	  0x550000000000, 0x5ffffffff000,
					  0x600000000000, 0x647ffffff000, 0x720000000000 };

	for (unsigned int i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		int status = tiny_run(where[i], PAGE);

		EXPECT(status == TINY_STATUS, "%#lx: %d", where[i], status);
	}
	return test_end();
}
