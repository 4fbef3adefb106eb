// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site_signals.c - signals that land anywhere in system call sites of each shape, which are
 * called in a loop: what their frames show is a place in the program's own code, with the
 * registers that belong there. And a handler's frame that leads to each byte of a site.
 *
 * Where no instruction of the program begins it is not said what happens
 * (docs/syscall-sites.md, Limits), but to nobody else.
 *
 * Flags: gate timeout=60
 */
#include <sys/time.h>

#include "sites.h"

#define SIGNALS 300 /* for each site */

static const struct site *site;
static const uint8_t *page;
static volatile unsigned long landed;

/* What rax may be at an offset: before the number is loaded, then it, then the result. */
static bool rax_fits(uint64_t off, uint64_t rax)
{
	const uint64_t before = regs_in[RAX], number = SYS_getppid, result = (uint64_t)getppid();

	if (off == site->len)
		return rax == result;
	if (off == site->len - 2)
		return rax == number;
	if (off == 0)
		return rax == before;
	return rax == before || rax == number;
}

static void on_rain(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const greg_t *g = uc->uc_mcontext.gregs;
	extern char __executable_start, etext;
	uint64_t rip = (uint64_t)g[REG_RIP], off = rip - (uintptr_t)page - SITE_AT;

	(void)sig;
	(void)info;
	landed++;
	if (!site_in_page(page, rip)) {
		/* the vDSO is not called meanwhile */
		EXPECT(rip >= (uintptr_t)&__executable_start && rip < (uintptr_t)&etext,
		       "%s: a signal at %#lx", site->name, rip);
		return;
	}
	if (off == site->len)
		EXPECT((uint64_t)g[REG_RCX] == rip, "%s: rcx is %#llx behind the call", site->name,
		       g[REG_RCX]);
	EXPECT(off <= site->len && (site_has(site, page, rip) || off == site->len),
	       "%s: a signal at offset %#lx", site->name, off);
	if (off > site->len)
		return;
	EXPECT(rax_fits(off, (uint64_t)g[REG_RAX]), "%s: at offset %lu rax is %#llx", site->name,
	       off, g[REG_RAX]);
	EXPECT((uint64_t)g[REG_RSP] == regs_in[RSP] && (uint64_t)g[REG_RBP] == regs_in[RBP] &&
		       (uint64_t)g[REG_RDI] == regs_in[RDI] &&
		       (uint64_t)g[REG_RSI] == regs_in[RSI] &&
		       (uint64_t)g[REG_RBX] == regs_in[RBX] && (uint64_t)g[REG_R14] == regs_in[R14],
	       "%s: at offset %lu registers differ", site->name, off);
}

/* One signal at a time, each at another moment: so that a slow machine gets on, too. */
static void rain(void)
{
	const uint64_t parent = (uint64_t)getppid();
	struct itimerval it = { 0 };
	unsigned long before;

	site_handler(SIGALRM, on_rain, SA_RESTART);
	site_warm(site, SYS_getppid, page);
	landed = 0;
	for (int i = 0; i < SIGNALS && !test_failures; i++) {
		before = landed;
		it.it_value.tv_usec = 1 + random() % 100;
		REQUIRE(setitimer(ITIMER_REAL, &it, NULL) == 0);
		while (landed == before && !test_failures) {
			site_call(page, SYS_getppid, 1, 2, 3);
			site_check(site, page, parent);
		}
	}
}

/* ---- to each byte ---- */

static volatile unsigned int offset;

static void on_user(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *g = uc->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	for (int i = 0; i < 8; i++)
		g[REG_R8 + i] = (greg_t)regs_in[R8 + i];
	g[REG_RAX] = (greg_t)regs_in[RAX];
	g[REG_RBX] = (greg_t)regs_in[RBX];
	g[REG_RCX] = (greg_t)regs_in[RCX];
	g[REG_RDX] = (greg_t)regs_in[RDX];
	g[REG_RSI] = (greg_t)regs_in[RSI];
	g[REG_RDI] = (greg_t)regs_in[RDI];
	g[REG_RBP] = (greg_t)regs_in[RBP];
	g[REG_RSP] = (greg_t)regs_in[RSP];
	g[REG_EFL] = (greg_t)regs_in[FLAGS];
	g[REG_RIP] = (greg_t)((uintptr_t)page + SITE_AT + offset);
}

/* As invoke(), but a signal's frame is what leads into the site, at this offset. */
void invoke_by_signal(unsigned int off);
void raise_user(unsigned int off);

__asm__(".text\n"
	"invoke_by_signal:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, invoke_rsp(%rip)\n"
	"	sub $8, %rsp\n"
	"	call raise_user\n"
	"	ud2\n");

void raise_user(unsigned int off)
{
	offset = off;
	raise(SIGUSR1);
	_exit(9);
}

static void on_end(int sig, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	_exit(100 + sig);
}

/* In the middle of an instruction: anything, but it ends. */
static void wild(void *off)
{
	struct itimerval it = { .it_value = { 0, 200000 } };

	site_handler(SIGALRM, on_end, 0);
	setitimer(ITIMER_REAL, &it, NULL);
	site_warm(site, SYS_getppid, page);
	invoke_by_signal((unsigned int)(uintptr_t)off);
	_exit(0);
}

static void each_byte(void)
{
	const uint64_t parent = (uint64_t)getppid();

	site_handler(SIGUSR1, on_user, 0);
	for (int round = 0; round < 3; round++)
		for (unsigned int off = 0; off < site->len && !test_failures; off++) {
			if (!(site->begins >> off & 1)) {
				if (round == 0)
					in_child(wild, (void *)(uintptr_t)off);
				continue;
			}
			site_warm(site, SYS_getppid, page);
			regs_in[RAX] = SYS_getppid; /* the instructions left out load it */
			invoke_by_signal(off);
			site_check(site, page, parent);
		}
}

int main(void)
{
	void *place = map_pages(1, PROT_NONE);

	site_signals();
	for (size_t i = 0; i < CALL_SITES && !test_failures; i++) {
		site = &call_sites[i];
		page = site_build_at(site, SYS_getppid, true, place);
		rain();
		each_byte();
	}
	return test_end();
}
