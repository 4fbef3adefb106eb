// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * returns.c - addresses to return to that the guest kernel's tracers have replaced.
 *
 * Must hold: all of it comes from the guest, which may run: lists have a limit.
 */
#include "returns.h"

#define RETURNS_MAX 64u /* FTRACE_RETFUNC_DEPTH is 50 */

static bool get(const struct linux_guest *l, uint64_t va, void *value, size_t size)
{
	return guestmem_read_kernel(&l->mem, va, value, size) == 0;
}

bool returns_replaced(const struct linux_guest *l, uint64_t ip)
{
	return linux_begins(l, ip, "return_to_handler") ||
	       linux_begins(l, ip, "arch_rethook_trampoline");
}

/* An array with an entry for each traced function that has been called, the last one at TOP. */
static bool traced(const struct linux_guest *l, const struct task *task, uint64_t at, uint64_t *ip)
{
	uint64_t stack_at, top_at, ret_at, retp_at, size, entry, place;
	int32_t top;

	if (!layout_get(&l->layout, "OFFSET(task_struct.ret_stack)", &stack_at) ||
	    !layout_get(&l->layout, "OFFSET(task_struct.curr_ret_stack)", &top_at) ||
	    !layout_get(&l->layout, "OFFSET(ftrace_ret_stack.ret)", &ret_at) ||
	    !layout_get(&l->layout, "OFFSET(ftrace_ret_stack.retp)", &retp_at) ||
	    !layout_get(&l->layout, "SIZE(ftrace_ret_stack)", &size) ||
	    !get(l, task->va + stack_at, &entry, 8) || !entry ||
	    !get(l, task->va + top_at, &top, 4))
		return false;
	for (int32_t i = 0; i <= top && i < (int32_t)RETURNS_MAX; i++, entry += size)
		if (get(l, entry + retp_at, &place, 8) && place == at)
			return get(l, entry + ret_at, ip, 8);
	return false;
}

/* A list, the last one first. */
static bool probed(const struct linux_guest *l, const struct task *task, uint64_t at, uint64_t *ip)
{
	uint64_t first_at, link_at, ret_at, frame_at, node, place;

	if (!layout_get(&l->layout, "OFFSET(task_struct.rethooks.first)", &first_at) ||
	    !layout_get(&l->layout, "OFFSET(rethook_node.llist)", &link_at) ||
	    !layout_get(&l->layout, "OFFSET(rethook_node.ret_addr)", &ret_at) ||
	    !layout_get(&l->layout, "OFFSET(rethook_node.frame)", &frame_at) ||
	    !get(l, task->va + first_at, &node, 8))
		return false;
	for (unsigned int i = 0; node && i < RETURNS_MAX; i++) {
		node -= link_at;
		/* what a second probe has replaced is the first one's */
		if (get(l, node + frame_at, &place, 8) && place == at &&
		    get(l, node + ret_at, ip, 8) && !returns_replaced(l, *ip))
			return true;
		if (!get(l, node + link_at, &node, 8))
			return false;
	}
	return false;
}

bool returns_original(const struct linux_guest *l, const struct task *task, uint64_t at,
		      uint64_t *ip)
{
	/* where both have been at work, the tracer keeps what the probe has put there */
	if (!traced(l, task, at, ip))
		return probed(l, task, at, ip);
	if (returns_replaced(l, *ip))
		(void)probed(l, task, at, ip);
	return true;
}
