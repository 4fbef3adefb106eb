/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.h - the memory that manager, tracer and contexts of one VM share.
 *
 * Runs: mapped from one memfd ("the VM file") in the manager, the tracer and
 * (at UMVMM_VM_ADDR, VM_SHARED_SIZE of it) in every context; each context also has its
 * own vCPU's page at UMVMM_VCPU_ADDR and table of contexts at UMVMM_CONTEXTS. Layout of
 * the VM file: one struct vm (padded to VM_HEADER_SIZE), then VCPU_STRIDE bytes for each
 * vCPU, the struct vcpu first, then CONTEXTS_SIZE bytes for each vCPU.
 *
 * Must hold: the guest may write all of it (it is only fault-isolated from the
 * monitor). The manager reads each value once, checks it, and never uses it as
 * a pointer, a process id or an index before that. What the manager relies on
 * itself lives in its own memory; fields marked C are written by it before the
 * first guest instruction and never read back.
 */
#ifndef UMVMM_VM_H
#define UMVMM_VM_H

#include <stddef.h>
#include <stdint.h>
#include <gpr.h>
#include <umvmm/abi.h>

#include <cmos.h>
#include <ioapic.h>
#include <pci.h>
#include <platform.h>
#include <uart.h>

#define VM_MAX_VCPUS	16
#define VM_MAX_CONTEXTS 2048 /* of one vCPU; vm->contexts says what the host pays for */
#define VM_HEADER_SIZE	0x40000u
#define VCPU_STRIDE	0x10000u
#define CONTEXTS_SIZE	0x40000u
#define VM_SHARED_SIZE	(VM_HEADER_SIZE + VM_MAX_VCPUS * VCPU_STRIDE)
#define VM_FILE_SIZE	(VM_SHARED_SIZE + VM_MAX_VCPUS * CONTEXTS_SIZE)

/* Guest physical memory: low RAM, the hole for devices, RAM from 4 GiB on. */
#define GPA_HOLE_START	0xc0000000ull
#define GPA_HOLE_END	0x100000000ull

/*
 * The guest kernel's direct map (guest-arch/patches): guest physical address 0 is here
 * in its address space, and all RAM behind it.
 */
#define DIRECT_MAP ((uint64_t)UMVMM_DIRECT_MAP)

/* File descriptors of a context at its start (and never any other file). */
#define FD_PHYSMEM	3
#define FD_VM		4

/*
 * In the monitor's image, which nobody can write: a struct rlimit of two zeros. With that as
 * its limit of open files a process cannot fork any more, as each fork of the VM's takes a
 * descriptor; root neither, as this is the only limit that a filter lets pass.
 */
#define NO_FILES_LIMIT (UMVMM_GATE_TABLE + 0xff0)

/* vm.mmap_min_addr of a host is this at most. */
#define HOST_MIN_ADDRESS 0x10000u

/* Where physmem is mapped as a whole in every context. */
#define PHYSMEM_WINDOW	((uint64_t)UMVMM_RANGE_MONITOR)

/*
 * --isolation split: behind the part of the VM file that is mapped as a whole
 * comes a mailbox for each context's user sibling and one for their zygote, by
 * vCPU. A context sees all of its vCPU's at SIBLINGS_WINDOW; a sibling sees its
 * own at UMVMM_SIBLING.
 */
#define SIBLING_COUNT	 (VM_MAX_CONTEXTS + 1u)
#define SIBLING_SIZE	 0x8000u
#define SIBLINGS_SIZE	 (SIBLING_COUNT * SIBLING_SIZE)
#define VM_FILE_SPLIT	 (VM_FILE_SIZE + VM_MAX_VCPUS * SIBLINGS_SIZE)
#define SIBLINGS_WINDOW	 0x6f8000000000ull

/*
 * The end of the VM file: copies of user text with rewritten call sites, so many pages for each
 * context, by vCPU. What a context has of private memory is bounded like this: it may map
 * nothing privately but anonymous memory behind UMVMM_SIGSTACK. A context sees all of its
 * vCPU's at COPIES_WINDOW.
 */
#define TEXT_COPIES	 64u
#define COPIES_START	 VM_FILE_SPLIT
#define COPIES_WINDOW	 0x6fc000000000ull
#define PRIVATE_SIZE	 (UMVMM_STUBS_END - UMVMM_SIGSTACK)

#define SIBLING_BASE_CALL 40u /* from UMVMM_GATE_HANDOFF on: where a sibling's call for a base returns */
#define SIBLING_CALL	 0x7a7 /* the hand-off's system call number: no host has it */

