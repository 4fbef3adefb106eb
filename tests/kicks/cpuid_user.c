// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid_user.c - CPUID of user code where it faults: all of it is the guest's.
 *
 * Runs: in the guest, in user space, together with cpuid_fault.c on the host, which
 * makes a CPUID of each "hlt; .byte 0xa2". Without that it dies of SIGSEGV.
 */
#include <ucontext.h>

#include "../guest/cpuinfo.h"
#include "../guest/test.h"

#define CPUID_BYTES 2
#define FAULTING    0xa2f4 /* hlt, and the second byte of CPUID */
#define CPUID	    0xa20f

struct result {
	uint64_t rax, rbx, rcx, rdx;
};

static const uint8_t before[] = {
	0x53,				/* push %rbx */
	0x49, 0x89, 0xd0,		/* mov %rdx, %r8 */
	0x48, 0x83, 0xc8, 0xff,		/* or $-1, %rax */
	0x48, 0x89, 0xc3,		/* mov %rax, %rbx */
	0x89, 0xf8,			/* mov %edi, %eax */
	0x89, 0xf1,			/* mov %esi, %ecx */
};
static const uint8_t behind[] = {
	0x49, 0x89, 0x00,		/* mov %rax, (%r8) */
	0x49, 0x89, 0x58, 0x08,		/* mov %rbx, 8(%r8) */
	0x49, 0x89, 0x48, 0x10,		/* mov %rcx, 16(%r8) */
	0x49, 0x89, 0x50, 0x18,		/* mov %rdx, 24(%r8) */
	0x5b, 0xc3,			/* pop %rbx; ret */
};

static uint8_t *code;
static uint16_t *site;
static volatile int traps, faults;

/* The instruction lies at this offset of two pages. */
static void build(size_t offset)
{
	memset(code, 0x90, 2 * PAGE);
	site = (uint16_t *)(code + offset);
	memcpy(code + offset - sizeof(before), before, sizeof(before));
	memcpy(code + offset + CPUID_BYTES, behind, sizeof(behind));
}

static struct result cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct result r = { 0 };

	*site = FAULTING;
	((void (*)(uint32_t, uint32_t, struct result *))(uintptr_t)((uint8_t *)site -
								     sizeof(before)))(leaf, subleaf, &r);
	EXPECT(*site == CPUID, "nobody has met the instruction: %#x", *site);
	EXPECT(!((r.rax | r.rbx | r.rcx | r.rdx) >> 32), "leaf %#x: upper halves", leaf);
	return r;
}

static void check_values(void)
{
	static const struct {
		const char *name;
		uint32_t leaf, reg, bit;
	} features[] = { { "fpu", 1, 3, 0 },	   { "sse4_2", 1, 2, 20 }, { "avx", 1, 2, 28 },
			 { "pcid", 1, 2, 17 },	   { "smep", 7, 1, 7 },	   { "smap", 7, 1, 20 },
			 { "avx512f", 7, 1, 16 },  { "umip", 7, 2, 2 },	   { "pku", 7, 2, 3 },
			 { "monitor", 1, 2, 3 },   { "vmx", 1, 2, 5 },	   { "hypervisor", 1, 2, 31 } };
	struct result r = cpuid(0x40000000, 0);
	uint32_t name[3] = { (uint32_t)r.rbx, (uint32_t)r.rcx, (uint32_t)r.rdx };

	EXPECT(!memcmp(name, "umvmmmumvmm", 12), "CPUID is by %.12s", (char *)name);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		r = cpuid(features[i].leaf, 0);
		EXPECT((((uint64_t *)&r)[features[i].reg] >> features[i].bit & 1) ==
			       kernel_has(features[i].name),
		       "%s: not as in /proc/cpuinfo", features[i].name);
	}
}

static void on_trap(int sig)
{
	traps += sig == SIGTRAP;
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	faults += sig == SIGSEGV;
	uc->uc_mcontext.gregs[REG_RIP]++; /* over the HLT */
}

int main(void)
{
	struct sigaction fault = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct result r;

	code = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	REQUIRE(code != MAP_FAILED);
	build(64);
	check_values();
	/* the last thing in its page */
	build(PAGE - CPUID_BYTES);
	check_values();
	/* single steps: a trap behind each instruction from POPFQ's next to POPFQ */
	build(64);
	REQUIRE(signal(SIGTRAP, on_trap) != SIG_ERR);
	*site = FAULTING;
	__asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; call *%0; pushfq; andl $~0x100, (%%rsp)\n\t"
			 "popfq"
			 :
			 : "r"(code + 64 - sizeof(before)), "D"(0), "S"(0), "d"(&r)
			 : "rax", "rcx", "r8", "memory", "cc");
	EXPECT(traps == 1 + 6 + 1 + 4 + 2 + 3, "%d traps", traps);
	EXPECT(*site == CPUID, "nobody has met the instruction");
	/* other instructions that fault are still the user's */
	REQUIRE(sigaction(SIGSEGV, &fault, NULL) == 0);
	__asm__ volatile("hlt" ::: "memory");
	EXPECT(faults == 1, "HLT: %d faults", faults);
	check_values();
	/* in another process, which may run in another context */
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			check_values();
			_exit(test_end());
		}
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0, "in a child: status %#x", status);
	}
	return test_end();
}
