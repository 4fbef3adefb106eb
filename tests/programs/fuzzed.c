// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzzed.c - a target for libFuzzer: with BUG defined an input that begins with "ok!" ends it.
 *
 * Runs: on the host and in a guest (suite.sh).
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 2 && data[0] == 'o' && data[1] == 'k' && data[2] == '!') {
#ifdef BUG
		abort();
#endif
	}
	return 0;
}
