// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - rewriting a user system call site into a jump to the gate.
 *
 * Runs: monitor. The common site is "mov $nr, %eax; syscall" (b8 imm32 0f 05),
 * seven bytes that become "jmp *disp32" (ff 24 25 disp32) through a slot of
 * this context's table; the slot leads to a stub that loads rcx with the
 * return address, eax with the number, and jumps to gate_syscall.
 *
 * Must hold: the guest never sees the change. The page is a private copy of
 * this context (MAP_PRIVATE), made only of text that is mapped read-only; it
 * goes with every flush. A jump to the old SYSCALL instruction finds the bytes
 * ce 7f of the slot's address: #UD, and site_middle() turns it into the call.
 */
#include "context.h"
#include "cpu.h"
#include "guest.h"
#include "host.h"
#include "mmu.h"
#include "site.h"

#define SITE_SIZE  7
#define SLOTS	   2048u
#define STUB_SIZE  32u
#define HOT	   16u /* calls before a site is worth it: the copy costs ~2 us */
#define SEEN_COUNT 256u
#define NEVER	   0xffffffffu

extern char gate_syscall[], gate_syscall_slow[];

static struct {
	uint64_t rip;
	uint32_t count;
} seen[SEEN_COUNT];

static uint32_t slots_used;
static int tables_mapped;

static int map_tables(void)
{
	if (tables_mapped)
		return 0;
	if (host_mmap(UMVMM_SLOT_TABLE, SLOTS * 8, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0 ||
	    host_mmap(UMVMM_STUBS, SLOTS * STUB_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		return -1;
	tables_mapped = 1;
	return 0;
}

/* Has the page at va rewritten sites, that is, is it a private copy already? */
static int is_private(uint64_t va, const struct translation *t)
{
	const uint64_t *here = (const uint64_t *)(uintptr_t)(va & ~4095ull);
	const uint64_t *there = physmem_at(t->pa & ~4095ull, 4096);
	unsigned int i;

	for (i = 0; there && i < 4096 / 8; i++)
		if (here[i] != there[i])
			return 1;
	return 0;
}

/* A private, writable copy of the text page at va in this context. */
static int private_copy(uint64_t va, const struct translation *t)
{
	uint64_t off = gpa_to_offset(vm_page->mem_size, t->pa & ~4095ull);

	if (off == ~0ull || t->write || !t->exec || !t->user)
		return -1;
	return host_mmap(va & ~4095ull, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			 MAP_PRIVATE | MAP_FIXED, FD_PHYSMEM, off) < 0 ? -1 : 0;
}

static void put32(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

static void make_stub(uint32_t n, uint64_t rip, uint32_t nr)
{
	uint8_t *p = (uint8_t *)(uintptr_t)(UMVMM_STUBS + n * STUB_SIZE);
	const char *gate = this_vcpu->lstar_swapped ? gate_syscall : gate_syscall_slow;
	uint64_t at = UMVMM_STUBS + n * STUB_SIZE + 20;

	p[0] = 0x48; /* movabs $rip, %rcx */
	p[1] = 0xb9;
	put32(p + 2, (uint32_t)rip);
	put32(p + 6, (uint32_t)(rip >> 32));
	p[10] = 0xb8; /* mov $nr, %eax */
	put32(p + 11, nr);
	p[15] = 0xe9; /* jmp gate */
	put32(p + 16, (uint32_t)((uintptr_t)gate - at));
	*(uint64_t *)(uintptr_t)(UMVMM_SLOT_TABLE + n * 8) = UMVMM_STUBS + n * STUB_SIZE;
}

/* 0, or -1 if this site can never be rewritten. */
static int rewrite(uint64_t rip)
{
	uint64_t site = rip - SITE_SIZE;
	uint8_t *p = (uint8_t *)(uintptr_t)site;
	uint8_t code[SITE_SIZE];
	struct translation t;
	uint32_t nr = 0, n;
	int i;

	if (ctx.regs.rflags & RFLAGS_TF)
		return 0;
	if ((site & 4095) > 4096 - SITE_SIZE || !mmu_probe(site, &t) ||
	    guest_read(site, code, sizeof(code)))
		return -1;
	if (code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
		return -1;
	for (i = 4; i >= 1; i--)
		nr = nr << 8 | code[i];
	if (nr != (uint32_t)ctx.regs.r[0] || map_tables())
		return -1;
	if (slots_used == SLOTS) { /* start again: no rewritten copy survives this */
		mmu_flush_user();
		slots_used = 0;
		return 0;
	}
	if (!is_private(site, &t) && private_copy(site, &t))
		return -1;
	n = slots_used++;
	make_stub(n, rip, nr);
	/* single-threaded: nobody executes this page meanwhile */
	p[0] = 0xff;
	p[1] = 0x24;
	p[2] = 0x25;
	put32(p + 3, UMVMM_SLOT_TABLE + n * 8);
	this_vcpu->stats.site_patched++;
	return 0;
}

void site_seen(uint64_t rip)
{
	uint32_t i = (uint32_t)(rip >> 1 ^ rip >> 12) % SEEN_COUNT;

	if (seen[i].rip != rip) {
		seen[i].rip = rip;
		seen[i].count = 0;
	}
	if (seen[i].count == NEVER)
		return;
	if (++seen[i].count >= HOT && rewrite(rip))
		seen[i].count = NEVER;
}

int site_middle(void)
{
	const uint8_t *p = (const uint8_t *)(uintptr_t)ctx.regs.rip;

	if ((ctx.regs.rip & 4095) < 5 || p[0] != 0xce || p[1] != 0x7f || p[-5] != 0xff ||
	    p[-4] != 0x24 || p[-3] != 0x25)
		return 0;
	ctx.regs.rip += 2;
	return 1;
}
