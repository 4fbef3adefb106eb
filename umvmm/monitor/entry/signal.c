// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * signal.c - host signals: the guest's faults, traps, system calls, and kicks.
 *
 * Runs: monitor, on the signal stack. Handlers are installed with SA_NODEFER
 * and an empty mask, as the monitor mostly leaves them without sigreturn; so a
 * kick may nest anywhere here. The host has put the interrupted FPU state into
 * the frame and reset the live one.
 *
 * Must hold: a signal that interrupts the monitor changes nothing of the
 * guest's state: it returns (perhaps to a restart label, gates.S), or fills in
 * guest memory that a gate has touched, or ends the VM.
 */
#include "context/context.h"
#include "context/host.h"
#include "context/zygote.h"
#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/emulate.h"
#include "cpu/exception.h"
#include "cpu/operand.h"
#include "debugger/stop.h"
#include "debugger/watch.h"
#include "devices/apic.h"
#include "mmu/layout.h"
#include "mmu/mmu.h"
#include "pku.h"
#include "redirect/site.h"
#include "registers.h"
#include "report/report.h"
#include "signal.h"

#define INT3_SIZE	 1
#define ERROR_IDT	 2u /* error code: the selector index is an interrupt vector */
#define SAME_FAULT_LIMIT 100000u

/* The host's frame is as its own headers have it. */
#define SAME(ours, theirs)                                                                         \
	_Static_assert(offsetof(struct host_ucontext, ours) == offsetof(struct ucontext, theirs),   \
		       "asm/ucontext.h")
SAME(link, uc_link);
SAME(ss_sp, uc_stack);
SAME(r8, uc_mcontext.r8);
SAME(rdi, uc_mcontext.rdi);
SAME(rflags, uc_mcontext.eflags);
SAME(cs, uc_mcontext.cs);
SAME(ss, uc_mcontext.ss);
SAME(err, uc_mcontext.err);
SAME(trapno, uc_mcontext.trapno);
SAME(cr2, uc_mcontext.cr2);
SAME(fpstate, uc_mcontext.fpstate);
SAME(sigmask, uc_sigmask);
#undef SAME
_Static_assert(offsetof(struct host_siginfo, code) == offsetof(siginfo_t, si_code) &&
		       offsetof(struct host_siginfo, addr) == offsetof(siginfo_t, si_call_addr) &&
		       offsetof(struct host_siginfo, sys_arch) == offsetof(siginfo_t, si_arch),
	       "asm/siginfo.h");

extern const uint64_t __restart_start[], __restart_end[];
extern char signal_restorer[], resume_iret[], gate_iretq_iret[], gate_sysretq_jump[];
extern char pku_resume_iret[], pku_iretq_iret[], pku_sysretq_jump[];

void signal_take_regs(const struct host_ucontext *uc)
{
	struct regs *g = &ctx.regs;

#define TAKE(n, name) g->r[n] = uc->name;
	ALL_REGISTERS(TAKE)
#undef TAKE
	g->rip = uc->rip;
	g->rflags = stop_hide_tf(uc->rflags, uc->rip);
	ctx.user_cs = is_32bit(uc) ? HOST_CS32 : HOST_CS;
	ctx.fpstate = (void *)(uintptr_t)uc->fpstate;
}

/* `pending` is set: perhaps the monitor has looked at it already, and shall once more. */
static void restart(struct host_ucontext *uc)
{
	const uint64_t *r;

	for (r = __restart_start; r < __restart_end; r += 3) {
		if (uc->rip >= r[0] && uc->rip < r[1]) {
			uc->rip = r[2];
			pku_all_rights(uc);
			this_vcpu->stats.restart++;
			return;
		}
	}
}

/* A kick inside the monitor: only `pending` counts. */
static void kick_in_monitor(struct host_ucontext *uc)
{
	this_vcpu->stats.kick_pending++;
	restart(uc);
}

/*
 * The real IRETQ or JMP that leaves for the guest faulted: the target is not
 * canonical. The guest sees the fault at the target.
 */
