// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * polled.c - user code with --isolation split whose system calls are polled for
 * (umvmm/monitor/context/sibling_poll.c), honest, and not.
 *
 * Runs: in the guest, virtual CPL 0 and 3; case=NAME on the command line; with --poll always, on
 * one CPU. The user makes system calls as a rewritten site does, by a jump to the sibling's gate. A
 * liar tells one by hand, and then goes on, beside the kernel. That is no crime: the kernel
 * must not rely on less. Where the host polls for nobody a liar waits like all others.
 */
#include <vm.h>

#include "cases.h"
#include "lib.h"

#define rdtsc monitor_rdtsc /* both have it */
#include "context/host.h"
#include "context/sibling.h"
#undef rdtsc

#define BOX	  ((volatile struct sibling_box *)UMVMM_SIBLING)
#define GATE	  (*(uint64_t *)(UMVMM_GATE_TABLE + 8ul * UMVMM_GATE_SIBLING))
#define HANDOFF	  (*(uint64_t *)(UMVMM_GATE_TABLE + 8ul * UMVMM_GATE_HANDOFF) - 2) /* its SYSCALL */
#define CR4_PCIDE (1ull << 17)
#define TIMER	  0x40
#define WARM	  50u   /* honest calls, of which the last are polled for */
#define LIE	  ~0ull /* a call's number: from now on it does what it likes */
#define EARLY	  1000000ull
#define EARLY_CALLS 200u
#define MOMENT	  2000000ull /* cycles */
#define LONG	  40000000ull
#define STORM	  60000u

uint64_t gate, handoff;
static uint64_t other[512] __attribute__((aligned(4096)));

/* ---- at CPL 3 ---- */

static volatile uint64_t *const shared = (volatile uint64_t *)AREA; /* one page of the user's */
static volatile uint64_t progress, wrong;
static volatile uint64_t seed;

struct result {
	uint64_t rax, other; /* the sum of what no call may change */
};

/*
 * With a pattern in all registers that stay, some of the FPU's, and the carry flag. Odd calls
 * leave their number in XMM5.
 */
uint64_t last_xmm5;
struct result call_kernel(uint64_t number);
__asm__("call_kernel:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rdi, %rax\n"
	"	lea 1(%rdi), %rbx; lea 2(%rdi), %rbp; lea 3(%rdi), %r12; lea 4(%rdi), %r13\n"
	"	lea 5(%rdi), %r14; lea 6(%rdi), %r15; lea 7(%rdi), %rsi; lea 8(%rdi), %rdx\n"
	"	lea 9(%rdi), %r8; lea 10(%rdi), %r9; lea 11(%rdi), %r10\n"
	"	movq %rbx, %xmm3; movq %rbp, %xmm15\n"
	"	lea 1f(%rip), %rcx\n"
	"	mov $0x203, %r11d\n"
	"	stc\n"
	"	jmp *gate\n"
	"1:	sbb %rcx, %rcx\n" /* -1: the carry flag is there */
	"	movq %xmm5, last_xmm5\n"
	"	movq %xmm3, %r11\n"
	"	sub %rbx, %r11; add %r11, %rcx\n"
	"	movq %xmm15, %r11\n"
	"	sub %rbp, %r11; add %r11, %rcx\n"
	"	lea (%rcx,%rbx), %rcx\n"
	"	add %rbp, %rcx; add %r12, %rcx; add %r13, %rcx; add %r14, %rcx; add %r15, %rcx\n"
	"	add %rdi, %rcx; add %rsi, %rcx; add %rdx, %rcx; add %r8, %rcx; add %r9, %rcx\n"
	"	add %r10, %rcx\n"
	"	mov %rcx, %rdx\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");

static void call(uint64_t number)
{
	struct result r = call_kernel(number);

	if (r.rax != ~number || r.other != 12 * number + 66 - 1 ||
	    last_xmm5 != ((number - 1) | 1))
		wrong++;
}

static void done(void)
{
	__asm__ volatile("int $0x80" ::: "memory");
}

/* Each call once, whatever comes in between. */
static void storm(void)
{
	__asm__ volatile("pcmpeqd %%xmm5, %%xmm5" ::: "memory");
	for (uint64_t i = 0; i < STORM; i++) {
		call(i);
		progress++;
	}
	done();
}

