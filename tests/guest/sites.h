/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sites.h - system calls in each shape that is known to whoever rewrites them
 * (docs/syscall-sites.md), in text of a file, where they are rewritten when they were made
 * often, or in private memory, where they are not.
 *
 * Runs: in a test, on native Linux and in the guest.
 *
 * A site is a few instructions that end with SYSCALL, alone in a page. It takes the number
 * from rbx, and goes back to invoke(). With SITES_REWRITTEN in the environment (tests/faults/sites.sh)
 * a site that is not rewritten fails the test.
 */
#ifndef SITES_H
#define SITES_H

#include <ucontext.h>

#include "invoke.h"
#include "test.h"

#define SITE_AT	   64u /* offset in its page */
#define SITE_MAX   32u
#define SITE_CALLS 64  /* so many make it worth it */

enum around { HLT, NOPS, INT3S };

struct site {
	const char *name;
	unsigned int len; /* up to and with the SYSCALL */
	uint8_t code[SITE_MAX];
	uint32_t begins; /* a bit for each offset at which an instruction begins */
	enum around around;
	unsigned int number_at; /* here is an immediate */
	unsigned int tail; /* instructions behind the SYSCALL: so many bytes of `code` */
};

#define B(n) (1u << (n))

/* In front of each but the first something that changes nothing. */
static const struct site call_sites[] __attribute__((unused)) = {
	{ "number", 7, { 0xb8, 0, 0, 0, 0, 0x0f, 0x05 }, B(0) | B(5), HLT, 1, 0 },
	{ "group of 5", 7, { 0x48, 0x89, 0xff, 0x89, 0xd8, 0x0f, 0x05 }, B(0) | B(3) | B(5), HLT, 0, 0 },
	{ "group of 6", 8, { 0x48, 0x89, 0xff, 0x48, 0x89, 0xd8, 0x0f, 0x05 }, B(0) | B(3) | B(6), HLT,
	  0, 0 },
	{ "group of 7", 9, { 0x89, 0xd8, 0x48, 0x89, 0xff, 0x89, 0xd8, 0x0f, 0x05 },
	  B(0) | B(2) | B(5) | B(7), HLT, 0, 0 },
	{ "group of 12", 14,
	  { 0x48, 0x8d, 0xb6, 0, 0, 0, 0, 0x48, 0x89, 0xff, 0x89, 0xd8, 0x0f, 0x05 },
	  B(0) | B(7) | B(10) | B(12), HLT, 0, 0 },
	{ "long nops", 4, { 0x89, 0xd8, 0x0f, 0x05 }, B(0) | B(2), NOPS, 0, 0 },
	{ "INT3s", 4, { 0x89, 0xd8, 0x0f, 0x05 }, B(0) | B(2), INT3S, 0, 0 },
};
#define CALL_SITES (sizeof(call_sites) / sizeof(call_sites[0]))

static inline void site_code(const struct site *s, int nr, uint8_t code[SITE_MAX])
{
	memcpy(code, s->code, SITE_MAX);
	if (s->number_at)
		memcpy(code + s->number_at, &nr, 4);
}

/* Where a site goes on. Tests are linked below 2 GiB. */
static const char *const site_to_invoke = invoke_back;
static const char *const *site_back __attribute__((unused)) = &site_to_invoke;

