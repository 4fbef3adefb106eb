// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compat.c - 32-bit code in a 64-bit process: a far return goes to it, a far jump
 * back, without the kernel's knowing. Faults, traps and timer signals meet it, and
 * every signal frame says which of the two code segments was interrupted.
 *
 * Selectors: arch/x86/include/asm/segment.h. Frames: arch/x86/include/uapi/asm/ucontext.h.
 *
 * Flags: timeout=40 needs-code32
 */
#include <sys/time.h>
#include <ucontext.h>

#include "test.h"

#define CS64 0x33
#define CS32 0x23
#define SS   0x2b

/* Not of the C library's headers. */
#define UC_SIGCONTEXT_SS     0x2
#define UC_STRICT_RESTORE_SS 0x4

enum { DE = 0, DB = 1, BP = 3, OF = 4, UD = 6, GP = 13, PF = 14 };
enum { WRITE = 2, USER = 4, FETCH = 16 };

/* What 32-bit code finds by its address: this program lies below 4 GiB. */
uint64_t saved_rsp, saved_r15;
uint32_t results[8], *pointer, turns, mistakes;
uint8_t stack32[65536] __attribute__((aligned(16)));
void enter(void (*code)(void), uint64_t cs);
extern char back32[], back64[];
void arithmetic(void), load(void), store(void), fetch(void), undefined(void), breakpoint(void),
	overflow(void), divide(void), privileged(void), spin(void),
	step(void), nothing(void), undefined64(void);

__asm__(".text\n\t.globl enter, back32, back64, undefined64\n"
	"enter:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, saved_rsp\n"
	"	mov $0x1234567887654321, %r15\n"
	"	mov $stack32 + 65536 - 256, %esp\n"
	"	push %rsi; push %rdi\n"
	"	lretq\n"
	"undefined64: ud2\n"
	"	.code32\n"
	"back32:\n"
	"	ljmp $0x33, $back64\n"
	"	.code64\n"
	"back64:\n"
	"	mov saved_rsp, %rsp\n"
	"	mov %r15, saved_r15\n"
	"	cld\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	ret\n"
	"	.code32\n"
	".globl arithmetic, load, store, fetch, undefined, breakpoint, overflow, divide\n"
	".globl privileged, spin, step, nothing\n"
	"arithmetic:\n"
	/* these bytes are a REX prefix in 64-bit code */
	"	mov $0xffffffff, %eax; inc %eax; mov %eax, results\n"
	"	mov $0x80000000, %ecx; dec %ecx; mov %ecx, results + 4\n"
	"	mov %esp, %edx; push %eax; sub %esp, %edx; pop %eax; mov %edx, results + 8\n"
	"	call 1f\n"
	"1:	pop %eax; sub $1b, %eax; mov %eax, results + 12\n"
	"	mov %cs, %eax; mov %eax, results + 16\n"
	"	mov $1, %ebx; mov $2, %esi; mov $3, %edi; pusha; xor %ebx, %ebx; xor %esi, %esi\n"
	"	xor %edi, %edi; popa; lea (%ebx, %esi, 2), %eax; add %edi, %eax\n"
	"	mov %eax, results + 20\n"
	"	mov $0x99, %al; add $1, %al; daa; movzbl %al, %eax; adc $0, %eax\n"
	"	mov %eax, results + 24\n"
	"	mov $0xfffffff0, %eax; mov back32 + 16(%eax), %al; movzbl %al, %eax\n"
	"	mov %eax, results + 28\n"
	"nothing: jmp back32\n"
	"load:	mov pointer, %ebx; mov (%ebx), %eax; mov %eax, results; jmp back32\n"
	"store:	mov pointer, %ebx; movl $77, (%ebx); mov (%ebx), %eax; mov %eax, results; jmp back32\n"
	"fetch:	jmp *pointer\n"
	"undefined: ud2; jmp back32\n"
	"breakpoint: int3; jmp back32\n"
	"overflow: mov $0x7fffffff, %eax; inc %eax; into; jmp back32\n"
	"divide: xor %ecx, %ecx; div %ecx; jmp back32\n"
	"privileged: hlt; jmp back32\n"
	/* every register but ecx and esp keeps its value */
	"spin:	mov $0x11111111, %ebx; mov $0x22222222, %edx; mov $0x33333333, %esi\n"
	"	mov $0x44444444, %edi; mov $0x55555555, %ebp; mov $20000, %ecx\n"
	"1:	incl turns; push %ebx; mov %esi, %eax; pop %eax; cmp %ebx, %eax; jne 2f\n"
	"	mov %ds, %eax; cmp $0x2b, %ax; jne 2f; mov %es, %eax; cmp $0x2b, %ax; jne 2f\n"
	"	mov %ss, %eax; cmp $0x2b, %ax; jne 2f; mov %cs, %eax; cmp $0x23, %ax; jne 2f\n"
	"	dec %ecx; jnz 1b\n"
	"	lea (%ebx, %edx), %eax; cmp %esi, %eax; jne 2f\n"
	"	lea (%ebx, %esi), %eax; cmp %edi, %eax; jne 2f\n"
	"	lea (%ebx, %edi), %eax; cmp %ebp, %eax; jne 2f\n"
	"	jmp back32\n"
	"2:	incl mistakes; jmp back32\n"
	"step:	pushf; orl $0x100, (%esp); popf; nop; inc %eax; ljmp $0x33, $3f\n"
	"	.code64\n"
	"3:	nop; pushfq; andl $~0x100, (%rsp); popfq; jmp back64\n");