static void warm(void)
{
	__asm__ volatile("pcmpeqd %%xmm5, %%xmm5" ::: "memory");
	for (uint64_t i = 0; i < WARM; i++)
		call(i);
}

/* A call that is told by hand: the registers are those of the last. */
static void tell(uint64_t number)
{
	BOX->regs.r[GPR_RAX] = number;
	__atomic_store_n(&BOX->call, BOX->answer + 1, __ATOMIC_SEQ_CST);
}

static void go_on(void)
{
	for (;;) {
		shared[0]++;
		shared[512]++;
	}
}

/* It says that it waits, and works. */
static void never_waits(void)
{
	warm();
	tell(LIE);
	go_on();
}

/* Its kernel dies meanwhile. */
static void outlives(void)
{
	never_waits();
}

/* It says that it is about to hand off. */
static void never_leaves(void)
{
	warm();
	tell(LIE);
	BOX->leaving = 1;
	go_on();
}

/* All that it has said is gone. */
static void scribbles(void)
{
	uint64_t x = seed;

	warm();
	tell(LIE);
	for (;;) {
		volatile uint64_t *word = (volatile uint64_t *)UMVMM_SIBLING;

		x = x * 6364136223846793005ull + 1442695040888963407ull;
		if (x >> 62 == 0)
			BOX->call = BOX->answer + (uint32_t)(x >> 60 & 3);
		else if (x >> 62 == 1)
			BOX->leaving = (uint32_t)(x >> 61 & 1);
		else
			word[(x >> 33) % (SIBLING_STACK / 8)] = x >> 20 & 1 ? x : 0;
		shared[0]++;
	}
}

/* A hand-off as the gate's, with nothing but rcx and rsp in the mailbox; returns when answered. */
void hand_off_call(volatile uint64_t *rcx, volatile uint64_t *rsp);
__asm__("hand_off_call:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	lea 1f(%rip), %rax\n"
	"	mov %rax, (%rdi)\n"
	"	mov %rsp, (%rsi)\n"
	"	xor %edi, %edi\n" /* SIBLING_SYSCALL */
	"	mov handoff_nr, %eax\n"
	"	jmp *handoff\n"
	"1:	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n");
const uint32_t handoff_nr = SIBLING_CALL;

/*
 * It tells its next call in advance. If that is believed, the kernel sees a call that nobody has
 * made, while the process has not got the last one's answer, and has the cookie in its registers.
 */
static void tells_early(void)
{
	warm();
	for (unsigned int tries = 0; tries < EARLY_CALLS; tries++) {
		__asm__ volatile("ud2"); /* the kernel takes the page */
		shared[0]++;		 /* orders: it is not polled for, until it has had the page */
		BOX->regs.r[GPR_RAX] = EARLY;
		/* as if what it makes by the host counted, or as it is */
		BOX->call = BOX->answer + 1 + tries % 2;
		hand_off_call(&BOX->regs.r[GPR_RCX], &BOX->regs.r[GPR_RSP]);
	}
	done();
}

/* Without FSGSBASE the sibling sets bases by a call of its own: so may its user, nothing else. */
static void sets_bases(void)
{
	static const uint64_t numbers[] = { __NR_munmap, __NR_mprotect, __NR_arch_prctl };

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t nr = numbers[i];

		__asm__ volatile("lea 1f(%%rip), %%r12\n"
				 "	jmp *%1\n"
				 "1:"
				 : "+a"(nr)
				 : "r"(handoff + SIBLING_BASE_CALL), "D"(0x1001), "S"(AREA),
				   "d"(PROT_READ)
				 : "rcx", "r11", "r12", "r14", "memory");
		progress++;
	}
	warm();
	done();
}

/* ---- at CPL 0 ---- */

static uint64_t expected, lies, interrupts, spread = 1;

struct liar {
	const char *name;
	void (*user)(void);
	unsigned int runs, tries; /* until a lie is told beside the kernel: a busy host polls seldom */
	bool ends;		  /* by itself */
};
static const struct liar *liar;

