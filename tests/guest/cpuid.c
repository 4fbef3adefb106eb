// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpuid.c - CPUID of user code: all of it is the host's, or (where the host's CPU
 * has CPUID faulting) all of it is the guest's; and it works everywhere that an
 * instruction can stand.
 *
 * Flags: guest-only
 */
#include <cpuid.h>

#include "cpuinfo.h"
#include "test.h"

static volatile int traps;

static void on_trap(int sig)
{
	(void)sig;
	traps++;
}

int main(void)
{
	static const struct {
		const char *name;
		unsigned int leaf, reg, bit;
	} features[] = { { "fpu", 1, 3, 0 },	  { "sse4_2", 1, 2, 20 }, { "avx", 1, 2, 28 },
			 { "pcid", 1, 2, 17 },	  { "smep", 7, 1, 7 },	  { "smap", 7, 1, 20 },
			 { "avx512f", 7, 1, 16 }, { "umip", 7, 2, 2 },	  { "pku", 7, 2, 3 } };
	unsigned int r[4];
	char name[13] = "";
	uint64_t upper;

	__cpuid(0x40000000, r[0], r[1], r[2], r[3]);
	memcpy(name, &r[1], 12);
	printf("CPUID is by %s\n", strcmp(name, "umvmmmumvmm") ? "the host" : "umvmm");
	if (!strcmp(name, "umvmmmumvmm"))
		for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
			__cpuid_count(features[i].leaf, 0, r[0], r[1], r[2], r[3]);
			EXPECT((r[features[i].reg] >> features[i].bit & 1) ==
				       kernel_has(features[i].name),
			       "%s: not as in /proc/cpuinfo", features[i].name);
		}
	/* the upper halves are cleared */
	__asm__ volatile("mov $-1, %%rax; xor %%eax, %%eax; mov $-1, %%rbx; cpuid\n\t"
			 "mov %%rbx, %%rcx; shr $32, %%rcx; mov %%rcx, %0"
			 : "=r"(upper)
			 :
			 : "rax", "rbx", "rcx", "rdx");
	EXPECT(upper == 0, "rbx's upper half: %#lx", upper);
	/* a trap behind each of CPUID, NOP, PUSHFQ, ANDL and POPFQ */
	REQUIRE(signal(SIGTRAP, on_trap) != SIG_ERR);
	__asm__ volatile("xor %%eax, %%eax; pushfq; orl $0x100, (%%rsp); popfq; cpuid; nop\n\t"
			 "pushfq; andl $~0x100, (%%rsp); popfq"
			 :
			 :
			 : "rax", "rbx", "rcx", "rdx", "memory", "cc");
	EXPECT(traps == (host_lacks("cpuid-step") ? 4 : 5), "%d traps", traps);
	return test_end();
}
