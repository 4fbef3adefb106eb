// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lowhalf.c - teaches Debian's crash a kernel whose addresses are all in the lower half.
 *
 * crash has the addresses of x86-64 Linux compiled in. Most of them it copies into
 * variables (struct machine_specific) at its start, or asks functions through pointers
 * (struct machdep_table): those get our kernel's values. What is left is
 * __START_KERNEL_map, in x86_64_VTOP() and in places that the pointers lead around.
 *
 * Runs: in crash, preloaded, before its main(). crash calls x86_64_init() at each step of
 * its start; we put a jump to us at its first instruction, and take it away while the
 * original runs. All functions and variables that we use are among those that it exports
 * for its extension modules, and /usr/include/crash/defs.h is of the same package.
 * One thread.
 *
 * Must hold: with any other kernel nothing changes.
 */
#include <sys/mman.h>

#include <crash/defs.h>
#include <umvmm/abi.h>

/* image, modules, fixmap */
#define WINDOW		((ulong)UMVMM_WINDOW_START)
#define WINDOW_LAST	((ulong)UMVMM_WINDOW_END - 1)
#define DIRECT_MAP	((ulong)UMVMM_DIRECT_MAP)
#define VMALLOC		((ulong)UMVMM_VMALLOC)
#define VMALLOC_LAST	((ulong)UMVMM_VMEMMAP - 1)
#define VMEMMAP_START	((ulong)UMVMM_VMEMMAP)
#define VMEMMAP_LAST	((ulong)UMVMM_ENTRY_AREA - 1)
#define ENTRY_AREA	((ulong)UMVMM_ENTRY_AREA)
#define ENTRY_AREA_LAST	(ENTRY_AREA + (1ul << 39) - 1)
#define RANGE_LAST	((ulong)UMVMM_RANGE_END_KASAN - 1)
#define LAST		0x7ffffffffffful /* of the lower half */

#define JUMP 12u

/* A function of crash that calls one of ours instead. */
struct hook {
	unsigned char *at;
	unsigned char code[JUMP];
	const void *ours;
};

static void our_init(int when);
static ulong our_xarray(ulong root, int flag, struct list_pair *pair);

static struct hook init_hook = { .ours = our_init };
static struct hook xarray_hook = { .ours = our_xarray };
static int (*their_kvtop)(struct task_context *, ulong, physaddr_t *, int);
static int (*their_kvaddr_ranges)(struct vaddr_range *);

static void write_code(unsigned char *at, const unsigned char *code)
{
	const ulong page = (ulong)at & ~4095ul;
	const size_t len = (ulong)at + JUMP - page;

	if (mprotect((void *)page, len, PROT_READ | PROT_WRITE | PROT_EXEC) < 0) {
		perror("crash: its code cannot be changed");
		exit(1);
	}
	memcpy(at, code, JUMP);
	mprotect((void *)page, len, PROT_READ | PROT_EXEC);
}

/* movabs $to, %rax; jmp *%rax */
static void write_jump(unsigned char *at, const void *to)
{
	unsigned char code[JUMP] = { 0x48, 0xb8, [10] = 0xff, [11] = 0xe0 };

	memcpy(code + 2, &to, sizeof(to));
	write_code(at, code);
}

static void hook(struct hook *h, void *theirs)
{
	h->at = theirs;
	memcpy(h->code, h->at, JUMP);
	write_jump(h->at, h->ours);
}

static void unhook(const struct hook *h)
{
	write_code(h->at, h->code);
}

static int in_window(ulong va)
{
	return va >= WINDOW && va <= WINDOW_LAST;
}

static int is_kvaddr(ulong va)
{
	return in_window(va) || (va >= UMVMM_RANGE_START && va <= RANGE_LAST);
}

static int is_uvaddr(ulong va, struct task_context *tc)
{
	(void)tc;
	return va <= LAST && !is_kvaddr(va);
}

static ulong vtop(ulong va)
{
	if (in_window(va))
		return va - WINDOW + machdep->machspec->phys_base;
	return va - DIRECT_MAP;
}

/* The original has its own copy of x86_64_VTOP(); when it prints, it walks the tables. */
static int our_kvtop(struct task_context *tc, ulong va, physaddr_t *pa, int verbose)
{
	if (verbose || va < WINDOW || va >= machdep->machspec->modules_vaddr)
		return their_kvtop(tc, va, pa, verbose);
	*pa = vtop(va);
	return TRUE;
}

