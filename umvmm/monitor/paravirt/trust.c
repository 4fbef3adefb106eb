// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust.c - see trust.h.
 *
 * Runs: monitor, in a context, at virtual CPL 0.
 */
#include "context/context.h"
#include "context/sibling.h"
#include "cpu/bases.h"
#include "redirect/site.h"
#include "trust.h"

void trust_enter(void)
{
	struct vcpu *v = this_vcpu;
	uint32_t split = !ctx_table->v[ctx.slot].trusted;

	if (vm_page->isolation != ISOLATION_USERS)
		return;
	if (v->split != split) {
		sibling_rest();
		v->split = split;
		v->user_slow = split; /* gates lead to the context's own user code */
		bases_changed();
	}
	site_wall_changed();
}

void trust_set(int trusted)
{
	struct vctx *me = &ctx_table->v[ctx.slot];

	if (vm_page->isolation != ISOLATION_USERS || me->trusted == (uint16_t)trusted)
		return;
	if (trusted)
		this_vcpu->stats.trust_given++;
	else
		this_vcpu->stats.trust_withdrawn++;
	me->trusted = (uint16_t)trusted;
	trust_enter();
}
