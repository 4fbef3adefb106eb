// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sig_fault.c - signal, si_code and si_addr of each fault a program can make.
 *
 * Codes: asm-generic/siginfo.h and arch/x86/kernel/traps.c of Linux.
 */
#include <setjmp.h>

#include "test.h"

enum where { NONE, AT_RIP, AT_ADDR, ANY };

static char *unmapped, *readonly, *beyond_file;
static sigjmp_buf back;
static siginfo_t got;
static int got_signal;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got = *info;
	siglongjmp(back, 1);
}

#define INSN(name, text)                                                                  \
	extern char name##_at[];                                                          \
	static __attribute__((noinline)) void name(void)                                  \
	{                                                                                 \
		__asm__ volatile(".globl " #name "_at\n" #name "_at: " text ::"a"(0),     \
				 "d"(0), "c"(0)                                           \
				 : "memory");                                             \
	}

INSN(do_ud2, "ud2")
INSN(do_ud0, ".byte 0x0f, 0xff, 0xc0")
INSN(do_into, ".byte 0xce")
INSN(do_push_es, ".byte 0x06")
INSN(do_int3, "int3")
INSN(do_int_3, ".byte 0xcd, 0x03")
INSN(do_int_81, "int $0x81")
INSN(do_int_14, "int $14")
INSN(do_cli, "cli")
INSN(do_sti, "sti")
INSN(do_hlt, "hlt")
INSN(do_in, "inb %%dx, %%al")
INSN(do_out, "outb %%al, $0x80")
INSN(do_rdmsr, "rdmsr")
INSN(do_wrmsr, "wrmsr")
INSN(do_cr3, "mov %%cr3, %%rax")
INSN(do_wrcr3, "mov %%rax, %%cr3")
INSN(do_dr7, "mov %%dr7, %%rax")
INSN(do_invlpg, "invlpg (%%rax)")
INSN(do_clts, "clts")
INSN(do_swapgs, "swapgs")
INSN(do_lgdt, "lgdt (%%rsp)")
INSN(do_sysretq, "sysretq")
INSN(do_wbinvd, "wbinvd")
INSN(do_noncanonical, "movabs $0x8000000000000000, %%rax; mov (%%rax), %%eax")
INSN(do_stack, "push %%rbp; movabs $0x8000000000000000, %%rbp; mov (%%rbp), %%eax")

static void do_read_null(void) { __asm__ volatile("mov 8, %%al" ::: "eax"); }
static void do_unmapped(void) { (void)*(volatile char *)unmapped; }
static void do_write_unmapped(void) { *(volatile char *)unmapped = 1; }
static void do_readonly(void) { *(volatile char *)readonly = 1; }
static void do_exec_data(void) { ((void (*)(void))readonly)(); }
static void do_exec_unmapped(void) { ((void (*)(void))unmapped)(); }
static void do_bus(void) { (void)*(volatile char *)beyond_file; }

static void do_divide(void)
{
	__asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; mov $1, %%eax; div %%ecx" :: : "eax",
			 "ecx", "edx");
}

static void do_simd(void)
{
	unsigned int mxcsr = 0x1d80; /* zero-divide is not masked */
	float one = 1, zero = 0;

	__asm__ volatile("ldmxcsr %0; movss %1, %%xmm0; divss %2, %%xmm0" ::"m"(mxcsr), "m"(one),
			 "m"(zero)
			 : "xmm0");
}

static void do_x87(void)
{
	unsigned short control = 0x37b; /* zero-divide is not masked */

	__asm__ volatile("fldcw %0; fld1; fldz; fdivrp; fwait" ::"m"(control));
}

static void do_step(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq; nop; nop" ::: "memory");
}

static void do_unaligned(void)
{
	__asm__ volatile("pushfq; orq $0x40000, (%%rsp); popfq; mov %0, %%eax" ::"m"(
				 readonly[1])
			 : "eax", "memory");
}

static void do_jump_noncanonical(void)
{
	__asm__ volatile("movabs $0x8000000000000000, %%rax; jmp *%%rax" ::: "rax");
}