/*
 * Breakpoints in the debug registers of a process of the VM, which only a tracer can
 * set: the process makes this call, its filter stops it there with DEBUG_STOP for
 * whoever traces it, and that sets DR0 to DR3 and DR7 to the arguments 0, 1, 2, 5
 * and 4 (3 is free: a user sibling's cookie is in the high halves of 3 and 4). The
 * result is what DR6 has of the last debug exception, and perhaps DEBUG_FAILED and
 * DEBUG_ABSENT.
 */
#define DEBUG_CALL   0x7a8 /* no host has it */
#define DEBUG_STOP   1
#define DEBUG_FAILED 0x10000u
#define DEBUG_ABSENT 0x20000u /* and so will all others: the host has no such registers */

/* vcpu->debug_state: a process that nobody traces asks the tracer first. */
#define DEBUG_IDLE     0u
#define DEBUG_ASKED    1u
#define DEBUG_ATTACHED 2u /* until the process makes its call */
#define DEBUG_REFUSED  3u

enum virt_mode { VIRT_TRAP, VIRT_AFTERBURN };
enum redirect_mode { REDIRECT_PTRACE, REDIRECT_SIGSYS, REDIRECT_GATE };
enum isolation_mode {
	ISOLATION_NONE,
	ISOLATION_PKU,
	ISOLATION_SPLIT,
	ISOLATION_USERS, /* as split, but for address spaces that the guest trusts */
	ISOLATION_AUTO
};

/* Are there user siblings? */
static inline int has_siblings(uint32_t isolation)
{
	return isolation == ISOLATION_SPLIT || isolation == ISOLATION_USERS;
}

/*
 * --isolation pku: a context's protection keys, in the order in which the host
 * gives them out. Pages of guest users have key 0. PKRU_USER (SDM vol. 3 4.6.2:
 * two bits a key, access and write disabled) holds while the virtual CPL is 3;
 * PKRU is 0 otherwise.
 */
#define PKEY_KERNEL 1 /* the guest kernel's pages, the monitor's data */
#define PKEY_TABLES 2 /* call-site slots and stubs, which user code reads and runs */
#define PKRU_USER   (1 << 2 * PKEY_KERNEL | 2 << 2 * PKEY_TABLES)

/* Why the VM stopped; vm->exit_reason, set once by the monitor. */
enum vm_exit {
	VM_RUNNING,
	VM_POWEROFF,	  /* ACPI S5 */
	VM_REBOOT,	  /* reset port or ACPI reset register */
	VM_TRIPLE_FAULT,
	VM_GUEST_FAULT,	  /* the guest did what no machine allows: exit_text */
	VM_MONITOR_BUG,	  /* the monitor caught itself: exit_text, monitor_stack.h */
	VM_DEBUG_EXIT,	  /* PORT_DEBUG_EXIT, test guests only: exit_code */
	VM_DEAD,	  /* no CPU of the guest will ever run again: exit_text */
	VM_HOST_REFUSED,  /* the host has no process or memory left for it: exit_text */
};

/* The local APIC timer counts at this rate, before its divider. */
#define APIC_BUS_KHZ 1000000u

#define CPUID_MAX 96
struct cpuid_entry {
	uint32_t leaf, subleaf, flags, eax, ebx, ecx, edx;
};
/* cpuid_entry.flags; a leaf that is not listed reads as zero */
#define CPUID_SUBLEAF	 1u  /* subleaf is significant */
#define CPUID_APIC_EAX	 2u  /* eax is the vCPU's APIC id */
#define CPUID_APIC_EBX24 4u  /* ebx bits 31..24 are the vCPU's APIC id */
#define CPUID_APIC_EDX	 8u  /* edx is the vCPU's APIC id */
#define CPUID_OSXSAVE	 16u /* ecx bit 27 follows CR4.OSXSAVE */

/* Initial state of a vCPU that starts by itself (the boot vCPU), C. */
struct boot_regs {
	uint64_t rip, rsp, rsi, cr3, gdt_base, gdt_limit;
};

/* Where the loader has put the kernel; addresses stay as its ELF file says. */
struct image {
	uint64_t start, end; /* physical */
	uint64_t virt;	     /* of start */
};

#define HOST_CPU_WORDS 16u /* cpu_set_t */

/* May user siblings use other host CPUs, and be polled for there? */
#define VM_POLL_NO     0u
#define VM_POLL_AUTO   1u
#define VM_POLL_ALWAYS 2u /* for tests: as often as it can be done, and not where it pays off */