__asm__("	.globl syscall_entry\n"
	"syscall_entry:\n"
	"	mov %rsp, user_rsp\n"
	"	mov $call_stack_top, %rsp\n"
	"	push %rcx; push %r11; push %rdi; push %rsi; push %rdx; push %r8; push %r9; push %r10\n"
	"	mov %rax, %rdi\n"
	"	test $1, %dil; jz 1f\n"
	"	movq %rdi, %xmm5\n"
	"1:	call on_call\n"
	"	pop %r10; pop %r9; pop %r8; pop %rdx; pop %rsi; pop %rdi; pop %r11; pop %rcx\n"
	"	mov user_rsp, %rsp\n"
	"	sysretq\n"
	".bss\n"
	"user_rsp: .skip 8\n"
	".balign 16\n"
	"call_stack: .skip 16384\n"
	"call_stack_top:\n"
	".text\n");
extern char syscall_entry[];

static uint64_t page_pa; /* of shared[0], and the next of shared[512] */

static volatile uint64_t *seen_at(unsigned int page)
{
	return (volatile uint64_t *)(page_pa + page * PAGE);
}

static void wait(uint64_t cycles)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < cycles)
		__asm__ volatile("pause");
}

/* Does the liar work there, beside us? */
static bool works(unsigned int page)
{
	uint64_t before = *seen_at(page);

	wait(MOMENT);
	return *seen_at(page) != before;
}

static void flush(void)
{
	*area_pte(0) = 0;
	invlpg(shared);
	EXPECT(!works(0), "a page is used that has been flushed");
	*area_pte(0) = page_pa | PTE_P | PTE_W | PTE_U;
}

static void protect(void)
{
	*area_pte(1) &= ~PTE_W;
	invlpg(shared + 512);
	EXPECT(!works(1), "a page is written that is read-only");
	*area_pte(1) |= PTE_W;
}

static void flush_all(void)
{
	*area_pte(0) = 0;
	write_cr3(read_cr3());
	EXPECT(!works(0), "a page is used that has been flushed");
	*area_pte(0) = page_pa | PTE_P | PTE_W | PTE_U;
}

/* Other tables, under the same PCID, and another one. */
static void leave(uint64_t cr3)
{
	uint64_t own = read_cr3();

	write_cr3(cr3);
	EXPECT(!works(0) && !works(1), "it runs when its address space is not loaded");
	write_cr3(own);
}

static void other_table(void)
{
	leave((uintptr_t)other | (read_cr3() & 0xfff));
}

static void other_context(void)
{
	leave((uintptr_t)other | 5);
}

static void sleep(void)
{
	const volatile uint64_t *halts = &((struct vcpu *)UMVMM_VCPU_ADDR)->stats.halt;
	uint64_t before = *halts;

	wrmsr(MSR_TSC_DEADLINE, rdtsc() + MOMENT);
	__asm__ volatile("sti; hlt; cli");
	EXPECT(!works(0) || *halts == before, "it runs when the CPU has halted");
}

#define MIX 0x1badb002deadbeefull

/* Of the cookie itself no register may be left, as they are the next user's. */
static uint64_t mixed_cookie(void)
{
	uint64_t v = MIX;

	__asm__ volatile("xor (%1), %0" : "+r"(v) : "r"(&((struct vm *)UMVMM_VM_ADDR)->sibling_cookie));
	return v;
}

/* As all of it or as half, which is how a sibling has it in its registers. */
static void look_for_cookie(void)
{
	const uint64_t cookie = mixed_cookie(), high = cookie >> 32, low = (uint32_t)cookie;
	const volatile uint64_t *word = (const volatile uint64_t *)SIBLINGS_WINDOW;
	unsigned int found = 0;

	for (unsigned int i = 0; i < 2 * SIBLING_SIZE / 8; i++) {
		uint64_t v = word[i] ^ MIX, upper = v >> 32, lower = (word[i] >> 32 ^ MIX) & 0xffffffff;

		/* upper half as the cookie's upper half, and as its lower one */
		found += v == cookie || upper == high || lower == low;
	}
	EXPECT(!found, "%d words of the mailboxes have the cookie", (uint64_t)found);
}

/* A dead guest may be kept, and looked at. */
static void die(void)
{
	static const struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} none = { 0, 0 };

	print("dies\n");
	__asm__ volatile("lidt %0; ud2" : : "m"(none));
}

static void lose_page(void)
{
	*area_pte(0) = 0;
	invlpg(shared);
	*area_pte(0) = page_pa | PTE_P | PTE_W | PTE_U;
}

static void (*const deeds[])(void) = { flush, protect, flush_all, other_table, other_context, sleep };
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static uint64_t deed;

