// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keys.c - has this host protection keys (--isolation pku)?
 *
 * Runs: in the manager and in umvmm doctor; changes nothing.
 */
#include "keys.h"

#include <cpuid.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vm.h>

const char *hostkeys_missing(void)
{
	uint32_t eax, ebx, ecx = 0, edx;
	long keys[PKEY_TABLES];
	int n;

	if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ecx & bit_PKU))
		return "the CPU has no protection keys";
	if (!(ecx & bit_OSPKE))
		return "the host kernel does not enable protection keys";
	for (n = 0; n < PKEY_TABLES; n++) {
		keys[n] = syscall(SYS_pkey_alloc, 0, 0);
		if (keys[n] < 0)
			break;
	}
	for (int i = 0; i < n; i++)
		syscall(SYS_pkey_free, keys[i]);
	return n < PKEY_TABLES ? "the host gives out no protection keys" : NULL;
}