struct vm {
	/* configuration, C */
	uint32_t ncpus;
	uint32_t contexts; /* of a vCPU, at most */
	uint32_t virt, redirect, isolation;
	uint32_t fsgsbase;	/* the host enables it */
	uint32_t maps_max;	/* mappings that the host allows a process */
	uint32_t min_address;	/* below it the host allows none */
	uint32_t poll;		/* VM_POLL_ */
	/* host CPUs for that, as in cpu_set_t: without the vCPU's, and with it */
	uint64_t poll_other[HOST_CPU_WORDS], poll_all[HOST_CPU_WORDS];
	uint64_t mem_size;	/* bytes of RAM */
	uint64_t tsc_khz;
	uint64_t xcr0_guest;	/* XSAVE components the guest may use */
	int32_t tracer; /* its process id */
	int32_t zygote[VM_MAX_VCPUS]; /* but the first: before `start`, for a start that fails */
	uint32_t ncpuid;
	struct cpuid_entry cpuid[CPUID_MAX];
	struct boot_regs boot;
	struct image image; /* for a debugger: the boot page tables do not map the kernel there */
	uint32_t seccomp_len; /* struct sock_filter entries */
	uint8_t seccomp[16384];
	/* --isolation split; a call with this number in it is one that a context ordered */
	uint64_t sibling_cookie;
	uint32_t sibling_seccomp_len;
	uint8_t sibling_seccomp[16384];

	/* monitor to manager: bump, then futex-wake (shared) */
	uint32_t event __attribute__((aligned(64)));
	uint32_t event_sleeping; /* manager is about to sleep on event */
	uint32_t exit_reason;	 /* enum vm_exit, compare-and-swap from 0 */
	uint32_t exit_code;
	uint64_t exit_rip;
	uint32_t exit_vcpu;
	uint32_t start; /* futex: the manager knows the zygotes, the guest may run */
	uint32_t exit_claim; /* index + 1 of the vCPU that stops the VM */
	uint32_t log_busy;   /* one vCPU writes to the log; the others' messages are lost */
	char exit_text[256];

	/* tracer to manager, with event: what a debugger wants */
	uint32_t sysrq; /* a key for the console's line, or 0 */
	uint32_t quit;	/* the end, as by umvmm stop */
	uint32_t gdb_left; /* a gdb has been here, and gone away */

	uint32_t debug_event; /* futex: some vCPU's debug_state is DEBUG_ASKED */
	uint32_t trust_told; /* the guest kernel knows of UMVMM_MSR_TRUST */

	uint64_t range_end; /* of the guest kernel's addresses: UMVMM_MSR_RANGE_END, or 0 */

	uint32_t debug_refused; /* the host does not set any: the guest's DRs are only stored */

	/* devices, guarded by dev_lock (spin, monitor only) */
	uint32_t dev_lock __attribute__((aligned(64)));
	struct ioapic ioapic;
	struct rtc rtc;
	struct pci_host pci;
	struct uart uart[UART_COUNT] __attribute__((aligned(64)));
	struct ring log; /* monitor's messages, shown by the manager with -v */
};

/* vcpu->state */
#define VCPU_OFF     0u	/* waits for INIT/SIPI */
#define VCPU_RUNNING 1u
#define VCPU_HALTED  2u	/* sleeps on wake_seq */
#define VCPU_DEAD    3u /* the same with interrupts off: only another CPU can wake it */

/* vcpu->request bits: set by others, together with pending */
#define REQ_UART  1u	/* look at the serial ports' receive rings */
#define REQ_TIMER 2u	/* the TSC deadline may have passed */
#define REQ_IRQ	  4u	/* the local APIC's IRR has changed */
#define REQ_INIT  8u
#define REQ_SIPI  16u
#define REQ_NMI	  32u
#define REQ_STOP  64u /* a debugger wants something: stop.h */

