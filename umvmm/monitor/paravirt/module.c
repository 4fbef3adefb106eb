// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module.c - a guest module's sensitive sites, rewritten when it is loaded.
 *
 * Runs: monitor, called by the guest's module loader (WRMSR UMVMM_MSR_MODULE)
 * while the module's text is still writable. The request and the note are the
 * guest's own memory: a wrong one can only damage the guest.
 */
#include <rewrite.h>

#include "context/context.h"
#include "cpu/cpu.h"
#include "mmu/layout.h"
#include "mmu/mmu.h"
#include "module.h"
#include "report/report.h"

struct module {
	struct umvmm_module_req req;
};

static int inside(uint64_t va, size_t len, uint64_t start, uint64_t size)
{
	return va >= start && len <= size && va - start <= size - len;
}

/* Guest memory at its own address, made accessible for `access` first. */
static void *touch(uint64_t va, size_t len, uint32_t access)
{
	struct translation t;
	uint64_t page;

	if (!len || va + len < va || !is_kernel_address(va) || !is_kernel_address(va + len - 1))
		return 0;
	for (page = va & PAGE_MASK; page < va + len; page += PAGE_SIZE)
		if (mmu_fill(page, access, &t))
			return 0;
	return (void *)(uintptr_t)va;
}

static void *map(void *arg, uint64_t va, size_t len)
{
	const struct module *m = arg;

	if (!inside(va, len, m->req.text, m->req.text_size) &&
	    !inside(va, len, m->req.init_text, m->req.init_text_size))
		return 0;
	return touch(va, len, PF_W);
}

/* Replacements of alternatives keep their instructions: they are copied first. */
static int skip(void *arg, uint64_t va, size_t len)
{
	return !map(arg, va, len);
}

void module_rewrite(uint64_t va)
{
	struct module m;
	struct rewrite_stats stats = { 0 };
	struct rewrite_target target = {
		.map = map,
		.skip = skip,
		.ctx = &m,
		.mode = rewrite_mode(vm_page->virt == VIRT_TRAP, (int)vm_page->fsgsbase),
	};
	int64_t error = 0;
	const void *note;
	int ret;

	if (guest_read(va, &m.req, sizeof(m.req), AS_KERNEL))
		return;
	note = touch(m.req.note, m.req.note_size, 0);
	if (!note) {
		error = -EFAULT;
	} else {
		ret = rewrite_note(note, m.req.note_size, m.req.note, &target, &stats);
		if (ret) {
			monitor_log("module at %x: %s, site %x", m.req.text, rewrite_strerror(ret),
				    stats.bad_site);
			error = -EINVAL;
		}
	}
	guest_write(va + offsetof(struct umvmm_module_req, error), &error, sizeof(error),
		    AS_KERNEL);
}

/* The bytes of a rewritten swapgs (rewrite.c), 58 in all. */
#define SWAPGS_SIZE 58

/* mov %rax, SCR0; without FSGSBASE xchg %rax, KGS */
static int starts_swapgs(const uint8_t code[8])
{
	uint32_t word = bases_by_call ? UMVMM_VCPU_KGS : UMVMM_VCPU_SCR0;

	return code[0] == 0x48 && code[1] == (bases_by_call ? 0x87 : 0x89) && code[2] == 0x04 &&
	       code[3] == 0x25 && *(const uint32_t *)(code + 4) == UMVMM_VCPU_ADDR + word;
}

/*
 * When the entry point starts with a rewritten swapgs (behind an ENDBR), the
 * gate has done its work and enters behind it.
 */
void module_set_syscall_entry(void)
{
	struct vcpu *v = this_vcpu;
	uint8_t code[12];
	uint64_t at = v->lstar;

	v->syscall_slow = ~0u;
	if (!(v->efer & EFER_SCE) || guest_read(at, code, sizeof(code), AS_KERNEL_CODE))
		return;
	if (code[0] == 0xf3 && code[1] == 0x0f && code[2] == 0x1e && code[3] == 0xfa) {
		at += 4;
		if (guest_read(at, code, sizeof(code), AS_KERNEL_CODE))
			return;
	}
	if (starts_swapgs(code)) {
		v->syscall_slow = RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC;
		v->lstar_entry = at + SWAPGS_SIZE;
	}
}
