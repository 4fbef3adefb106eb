// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bpf.c - the hand-made front of the seccomp filter.
 *
 * Runs: in the manager; pure. The result runs in the host's kernel.
 *
 * 1. A call that is not made from the monitor's text is the guest's own: the
 *    caller says whether SECCOMP_RET_TRAP gives it to the monitor (SIGSYS) or
 *    SECCOMP_RET_TRACE to the tracer. The monitor gets in any case what is not
 *    a 64-bit call, and those of the vsyscall page: the host kernel emulates
 *    these and kills a process whose tracer moves it elsewhere.
 * 2. A call that takes an address range must keep off the monitor's image and
 *    off the whole map of physmem and what follows it:
 *
 *	[0, MONITOR_BASE), [VM_ADDR, WINDOW_END), [WINDOW_END, PHYSMEM_WINDOW),
 *	[RANGE_END, ...)
 *
 * The filter of a user sibling asks for a cookie instead of the caller's address,
 * in the high halves of arguments 3 and 4, which the kernel ignores in the calls
 * that a sibling makes. One call at one address needs none: arch_prctl, by which a sibling sets
 * its own bases of FS and GS, as its user may do by itself on a host with FSGSBASE.
 *
 * Must hold: 32-bit arithmetic; both halves of address and length are below
 * 2^15 before they are added, so the sums cannot wrap.
 */
#include "bpf.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>

#include <vm.h>

#define X32_BIT	    0x40000000u
#define HIGH_LIMIT  0x8000u /* high halves of user addresses are below */
#define M_END_LO    0	    /* scratch words */
#define M_END_HI    1

#define DATA(field)   ((uint32_t)offsetof(struct seccomp_data, field))
#define ARG_LO(n)     ((uint32_t)offsetof(struct seccomp_data, args[n]))
#define ARG_HI(n)     (ARG_LO(n) + 4)
#define LOAD(offset)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(what)  BPF_STMT(BPF_RET | BPF_K, what)
#define STORE(word)   BPF_STMT(BPF_ST, word)
#define RECALL(word)  BPF_STMT(BPF_LD | BPF_MEM, word)
#define TO_X	      BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define ADD_X	      BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)
#define ADD(n)	      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, n)
#define IF_EQ(k, t, f) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, t, f)
#define IF_GE(k, t, f) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, k, t, f)
#define IF_GT(k, t, f) BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, k, t, f)
#define IF_GE_X(t, f)  BPF_JUMP(BPF_JMP | BPF_JGE | BPF_X, 0, t, f)

#define TRAP RETURN(SECCOMP_RET_TRAP)

/* A 64-bit call, and not of the vsyscall page; leaves the high half of its address. */
#define NATIVE_CALL                                                                                \
	LOAD(DATA(arch)), IF_EQ(AUDIT_ARCH_X86_64, 1, 0), TRAP,                                    \
		LOAD(DATA(instruction_pointer) + 4), IF_GE(HIGH_LIMIT, 0, 1), TRAP

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t append(struct sock_filter *prog, uint32_t at, const struct sock_filter *part,
		       uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		prog[at + i] = part[i];
	return at + n;
}