/* The last signal, and what its handler does about it. */
static struct {
	int sig, count;
	uint16_t cs, ss;
	uint64_t flags, rip, trap, error, addr;
} got;
static void (*resume_at)(void);	 /* go on there ... */
static uint16_t resume_cs;	 /* ... in this segment */
static greg_t resume_rsp;	 /* ... with this stack, if not 0 */
static bool allow;		 /* or repeat, with the page accessible */
static unsigned int timers[2], steps[2];
static volatile sig_atomic_t timer_runs;

static uint16_t *selectors(ucontext_t *uc)
{
	return (uint16_t *)&uc->uc_mcontext.gregs[REG_CSGSFS]; /* cs gs fs ss */
}

static void check_frame(const ucontext_t *uc, uint16_t cs, uint16_t ss)
{
	const uint64_t strict = cs == CS64 ? UC_STRICT_RESTORE_SS : 0;
	uint16_t own;

	EXPECT(cs == CS64 || cs == CS32, "cs %#x", cs);
	EXPECT(ss == SS, "ss %#x", ss);
	EXPECT((uc->uc_flags & (UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS)) ==
		       (UC_SIGCONTEXT_SS | strict), "flags %#lx with cs %#x", uc->uc_flags, cs);
	__asm__("mov %%cs, %0" : "=r"(own));
	EXPECT(own == CS64, "the handler's cs is %#x", own);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;

	got.sig = sig;
	got.count++;
	got.cs = selectors(uc)[0];
	got.ss = selectors(uc)[3];
	got.rip = (uint64_t)regs[REG_RIP];
	got.trap = (uint64_t)regs[REG_TRAPNO];
	got.error = (uint64_t)regs[REG_ERR];
	got.addr = (uintptr_t)info->si_addr;
	check_frame(uc, got.cs, got.ss);
	if (got.count > 100)
		_exit(2);
	if (allow) {
		REQUIRE(mprotect(pointer, PAGE, PROT_READ | PROT_WRITE) == 0);
		return;
	}
	regs[REG_RIP] = (greg_t)(uintptr_t)resume_at;
	selectors(uc)[0] = resume_cs;
	if (resume_rsp)
		regs[REG_RSP] = resume_rsp;
}

static void on_step(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint16_t cs = selectors(uc)[0];

	(void)sig;
	EXPECT(info->si_code == TRAP_TRACE, "code %d", info->si_code);
	check_frame(uc, cs, selectors(uc)[3]);
	steps[cs == CS32]++;
}

static void on_timer(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint16_t cs = selectors(uc)[0];

	(void)sig;
	(void)info;
	check_frame(uc, cs, selectors(uc)[3]);
	timers[cs == CS32]++;
	timer_runs = 0;
}

static void catch(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	REQUIRE(sigaction(sig, &sa, NULL) == 0);
}

static void flat_data(void)
{
	__asm__ volatile("mov %0, %%ds; mov %0, %%es" ::"r"(SS));
}

