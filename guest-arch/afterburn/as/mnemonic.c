// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mnemonic.c - the sensitive mnemonics and the length of their sites.
 *
 * Runs: in the assembler wrapper, on the build machine.
 *
 * Must hold: sorted by name, for the binary search. A mnemonic that is
 * sensitive only with some operands (mov) is not here; see scan.c. One that
 * faults by nature in ring 3 and is emulated from there, or that is harmless
 * there, is not here either.
 */
#include "mnemonic.h"

#include <string.h>

#define GATE(n)	  { .name = n, .len = SITE_GATE }
#define TRAP(n)	  { .name = n, .len = SITE_TRAP }
#define STRING(n) { .name = n, .len = SITE_TRAP, .string_io = true }

const struct mnemonic mnemonics[] = {
	{ .name = "cli", .len = SITE_CLI },
	GATE("clts"),
	GATE("cpuid"),
	GATE("hlt"),
	GATE("in"),
	GATE("inb"),
	GATE("inl"),
	STRING("ins"),
	STRING("insb"),
	STRING("insl"),
	STRING("insw"),
	TRAP("invd"),
	TRAP("invlpg"),
	TRAP("invpcid"),
	GATE("inw"),
	GATE("iret"),
	GATE("iretl"),
	GATE("iretq"),
	GATE("iretw"),
	TRAP("lar"),
	TRAP("larl"),
	TRAP("larq"),
	TRAP("larw"),
	TRAP("lgdt"),
	TRAP("lgdtq"),
	TRAP("lidt"),
	TRAP("lidtq"),
	TRAP("lldt"),
	TRAP("lldtw"),
	TRAP("lmsw"),
	TRAP("lmsww"),
	GATE("lret"),
	GATE("lretl"),
	GATE("lretq"),
	GATE("lretw"),
	TRAP("lsl"),
	TRAP("lsll"),
	TRAP("lslq"),
	TRAP("lslw"),
	TRAP("ltr"),
	TRAP("ltrw"),
	GATE("out"),
	GATE("outb"),
	GATE("outl"),
	STRING("outs"),
	STRING("outsb"),
	STRING("outsl"),
	STRING("outsw"),
	GATE("outw"),
	GATE("popf"),
	GATE("popfq"),
	GATE("popfw"),
	GATE("pushf"),
	GATE("pushfq"),
	GATE("pushfw"),
	GATE("rdmsr"),
	TRAP("rdpid"),
	GATE("rdpmc"),
	TRAP("sgdt"),
	TRAP("sgdtq"),
	TRAP("sidt"),
	TRAP("sidtq"),
	TRAP("sldt"),
	TRAP("sldtl"),
	TRAP("sldtq"),
	TRAP("sldtw"),
	TRAP("smsw"),
	TRAP("smswl"),
	TRAP("smswq"),
	TRAP("smsww"),
	/* The shadow of sti must cover the next instruction on real hardware. */
	{ .name = "sti", .len = SITE_GATE, .nops_first = true },
	TRAP("str"),
	TRAP("strl"),
	TRAP("strq"),
	TRAP("strw"),
	{ .name = "swapgs", .len = SITE_SWAPGS },
	GATE("sysret"),
	GATE("sysretl"),
	GATE("sysretq"),
	TRAP("verr"),
	TRAP("verrw"),
	GATE("wbinvd"),
	TRAP("wbnoinvd"),
	GATE("wrmsr"),
	GATE("xgetbv"),
	TRAP("xrstors"),
	TRAP("xrstors64"),
	TRAP("xsaves"),
	TRAP("xsaves64"),
	GATE("xsetbv"),
};

const size_t mnemonic_count = sizeof(mnemonics) / sizeof(mnemonics[0]);

const struct mnemonic *mnemonic_find(const char *name, size_t len)
{
	size_t low = 0, high = mnemonic_count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = strncmp(mnemonics[mid].name, name, len);

		if (!c && mnemonics[mid].name[len])
			c = 1;
		if (!c)
			return &mnemonics[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
