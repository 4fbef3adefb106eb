// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling_make.c - the siblings' zygote, and siblings from it.
 *
 * Runs: monitor. sibling_start: in the zygote of a vCPU, before its filter;
 * its child becomes the siblings' zygote, which keeps nothing of the VM mapped
 * but its mailbox. sibling_make: in a context.
 *
 * Must hold: the zygote has no filter, as a process inherits its listener with that, and
 * each sibling shall have its own. So it takes two words from the mailbox, which the guest
 * may write: that it shall make a sibling, and for which context. It makes one for each, and
 * remembers that privately. No signal is delivered to it, nor to its children before they have
 * their filter: the handler is made for what has one.
 * It never runs user code, but all that its memory holds is inherited by siblings that
 * do: no secret may be left there when the user runs.
 */
#include "context.h"
#include "cpu/cpu.h"
#include "cpu/emulate.h"
#include "entry/signal.h"
#include "host.h"
#include "mmu/runs.h"
#include "report/report.h"
#include "sibling.h"
#include "zygote.h"

#define STACK_SIZE (SIBLING_SIZE - SIBLING_STACK)

/* sibling_zygote.probed */
#define PROBED	    1
#define PROBED_SYNC 2 /* with SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP */

/* In the zygote: the siblings' filter, where the guest cannot write; the next one's mailbox. */
#define FILTER	    UMVMM_VCPU_ADDR
#define FILTER_SIZE 0x4000u
#define BORN	    (UMVMM_SIBLING + SIBLING_SIZE)
_Static_assert(sizeof(vm_page->sibling_seccomp) <= FILTER_SIZE, "the siblings' filter");
_Static_assert(FILTER + FILTER_SIZE <= UMVMM_SLOT_TABLE && BORN + SIBLING_SIZE <= UMVMM_WINDOW_END,
	       "abi.h");

extern char sibling_signal[], sibling_enter[];

#define own_box	   ((struct sibling_box *)(uintptr_t)UMVMM_SIBLING)
#define own_zygote ((struct sibling_zygote *)(uintptr_t)UMVMM_SIBLING)
#define born_box   ((struct sibling_box *)(uintptr_t)BORN)

/* Returns the listener or an error. */
static long set_filter(const struct sock_filter *filter, uint32_t len)
{
	const struct sock_fprog prog = { (uint16_t)len, (struct sock_filter *)filter };
	const unsigned long flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW |
				    SECCOMP_FILTER_FLAG_NEW_LISTENER;
	/* since Linux 5.19; without, kicks interrupt hand-offs */
	long ret = host_seccomp_filter(flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &prog);

	return ret == -EINVAL ? host_seccomp_filter(flags, &prog) : ret;
}