static void run(void (*code)(void))
{
	saved_r15 = 0;
	enter(code, CS32);
	EXPECT(saved_r15 == 0x1234567887654321, "r15 %#lx", saved_r15);
}

static void counts(void)
{
	/* the last but one: DAA of 0x99 + 1 carries; the last: an address wraps at 4 GiB */
	static const uint32_t want[] = { 0, 0x7fffffff, 4, 0, CS32, 8, 1, 0xea };

	for (int round = 0; round < 3; round++) {
		memset(results, 0x5a, sizeof(results));
		run(arithmetic);
		for (unsigned int i = 0; i < 8; i++)
			EXPECT(results[i] == want[i], "result %u: %#x", i, results[i]);
	}
}

/* Code meets a signal at its own start + at; the handler sends it to back32 or back64. */
static void meets(const char *what, void (*code)(void), unsigned int at, int sig, uint64_t trap,
		  uint64_t error)
{
	for (int i = 0; i < 40; i++) {
		memset(&got, 0, sizeof(got));
		resume_at = (void (*)(void))(i & 1 ? back64 : back32);
		resume_cs = i & 1 ? CS64 : CS32;
		run(code);
		EXPECT(got.count == 1 && got.sig == sig, "%s: %d signals, %d", what, got.count,
		       got.sig);
		EXPECT(got.cs == CS32 && got.rip == (uintptr_t)code + at, "%s: at %#x:%#lx", what,
		       got.cs, got.rip);
		EXPECT(got.trap == trap && got.error == error, "%s: trap %lu, error %#lx", what,
		       got.trap, got.error);
	}
}

static void page_faults(void)
{
	void *page = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	REQUIRE(page != MAP_FAILED);
	/* those of which the program knows nothing */
	for (unsigned int i = 0; i < 32; i++) {
		pointer = (uint32_t *)((char *)page + i * PAGE);
		results[0] = 5;
		run(i & 1 ? load : store);
		EXPECT(results[0] == (i & 1 ? 0 : 77), "page %u: %u", i, results[0]);
	}
	/* and the others */
	for (unsigned int i = 0; i < 16; i++) {
		memset(&got, 0, sizeof(got));
		pointer = (uint32_t *)((char *)page + i * PAGE);
		REQUIRE(mprotect(pointer, PAGE, i & 1 ? PROT_NONE : PROT_READ) == 0);
		allow = true;
		run(i & 1 ? load : store);
		allow = false;
		EXPECT(results[0] == (i & 1 ? 0 : 77), "page %u: %u", i, results[0]);
		EXPECT(got.count == 1 && got.sig == SIGSEGV && got.addr == (uintptr_t)pointer,
		       "%d faults, signal %d at %#lx", got.count, got.sig, got.addr);
		EXPECT(got.cs == CS32 && got.trap == PF && (got.error & ~1ull) ==
			       (i & 1 ? USER : USER | WRITE), "cs %#x, trap %lu, error %#lx",
		       got.cs, got.trap, got.error);
	}
	/* no code there */
	memset(&got, 0, sizeof(got));
	resume_at = (void (*)(void))back32;
	resume_cs = CS32;
	run(fetch);
	EXPECT(got.count == 1 && got.sig == SIGSEGV && got.rip == (uintptr_t)pointer &&
		       got.cs == CS32 && (got.error & ~1ull) == (USER | FETCH),
	       "%d faults, at %#lx, error %#lx", got.count, got.rip, got.error);
	munmap(page, 64 * PAGE);
}

/* A handler's return, rather than a far one, leads from 64-bit code to 32-bit code. */
static void returns(void)
{
	for (unsigned int i = 0; i < 40; i++) {
		memset(&got, 0, sizeof(got));
		memset(results, 0, sizeof(results));
		resume_at = arithmetic;
		resume_cs = CS32;
		enter(undefined64, CS64);
		EXPECT(got.count == 1 && got.cs == CS64 && results[4] == CS32,
		       "%d signals from cs %#x, then cs %#x", got.count, got.cs, results[4]);
	}
}

static void on_user(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *rip = &uc->uc_mcontext.gregs[REG_RIP];

	(void)sig;
	(void)info;
	resume_at = (void (*)(void))*rip;
	resume_cs = CS64;
	resume_rsp = uc->uc_mcontext.gregs[REG_RSP];
	*rip = 1ll << 32;
	selectors(uc)[0] = CS32;
}

