// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - start of the monitor, in the process that becomes a vCPU's zygote.
 *
 * Runs: in a fresh process that the manager has started from the monitor's
 * image with two open files, FD_PHYSMEM and FD_VM. It maps what a context
 * needs, removes everything else, installs signal handlers and the system call
 * filter, and waits to be forked.
 */
#include "apic.h"
#include "context.h"
#include "cpu.h"
#include "guest.h"
#include "host.h"
#include "smp.h"
#include "zygote.h"

#define PR_SET_NO_NEW_PRIVS 38
#define PR_SET_TIMERSLACK   29
#define SECCOMP_SET_MODE_FILTER 1
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW 4
#define ADDRESS_SPACE_END 0x7ffffffff000ull
#define XFEATURE_PKRU (1ull << 9)

extern char __image_end[];

static unsigned int parse_index(const char *s)
{
	unsigned int n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + (unsigned int)(*s++ - '0');
	return n;
}

static void map_or_exit(uint64_t addr, uint64_t len, int fd, uint64_t off)
{
	if (host_mmap(addr, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, off) < 0)
		host_exit(1);
}

static void map_everything(unsigned int index)
{
	uint64_t end = ((uintptr_t)__image_end + 4095) & ~4095ull, mem;

	map_or_exit(UMVMM_VM_ADDR, VM_FILE_SIZE, FD_VM, 0);
	map_or_exit(UMVMM_VCPU_ADDR, VCPU_STRIDE, FD_VM, vcpu_offset(index));
	mem = vm_page->mem_size;
	host_munmap(0, UMVMM_MONITOR_BASE);
	host_munmap(end, UMVMM_VCPU_ADDR - end);
	host_munmap(UMVMM_WINDOW_END, PHYSMEM_WINDOW - UMVMM_WINDOW_END);
	map_or_exit(PHYSMEM_WINDOW, mem, FD_PHYSMEM, 0);
	host_munmap(PHYSMEM_WINDOW + mem, ADDRESS_SPACE_END - PHYSMEM_WINDOW - mem);
}

static void install_filter(void)
{
	struct {
		uint16_t len, pad[3];
		const void *filter;
	} prog = { (uint16_t)vm_page->seccomp_len, { 0 }, vm_page->seccomp };
	long ret;

	if (host_call(HOST_NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0) < 0)
		monitor_bug("the host refuses no_new_privs");
	ret = host_call(HOST_NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
			(long)&prog, 0, 0, 0);
	if (ret < 0)
		monitor_bug("the host refuses the system call filter: error %d", ret);
}

static void boot(struct vcpu *v)
{
	const struct boot_regs *b = &vm_page->boot;
	struct handoff *h = &vcpu_area->hand;

	v->cr3 = b->cr3;
	v->gdt_base = b->gdt_base;
	v->gdt_limit = (uint32_t)b->gdt_limit;
	h->regs.rip = b->rip;
	h->regs.r[4] = b->rsp;
	h->regs.r[6] = b->rsi;
	h->regs.rflags = RFLAGS_FIXED;
	v->state = VCPU_RUNNING;
}

void monitor_main(long argc, char **argv);
void monitor_main(long argc, char **argv)
{
	unsigned int index = argc > 1 ? parse_index(argv[1]) : 0;
	uint32_t lo, hi;

	if (index >= VM_MAX_VCPUS)
		host_exit(1);
	die_with_manager();
	host_call(HOST_NR_prctl, PR_SET_TIMERSLACK, 1, 0, 0, 0, 0);
	map_everything(index);
	this_vcpu->index = index;
	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	ctx.xmask = (lo | (uint64_t)hi << 32) & ~XFEATURE_PKRU;
	signal_init();
	install_filter();
	vcpu_reset(this_vcpu);
	xsave(fpu_area, ctx.xmask);
	if (index == 0)
		boot(this_vcpu);
	context_create(0, 0);
	zygote_start();
}