/* Who is answered goes on where the answer comes from. 0, or a negative errno. */
static long wake_here(int listener)
{
	return host_notif_set_flags(listener, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

/*
 * Does the host give a filter with a listener? Asked once, at the start, for a child that ends:
 * PROBED, PROBED_SYNC, or a negative errno. The child shares memory and stack, as that of vfork(2).
 * A child that the host refuses is no answer about filters: that goes into error.
 */
static int32_t probe(int32_t *error)
{
	static const struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	volatile long result = 0, sync = -EINVAL;
	long pid = host_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

	if (pid == 0) {
		result = set_filter(&allow, 1);
		if (result >= 0)
			sync = wake_here((int)result);
		host_exit_group(0);
	}
	if (pid < 0) {
		*error = (int32_t)pid;
		return PROBED;
	}
	host_wait4((int32_t)pid);
	return result < 0 ? (int32_t)result : sync < 0 ? PROBED : PROBED_SYNC;
}

/* In a child of the zygote. From its filter on it is as after any hand-off. */
static void become_sibling(unsigned int vcpu, uint32_t slot, uint32_t len) __attribute__((noreturn));
static void become_sibling(unsigned int vcpu, uint32_t slot, uint32_t len)
{
	struct sibling_box *box = own_box;
	long listener = -ENOMEM;
	uint32_t never = 0;

	die_with_manager();
	if (host_mmap(UMVMM_SIBLING, SIBLING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		      FD_VM, sibling_offset(vcpu, slot)) < 0)
		box = born_box;
	else if (host_munmap(BORN, SIBLING_SIZE) == 0)
		listener = set_filter((const struct sock_filter *)FILTER, len);
	__atomic_store_n(&box->listener, listener < 0 ? listener : listener + 1, __ATOMIC_SEQ_CST);
	if (listener < 0)
		for (;;) /* the VM ends */
			host_futex_wait(&never, 0, NULL);
	__asm__ volatile("mov %0, %%rdi\n\tjmp *%1" : : "i"(SIBLING_DONE), "r"(sibling_enter));
	__builtin_unreachable();
}

/* 0, or a negative errno. */
static int32_t make(unsigned int vcpu, uint32_t slot, uint32_t len)
{
	struct sibling_zygote *z = own_zygote;
	int64_t listener;
	int32_t pidfd = -1;
	long pid;

	if (host_mmap(BORN, SIBLING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, FD_VM,
		      sibling_offset(vcpu, slot)) < 0)
		return -ENOMEM;
	pid = host_clone(CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD, &pidfd);
	if (pid < 0)
		return (int32_t)pid;
	if (pid == 0)
		become_sibling(vcpu, slot, len);
	/* behind its filter it can wake nobody */
	while (!(listener = __atomic_load_n(&born_box->listener, __ATOMIC_SEQ_CST)))
		host_sched_yield();
	if (listener < 0)
		return (int32_t)listener;
	wake_here((int)(listener - 1));
	z->pid = (int32_t)pid;
	z->pidfd = pidfd;
	z->listener = (int32_t)(listener - 1);
	return 0;
}

/* For each context once, whatever the guest writes into the mailbox. */
static void serve(unsigned int vcpu, uint32_t most, uint32_t len) __attribute__((noreturn));
static void serve(unsigned int vcpu, uint32_t most, uint32_t len)
{
	static uint8_t has[VM_MAX_CONTEXTS];
	struct sibling_zygote *z = own_zygote;

	for (;;) {
		uint32_t slot;

		while (!__atomic_exchange_n(&z->asked, 0, __ATOMIC_SEQ_CST))
			host_futex_wait(&z->asked, 0, NULL);
		slot = __atomic_load_n(&z->slot, __ATOMIC_RELAXED);
		if (slot >= most || has[slot]) {
			z->error = -EINVAL;
		} else {
			has[slot] = 1;
			z->error = make(vcpu, slot, len);
		}
		__atomic_store_n(&z->made, 1, __ATOMIC_SEQ_CST);
		host_futex_wake(&z->made);
	}
}

static void become_zygote(unsigned int vcpu) __attribute__((noreturn));
static void become_zygote(unsigned int vcpu)
{
	uint32_t len = vm_page->sibling_seccomp_len, most = context_limit(), i;
	const uint64_t all = ~0ull;

	die_with_manager();
	permit_tracer();
	if (host_mmap(UMVMM_SIBLING, SIBLING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		      FD_VM, sibling_offset(vcpu, SIBLING_ZYGOTE_SLOT)) < 0)
		host_exit_group(1);
	/* a hand-off that a kick interrupts before we hear of it is made again */
	signal_handlers((uintptr_t)sibling_signal, SA_RESTART, ~0ull,
			UMVMM_SIBLING + SIBLING_STACK, STACK_SIZE, SS_AUTODISARM);
	host_rt_sigprocmask(SIG_BLOCK, &all);
	host_munmap(UMVMM_VCPU_ADDR, UMVMM_SIBLING - UMVMM_VCPU_ADDR);
	if (host_mmap(FILTER, FILTER_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		host_exit_group(1);
	for (i = 0; i < len * 8; i++)
		((uint8_t *)(uintptr_t)FILTER)[i] = vm_page->sibling_seccomp[i];
	host_munmap(UMVMM_VM_ADDR, UMVMM_VCPU_ADDR - UMVMM_VM_ADDR);
	host_munmap(UMVMM_SIBLING + SIBLING_SIZE,
		    UMVMM_WINDOW_END - UMVMM_SIBLING - SIBLING_SIZE);
	host_munmap(PHYSMEM_WINDOW, ADDRESS_SPACE_END - PHYSMEM_WINDOW);
	cpuid_make_fault();
	__atomic_store_n(&own_zygote->probed, probe(&own_zygote->error), __ATOMIC_SEQ_CST);
	serve(vcpu, most, len);
}

void sibling_start(void)
{
	unsigned int vcpu = this_vcpu->index;
	struct sibling_zygote *z;
	int32_t probed;
	long pid;

	if (host_mmap(SIBLINGS_WINDOW, SIBLINGS_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_FIXED, FD_VM, sibling_offset(vcpu, 0)) < 0)
		monitor_bug("no memory for the siblings' mailboxes");
	z = (struct sibling_zygote *)sibling_box(SIBLING_ZYGOTE_SLOT);
	*z = (struct sibling_zygote){ 0 };
	if (vm_page->sibling_seccomp_len * 8 > sizeof(vm_page->sibling_seccomp))
		monitor_bug("the siblings' filter has %d instructions",
			    (uint64_t)vm_page->sibling_seccomp_len);
	pid = host_clone(CLONE_FILES | CLONE_PARENT | SIGCHLD, NULL);
	if (pid == 0)
		become_zygote(vcpu);
	if (pid < 0) {
		z->error = (int32_t)pid;
		z->probed = PROBED;
	}
	while (!(probed = __atomic_load_n(&z->probed, __ATOMIC_SEQ_CST)))
		host_sched_yield();
	if (z->error)
		host_refused("a process for guest user code (ulimit -u?): error %d",
			     (int64_t)z->error);
	if (probed < 0)
		host_refused("a seccomp filter with a listener, for --isolation split (has a "
			     "container manager one? then --isolation none): error %d; see "
			     "umvmm doctor", (int64_t)probed);
	this_vcpu->sync_wake = probed == PROBED_SYNC;
	this_vcpu->sibling_pid = (int32_t)pid;
	this_vcpu->split = this_vcpu->user_slow = 1;
	sibling_frame_init();
}

void sibling_order_birth(void)
{
	/* the filter, and with it the cookie */
	if (ctx_table->v[ctx.slot].user_born)
		sibling_munmap(FILTER, FILTER_SIZE);
}

void sibling_make(void)
{
	struct sibling_zygote *z = (struct sibling_zygote *)sibling_box(SIBLING_ZYGOTE_SLOT);
	struct vctx *v = &ctx_table->v[ctx.slot];

	if (v->user_pid)
		return;
	*sibling_box(ctx.slot) = (struct sibling_box){ .again = 1, .xmask = ctx.xmask };
	z->slot = ctx.slot;
	z->made = 0;
	__atomic_store_n(&z->asked, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&z->asked);
	while (!__atomic_load_n(&z->made, __ATOMIC_SEQ_CST))
		host_futex_wait(&z->made, 0, NULL);
	if (z->error)
		host_refused("a process for guest user code (ulimit -u, -n?): error %d",
			     (int64_t)z->error);
	v->user_pid = z->pid;
	v->user_kick_fd = z->pidfd;
	v->listener = z->listener;
	sibling_wait();
	runs_clear(&sibling_runs);
	v->user_born = 1;
	sibling_order_birth();
}
