// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuggee.c - a guest program whose every step the driver knows beforehand.
 *
 * Runs: in the guest, linked statically at a fixed address.
 *
 * Must hold: what it computes comes out right whatever is done to it meanwhile; what the
 * driver changes is in phases.h.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "phases.h"

#define FLAG_TF 0x100
#define THREADS 2
#define PAGE	4096ul

volatile uint64_t watched;
volatile uint8_t hello, go_on, may_end; /* the driver says */
static uint64_t counter;
static volatile uint64_t ticks, traps;

static void fail(const char *what)
{
	printf("debuggee: %s\n", what);
	exit(1);
}

static void phase(enum phase n)
{
	syscall(SYS_getppid, (long)n);
}

__attribute__((noinline, noclone)) uint64_t marker(uint64_t n)
{
	__asm__ volatile("" : "+r"(n));
	return n * 3 + 1;
}

__attribute__((noinline, noclone)) uint64_t exchange(uint64_t n, double *f)
{
	__asm__ volatile("" : "+r"(n), "+x"(*f));
	return n + EXCHANGE_ADDS;
}

/*
 * Its flags go onto the stack and to the caller by all ways that there are: PUSHF, POPF,
 * SYSCALL, IRET, an exception's frame is another phase. Returns all of them.
 */
uint64_t flags_seen(void);
__asm__(".globl flags_seen, flags_seen_end\n"
	"flags_seen:\n"
	"	pushfq\n"
	"	pop %rax\n"
	"	push $0x246\n"
	"	popfq\n"
	"	pushfq\n"
	"	pop %rdx\n"
	"	or %rdx, %rax\n"
	"	mov %rax, %r8\n"
	"	mov $110, %eax\n" /* getppid */
	"	xor %edi, %edi\n"
	"	syscall\n"
	"	or %r11, %r8\n"
	"	mov %ss, %edx\n"
	"	push %rdx\n"
	"	lea 8(%rsp), %rdx\n"
	"	push %rdx\n"
	"	pushfq\n"
	"	mov %cs, %edx\n"
	"	push %rdx\n"
	"	lea 1f(%rip), %rdx\n"
	"	push %rdx\n"
	"	iretq\n"
	"1:	pushfq\n"
	"	pop %rax\n"
	"	or %r8, %rax\n"
	"flags_seen_end:\n"
	"	ret\n");

static void tick(int sig)
{
	(void)sig;
	ticks++;
}

static void trap(int sig)
{
	(void)sig;
	traps++;
}

static void registers(void)
{
	double f = EXCHANGE_F0;

	phase(PHASE_REGS);
	if (exchange(EXCHANGE_IN, &f) != EXCHANGE_SET + EXCHANGE_ADDS)
		fail("the argument was not exchanged");
	if (f != EXCHANGE_F1)
		fail("the floating-point register was not exchanged");
}

static void watch(void)
{
	phase(PHASE_WATCH);
	for (uint64_t i = 1; i <= WATCH_WRITES; i++)
		watched = i;
}

/*
 * Four bytes in the middle of what is used as well, at the end of a page.
 */
struct spot {
	uint8_t room[PAGE - 32];
	uint64_t before;
	uint32_t beside, spot;
	uint64_t after[2];
	uint64_t next_page[PAGE / 8];
};
struct spot spot __attribute__((aligned(PAGE)));

/*
 * Accesses to it by instructions of all kinds, and to what is around it by as many. The
 * numbers are phases.h's.
 */
