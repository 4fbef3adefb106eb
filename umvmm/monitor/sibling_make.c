// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sibling_make.c - the siblings' zygote, and siblings from it.
 *
 * Runs: monitor. sibling_start: in the zygote of a vCPU, before its filter;
 * its child becomes the siblings' zygote, which keeps nothing of the VM mapped
 * but its mailbox. sibling_make: in a context.
 *
 * Must hold: the zygote never runs user code, but all that its memory holds is
 * inherited by siblings that do: so no secret may be left there.
 */
#include "context.h"
#include "cpu.h"
#include "emulate.h"
#include "guest.h"
#include "host.h"
#include "runs.h"
#include "sibling.h"
#include "signal.h"
#include "zygote.h"

#define STACK_SIZE	 (SIBLING_SIZE - SIBLING_STACK)
#define EINVAL		 22
#define SA_RESTART	 0x10000000ul

#define FILTER_NEW_LISTENER	   8
#define FILTER_WAIT_KILLABLE_RECV  32 /* since Linux 5.19; without, kicks interrupt hand-offs */
#define NOTIF_SET_FLAGS		   0x40082104ul
#define NOTIF_SYNC_WAKE_UP	   1 /* since 6.6: both sides share a CPU */

extern char sibling_signal[], sibling_enter[];

#define own_box ((struct sibling_box *)(uintptr_t)UMVMM_SIBLING)

/* The filter, from where it stays mapped. Returns the listener or an error. */
static long set_filter(uint32_t len)
{
	struct {
		uint16_t len, pad[3];
		const void *filter;
	} prog = { (uint16_t)len, { 0 }, (const uint8_t *)own_box + SIBLING_STACK };
	long ret = host_call(HOST_NR_seccomp, SECCOMP_SET_MODE_FILTER,
			     SECCOMP_FILTER_FLAG_SPEC_ALLOW | FILTER_NEW_LISTENER |
				     FILTER_WAIT_KILLABLE_RECV,
			     (long)&prog, 0, 0, 0);

	if (ret == -EINVAL)
		ret = host_call(HOST_NR_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_SPEC_ALLOW | FILTER_NEW_LISTENER, (long)&prog,
				0, 0, 0);
	return ret;
}

static void become_zygote(unsigned int vcpu, uint32_t len) __attribute__((noreturn));
static void become_zygote(unsigned int vcpu, uint32_t len)
{
	struct sibling_box *box = own_box;
	const uint64_t all = ~0ull;
	long listener;

	die_with_manager();
	permit_tracer();
	if (host_mmap(UMVMM_SIBLING, SIBLING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		      FD_VM, sibling_offset(vcpu, SIBLING_ZYGOTE_SLOT)) < 0)
		host_exit(1);
	/* a hand-off that a kick interrupts before we hear of it is made again */
	signal_handlers((uintptr_t)sibling_signal, SA_RESTART, ~0ull,
			UMVMM_SIBLING + SIBLING_STACK, STACK_SIZE, SS_AUTODISARM);
	/* no kick leads a child away from what it has to do first; its user gets signals again */
	host_call(HOST_NR_rt_sigprocmask, 0 /* SIG_BLOCK */, (long)&all, 0, 8, 0, 0);
	host_munmap(UMVMM_VCPU_ADDR, UMVMM_SIBLING - UMVMM_VCPU_ADDR);
	host_munmap(UMVMM_SIBLING + SIBLING_SIZE,
		    UMVMM_WINDOW_END - UMVMM_SIBLING - SIBLING_SIZE);
	host_munmap(PHYSMEM_WINDOW, ADDRESS_SPACE_END - PHYSMEM_WINDOW);
	cpuid_make_fault();
	listener = set_filter(len);
	__atomic_store_n(&box->listener, listener < 0 ? listener : listener + 1, __ATOMIC_SEQ_CST);
	__asm__ volatile("mov %0, %%rdi\n\tjmp *%1" : : "i"(SIBLING_DONE), "r"(sibling_enter));
	__builtin_unreachable();
}

void sibling_start(void)
{
	struct vcpu_contexts *a = vcpu_area;
	unsigned int vcpu = this_vcpu->index;
	uint32_t len = vm_page->sibling_seccomp_len;
	struct sibling_box *box;
	int64_t listener;
	uint8_t *prog;
	long pid;
	uint32_t i;

	if (host_mmap(SIBLINGS_WINDOW, SIBLINGS_SIZE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_FIXED, FD_VM, sibling_offset(vcpu, 0)) < 0)
		monitor_bug("no memory for the siblings' mailboxes");
	box = sibling_box(SIBLING_ZYGOTE_SLOT);
	prog = (uint8_t *)box + SIBLING_STACK;
	*box = (struct sibling_box){ .again = 1 };
	if (len * 8 > sizeof(vm_page->sibling_seccomp) || len * 8 > STACK_SIZE)
		monitor_bug("the siblings' filter has %d instructions", (uint64_t)len);
	for (i = 0; i < len * 8; i++)
		prog[i] = vm_page->sibling_seccomp[i];
	pid = host_call(HOST_NR_clone, CLONE_FILES | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0, 0);
	if (pid < 0)
		host_refused("a process for guest user code (ulimit -u?): error %d", pid);
	if (pid == 0)
		become_zygote(vcpu, len);
	while (!(listener = __atomic_load_n(&box->listener, __ATOMIC_SEQ_CST)))
		host_call(HOST_NR_sched_yield, 0, 0, 0, 0, 0, 0);
	if (listener < 0)
		host_refused("a seccomp filter with a listener, for --isolation split (has a "
			     "container manager one? then --isolation none): error %d; see "
			     "umvmm doctor", listener);
	for (i = 0; i < len * 8; i++)
		prog[i] = 0; /* the cookie is in it */
	a->listener = (int32_t)listener - 1;
	host_call(HOST_NR_ioctl, a->listener, NOTIF_SET_FLAGS, NOTIF_SYNC_WAKE_UP, 0, 0, 0);
	this_vcpu->sibling_pid = (int32_t)pid;
	this_vcpu->split = this_vcpu->user_slow = 1;
	sibling_frame_init();
	sibling_wait(SIBLING_ZYGOTE_SLOT);
}

static void order_zygote(struct sibling_box *z, unsigned int i, uint64_t nr, uint64_t a, uint64_t b,
			 uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	z->op[i] = (struct sibling_op){ nr, { a, b, c, d, e, f }, 0 };
}

void sibling_make(void)
{
	struct sibling_box *z = sibling_box(SIBLING_ZYGOTE_SLOT), *box = sibling_box(ctx.slot);
	struct vctx *v = &ctx_table->v[ctx.slot];

	if (v->user_pid)
		return;
	*box = (struct sibling_box){ .again = 1, .xmask = ctx.xmask };
	order_zygote(z, 0, HOST_NR_clone, CLONE_FILES | CLONE_PIDFD | CLONE_PARENT | SIGCHLD, 0,
		     (uintptr_t)&own_box->pidfd, 0, 0, 0);
	order_zygote(z, 1, HOST_NR_mmap, UMVMM_SIBLING, SIBLING_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, FD_VM, sibling_offset(this_vcpu->index, ctx.slot));
	z->nops = 1;
	z->child = 1;
	z->child_end = 2;
	z->again = 1;
	v->user_pid = SIBLING_UNBORN;
	sibling_answer_zygote();
	if ((int64_t)v->user_arg[0] != SIBLING_DONE)
		host_refused("memory for guest user code: error %d", v->user_arg[2]);
	v->user_kick_fd = z->pidfd;
	runs_clear(&sibling_runs);
}
