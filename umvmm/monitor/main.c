// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - start of the monitor, in the processes that become the vCPUs' zygotes.
 *
 * Runs: in a fresh process that the manager has started from the monitor's
 * image with two open files, FD_PHYSMEM and FD_VM. It forks one process for
 * each further vCPU. Each maps what a context needs, removes everything else,
 * installs signal handlers and the system call filter, and waits to be forked.
 *
 * Must hold: all processes of a VM share one table of open files, so that a
 * context's pidfd (kick_fd) has one number in all of them. No guest instruction
 * runs before the manager has learnt the zygotes from run_pid and set `start`.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "context/zygote.h"
#include "cpu/cpu.h"
#include "cpu/emulate.h"
#include "cpu/smp.h"
#include "devices/apic.h"
#include "entry/pku.h"
#include "report/report.h"

extern char __image_end[];

static void map_or_exit(uint64_t addr, uint64_t len, int fd, uint64_t off)
{
	if (host_mmap(addr, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, off) < 0)
		host_exit_group(1);
}

static void map_everything(void)
{
	uint64_t end = ((uintptr_t)__image_end + PAGE_SIZE - 1) & PAGE_MASK, mem;

	map_or_exit(UMVMM_VM_ADDR, VM_SHARED_SIZE, FD_VM, 0);
	mem = vm_page->mem_size;
	host_munmap(0, UMVMM_MONITOR_BASE);
	host_munmap(end, UMVMM_VM_ADDR - end);
	host_munmap(UMVMM_WINDOW_END, PHYSMEM_WINDOW - UMVMM_WINDOW_END);
	map_or_exit(PHYSMEM_WINDOW, mem, FD_PHYSMEM, 0);
	host_munmap(PHYSMEM_WINDOW + mem, ADDRESS_SPACE_END - PHYSMEM_WINDOW - mem);
}

/*
 * One process for each vCPU; returns its index. Each leads a session (the manager has seen to
 * the first): a scheduler with autogroups shares the host's CPUs out among sessions, and a
 * session that runs on several CPUs at once may get all of their time (docs/design.md). The
 * host tells its process id before it runs.
 */
static unsigned int fork_zygotes(void)
{
	unsigned int i;

	for (i = 1; i < vm_page->ncpus && i < VM_MAX_VCPUS; i++) {
		long pid = host_clone(CLONE_FILES | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD,
				      &vm_page->zygote[i]);

		if (pid < 0)
			host_exit_group(1);
		if (pid == 0) {
			die_with_manager();
			host_setsid();
			return i;
		}
	}
	return 0;
}

/* Yama asks us, as the tracer is no ancestor. */
void permit_tracer(void)
{
	if (vm_page->redirect == REDIRECT_PTRACE)
		host_prctl(PR_SET_PTRACER, (unsigned long)vm_page->tracer);
}

static void wait_for_start(void)
{
	struct vcpu *v = this_vcpu;

	__atomic_store_n(&v->run_pid, host_getpid(), __ATOMIC_SEQ_CST);
	host_futex_wake((uint32_t *)&v->run_pid);
	while (!__atomic_load_n(&vm_page->start, __ATOMIC_ACQUIRE))
		host_futex_wait(&vm_page->start, 0, NULL);
}

/* Filters ask for it, where we are not root: this one, and that of the user siblings. */
static void drop_privileges(void)
{
	if (host_prctl(PR_SET_NO_NEW_PRIVS, 1) < 0)
		host_refused("prctl(PR_SET_NO_NEW_PRIVS); see umvmm doctor");
}

static void install_filter(void)
{
	const struct sock_fprog prog = { (uint16_t)vm_page->seccomp_len,
					 (struct sock_filter *)vm_page->seccomp };
	long ret;

	ret = host_seccomp_filter(SECCOMP_FILTER_FLAG_SPEC_ALLOW, &prog);
	if (ret < 0)
		host_refused("a seccomp filter: error %d; see umvmm doctor", ret);
	/* an outer filter may forbid what vCPUs kick each other with */
	if (vm_page->ncpus > 1) {
		ret = host_pidfd_send_signal(-1, SIGUSR1);
		if (ret != -EBADF)
			host_refused("pidfd_send_signal, which -c needs: error %d; see umvmm doctor",
				     ret);
	}
}

static void boot(struct vcpu *v)
{
	const struct boot_regs *b = &vm_page->boot;
	struct handoff *h = &vcpu_area->hand;

	v->cr3 = b->cr3;
	v->gdt_base = b->gdt_base;
	v->gdt_limit = (uint32_t)b->gdt_limit;
	h->regs.rip = b->rip;
	h->regs.r[GPR_RSP] = b->rsp;
	h->regs.r[GPR_RSI] = b->rsi;
	h->regs.rflags = RFLAGS_FIXED;
	v->state = VCPU_RUNNING;
}

void monitor_main(void);
void monitor_main(void)
{
	unsigned int index;
	uint64_t copies;

	die_with_manager();
	host_prctl(PR_SET_NAME, (uintptr_t)"umvmm-monitor");
	host_prctl(PR_SET_TIMERSLACK, 1);
	map_everything();
	ctx.xmask = xsave_mask();
	bases_init();
	pku_enable();
	index = fork_zygotes();
	map_or_exit(UMVMM_VCPU_ADDR, VCPU_STRIDE, FD_VM, vcpu_offset(index));
	map_or_exit(UMVMM_CONTEXTS, CONTEXTS_SIZE, FD_VM, contexts_offset(index));
	copies = (uint64_t)context_limit() * TEXT_COPIES * PAGE_SIZE;
	map_or_exit(COPIES_WINDOW, copies, FD_VM, copies_offset(context_limit(), index, 0));
	if (pku_protect(UMVMM_VCPU_ADDR, VCPU_STRIDE, PROT_READ | PROT_WRITE) < 0 ||
	    pku_protect(COPIES_WINDOW, copies, PROT_READ | PROT_WRITE) < 0 ||
	    pku_protect(UMVMM_CONTEXTS, CONTEXTS_SIZE, PROT_READ | PROT_WRITE) < 0)
		host_exit_group(1);
	this_vcpu->index = index;
	permit_tracer();
	drop_privileges();
	if (has_siblings(vm_page->isolation))
		sibling_start();
	signal_init();
	cpuid_make_fault();
	install_filter();
	vcpu_reset(this_vcpu);
	xsave(fpu_area, ctx.xmask);
	if (index == 0)
		boot(this_vcpu);
	wait_for_start();
	zygote_start();
}
