// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_fault.c - instructions around a system call that fault, where the call was made so
 * often that somebody has rewritten it: those in front are executed elsewhere then.
 *
 * Whatever a signal handler sees of the fault, and whatever the program does when the
 * handler has mended the cause, or jumped away, is the same as in a copy of the code in
 * private memory, which nobody rewrites.
 *
 * Then the same with all text at one place, where there were other sites before.
 *
 * rsi points to what the instructions in front use, r8 to what is loaded behind the call.
 *
 * Flags: gate timeout=60
 */
#include <setjmp.h>

#include "sites.h"

#define ROUNDS 24 /* more than a site is put back */
#define AGAIN  8

#define BEHIND 0x4d, 0x8b, 0x00 /* mov (%r8), %r8 */

static const struct site sites[] = {
	{ "load; mov", 7, { 0x8b, 0x06, 0x48, 0x89, 0xff, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "mov; load", 7, { 0x48, 0x89, 0xff, 0x8b, 0x06, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "add $1, %edx; load", 7, { 0x83, 0xc2, 0x01, 0x8b, 0x06, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "add $1, %edx; load, of 6", 8,
	  { 0x83, 0xc2, 0x01, 0x48, 0x8b, 0x06, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "add $1, %edx; mov; store", 9,
	  { 0x83, 0xc2, 0x01, 0x89, 0xd8, 0x89, 0x06, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "addl $1, (%rsi); mov", 7,
	  { 0x83, 0x06, 0x01, 0x89, 0xd8, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "lea; addl $1, (%rsi); mov", 14,
	  { 0x48, 0x8d, 0xb6, 0, 0, 0, 0, 0x83, 0x06, 0x01, 0x89, 0xd8, 0x0f, 0x05, BEHIND }, 0, HLT,
	  0, 3 },
	{ "cmp (%rsi), %edx; cmove", 9,
	  { 0x89, 0xd8, 0x3b, 0x16, 0x0f, 0x44, 0xcb, 0x0f, 0x05, BEHIND }, 0, HLT, 0, 3 },
	{ "load; number", 9, { 0x8b, 0x16, 0xb8, 0, 0, 0, 0, 0x0f, 0x05, BEHIND }, 0, HLT, 3, 3 },
	{ "load, long nops", 4, { 0x8b, 0x06, 0x0f, 0x05, BEHIND }, 0, NOPS, 0, 3 },
	{ "load, INT3s", 4, { 0x8b, 0x06, 0x0f, 0x05, BEHIND }, 0, INT3S, 0, 3 },
};
#define SITES (sizeof(sites) / sizeof(sites[0]))

static uint32_t *good; /* here is the number, and 0 */
static uint8_t *bad;
static int bad_fd;
static const uint8_t *page;
static void *place;
static sigjmp_buf away;

static const int registers[] = {
	REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP, REG_R8,
	REG_R9,	 REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RSP, REG_EFL,
};

/* What has happened in a call: each fault's frame, RIP relative to the page, and the end. */
static struct record {
	int faults;
	struct {
		int sig, code;
		uint64_t rip, regs[REGS];
		const void *address;
	} fault[4];
	uint64_t regs[REGS];
	uint32_t memory[4];
} record;

/* The causes of faults: what makes `bad` so, and what mends it. */
static void unmapped(bool mend)
{
	if (mend)
		REQUIRE(mmap(bad, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			     -1, 0) == bad);
	else
		REQUIRE(munmap(bad, PAGE) == 0);
}

static void forbidden(bool mend)
{
	REQUIRE(mprotect(bad, PAGE, mend ? PROT_READ | PROT_WRITE : PROT_NONE) == 0);
}

static void read_only(bool mend)
{
	REQUIRE(mprotect(bad, PAGE, mend ? PROT_READ | PROT_WRITE : PROT_READ) == 0);
}

static void behind_the_end(bool mend)
{
	REQUIRE(ftruncate(bad_fd, mend ? (off_t)PAGE : 0) == 0);
	if (!mend)
		REQUIRE(mmap(bad, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, bad_fd, 0) == bad);
}

/* No signal: the kernel brings the page. */
static void not_yet(bool mend)
{
	if (mend)
		return;
	REQUIRE(mmap(bad, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0) == bad);
}

static void not_canonical(bool mend)
{
	(void)mend; /* the handler loads another address */
}

static const struct {
	void (*cause)(bool mend);
	uint64_t xor; /* of the address */
} causes[] = {
	{ unmapped, 0 },       { forbidden, 0 },       { read_only, 0 },
	{ behind_the_end, 0 }, { not_yet, 0 },	       { not_canonical, 1ull << 62 },
	{ unmapped, 0 },       { behind_the_end, 0 },
};
#define CAUSES (sizeof(causes) / sizeof(causes[0]))

static volatile unsigned int cause;
static volatile bool jump_away;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;
	int n = record.faults++;

	if (n == 4)
		_exit(7);
	record.fault[n].sig = sig;
	record.fault[n].code = info->si_code;
	record.fault[n].address = info->si_addr;
	record.fault[n].rip = (uint64_t)g[REG_RIP] - (uintptr_t)page;
	for (int r = 0; r < REGS; r++)
		record.fault[n].regs[r] = (uint64_t)g[registers[r]];
	/* what it left in rcx is the SYSCALL's address in that page */
	record.fault[n].regs[RCX] -= record.fault[n].regs[RCX] == regs_in[RCX] ? 0 : (uintptr_t)page;
	causes[cause].cause(true);
	if (causes[cause].xor && ((uint64_t)g[REG_RSI] ^ (uintptr_t)bad) == causes[cause].xor)
		g[REG_RSI] = (greg_t)(uintptr_t)bad;
	else if (causes[cause].xor)
		g[REG_R8] = (greg_t)(uintptr_t)bad;
	if (jump_away)
		siglongjmp(away, 1);
}

static void call_from(const uint8_t *where, unsigned int off, uint64_t rsi, uint64_t r8)
{
	memset(&record, 0, sizeof(record));
	page = where;
	for (int r = 0; r < REGS; r++)
		regs_in[r] = 0x0101010101010101ull * (unsigned int)(r + 1);
	regs_in[RBX] = SYS_getppid;
	regs_in[RSI] = rsi;
	regs_in[R8] = r8;
	regs_in[RSP] = 0x5a5a5a5a5a50;
	regs_in[FLAGS] = 0x246;
	entry = (uintptr_t)page + off;
	memset(regs_out, 0, sizeof(regs_out));
	if (!sigsetjmp(away, 1))
		invoke();
	else
		memset(regs_out, 0, sizeof(regs_out));
	memcpy(record.regs, regs_out, sizeof(regs_out));
	if (record.regs[RCX])
		record.regs[RCX] -= (uintptr_t)page;
}

/* One round in one copy: a fault in front, one behind, and calls without. */
static void round_of(const uint8_t *where, int round, struct record all[3])
{
	const uint64_t in_bad = (uintptr_t)bad ^ causes[cause].xor, in_good = (uintptr_t)good;

	for (int i = 0; i < 3; i++) {
		jump_away = round % 4 == 3 && i < 2;
		good[0] = SYS_getppid;
		good[1] = 0;
		unmapped(true);
		*(uint32_t *)(uintptr_t)bad = SYS_getppid;
		if (i < 2)
			causes[cause].cause(false);
		call_from(where, SITE_AT, i == 0 ? in_bad : in_good, i == 1 ? in_bad : in_good + 8);
		all[i] = record;
		unmapped(true);
		memcpy(all[i].memory, good, sizeof(all[i].memory));
	}
}

static void compare(const struct site *s, int round, const struct record *a, const struct record *b)
{
	for (int i = 0; i < 3; i++) {
		EXPECT(a[i].faults == b[i].faults, "%s: round %d, %d: %d faults, not %d", s->name, round,
		       i, a[i].faults, b[i].faults);
		for (int k = 0; k < a[i].faults && k < b[i].faults; k++) {
			EXPECT(a[i].fault[k].rip == b[i].fault[k].rip,
			       "%s: round %d, %d: fault at %#lx, not %#lx", s->name, round, i,
			       a[i].fault[k].rip, b[i].fault[k].rip);
			EXPECT(a[i].fault[k].sig == b[i].fault[k].sig &&
				       a[i].fault[k].code == b[i].fault[k].code &&
				       a[i].fault[k].address == b[i].fault[k].address,
			       "%s: round %d, %d: signal %d, code %d, address %p", s->name, round, i,
			       a[i].fault[k].sig, a[i].fault[k].code, a[i].fault[k].address);
			for (int r = 0; r < REGS; r++)
				EXPECT(a[i].fault[k].regs[r] == b[i].fault[k].regs[r],
				       "%s: round %d, %d: in the frame %s is %#lx, not %#lx", s->name,
				       round, i, register_names[r], a[i].fault[k].regs[r],
				       b[i].fault[k].regs[r]);
		}
		for (int r = 0; r < REGS; r++)
			EXPECT(a[i].regs[r] == b[i].regs[r], "%s: round %d, %d: %s is %#lx, not %#lx",
			       s->name, round, i, register_names[r], a[i].regs[r], b[i].regs[r]);
		EXPECT(!memcmp(a[i].memory, b[i].memory, sizeof(a[i].memory)),
		       "%s: round %d, %d: memory differs", s->name, round, i);
	}
}

static void warm(const struct site *s, const uint8_t *where)
{
	for (int i = 0; i < SITE_CALLS; i++) {
		good[0] = SYS_getppid;
		call_from(where, SITE_AT, (uintptr_t)good, (uintptr_t)good + 8);
		/* the number may be what was added to */
		EXPECT(regs_out[RAX] == (uint64_t)getppid(), "%s: returned %#lx", s->name,
		       regs_out[RAX]);
	}
}

static void run(const struct site *s, const uint8_t *text, int rounds)
{
	const uint8_t *plain = site_build(s, SYS_getppid, false);
	struct record here[3], there[3];
	int faults = 0;

	warm(s, text);
	/* where a site was put back too often it stays as it is for long */
	if (text != place && getenv("SITES_REWRITTEN"))
		EXPECT(site_is_rewritten(s, SYS_getppid, text), "%s is not rewritten", s->name);
	for (int round = 0; round < rounds && !test_failures; round++) {
		cause = (unsigned int)round % CAUSES;
		round_of(text, round, here);
		round_of(plain, round, there);
		compare(s, round, here, there);
		faults += there[0].faults + there[1].faults;
		if (round % 2)
			warm(s, text);
	}
	EXPECT(test_failures || faults >= rounds, "%s: %d faults", s->name, faults);
	munmap((void *)plain, PAGE);
}

/* What faults lies where a jump in padding was: the fault is there, not at the SYSCALL. */
static void other_text(const struct site *s, unsigned int shift)
{
	static const uint8_t load[] = { 0x8b, 0x06 }; /* mov (%rsi), %eax */
	uint8_t *text = site_build_at(s, SYS_getppid, true, place);

	warm(s, text);
	REQUIRE(mmap(text, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		     0) == text);
	for (unsigned int i = shift; i + sizeof(load) <= PAGE; i += sizeof(load))
		memcpy(text + i, load, sizeof(load));
	REQUIRE(mprotect(text, PAGE, PROT_READ | PROT_EXEC) == 0);
	cause = 0;
	jump_away = true;
	for (unsigned int i = shift; i < 2 * SITE_AT + 160 && !test_failures; i += sizeof(load)) {
		unmapped(true);
		unmapped(false);
		call_from(text, i, (uintptr_t)bad, (uintptr_t)good);
		EXPECT(record.faults == 1 && record.fault[0].rip == i,
		       "behind %s: %d faults, at %lu, not %u", s->name, record.faults,
		       record.fault[0].rip, i);
	}
	unmapped(true);
}

int main(void)
{
	place = map_pages(1, PROT_NONE);
	good = map_pages(1, PROT_READ | PROT_WRITE);
	bad = map_pages(3, PROT_NONE);
	bad += PAGE;
	bad_fd = memfd_create("bad", 0);
	REQUIRE(bad_fd >= 0);
	site_signals();
	site_handler(SIGSEGV, on_fault, 0);
	site_handler(SIGBUS, on_fault, 0);
	for (size_t i = 0; i < SITES && !test_failures; i++)
		run(&sites[i], site_build(&sites[i], SYS_getppid, true), ROUNDS);
	for (size_t i = 0; i < SITES && !test_failures; i++)
		run(&sites[i], site_build_at(&sites[i], SYS_getppid, true, place), AGAIN);
	for (size_t i = 0; i < SITES; i++)
		for (unsigned int shift = 0; shift < 2 && !test_failures; shift++)
			if (sites[i].around != HLT)
				other_text(&sites[i], shift);
	return test_end();
}
