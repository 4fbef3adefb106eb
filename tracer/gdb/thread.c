// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread.c - gdb's thread ids.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "thread.h"

#include "hex.h"
#include "stub.h"

/* gdb numbers threads from 1; 0 is any, -1 all. */
bool thread_parse(const struct stub *s, const char **p, unsigned int *vcpu)
{
	uint64_t id;

	if ((*p)[0] == '-' && (*p)[1] == '1') {
		*p += 2;
		*vcpu = ALL_VCPUS;
		return true;
	}
	if (!hex_number(p, &id) || id > s->ncpus)
		return false;
	*vcpu = id ? (unsigned int)id - 1 : ALL_VCPUS;
	return true;
}