/* Address ranges; then the program falls off its end. */
static uint32_t ranges(struct sock_filter *prog, uint32_t at)
{
	const struct sock_filter range[] = {
		/* end = address + length, in two halves */
		LOAD(ARG_HI(0)),
		IF_GE(HIGH_LIMIT, 0, 1),
		TRAP,
		LOAD(ARG_HI(1)),
		IF_GE(HIGH_LIMIT, 0, 1),
		TRAP,
		TO_X,
		LOAD(ARG_HI(0)),
		ADD_X,
		STORE(M_END_HI),
		LOAD(ARG_LO(1)),
		TO_X,
		LOAD(ARG_LO(0)),
		ADD_X,
		STORE(M_END_LO),
		IF_GE_X(3, 0), /* sum >= length: no carry */
		RECALL(M_END_HI),
		ADD(1),
		STORE(M_END_HI),
		/* starts above 4 GiB, or between WINDOW_END and there: only the top counts */
		LOAD(ARG_HI(0)),
		IF_EQ(0, 0, 13),
		LOAD(ARG_LO(0)),
		IF_GE(UMVMM_WINDOW_END, 11, 0),
		/* below: ends in the first 4 GiB ... */
		RECALL(M_END_HI),
		IF_EQ(0, 1, 0),
		TRAP,
		/* ... and lies below the monitor, or in its data */
		LOAD(ARG_LO(0)),
		IF_GE(UMVMM_VM_ADDR, 3, 0),
		RECALL(M_END_LO),
		IF_GT(UMVMM_MONITOR_BASE, 0, 13),
		TRAP,
		RECALL(M_END_LO),
		IF_GT(UMVMM_WINDOW_END, 0, 10),
		TRAP,
		/* above: starts at or behind RANGE_END, or ends at or below PHYSMEM_WINDOW */
		LOAD(ARG_HI(0)),
		IF_GE((uint32_t)(UMVMM_RANGE_END >> 32), 7, 0),
		RECALL(M_END_HI),
		IF_GT((uint32_t)(PHYSMEM_WINDOW >> 32), 0, 1),
		TRAP,
		IF_EQ((uint32_t)(PHYSMEM_WINDOW >> 32), 0, 3),
		RECALL(M_END_LO),
		IF_EQ(0, 1, 0),
		TRAP,
	};
	const uint32_t skip = COUNT(range);
	const struct sock_filter select[] = {
		LOAD(DATA(nr)),
		IF_EQ(SYS_mmap, 5, 0),
		IF_EQ(SYS_munmap, 4, 0),
		IF_EQ(SYS_mprotect, 3, 0),
		IF_EQ(SYS_pkey_mprotect, 2, 0),
		IF_EQ(SYS_madvise, 1, 0),
		BPF_STMT(BPF_JMP | BPF_JA, skip),
	};

	at = append(prog, at, select, COUNT(select));
	return append(prog, at, range, COUNT(range));
}

uint32_t bpf_prologue(struct sock_filter prog[static BPF_PROLOGUE_MAX], uint64_t text_start,
		      uint64_t text_end, uint32_t guest_call)
{
	const struct sock_filter origin[] = {
		NATIVE_CALL,
		IF_EQ((uint32_t)(text_start >> 32), 1, 0),
		RETURN(guest_call),
		LOAD(DATA(instruction_pointer)),
		IF_GE((uint32_t)text_start, 1, 0),
		RETURN(guest_call),
		IF_GT((uint32_t)text_end, 0, 1), /* the call's own end may be text_end */
		RETURN(guest_call),
		LOAD(DATA(nr)),
		IF_GE(X32_BIT, 0, 1),
		TRAP,
	};

	return ranges(prog, append(prog, 0, origin, COUNT(origin)));
}

uint32_t bpf_prologue_sibling(struct sock_filter prog[static BPF_PROLOGUE_MAX], uint64_t cookie,
			      uint64_t handoff, uint32_t guest_call)
{
	const struct sock_filter origin[] = {
		NATIVE_CALL,
		IF_EQ((uint32_t)(handoff >> 32), 0, 8),
		LOAD(DATA(instruction_pointer)),
		IF_EQ((uint32_t)handoff, 3, 0),
		IF_EQ((uint32_t)handoff + SIBLING_BASE_CALL, 0, 5),
		LOAD(DATA(nr)),
		IF_EQ(SYS_arch_prctl, 12, 3), /* behind the cookie */
		LOAD(DATA(nr)),
		IF_EQ(SIBLING_CALL, 0, 1),
		RETURN(SECCOMP_RET_USER_NOTIF),
		LOAD(ARG_HI(3)),
		IF_EQ((uint32_t)(cookie >> 32), 1, 0),
		RETURN(guest_call),
		LOAD(ARG_HI(4)),
		IF_EQ((uint32_t)cookie, 1, 0),
		RETURN(guest_call),
		LOAD(DATA(nr)),
		IF_GE(X32_BIT, 0, 1),
		RETURN(guest_call),
	};

	return ranges(prog, append(prog, 0, origin, COUNT(origin)));
}