/*
 * IRET to 32-bit code at 4 GiB is #GP(0) on AMD's CPUs; Linux says that it was the program's.
 * Intel's cut RIP, and RSP, to 32 bits.
 */
static void beyond(void)
{
	catch(SIGUSR1, on_user);
	for (int i = 0; i < 20; i++) {
		memset(&got, 0, sizeof(got));
		REQUIRE(syscall(SYS_kill, getpid(), SIGUSR1) == 0);
		EXPECT(got.count == 1 && got.sig == SIGSEGV && got.cs == CS32,
		       "%d signals, %d, cs %#x", got.count, got.sig, got.cs);
		EXPECT((got.trap == GP && got.error == 0 && got.rip == 1ull << 32) ||
			       (got.trap == PF && got.error == (USER | FETCH) && got.rip == 0),
		       "trap %lu, error %#lx, at %#lx", got.trap, got.error, got.rip);
	}
	resume_rsp = 0;
}

static void single_steps(void)
{
	catch(SIGTRAP, on_step);
	for (unsigned int i = 1; i <= 40; i++) {
		steps[0] = steps[1] = 0;
		run(step);
		/* nop, inc, ljmp's target; then nop, pushfq, andl, popfq */
		EXPECT(steps[1] == 2 && steps[0] == 5, "%u steps in 32-bit code, %u in 64-bit code",
		       steps[1], steps[0]);
	}
	catch(SIGTRAP, on_fault);
}

static void turn(void)
{
	turns = 0;
	run(spin);
	EXPECT(turns == 20000, "%u turns", turns);
}

/* Interrupts and switches to another process that does the same. */
static void under_load(void *arg)
{
	/*
	 * Not periodic: where a signal takes longer than that, nothing else would run. At ever
	 * other times, or it would always come on the way back from the call that sets it.
	 */
	struct itimerval it = { { 0, 0 }, { 0, 400 } }, off = { 0 };
	double end = now() + 1.5;

	(void)arg;
	flat_data();
	timer_runs = 0;
	for (unsigned int round = 0; now() < end && !mistakes && !test_failures; round++) {
		for (int i = 0; i < 8; i++) {
			if (!timer_runs) {
				timer_runs = 1;
				it.it_value.tv_usec = 300 + (it.it_value.tv_usec + 137) % 2000;
				setitimer(ITIMER_REAL, &it, NULL);
			}
			turn();
			REQUIRE(syscall(SYS_getppid) >= 0);
		}
		/* a busy host's timers come when we wait, in calls: so now and then do without */
		for (int i = 0; i < 500 && timer_runs && round % 2; i++)
			turn();
		for (int i = 0; i < 200; i++)
			run(nothing);
	}
	setitimer(ITIMER_REAL, &off, NULL);
	EXPECT(!mistakes, "a register or selector changed");
	EXPECT(timers[1] > 5, "%u signals in 32-bit code, %u in 64-bit code", timers[1], timers[0]);
}

int main(void)
{
	static char handler_stack[65536];
	stack_t ss = { .ss_sp = handler_stack, .ss_size = sizeof(handler_stack) };
	static const int faults[] = { SIGSEGV, SIGILL, SIGTRAP, SIGFPE, SIGBUS };
	int status;
	pid_t pid;

	REQUIRE(sigaltstack(&ss, NULL) == 0);
	for (unsigned int i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		catch(faults[i], on_fault);
	catch(SIGALRM, on_timer);
	flat_data();
	counts();
	meets("ud2", undefined, 0, SIGILL, UD, 0);
	meets("int3", breakpoint, 1, SIGTRAP, BP, 0);
	meets("into", overflow, 7, SIGSEGV, OF, 0);
	meets("div", divide, 2, SIGFPE, DE, 0);
	meets("hlt", privileged, 0, SIGSEGV, GP, 0);
	page_faults();
	returns();
	beyond();
	single_steps();
	pid = fork();
	REQUIRE(pid >= 0);
	under_load(NULL);
	if (pid == 0)
		return test_end();
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "the other process: %#x", status);
	return test_end();
}
