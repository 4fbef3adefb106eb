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
 * goes with any flush that finds anything else there. A jump to the old SYSCALL instruction finds the bytes
 * ce 7f of the slot's address: #UD, and site_middle() turns it into the call.
 */
#include "context.h"
#include "cpu.h"
#include "debug.h"
#include "guest.h"
#include "host.h"
#include "mmu.h"
#include "pku.h"
#include "runs.h"
#include "sibling.h"
#include "site.h"
#include "stop.h"

#define SITE_SIZE  7
#define SLOTS	   2048u
#define STUB_SIZE  32u /* a place; a stub takes PLACES of them, read()'s one more */
#define PLACES	   (pku_enabled() ? 2u : 1u)
#define HOT	   16u /* calls before a site is worth it: the copy costs ~2 us */
#define SEEN_COUNT 256u
#define NEVER	   0xffffffffu
#define PRIVATE_PAGES 64u

extern char gate_syscall[], sibling_site_gate[];

static struct {
	uint64_t rip;
	uint32_t count;
} seen[SEEN_COUNT];

static uint32_t slots_used;
static int tables_mapped;
/* Which site each place of the stubs is for. */
static uint64_t site_of[SLOTS];

/*
 * --isolation split: the sites are in the user sibling. The tables are built here
 * as always, and copied there; of its text pages these are private copies.
 */
static uint64_t private_page[PRIVATE_PAGES];
static unsigned int private_pages;

static int map_private(uint64_t at, uint64_t len, int prot)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (this_vcpu->split)
		sibling_order(HOST_NR_mmap, at, len, (uint64_t)prot, flags, (uint32_t)-1, 0);
	return host_mmap(at, len, prot, flags, -1, 0) < 0 ||
	       pku_protect_tables(at, len, prot) < 0 ? -1 : 0;
}