uint64_t on_call(uint64_t number);
uint64_t on_call(uint64_t number)
{
	if (number != LIE) {
		if (spread > 1)
			EXPECT(number == expected, "call %d instead of %d", number, expected);
		expected = number + 1;
		if (liar->user == tells_early && number == EARLY) {
			lies++;
			lose_page(); /* if its process is told to stop it does so where it is just now */
			look_for_cookie();
		}
		return ~number;
	}
	lies++;
	if (works(0)) {
		progress++; /* it is beside us */
		if (liar->user == outlives)
			die();
	}
	deeds[deed % DEEDS]();
	leave_user();
}

static void trap(struct frame *f)
{
	static uint64_t x = 1;

	if (f->vector == TIMER) {
		eoi();
		interrupts++;
		if (spread > 1) {
			x = x * 6364136223846793005ull + 1442695040888963407ull;
			wrmsr(MSR_TSC_DEADLINE, rdtsc() + 200 + (x >> 33) % spread);
			return;
		}
		if ((f->cs & 3) != 3)
			return;
		leave_user();
	}
	if ((f->cs & 3) != 3) {
		EXPECT(false, "vector %x in the kernel at %x, cr2 %x", f->vector, f->rip, last_cr2);
		finish(1);
	}
	if (f->vector == UD && liar->user == tells_early) {
		lose_page();
		f->rip += 2;
		return;
	}
	leave_user();
}

static uint8_t *user_stack;

static void share_pages(void)
{
	uint64_t *pdpt = (uint64_t *)(pml4[0] & PTE_ADDR), *pd = (uint64_t *)(pdpt[0] & PTE_ADDR);

	for (unsigned int i = 1; i < 8; i++)
		pd[i] |= PTE_U;
	user_stack = new_page();
	page_pa = (uintptr_t)new_page();
	for (unsigned int i = 0; i < 2; i++)
		*area_pte(i) = (page_pa + i * PAGE) | PTE_P | PTE_W | PTE_U;
	new_page();
	for (unsigned int i = 0; i < 512; i++)
		other[i] = pml4[i];
	write_cr4(read_cr4() | CR4_PCIDE);
	write_cr3(read_cr3());
}

static const struct liar cases[] = {
	{ "storm", storm, 1, 1, true },
	{ "never_waits", never_waits, DEEDS, 60, false },
	{ "never_leaves", never_leaves, DEEDS, 60, false },
	{ "outlives", outlives, 1, 200, false },
	{ "scribbles", scribbles, 10 * DEEDS, 5, false },
	{ "tells_early", tells_early, 1, 1, true },
	{ "sets_bases", sets_bases, 1, 1, true },
};

static void run(void)
{
	set_flags(2);
	wrmsr(MSR_TSC_DEADLINE, liar->ends ? 0 : rdtsc() + LONG);
	if (liar->user == storm)
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + 200);
	enter_user((void *)(uintptr_t)liar->user, user_stack + 2048);
	wrmsr(MSR_TSC_DEADLINE, 0);
	look_for_cookie();
}

void test_main(void)
{
	liar = find_case(cases);
	gate = GATE;
	handoff = HANDOFF;
	share_pages();
	on_trap = trap;
	apic_on();
	wrmsr(X2APIC_LVT_TIMER, 2 << 17 | TIMER);
	wrmsr(MSR_STAR, (uint64_t)0x23 << 48 | (uint64_t)KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
	wrmsr(MSR_FMASK, 0x47700);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
	if (liar->user == storm)
		spread = 60000;
	for (deed = 0; deed < liar->runs; deed++)
		for (unsigned int i = 0, before = (unsigned int)progress; i < liar->tries; i++) {
			seed++;
			run();
			if (progress != before)
				break;
		}
	EXPECT(!wrong || liar->user == scribbles || liar->user == tells_early, "%d calls went wrong", wrong);
	if (liar->user == tells_early)
		EXPECT(lies == EARLY_CALLS, "%d calls seen instead of %d", lies, (uint64_t)EARLY_CALLS);
	if (liar->user == storm)
		EXPECT(progress == STORM && expected == STORM, "%d calls, %d seen", progress, expected);
	print("%d lies, %d told beside the kernel, %d interrupts\n", lies, progress, interrupts);
}
