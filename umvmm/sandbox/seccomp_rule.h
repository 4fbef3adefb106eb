/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp_rule.h - a call that a filter allows, as a row of a table.
 *
 * Runs: where a filter is made, by libseccomp: seccomp.c and umvmm/sandbox/sandbox.c.
 */
#ifndef UMVMM_SANDBOX_SECCOMP_RULE_H
#define UMVMM_SANDBOX_SECCOMP_RULE_H

#include <seccomp.h>
#include <stddef.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of int and unsigned int arguments the host takes 32 bits. */
#define LOW32	     0xffffffffull
#define IS(n, value) SCMP_CMP64(n, SCMP_CMP_MASKED_EQ, LOW32, value)

struct rule {
	int call;
	unsigned int count; /* of arg */
	struct scmp_arg_cmp arg[5];
};

/* 0, or a negative errno. */
static inline int allow_rules(scmp_filter_ctx filter, const struct rule *rule, size_t count)
{
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, rule[i].call, rule[i].count,
					     rule[i].arg);
	return err;
}

#endif