/* A page like that, somewhere or at `at`. */
static inline uint8_t *site_build_at(const struct site *s, int nr, bool file, void *at)
{
	static const uint8_t nop[] = { 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0 };
	const uint32_t back = (uint32_t)(uintptr_t)site_back;
	uint8_t *page = malloc(PAGE), *p = page + SITE_AT, *map;
	const unsigned int end = SITE_AT + s->len + s->tail + 7;
	int fd = memfd_create("text", 0);

	REQUIRE(page && fd >= 0);
	memset(page, s->around == INT3S ? 0xcc : 0xf4, PAGE);
	for (unsigned int i = end; s->around == NOPS && i + sizeof(nop) <= PAGE; i += sizeof(nop))
		memcpy(page + i, nop, sizeof(nop));
	site_code(s, nr, p);
	p += s->len + s->tail;
	memcpy(p, "\xff\x24\x25", 3); /* jmp *back */
	memcpy(p + 3, &back, 4);
	REQUIRE(write(fd, page, PAGE) == (ssize_t)PAGE);
	map = mmap(at, PAGE, file ? PROT_READ | PROT_EXEC : PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | (at ? MAP_FIXED : 0) | (file ? 0 : MAP_ANONYMOUS), file ? fd : -1, 0);
	REQUIRE(map != MAP_FAILED);
	if (!file) {
		memcpy(map, page, PAGE);
		REQUIRE(mprotect(map, PAGE, PROT_READ | PROT_EXEC) == 0);
	}
	close(fd);
	free(page);
	return map;
}

static inline uint8_t *site_build(const struct site *s, int nr, bool file)
{
	return site_build_at(s, nr, file, NULL);
}

/* As data a rewritten site shows. */
static inline bool site_is_rewritten(const struct site *s, int nr, const uint8_t *page)
{
	uint8_t code[SITE_MAX];

	site_code(s, nr, code);
	return memcmp(page + SITE_AT, code, s->len);
}

/* Makes the call once; each register that is not named has a value of its own. */
static inline uint64_t site_call(const uint8_t *page, int nr, uint64_t rdi, uint64_t rsi,
				 uint64_t rdx)
{
	for (int r = 0; r < REGS; r++)
		regs_in[r] = 0x0101010101010101ull * (unsigned int)(r + 1);
	regs_in[RBX] = (uint64_t)nr;
	regs_in[RDI] = rdi;
	regs_in[RSI] = rsi;
	regs_in[RDX] = rdx;
	regs_in[R10] = 0;
	regs_in[R8] = 0;
	regs_in[RSP] = 0x5a5a5a5a5a50; /* no stack */
	regs_in[FLAGS] = 0x202;
	entry = (uintptr_t)page + SITE_AT;
	invoke();
	return regs_out[RAX];
}

/* The last call returned `want` and left the registers as SYSCALL does. */
static inline void site_check(const struct site *s, const uint8_t *page, uint64_t want)
{
	for (int r = 0; r < REGS; r++) {
		uint64_t value = regs_in[r];

		if (r == RAX)
			value = want;
		else if (r == RCX)
			value = (uintptr_t)page + SITE_AT + s->len;
		else if (r == R11)
			value = regs_in[FLAGS];
		EXPECT(regs_out[r] == value, "%s: %s is %#lx, not %#lx", s->name, register_names[r],
		       regs_out[r], value);
	}
}

/* Makes the call so often, with bad arguments, that it is rewritten. */
static inline void site_warm(const struct site *s, int nr, const uint8_t *page)
{
	for (int i = 0; i < SITE_CALLS; i++)
		site_call(page, nr, ~0ull, ~0ull, ~0ull);
	if (getenv("SITES_REWRITTEN"))
		EXPECT(site_is_rewritten(s, nr, page), "%s: call %d is not rewritten", s->name, nr);
}

/* Does an instruction of the site begin at rip, or is it just behind the SYSCALL? */
static inline bool site_has(const struct site *s, const uint8_t *page, uint64_t rip)
{
	uint64_t off = rip - (uintptr_t)page - SITE_AT;

	return off <= s->len && (off == s->len || (s->begins >> off & 1));
}

static inline bool site_in_page(const uint8_t *page, uint64_t rip)
{
	return rip - (uintptr_t)page < PAGE;
}

/* Signal handlers have a stack of their own: that of a site is none. */
static inline void site_signals(void)
{
	static uint8_t stack[65536];
	const stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };

	REQUIRE(sigaltstack(&ss, NULL) == 0);
}

static inline void site_handler(int sig, void (*fn)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO | SA_ONSTACK | flags };

	REQUIRE(sigaction(sig, &sa, NULL) == 0);
}

#endif