static void touch_spot(struct spot *s)
{
	const uint64_t *from = &s->before;
	uint64_t to[4], big = 0;
	uint32_t n = 0;

	for (int i = 0; i < 200; i++) { /* none */
		s->before = s->beside = (uint32_t)i;
		s->after[0] = s->next_page[0] = (uint32_t)i;
		__asm__ volatile("mov %1, %0" : "=r"(n) : "m"(s->beside));
		__asm__ volatile("mov %1, %0" : "=r"(big) : "m"(s->after[0]));
		__asm__ volatile("movzbl %1, %0" : "=r"(n) : "m"(*((uint8_t *)&s->spot - 1)));
		__asm__ volatile("movups %0, %%xmm0" : : "m"(s->after[0]) : "xmm0");
		/* over the page's end */
		__asm__ volatile("movq $0, 12(%0)" : : "r"(&s->after[0]) : "memory");
	}
	__asm__ volatile("movl $0x1000, %0" : "=m"(s->spot));		/* write 1 */
	__asm__ volatile("movl $0x1000, %0" : "=m"(s->spot));		/* write 2: the same */
	__asm__ volatile("addl $1, %0" : "+m"(s->spot));		/* write 3 */
	__asm__ volatile("movb $2, %0" : "+m"(s->spot));		/* write 4 */
	big = 0x100300000000;
	__asm__ volatile("mov %1, %0" : "+m"(s->beside) : "r"(big));	/* write 5: 8 bytes */
	__asm__ volatile("xchg %1, %0" : "+m"(s->spot), "+r"(n));	/* write 6 */
	__asm__ volatile("movups %0, %%xmm0; movups %%xmm0, %0"		/* read 1, write 7 */
			 : "+m"(s->before) : : "xmm0");
	__asm__ volatile("mov %1, %0" : "=r"(n) : "m"(s->spot));	/* read 2 */
	__asm__ volatile("mov %1, %0" : "=r"(big) : "m"(s->beside));	/* read 3 */
	__asm__ volatile("cmpb $0, %0" : : "m"(*((uint8_t *)&s->spot + 3)) : "cc"); /* read 4 */
	__asm__ volatile("push %0; pop %%rax" : : "m"(s->beside) : "rax"); /* read 5 */
	__asm__ volatile("mov %0, %%rsi; mov %1, %%rdi; movsq; movsq"	/* read 6 */
			 : : "r"(from), "r"(to) : "rsi", "rdi", "memory");
	__asm__ volatile("mov %0, %%rsi; lea 8(%%rsi), %%rdi; cmpsq"	/* read 7 */
			 : : "r"(from) : "rsi", "rdi", "memory", "cc");
	__asm__ volatile("movl $0x1010, %0" : "=m"(s->spot));		/* write 8 */
	for (int i = 0; i < 200; i++) /* none */
		s->before = s->beside = s->after[1] = (uint32_t)i;
}

static void at_spot(void)
{
	for (int i = 0; i < 4; i++) {
		phase(PHASE_SPOT);
		touch_spot(&spot);
	}
}

/* The kernel writes it, by a system call. */
static void spot_of_kernel(void)
{
	static uint32_t value = 1;
	int ends[2];

	if (pipe(ends) || write(ends[1], &value, sizeof(value)) != sizeof(value))
		fail("pipe");
	phase(PHASE_SPOT_OF_KERNEL);
	if (read(ends[0], &spot.spot, sizeof(spot.spot)) != sizeof(spot.spot) || spot.spot != 1)
		fail("the kernel's write is lost");
	phase(PHASE_SPOT_OF_KERNEL);
	close(ends[0]);
	close(ends[1]);
}

/* The kernel's stack is watched, with all that it does there. */
static void stack(void)
{
	for (unsigned int i = 0; i < STACK_TURNS + 5; i++)
		phase(PHASE_STACK);
}

/* xor %eax, %eax; some nops; and at LATE_CODE: inc %eax; ret */
static void late(void)
{
	static const uint8_t code[] = { 0x31, 0xc0, 0x90, 0x90, 0xff, 0xc0, 0xc3 };
	uint8_t *page = (uint8_t *)(LATE_CODE & ~(PAGE - 1)), *start = (uint8_t *)LATE_CODE - 4;

	phase(PHASE_LATE);
	if (mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != page)
		fail("mmap");
	memcpy(start, code, sizeof(code));
	mprotect(page, PAGE, PROT_READ | PROT_EXEC);
	for (unsigned int i = 0; i < LATE_TURNS; i++)
		if (((int (*)(void))(void *)start)() != 1)
			fail("a late function's value is wrong");
}

