// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pku.c - --isolation pku: protection keys, the rewritten gates, signal frames.
 *
 * Runs: monitor; pku_enable in the first process, before there is a filter.
 *
 * Must hold: with PKRU_USER in force nothing of the monitor runs but rights.S
 * (before or behind its WRPKRU) and the stubs of site.c; what else is found there
 * is a user's wild jump. This is fault isolation: a user who executes WRPKRU has
 * all rights. What protects the host is the system call filter.
 */
#include "context/context.h"
#include "context/host.h"
#include "pku.h"
#include "text.h"

#define XSTATE_BV     512 /* in an XSAVE area */
#define XSTATE_PKRU   9
#define JUMP_SIZE     5
#define CPUID_XSTATE  0xd

struct site {
	uint64_t at, to;
};

extern const struct site __pku_sites_start[], __pku_sites_end[];
extern char __data_start[], __image_end[];
extern char pku_signal_entry[];
extern char pku_text_start[], pku_text_end[], gate_syscall_traced[], gate_syscall_traced_entered[];
extern char pku_resume_iret[], pku_iretq_iret[], pku_sysretq_jump[];

static int enabled;
static uint32_t pkru_offset; /* of PKRU in a signal frame's XSAVE area */

int pku_enabled(void)
{
	return enabled;
}

static long protect(uint64_t start, uint64_t len, int prot, int key)
{
	if (!enabled)
		return 0;
	return host_pkey_mprotect(start, len, prot, key);
}

long pku_protect(uint64_t start, uint64_t len, int prot)
{
	return protect(start, len, prot, PKEY_KERNEL);
}

long pku_protect_tables(uint64_t start, uint64_t len, int prot)
{
	return protect(start, len, prot, PKEY_TABLES);
}

static void rewrite_gates(void)
{
	const struct site *s;

	text_unlock();
	for (s = __pku_sites_start; s < __pku_sites_end; s++) {
		uint8_t *p = (uint8_t *)(uintptr_t)s->at;
		uint32_t distance = (uint32_t)(s->to - (s->at + JUMP_SIZE)), i;

		p[0] = 0xe9;
		for (i = 0; i < 4; i++)
			p[1 + i] = (uint8_t)(distance >> 8 * i);
	}
	text_lock();
}

void pku_enable(void)
{
	const int rw = PROT_READ | PROT_WRITE;
	uint32_t eax = CPUID_XSTATE, ebx, ecx = XSTATE_PKRU, edx;

	if (vm_page->isolation != ISOLATION_PKU)
		return;
	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	pkru_offset = ebx;
	if (host_pkey_alloc() != PKEY_KERNEL ||
	    host_pkey_alloc() != PKEY_TABLES)
		host_exit_group(1);
	__asm__ volatile("wrpkru" : : "a"(0), "c"(0), "d"(0) : "memory");
	rewrite_gates();
	enabled = 1;
	if (host_mmap(PKU_SCRATCH, PAGE_SIZE, rw, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) <
		    0 ||
	    pku_protect((uintptr_t)__data_start, (uintptr_t)__image_end - (uintptr_t)__data_start,
			rw) < 0 ||
	    pku_protect(UMVMM_VM_ADDR, VM_SHARED_SIZE, rw) < 0 ||
	    pku_protect(PHYSMEM_WINDOW, vm_page->mem_size, rw) < 0)
		host_exit_group(1);
}

uint64_t pku_signal_handler(void)
{
	return enabled ? (uintptr_t)pku_signal_entry : (uintptr_t)handle_signal;
}

/* The frame's part that says which components it holds; a missing one is 0. */
static uint64_t *xstate_bv(const struct host_ucontext *uc)
{
	return (uint64_t *)(uintptr_t)(uc->fpstate + XSTATE_BV);
}

void pku_all_rights(struct host_ucontext *uc)
{
	if (enabled)
		*xstate_bv(uc) &= ~(1ull << XSTATE_PKRU);
}

static int with_users_rights(const struct host_ucontext *uc)
{
	return (*xstate_bv(uc) >> XSTATE_PKRU & 1) &&
	       *(const uint32_t *)(uintptr_t)(uc->fpstate + pkru_offset) == PKRU_USER;
}

static int within(uint64_t rip, uint64_t start, uint64_t end)
{
	return rip >= start && rip < end;
}

int pku_is_users(int sig, const struct host_ucontext *uc)
{
	uint64_t rip = uc->rip;

	if (!enabled || this_vcpu->cpl != 3 || !with_users_rights(uc))
		return 0;
	if (within(rip, UMVMM_STUBS, UMVMM_STUBS_END)) /* site_leave_stub() knows more */
		return 0;
	if (sig != SIGSEGV)
		return !within(rip, (uintptr_t)pku_text_start, (uintptr_t)pku_text_end) &&
		       !within(rip, (uintptr_t)gate_syscall_traced,
			       (uintptr_t)gate_syscall_traced_entered);
	/* there, only the last instructions fault, when the user's RIP is no address */
	return rip != (uintptr_t)pku_resume_iret && rip != (uintptr_t)pku_iretq_iret &&
	       rip != (uintptr_t)pku_sysretq_jump;
}