static int exit_fault(const struct host_ucontext *uc)
{
	uint64_t rip = uc->rip;

	if (rip == (uintptr_t)resume_iret || rip == (uintptr_t)pku_resume_iret) {
		inject_exception(VEC_GP, 0);
		return 1;
	}
	if (rip == (uintptr_t)gate_iretq_iret || rip == (uintptr_t)pku_iretq_iret) {
		const uint64_t *frame = rip == (uintptr_t)gate_iretq_iret ?
						&this_vcpu->scratch[2] :
						((struct pku_scratch *)PKU_SCRATCH)->iret;

		signal_take_regs(uc);
		ctx.regs.rip = frame[0];
		ctx.regs.rflags = frame[2];
		ctx.regs.r[GPR_RSP] = frame[3];
		inject_exception(VEC_GP, 0);
		return 1;
	}
	if (rip == (uintptr_t)gate_sysretq_jump || rip == (uintptr_t)pku_sysretq_jump) {
		signal_take_regs(uc);
		ctx.regs.rip = uc->rcx;
		inject_exception(VEC_GP, 0);
		return 1;
	}
	return 0;
}

/*
 * The user's code has been left for its own, perhaps. A step ended at our jump: nothing of
 * the guest's has been done, so that it shall be done once more, by its own code.
 */
static int leave_stub(int sig)
{
	if (!site_leave_stub())
		return 0;
	if (sig == SIGTRAP) {
		site_drop();
		resume_from_signal();
	}
	return 1;
}

static void fault_in_monitor(int sig, const struct host_siginfo *si, struct host_ucontext *uc)
{
	struct translation t;
	uint64_t va = uc->cr2;
	int stops;

	if (uc->trapno == VEC_DB && watch_gate_done(&stops)) {
		uc->rflags &= ~(uint64_t)RFLAGS_TF;
		if (stops)
			restart(uc);
		return;
	}
	if (sig == SIGBUS && uc->trapno == VEC_PF && in_monitors_files(va))
		host_refused("a page of guest memory, at %x: no memory, or --mem-file's file "
			     "system is full", va - PHYSMEM_WINDOW);
	if (bases_probe_faulted(uc))
		return;
	stop_progress();
	if (sig == SIGSYS) /* the guest jumped to one of our system calls, or a bug */
		monitor_bug("system call %d against the policy, made before %x", uc->rax, uc->rip);
	if (sig == SIGSEGV && uc->trapno == VEC_PF && !is_monitors_address(va)) {
		uint32_t access = ((uint32_t)uc->err & PF_W) | (this_vcpu->cpl == 3 ? PF_U : 0);
		uint32_t err = mmu_fill(va, access, &t);

		if (err == MMU_WATCHED) {
			watch_gate_fault(va, access, t.pa);
			uc->rflags |= RFLAGS_TF;
		}
		if (!err || err == MMU_WATCHED)
			return; /* a gate touched the guest's stack, or a stub the user's data: again */
	}
	if (this_vcpu->cpl == 3 && uc->rip >= UMVMM_STUBS && uc->rip < UMVMM_STUBS_END) {
		signal_take_regs(uc);
		if (leave_stub(sig)) {
			signal_from_guest(sig, si, uc);
			resume_from_signal();
		}
	}
	/* user code jumped here, where nothing is mapped */
	if (sig == SIGSEGV && uc->trapno == VEC_PF && this_vcpu->cpl == 3 && va == uc->rip) {
		signal_take_regs(uc);
		inject_page_fault(va, PF_U | PF_I);
		resume_from_signal();
	}
	if (sig == SIGSEGV && uc->trapno == VEC_GP && exit_fault(uc))
		resume_from_signal();
	if (uc->trapno == VEC_DB) { /* single-stepped into a gate, or a watched stack */
		uc->rflags &= ~(uint64_t)RFLAGS_TF;
		return;
	}
	if (sig == SIGSEGV && uc->trapno == VEC_PF && !is_monitors_address(va))
		guest_fault("no memory for its stack or frame at %x (gate at %x)", va, uc->rip);
	monitor_bug("signal %d, trap %d in the monitor at %x, address %x", (int64_t)sig, uc->trapno,
		    uc->rip, va);
}

/* The trap flag applies to an emulated instruction too. */
static void step_over(uint64_t flags_before)
{
	if (flags_before & RFLAGS_TF) {
		this_vcpu->dr[6] |= DR_STEP;
		inject_exception(VEC_DB, 0);
	}
}

/*
 * The host has no memory for a page of the guest, or a user sibling says so. Then we
 * have none either: this meets the same fault. What is no page of the guest's memory
 * can only have been mapped by a jump to one of our system calls.
 */