static int map_tables(void)
{
	if (tables_mapped)
		return 0;
	if (map_private(UMVMM_SLOT_TABLE, SLOTS * 8, PROT_READ | PROT_WRITE) ||
	    map_private(UMVMM_STUBS, SLOTS * STUB_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return -1;
	tables_mapped = 1;
	return 0;
}

void site_unmapped(uint64_t start, uint64_t len)
{
	unsigned int i = 0;

	while (i < private_pages) {
		if (private_page[i] - start < len)
			private_page[i] = private_page[--private_pages];
		else
			i++;
	}
}

/* Has the page at va rewritten sites, that is, is it a private copy already? */
static int is_private(uint64_t va, const struct translation *t)
{
	const uint64_t *here = (const uint64_t *)(uintptr_t)(va & ~4095ull);
	const uint64_t *there = physmem_at(t->pa & ~4095ull, 4096);
	unsigned int i;

	if (this_vcpu->split) {
		for (i = 0; i < private_pages; i++)
			if (private_page[i] == (va & ~4095ull))
				return 1;
		return 0;
	}
	for (i = 0; there && i < 4096 / 8; i++)
		if (here[i] != there[i])
			return 1;
	return 0;
}

/*
 * A private, writable copy of the text page at va in this context. Only of pages
 * that nobody else may change behind our back: the guest marks the executable
 * pages of private file mappings, and one that is not dirty is the file's own.
 */
static int private_copy(uint64_t va, const struct translation *t)
{
	const int prot = PROT_READ | PROT_WRITE | PROT_EXEC, flags = MAP_PRIVATE | MAP_FIXED;
	uint64_t off = gpa_to_offset(vm_page->mem_size, t->pa & ~4095ull);
	uint64_t page = va & ~4095ull;

	if (off == ~0ull || t->write || t->dirty || !t->exec || !t->user ||
	    !(*t->leaf & UMVMM_PTE_TEXT))
		return -1;
	if (runs_full(this_vcpu->split ? &sibling_runs : &own_runs))
		mmu_flush_user();
	if (this_vcpu->split) {
		if (private_pages == PRIVATE_PAGES)
			return -1;
		sibling_order(HOST_NR_mmap, page, 4096, prot, flags, FD_PHYSMEM, off);
		private_page[private_pages++] = page;
		runs_add(&sibling_runs, page, 1, off, prot, RUN_USER | RUN_TEXT);
		return 0;
	}
	if (host_mmap(page, 4096, prot, flags, FD_PHYSMEM, off) < 0)
		return -1;
	runs_add(&own_runs, page, 1, off, prot, RUN_USER | RUN_TEXT);
	return 0;
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint8_t *stub_at(uint32_t n)
{
	return (uint8_t *)(uintptr_t)(UMVMM_STUBS + n * STUB_SIZE);
}

/* Where the stub's call goes: in the sibling, which has no vCPU page, to its own gate. */
static uintptr_t gate_address(void)
{
	return (uintptr_t)(this_vcpu->split ? sibling_site_gate : gate_syscall);
}

static void poke4(uint64_t at, const uint8_t *p)
{
	sibling_order((uint64_t)SIBLING_POKE4, at, get32(p), 0, 0, 0, 0);
}

/* The stub at place n, which is complete, is for this site. */
static void use_stub(uint32_t n, uint32_t places, uint64_t site)
{
	uint64_t stub = (uintptr_t)stub_at(n), slot = UMVMM_SLOT_TABLE + n * 8, i;

	for (i = 0; i < places; i++)
		site_of[n + i] = site;
	*(uint64_t *)(uintptr_t)slot = stub;
	if (!this_vcpu->split)
		return;
	for (i = 0; i < places * STUB_SIZE; i += 8)
		sibling_order((uint64_t)SIBLING_POKE8, stub + i, *(uint64_t *)(uintptr_t)(stub + i),
			      0, 0, 0, 0);
	sibling_order((uint64_t)SIBLING_POKE8, slot, stub, 0, 0, 0, 0);
}

/*
 * The end of every stub, at p: what SYSCALL does to rcx, the number, the gate.
 * Flags, and registers that SYSCALL keeps, stay as they are; r11 is free.
 */
static void put_call(uint8_t *p, uint64_t rip, uint32_t nr)
{
	static const uint8_t all_rights[] = {
		0x49, 0x89, 0xd3,	/* mov %rdx, %r11 */
		0xb8, 0,    0,	  0, 0, /* mov $0, %eax */
		0xb9, 0,    0,	  0, 0, /* mov $0, %ecx */
		0xba, 0,    0,	  0, 0, /* mov $0, %edx */
		0x0f, 0x01, 0xef,	/* wrpkru */
		0x4c, 0x89, 0xda,	/* mov %r11, %rdx */
	};
	unsigned int i;

	for (i = 0; pku_enabled() && i < sizeof(all_rights); i++)
		*p++ = all_rights[i];
	put16(p, 0xb948); /* movabs $rip, %rcx */
	put64(p + 2, rip);
	p[10] = 0xb8; /* mov $nr, %eax */
	put32(p + 11, nr);
	p[15] = 0xe9; /* jmp gate */
	put32(p + 16, (uint32_t)(gate_address() - ((uintptr_t)p + 20)));
}

void site_drop(void)
{
	/* no rewritten copy survives a flush */
	if (slots_used)
		mmu_flush_user();
	slots_used = 0;
}

/* Writable text at site, SITE_SIZE bytes, and places for its stub: 0, -1 never, 1 not now. */
static int open_site(uint64_t site, uint32_t places)
{
	struct translation t;

	if (!mmu_probe(site, &t) || map_tables())
		return -1;
	if (slots_used + places > SLOTS) { /* start again */
		site_drop();
		return 1;
	}
	return !is_private(site, &t) && private_copy(site, &t) ? -1 : 0;
}

/* Single-threaded: nobody executes this page meanwhile. */
static void make_jump(uint64_t site, uint32_t slot)
{
	uint8_t *p = (uint8_t *)(uintptr_t)site, code[SITE_SIZE] = { 0xff, 0x24, 0x25 };
	unsigned int i;

	put32(code + 3, UMVMM_SLOT_TABLE + slot * 8); /* jmp *disp32 */
	this_vcpu->stats.site_patched++;
	if (this_vcpu->split) {
		poke4(site, code);
		poke4(site + SITE_SIZE - 4, code + SITE_SIZE - 4);
		return;
	}
	for (i = 0; i < SITE_SIZE; i++)
		p[i] = code[i];
}

/* mov $nr, %eax; syscall */
static int rewrite_mov(uint64_t rip)
{
	uint64_t site = rip - SITE_SIZE;
	uint8_t code[SITE_SIZE];
	uint32_t nr, n;
	int ret;

	if ((site & 4095) > 4096 - SITE_SIZE || guest_read(site, code, sizeof(code)))
		return -1;
	if (code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
		return -1;
	nr = get32(code + 1);
	if (nr != (uint32_t)ctx.regs.r[0])
		return -1;
	ret = open_site(site, PLACES);
	if (ret)
		return ret;
	n = slots_used;
	slots_used += PLACES;
	put_call(stub_at(n), rip, nr);
	use_stub(n, PLACES, site);
	make_jump(site, n);
	return 0;
}

/*
 * The GNU C library's read(): number 0 is loaded by a two-byte xor, so there is
 * no room at the system call itself. Before it stands
 *	80 3d disp32 00	cmpb $0, __libc_single_threaded(%rip)
 *	74 rel8		je   slow
 *	31 c0 0f 05	xor  %eax, %eax; syscall
 * and the seven bytes of the cmpb become the jump; its stub does the test and
 * either the call or a jump to the slow way. %rax is dead there. The rest stays
 * as it is, and may be jumped to.
 */
#define READ_SHAPE 13

static int rewrite_read(uint64_t rip)
{
	uint64_t site = rip - READ_SHAPE, flag, slow;
	uint8_t code[READ_SHAPE], *p;
	uint32_t n;
	int ret;

	if ((site & 4095) > 4096 - READ_SHAPE || guest_read(site, code, sizeof(code)))
		return -1;
	if (code[0] != 0x80 || code[1] != 0x3d || code[6] != 0 || code[7] != 0x74 ||
	    code[9] != 0x31 || code[10] != 0xc0 || code[11] != 0x0f || code[12] != 0x05)
		return -1;
	ret = open_site(site, PLACES + 1);
	if (ret)
		return ret;
	flag = site + SITE_SIZE + (uint64_t)(int32_t)get32(code + 2);
	slow = site + 9 + (uint64_t)(int8_t)code[8];
	n = slots_used;
	slots_used += PLACES + 1;
	p = stub_at(n);
	put16(p, 0xb848); /* movabs $flag, %rax */
	put64(p + 2, flag);
	p[10] = 0x80; /* cmpb $0, (%rax) */
	p[11] = 0x38;
	p[12] = 0;
	p[13] = 0x75; /* jne over the next: not zero is the fast way */
	p[14] = 14;
	put16(p + 15, 0x25ff); /* jmp *0(%rip): slow */
	put32(p + 17, 0);
	put64(p + 21, slow);
	put16(p + 29, 0xc031); /* xor %eax, %eax: its flags */
	put_call(p + 31, rip, 0);
	use_stub(n, PLACES + 1, site);
	make_jump(site, n);
	return 0;
}

/* 0, -1 if this site can never be rewritten, 1 if not now. */
static int rewrite(uint64_t rip)
{
	if ((ctx.regs.rflags & RFLAGS_TF) || debug_active() || stop_attached())
		return 1;
	return ctx.regs.r[0] ? rewrite_mov(rip) : rewrite_mov(rip) && rewrite_read(rip) ? -1 : 0;
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
	if (++seen[i].count >= HOT && rewrite(rip) < 0)
		seen[i].count = NEVER;
}

int site_leave_stub(void)
{
	uint64_t n = (ctx.regs.rip - UMVMM_STUBS) / STUB_SIZE;

	if (ctx.regs.rip < UMVMM_STUBS || n >= slots_used)
		return 0;
	ctx.regs.rip = site_of[n];
	return 1;
}

int site_middle(void)
{
	uint8_t code[2];

	/* SYSCALL is never undefined: what was executed is not what memory holds */
	if (!slots_used || guest_read(ctx.regs.rip, code, sizeof(code)) || code[0] != 0x0f ||
	    code[1] != 0x05)
		return 0;
	ctx.regs.rip += 2;
	return 1;
}