/* Counters, shown by umvmm stats. One line each: name, meaning. */
#define VCPU_COUNTERS(X)                                                       \
	X(syscall_sigsys, "system calls through SIGSYS")                       \
	X(syscall_gate, "system calls through a rewritten site")              \
	X(syscall_cold, "SIGSYS: from a place that was seen too rarely yet")   \
	X(syscall_shape, "SIGSYS: from code that cannot be rewritten")         \
	X(syscall_text, "SIGSYS: from code that may change: no file's, or written to") \
	X(syscall_page, "SIGSYS: from code that a page ends in")               \
	X(syscall_debug, "SIGSYS: while something steps or has breakpoints")   \
	X(syscall_full, "SIGSYS: with no room for another rewritten site")     \
	X(syscall_jumped, "SIGSYS: by a jump to the SYSCALL of a rewritten site") \
	X(syscall_ptrace, "system calls redirected by the tracer")             \
	X(site_patched, "system call sites rewritten")                         \
	X(fill, "TLB fills by a host mmap")                                    \
	X(fill_eager, "of these, on the return from the guest's page fault")    \
	X(fill_pages, "pages mapped by fills, with their neighbours")          \
	X(fill_in_place, "others that only changed rights, by mprotect")         \
	X(flush, "flushes of a range of addresses")                            \
	X(flush_all, "whole address spaces flushed")                           \
	X(flush_kept, "flushes that kept what the tables still said")           \
	X(handoff, "hand-offs to another context")                             \
	X(sibling_run, "times that a user sibling ran")                        \
	X(sibling_op, "host calls made by user siblings, as ordered")          \
	X(sibling_sent, "times that a user sibling was sent to another host CPU") \
	X(sibling_polled, "of its system calls, those that were polled for")   \
	X(context_fork, "contexts made from the zygote")                       \
	X(trust_given, "address spaces whose users need no wall (users)")      \
	X(trust_withdrawn, "of these, that need one after all")                \
	X(poke, "writes to kernel text that the guest asked for")              \
	X(context_recycle, "contexts taken from another address space")        \
	X(page_fault, "page faults given to the guest")                        \
	X(exception, "other exceptions given to the guest")                    \
	X(interrupt, "interrupts given to the guest")                          \
	X(kick, "host signals received as kicks")                              \
	X(kick_pending, "kicks that landed in the monitor or with IF clear")   \
	X(restart, "gates restarted at their check")                           \
	X(halt, "HLT that slept")                                              \
	X(trap_site, "rewritten sites emulated by trap")                       \
	X(trap_natural, "instructions that faulted by themselves, emulated")   \
	X(gate_call, "monitor calls through a gate")                           \
	X(emul_msr, "RDMSR and WRMSR")                                         \
	X(emul_io, "port I/O")                                                 \
	X(emul_mmio, "device memory accesses")                                 \
	X(emul_cr, "control register accesses")                                \
	X(emul_cpuid, "CPUID")

struct vcpu_stats {
#define X(name, text) uint64_t name;
	VCPU_COUNTERS(X)
#undef X
};

struct segment {
	uint64_t base;
	uint32_t limit;
	uint16_t sel;
	uint16_t attr;
};

/* A vCPU's general registers, GPR_*. */
struct regs {
	uint64_t r[GPR_COUNT];
	uint64_t rip;
	uint64_t rflags; /* without the virtual IF */
};

/* The segment registers that user code can change. */
struct segments {
	uint64_t fs_base, gs_base;
	uint16_t ds, es, fs, gs;
};

/* A guest that no process runs at the moment; its FPU's state is at FPU_OFFSET. */
struct handoff {
	struct regs regs;
	struct segments seg;
};
#define FPU_OFFSET 0x4000u /* in a vCPU's area: XSAVE image */

struct vcpu {
	/* rewritten code addresses these: abi.h */
	uint64_t rflags;  /* RFLAGS_FIXED | virtual IF */
	uint32_t pending; /* something to do at the next chance */
	uint32_t cpl;	  /* virtual CPL: 0 or 3 */
	uint64_t kgs;	  /* IA32_KERNEL_GS_BASE */
	uint64_t scr0, scr1;
	uint32_t cs, ss;  /* virtual selectors at CPL 0 */
	uint64_t gs_base; /* if the host has no FSGSBASE: bases.h */
	uint32_t gs_sel;  /* likewise */
	uint32_t pad;
	/* the gates' own scratch */
	uint64_t scratch[16];
	/* a page fault was given to the guest: map the page when it returns */
	uint32_t refill, refill_access;
	uint64_t refill_va, refill_cr3;
	uint32_t refill_pages; /* these from refill_va on, as the guest says */
	uint32_t refill_pad;
	uint64_t lstar_entry;	/* where the system call gate jumps to */
	uint32_t syscall_slow;	/* flags with which it leaves the call to C; all: always */
	uint32_t user_slow;	/* guest users are entered and left by C only */
	uint64_t fs_base, kernel_gs, gs_probe; /* if the host has no FSGSBASE: bases.h */