static const struct {
	const char *name;
	void (*fn)(void);
	int sig, code;
	enum where where;
	const void *addr;
} faults[] = {
	{ "ud2", do_ud2, SIGILL, ILL_ILLOPN, AT_ADDR, do_ud2_at },
	{ "ud0", do_ud0, SIGILL, ILL_ILLOPN, AT_ADDR, do_ud0_at },
	{ "into", do_into, SIGILL, ILL_ILLOPN, AT_ADDR, do_into_at },
	{ "push es", do_push_es, SIGILL, ILL_ILLOPN, AT_ADDR, do_push_es_at },
	{ "int3", do_int3, SIGTRAP, SI_KERNEL, ANY, NULL },
	{ "int $3", do_int_3, SIGTRAP, SI_KERNEL, ANY, NULL },
	{ "int $0x81", do_int_81, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "int $14", do_int_14, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "cli", do_cli, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "sti", do_sti, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "hlt", do_hlt, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "in", do_in, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "out", do_out, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "rdmsr", do_rdmsr, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "wrmsr", do_wrmsr, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "mov cr3", do_cr3, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "mov to cr3", do_wrcr3, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "mov dr7", do_dr7, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "invlpg", do_invlpg, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "clts", do_clts, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "swapgs", do_swapgs, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "lgdt", do_lgdt, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "sysretq", do_sysretq, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "wbinvd", do_wbinvd, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "non-canonical", do_noncanonical, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "non-canonical stack", do_stack, SIGBUS, SI_KERNEL, NONE, NULL },
	{ "jump to non-canonical", do_jump_noncanonical, SIGSEGV, SI_KERNEL, NONE, NULL },
	{ "null", do_read_null, SIGSEGV, SEGV_MAPERR, AT_ADDR, (void *)8 },
	{ "read unmapped", do_unmapped, SIGSEGV, SEGV_MAPERR, ANY, &unmapped },
	{ "write unmapped", do_write_unmapped, SIGSEGV, SEGV_MAPERR, AT_RIP, &unmapped },
	{ "write read-only", do_readonly, SIGSEGV, SEGV_ACCERR, AT_RIP, &readonly },
	{ "execute data", do_exec_data, SIGSEGV, SEGV_ACCERR, AT_RIP, &readonly },
	{ "execute unmapped", do_exec_unmapped, SIGSEGV, SEGV_MAPERR, AT_RIP, &unmapped },
	{ "beyond the file", do_bus, SIGBUS, BUS_ADRERR, AT_RIP, &beyond_file },
	{ "divide", do_divide, SIGFPE, FPE_INTDIV, ANY, NULL },
	{ "SSE divide", do_simd, SIGFPE, FPE_FLTDIV, ANY, NULL },
	{ "x87 divide", do_x87, SIGFPE, FPE_FLTDIV, ANY, NULL },
	{ "single step", do_step, SIGTRAP, TRAP_TRACE, ANY, NULL },
	{ "unaligned", do_unaligned, SIGBUS, BUS_ADRALN, ANY, NULL },
};

static void one(unsigned int i)
{
	/* AT_RIP: the address of the pointer is given, as it is known only now */
	const void *addr = faults[i].where == AT_RIP ? *(char *const *)faults[i].addr :
						       faults[i].addr;

	got_signal = 0;
	if (!sigsetjmp(back, 1))
		faults[i].fn();
	__asm__ volatile("pushfq; andq $~0x40100, (%%rsp); popfq; fninit" ::: "memory");
	EXPECT(got_signal == faults[i].sig, "%s: signal %d, not %d", faults[i].name, got_signal,
	       faults[i].sig);
	EXPECT(got.si_code == faults[i].code, "%s: si_code %d, not %d", faults[i].name,
	       got.si_code, faults[i].code);
	if (faults[i].where == AT_RIP || faults[i].where == AT_ADDR)
		EXPECT(got.si_addr == addr, "%s: si_addr %p, not %p", faults[i].name, got.si_addr,
		       addr);
	if (faults[i].where == NONE)
		EXPECT(got.si_addr == NULL, "%s: si_addr %p", faults[i].name, got.si_addr);
}

int main(void)
{
	static const int signals[] = { SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGTRAP };
	struct sigaction sa = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	int fd = memfd_create("file", 0);

	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
	unmapped = (char *)0x300000000000; /* nothing else is mapped there */
	readonly = map_pages(1, PROT_READ);
	REQUIRE(fd >= 0 && ftruncate(fd, 100) == 0);
	beyond_file = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	REQUIRE(beyond_file != MAP_FAILED);
	beyond_file += PAGE;
	for (int round = 0; round < 20 && !test_failures; round++)
		for (unsigned int i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			one(i);
	return test_end();
}