static void memory_gone(uint64_t va)
{
	struct translation t;
	const volatile uint64_t *page =
		mmu_probe(va, &t) ? physmem_at(t.pa & PAGE_MASK, PAGE_SIZE) : 0;

	if (this_vcpu->cpl == 3 && this_vcpu->split) {
		if (page)
			(void)*page;
		return;
	}
	if (page)
		host_refused("a page of guest memory, at %x: no memory, or --mem-file's file "
			     "system is full", va);
	guest_fault("mapped at %x is nothing of its memory", va);
}

static void page_fault(uint64_t va, uint64_t host_err)
{
	struct vcpu *v = this_vcpu;
	uint32_t access = ((uint32_t)host_err & (PF_W | PF_I)) | (v->cpl == 3 ? PF_U : 0);
	struct translation t;
	struct sens_insn in;
	uint32_t err;

	if (va == ctx.last_fault_addr && ctx.regs.rip == ctx.last_fault_rip) {
		if (ctx.same_fault++ > SAME_FAULT_LIMIT) {
			if (v->cpl != 3 || !v->split)
				monitor_bug("endless fault at %x, rip %x", va, ctx.regs.rip);
			/* perhaps a user sibling invents them */
			ctx.same_fault = 0;
			inject_exception(VEC_GP, 0);
			return;
		}
	} else {
		ctx.last_fault_addr = va;
		ctx.last_fault_rip = ctx.regs.rip;
		ctx.same_fault = 0;
	}
	err = mmu_fill(va, access, &t);
	if (!err) {
		stop_no_progress();
		return;
	}
	ctx.same_fault = 0;
	if (err == MMU_WATCHED) {
		watch_fault(va, access, t.pa);
		return;
	}
	watch_cancel();
	if (err & WALK_FAULT) {
		inject_page_fault(va, err);
		return;
	}
	if (err == MMU_LOW) {
		if (v->cpl != 3)
			host_refused("mmap of guest page %x: it is below vm.mmap_min_addr", va);
		inject_exception(VEC_GP, 0); /* hardware has no such limit: README */
		return;
	}
	v->stats.trap_natural++;
	if (is_compat() || fetch_insn(&in) || emulate_mmio(&in, ctx.regs.rip + in.len, t.pa))
		guest_fault("accesses device memory %x by an instruction that is not a move of "
			    "64-bit code, rip %x", t.pa, ctx.regs.rip);
	if (watch_any())
		watch_touch(va, sizeof(uint32_t), access & PF_W);
}

/* A site in its trapping form (abi.h)? What no original can be is #UD. */
static int trap_site(void)
{
	uint64_t flags = ctx.regs.rflags, rip = ctx.regs.rip;
	uint8_t code[UMVMM_TRAP_HEADER + SENS_MAX_LENGTH] = { 0 };
	struct sens_insn in;
	size_t n;

	if (guest_read(rip, code, UMVMM_TRAP_HEADER, AS_KERNEL_CODE) || code[0] != UMVMM_TRAP_OPCODE0 ||
	    code[1] != UMVMM_TRAP_OPCODE1 || code[2] <= UMVMM_TRAP_HEADER)
		return 0;
	n = code[2] - UMVMM_TRAP_HEADER;
	if (n > SENS_MAX_LENGTH)
		n = SENS_MAX_LENGTH;
	this_vcpu->stats.trap_site++;
	if (guest_read(rip + UMVMM_TRAP_HEADER, code + UMVMM_TRAP_HEADER, n, AS_KERNEL_CODE) ||
	    sens_decode(code + UMVMM_TRAP_HEADER, n, &in) != SENS_OK ||
	    emulate_insn(&in, rip + code[2]))
		inject_exception(VEC_UD, 0);
	else
		step_over(flags);
	return 1;
}

static void general_protection(uint64_t err)
{
	uint64_t flags = ctx.regs.rflags;
	struct sens_insn in;

	if (this_vcpu->cpl == 0 && trap_site())
		return;
	/* INT n and CPUID are the same in 32-bit code */
	if ((err & ERROR_IDT) && !fetch_insn(&in) && in.kind == SENS_INT) {
		ctx.regs.rip += in.len;
		inject_software((unsigned int)in.imm & 0xff, in.len);
		return;
	}
	/* of a user's instructions only CPUID, which faults where the host offers that */
	if (!fetch_insn(&in) && (in.kind == SENS_CPUID ||
				 (this_vcpu->cpl == 0 && in.kind <= SENS_LAST_SENSITIVE))) {
		this_vcpu->stats.trap_natural++;
		if (!emulate_insn(&in, ctx.regs.rip + in.len)) {
			step_over(flags);
			return;
		}
	}
	inject_exception(VEC_GP, (uint32_t)err);
}