static int our_kvaddr_ranges(struct vaddr_range *range)
{
	struct vaddr_range map;
	int i, n = their_kvaddr_ranges(range);

	if (!range)
		return n;
	/* they are sorted, and the image was the last */
	for (i = 0; i < n && range[i].type != KVADDR_START_MAP; i++)
		;
	if (i == n)
		return n;
	map = range[i];
	map.start = symbol_value("_text");
	memmove(range + 1, range, (size_t)i * sizeof(*range));
	range[0] = map;
	return n;
}

static void set_layout(void)
{
	struct machine_specific *ms = machdep->machspec;

	/* RANDOMIZED: known already, the steps that follow leave them alone */
	machdep->flags |= RANDOMIZED | VMEMMAP;
	machdep->kvbase = machdep->identity_map_base = ms->page_offset = DIRECT_MAP;
	ms->userspace_top = LAST + 1;
	ms->vmalloc_start_addr = VMALLOC;
	ms->vmalloc_end = VMALLOC_LAST;
	ms->vmemmap_vaddr = VMEMMAP_START;
	ms->vmemmap_end = VMEMMAP_LAST;
	ms->modules_vaddr = WINDOW + ms->kernel_image_size;
	ms->modules_end = WINDOW_LAST;
	machdep->is_kvaddr = is_kvaddr;
	machdep->is_uvaddr = is_uvaddr;
	their_kvtop = machdep->kvtop;
	machdep->kvtop = our_kvtop;
	their_kvaddr_ranges = machdep->get_kvaddr_ranges;
	machdep->get_kvaddr_ranges = our_kvaddr_ranges;
	write_jump((unsigned char *)x86_64_VTOP, vtop);
	/* the file has all CPUs' registers, as one of QEMU has, not those of a crash alone */
	pc->flags2 |= QEMU_MEM_DUMP_ELF;
}

/* 1: our kernel, 0: another one. */
static int ours(void)
{
	if (!symbol_exists("_text") || !in_window(symbol_value("_text")))
		return 0;
	/* the variables are where defs.h has them, and mean what they did */
	if (machdep->machspec->page_offset != PAGE_OFFSET_2_6_27 ||
	    !machdep->machspec->kernel_image_size)
		error(FATAL, "lowhalf.so was made for another version of crash, or the file has no vmcoreinfo\n");
	return 1;
}

/*
 * Those of exceptions that our kernel does not have (#MC, #VC): crash knows no size of
 * them, and fails when it reads them (crash 9.0.0 has corrected that in part).
 */
static void forget_stacks(struct x86_64_stkinfo *stacks)
{
	for (int cpu = 0; cpu < kt->cpus; cpu++)
		for (int i = 0; i < MAX_EXCEPTION_STACKS; i++)
			if (!stacks->esize[i])
				stacks->ebase[cpu][i] = 0;
}

static void our_init(int when)
{
	int again = 1;

	unhook(&init_hook);
	x86_64_init(when);
	if (when == PRE_GDB) {
		again = ours();
		if (again)
			set_layout();
	} else if (when == POST_GDB) {
		machdep->machspec->cpu_entry_area_start = ENTRY_AREA;
		machdep->machspec->cpu_entry_area_end = ENTRY_AREA_LAST;
		forget_stacks(&machdep->machspec->stkinfo);
		hook(&xarray_hook, do_xarray);
		again = 0;
	}
	if (again)
		hook(&init_hook, x86_64_init);
}

/*
 * Called first to count the tasks. In Linux 6.1.y struct pid ends with an array without
 * a size, of which one element is to be read (crash 8.0.4 has corrected that).
 */
static ulong our_xarray(ulong root, int flag, struct list_pair *pair)
{
	unhook(&xarray_hook);
	if (VALID_SIZE(pid) && SIZE(pid) == OFFSET(pid_numbers))
		ASSIGN_SIZE(pid) += SIZE(upid);
	return do_xarray(root, flag, pair);
}

__attribute__((constructor)) static void start(void)
{
	unsetenv("LD_PRELOAD"); /* not for what crash starts */
	hook(&init_hook, x86_64_init);
}