	/* kicks and sleep */
	uint32_t state __attribute__((aligned(64)));
	uint32_t request;
	uint32_t kicked;	/* a kick is outstanding */
	uint32_t wake_seq;	/* futex */
	int32_t run_pid;	/* before `start` the zygote, then the running context;
				   the manager verifies it */
	int32_t kick_fd;	/* its pidfd in the contexts' shared table */
	int32_t sibling_pid;	/* before `start`: the siblings' zygote; verified as run_pid */
	uint32_t split;		/* user code of the address space runs in siblings */
	uint32_t sync_wake;	/* before `start`: the host wakes siblings on the waker's CPU */
	uint64_t deadline;	/* TSC value, 0: not armed; read by the timer thread */
	uint32_t timer_seq;	/* futex: the deadline moved closer */
	uint32_t timer_armed;	/* the timer thread sleeps until timer_target */
	uint64_t timer_target;
	uint32_t index;
	uint32_t sipi_vector;
	uint32_t events;	/* REQ_INIT, REQ_SIPI, REQ_NMI seen by the vCPU, not yet acted on */
	uint32_t nmi_blocked;	/* until the next IRET */

	/* architectural state */
	uint64_t cr0, cr2, cr3, cr4, cr8, efer;
	uint64_t xcr0;
	uint64_t star, lstar, cstar, fmask, pat, apic_base, tsc_aux;
	uint64_t sysenter_cs, sysenter_esp, sysenter_eip, misc_enable;
	uint64_t dr[8];
	int32_t debug_pid;	/* whose breakpoints the tracer shall set; it verifies it */
	uint32_t debug_state;	/* futex */
	uint64_t gdt_base, idt_base;
	uint32_t gdt_limit, idt_limit;
	struct segment tr, ldt;
	uint64_t sti_shadow_rip; /* HLT at this address belongs to the STI before */

	/* local APIC (x2APIC) */
	uint32_t apic_id, apic_tpr, apic_svr, apic_esr, apic_ldr;
	uint32_t apic_lvt[7];	/* CMCI timer thermal perf lint0 lint1 error */
	uint64_t apic_icr;
	uint32_t apic_tmict, apic_tdcr;
	uint64_t apic_timer_start;	/* TSC when the one-shot count began */
	uint32_t apic_irr[8], apic_isr[8], apic_tmr[8];

	struct vcpu_stats stats;
};

_Static_assert(offsetof(struct vcpu, rflags) == UMVMM_VCPU_RFLAGS, "abi.h");
_Static_assert(offsetof(struct vcpu, pending) == UMVMM_VCPU_PENDING, "abi.h");
_Static_assert(offsetof(struct vcpu, kgs) == UMVMM_VCPU_KGS, "abi.h");
_Static_assert(offsetof(struct vcpu, scr0) == UMVMM_VCPU_SCR0, "abi.h");
_Static_assert(offsetof(struct vcpu, scr1) == UMVMM_VCPU_SCR1, "abi.h");
_Static_assert(offsetof(struct vcpu, cs) == UMVMM_VCPU_CS, "abi.h");
_Static_assert(offsetof(struct vcpu, ss) == UMVMM_VCPU_SS, "abi.h");
_Static_assert(offsetof(struct vcpu, gs_base) == UMVMM_VCPU_GS_BASE, "abi.h");
_Static_assert(offsetof(struct vcpu, gs_sel) == UMVMM_VCPU_GS_SEL, "abi.h");
_Static_assert(sizeof(struct vm) <= VM_HEADER_SIZE, "vm.h");
_Static_assert(sizeof(struct vcpu) <= 4096, "vm.h");

#define RFLAGS_FIXED 0x002ull
#define RFLAGS_IF    0x200ull

static inline size_t vcpu_offset(unsigned int index)
{
	return VM_HEADER_SIZE + (size_t)index * VCPU_STRIDE;
}

/* Of a vCPU's table of contexts. */
static inline size_t contexts_offset(unsigned int index)
{
	return VM_SHARED_SIZE + (size_t)index * CONTEXTS_SIZE;
}

/* Of a mailbox in the VM file. */
static inline size_t sibling_offset(unsigned int vcpu, unsigned int slot)
{
	return VM_FILE_SIZE + (size_t)vcpu * SIBLINGS_SIZE + (size_t)slot * SIBLING_SIZE;
}

/* Of a context's copies in the VM file; a vCPU may have so many contexts. */
static inline uint64_t copies_offset(unsigned int contexts, unsigned int vcpu, unsigned int slot)
{
	return COPIES_START + ((uint64_t)vcpu * contexts + slot) * TEXT_COPIES * 4096;
}

/* Guest physical address to offset in physmem; ~0 if it is not RAM. */
static inline uint64_t gpa_to_offset(uint64_t mem_size, uint64_t gpa)
{
	if (gpa < GPA_HOLE_START)
		return gpa < mem_size ? gpa : ~0ull;
	if (gpa < GPA_HOLE_END)
		return ~0ull;
	gpa -= GPA_HOLE_END - GPA_HOLE_START;
	return gpa < mem_size ? gpa : ~0ull;
}

#endif