static void *count_turns(void *arg)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < COUNT_TURNS; i++) {
		sum += marker(i);
		__atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST);
	}
	return sum == 3 * (COUNT_TURNS * (COUNT_TURNS - 1) / 2) + COUNT_TURNS ? arg : NULL;
}

static void count(void)
{
	pthread_t thread[THREADS];
	void *ok;

	phase(PHASE_COUNT);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, count_turns, &counter))
			fail("pthread_create");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &ok);
		if (!ok)
			fail("a sum is wrong");
	}
	if (counter != THREADS * COUNT_TURNS)
		fail("the count is wrong");
}

static void step(void)
{
	phase(PHASE_STEP);
	for (int i = 0; i < 2; i++)
		if (flags_seen() & FLAG_TF)
			fail("the trap flag shows");
}

/* Breakpoints of its own, while the driver has one in marker(). */
static void own_int3(void)
{
	signal(SIGTRAP, trap);
	phase(PHASE_INT3);
	for (uint64_t i = 0; i < INT3_TURNS; i++) {
		__asm__ volatile("int3");
		if (marker(i) != 3 * i + 1)
			fail("marker()");
	}
	if (traps != INT3_TURNS)
		fail("breakpoints of its own were lost");
}

/* marker()'s page is also mapped elsewhere, where no breakpoint was asked for. */
static void alias(void)
{
	uintptr_t at = (uintptr_t)marker, page = at & ~(PAGE - 1);
	FILE *self = fopen("/proc/self/maps", "r");
	unsigned long start, end, off;
	uint64_t (*other)(uint64_t);
	char line[512], path[256];
	char *mem = MAP_FAILED;

	while (self && fgets(line, sizeof(line), self))
		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %255s", &start, &end, &off, path) == 4 &&
		    start <= at && at < end) {
			FILE *f = fopen(path, "r");

			mem = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(f),
				   (off_t)(off + page - start));
		}
	if (mem == MAP_FAILED)
		fail("its text cannot be mapped twice");
	other = (uint64_t(*)(uint64_t))(void *)(mem + (at & (PAGE - 1)));
	phase(PHASE_ALIAS);
	for (uint64_t i = 0; i < 50; i++)
		if (other(i) != 3 * i + 1)
			fail("marker() at its other address");
	marker(0);
}

static void sleep_ms(long ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void idle(void)
{
	phase(PHASE_IDLE);
	while (!go_on)
		sleep_ms(5);
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void stress(void)
{
	const struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { 0 };
	uint64_t end;

	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &often, NULL);
	phase(PHASE_STRESS);
	for (end = now_ms() + STRESS_MS; now_ms() < end;) {
		int status, ends[2];
		char byte = 'x';
		pid_t pid;

		if (pipe(ends) || write(ends[1], &byte, 1) != 1)
			fail("pipe");
		do
			pid = fork();
		while (pid < 0);
		if (pid == 0)
			_exit(read(ends[0], &byte, 1) == 1 && byte == 'x' ? 7 : 1);
		while (waitpid(pid, &status, 0) != pid)
			;
		if (WEXITSTATUS(status) != 7)
			fail("a child's status is wrong");
		close(ends[0]);
		close(ends[1]);
	}
	setitimer(ITIMER_REAL, &never, NULL);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	while (!hello) {
		phase(PHASE_HELLO);
		sleep_ms(1);
	}
	registers();
	watch();
	at_spot();
	spot_of_kernel();
	stack();
	late();
	count();
	step();
	own_int3();
	alias();
	idle();
	stress();
	/* the driver has detached, and comes back when it has the CPU */
	while (!may_end) {
		phase(PHASE_END);
		sleep_ms(1);
	}
	puts("debuggee ok");
	return 0;
}