static void invalid_opcode(void)
{
	enum site_middle middle = SITE_NOT_OURS;

	if (this_vcpu->cpl == 3 && !is_compat())
		middle = site_middle();
	if (middle == SITE_CALL)
		redirect_syscall();
	if (middle != SITE_NOT_OURS)
		return;
	inject_exception(VEC_UD, 0);
}

static void debug_trap(const struct host_siginfo *si, const struct host_ucontext *uc)
{
	if (uc->trapno == VEC_BP) {
		ctx.regs.rip -= INT3_SIZE;
		if (stop_soft_break())
			return;
		ctx.regs.rip += INT3_SIZE;
		inject_software(VEC_BP, INT3_SIZE);
		return;
	}
	stop_after_step();
	if (debug_hit(si->code) < 0)
		return;
	inject_exception(VEC_DB, 0);
}

static void kick(void)
{
	struct vcpu *v = this_vcpu;

	v->stats.kick++;
	if (v->cpl != 3 && !(v->rflags & RFLAGS_IF))
		v->stats.kick_pending++;
	/* resume looks at pending */
}

void handle_signal(int sig, struct host_siginfo *si, struct host_ucontext *uc)
{
	int stops;

	/*
	 * The host clears DF and TF only. With the guest's NT our IRETQ would be
	 * #GP, with its AC our own misaligned accesses #AC.
	 */
	__asm__ volatile("push $2; popfq" ::: "memory", "cc");
	if (in_monitor(uc->rip) && !is_32bit(uc) && !pku_is_users(sig, uc)) {
		if (sig == SIGUSR1)
			kick_in_monitor(uc);
		else
			fault_in_monitor(sig, si, uc);
		return;
	}
	if (sig == SIGTRAP && watch_gate_done(&stops)) { /* a gate's last instruction */
		uc->rflags &= ~(uint64_t)RFLAGS_TF;
		signal_take_regs(uc);
		resume_from_signal();
	}
	signal_take_regs(uc);
	leave_stub(sig);
	signal_from_guest(sig, si, uc);
	resume_from_signal();
}

void signal_from_guest(int sig, const struct host_siginfo *si, const struct host_ucontext *uc)
{
	if (sig != SIGUSR1)
		stop_progress();
	switch (sig) {
	case SIGUSR1:
		kick();
		break;
	case SIGSEGV:
		if (uc->trapno == VEC_PF) {
			page_fault(uc->cr2, uc->err);
			break;
		}
		watch_cancel();
		if (uc->trapno == VEC_GP)
			general_protection(uc->err);
		else
			inject_exception((unsigned int)uc->trapno & 31, (uint32_t)uc->err);
		break;
	case SIGILL:
		watch_cancel();
		invalid_opcode();
		break;
	case SIGTRAP:
		debug_trap(si, uc);
		break;
	case SIGFPE:
		watch_cancel();
		inject_exception((unsigned int)uc->trapno & 31, 0);
		break;
	case SIGSYS:
		redirect_sigsys(si);
		break;
	case SIGBUS:
		watch_cancel();
		if (uc->trapno != VEC_PF) /* AC; SS: a stack that is no address */
			inject_exception((unsigned int)uc->trapno & 31, (uint32_t)uc->err);
		else
			memory_gone(uc->cr2);
		break;
	}
}

void signal_handlers(uint64_t handler, uint64_t flags, uint64_t mask, uint64_t stack,
		     uint64_t stack_size, uint32_t stack_flags)
{
	static const int signals[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGUSR1, SIGSEGV, SIGSYS };
	const struct host_sigaction sa = { handler, flags | SA_SIGINFO | SA_ONSTACK | SA_RESTORER,
					   (uintptr_t)signal_restorer, mask };
	const struct host_sigstack ss = { stack, stack_flags, 0, stack_size };
	const uint64_t none = 0;
	unsigned int i;

	host_sigaltstack(&ss);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		host_rt_sigaction(signals[i], &sa);
	host_rt_sigprocmask(SIG_SETMASK, &none);
}

void signal_init(void)
{
	if (host_mmap(UMVMM_SIGSTACK, SIGSTACK_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) < 0)
		monitor_bug("no memory for the signal stack");
	signal_handlers(pku_signal_handler(), SA_NODEFER, 0, UMVMM_SIGSTACK, SIGSTACK_SIZE, 0);
}
