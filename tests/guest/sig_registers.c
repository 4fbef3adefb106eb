// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sig_registers.c - every general, vector and mask register survives timer
 * signals whose handler overwrites all of them, and interrupts without signals.
 *
 * Flags: timeout=40
 */
#include <cpuid.h>
#include <sys/time.h>

#include "test.h"

#define SECONDS 1.5

enum { XMM = 16, YMM = 32, ZMM = 64 };

static unsigned int vector_size;
static unsigned char pattern[32][64] __attribute__((aligned(64)));
static unsigned char saved[32][64] __attribute__((aligned(64)));
static uint64_t mask_in[8], mask_out[8];
static volatile unsigned int alarms;

static void find_vectors(void)
{
	unsigned int a, b, c, d, lo, hi;

	vector_size = XMM;
	REQUIRE(__get_cpuid(1, &a, &b, &c, &d));
	if (!(c & (1u << 27)))
		return;
	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	if ((c & (1u << 28)) && (lo & 6) == 6)
		vector_size = YMM;
	if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 16)) && (lo & 0xe6) == 0xe6)
		vector_size = ZMM;
}

#define EACH8(m, a) m(a##0) m(a##1) m(a##2) m(a##3) m(a##4) m(a##5) m(a##6) m(a##7)
#define EACH16(m) \
	m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12) m(13) m(14) m(15)
#define EACH_HIGH(m)                                                                      \
	m(16) m(17) m(18) m(19) m(20) m(21) m(22) m(23) m(24) m(25) m(26) m(27) m(28)     \
	m(29) m(30) m(31)

/* One name per line of assembly: load or store register n of the array at rdi. */
#define LOADX(n) "movups " #n "*64(%%rdi), %%xmm" #n "\n\t"
#define LOADY(n) "vmovups " #n "*64(%%rdi), %%ymm" #n "\n\t"
#define LOADZ(n) "vmovups " #n "*64(%%rdi), %%zmm" #n "\n\t"
#define SAVEX(n) "movups %%xmm" #n ", " #n "*64(%%rsi)\n\t"
#define SAVEY(n) "vmovups %%ymm" #n ", " #n "*64(%%rsi)\n\t"
#define SAVEZ(n) "vmovups %%zmm" #n ", " #n "*64(%%rsi)\n\t"
#define LOADK(n) "kmovq " #n "*8(%%r8), %%k" #n "\n\t"
#define SAVEK(n) "kmovq %%k" #n ", " #n "*8(%%r9)\n\t"
#define SPIN "mov %%rdx, %%rcx\n1: dec %%rcx\n\tjnz 1b\n\t"

static void vectors(unsigned long spins)
{
	register uint64_t *r8 __asm__("r8") = mask_in;
	register uint64_t *r9 __asm__("r9") = mask_out;

#define RUN(load, save)                                                                   \
	__asm__ volatile(load SPIN save ::"D"(pattern), "S"(saved), "d"(spins), "r"(r8),  \
			 "r"(r9)                                                          \
			 : "rcx", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",       \
			   "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",      \
			   "xmm12", "xmm13", "xmm14", "xmm15")
	if (vector_size == XMM)
		RUN(EACH16(LOADX), EACH16(SAVEX));
	else if (vector_size == YMM)
		RUN(EACH16(LOADY), EACH16(SAVEY));
	else
		RUN(EACH16(LOADZ) EACH_HIGH(LOADZ) EACH8(LOADK, ),
		    EACH16(SAVEZ) EACH_HIGH(SAVEZ) EACH8(SAVEK, ));
}

static void check_vectors(void)
{
	unsigned int count = vector_size == ZMM ? 32 : 16;

	for (unsigned int i = 0; i < count; i++)
		EXPECT(!memcmp(pattern[i], saved[i], vector_size), "vector register %u changed",
		       i);
	if (vector_size == ZMM)
		EXPECT(!memcmp(mask_in, mask_out, sizeof(mask_in)), "mask registers changed");
}

/* All general registers but rsp (and rcx, the counter): 0, or who changed. */
static unsigned long generals(unsigned long spins)
{
	unsigned long bad;

	__asm__ volatile("push %%rbp; push %%rbx\n\t"
			 "mov $0x1111111111111111, %%rbx; mov $0x2222222222222222, %%rdx\n\t"
			 "mov $0x3333333333333333, %%rsi; mov $0x4444444444444444, %%rdi\n\t"
			 "mov $0x5555555555555555, %%rbp; mov $0x6666666666666666, %%r8\n\t"
			 "mov $0x7777777777777777, %%r9; mov $0x8888888888888888, %%r10\n\t"
			 "mov $0x9999999999999999, %%r11; mov $0xaaaaaaaaaaaaaaaa, %%r12\n\t"
			 "mov $0xbbbbbbbbbbbbbbbb, %%r13; mov $0xcccccccccccccccc, %%r14\n\t"
			 "mov $0xdddddddddddddddd, %%r15\n"
			 "1: stc; dec %%rcx; jnc 2f\n\t" /* dec leaves CF */
			 "jnz 1b\n\t"
			 "lea (%%rbx,%%rdx), %%rax; cmp %%rax, %%rsi; mov $1, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%rsi), %%rax; cmp %%rax, %%rdi; mov $2, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%rdi), %%rax; cmp %%rax, %%rbp; mov $3, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%rbp), %%rax; cmp %%rax, %%r8; mov $4, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r8), %%rax; cmp %%rax, %%r9; mov $5, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r9), %%rax; cmp %%rax, %%r10; mov $6, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r10), %%rax; cmp %%rax, %%r11; mov $7, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r11), %%rax; cmp %%rax, %%r12; mov $8, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r12), %%rax; cmp %%rax, %%r13; mov $9, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r13), %%rax; cmp %%rax, %%r14; mov $10, %%eax; jne 3f\n\t"
			 "lea (%%rbx,%%r14), %%rax; cmp %%rax, %%r15; mov $11, %%eax; jne 3f\n\t"
			 "xor %%eax, %%eax; jmp 3f\n"
			 "2: mov $12, %%eax\n"
			 "3: pop %%rbx; pop %%rbp"
			 : "=a"(bad), "+c"(spins)
			 :
			 : "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
			   "r15", "memory", "cc");
	return bad;
}

static void clobber(int sig)
{
	static const unsigned char zero[32][64] __attribute__((aligned(64)));
	static const uint64_t ones[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	const uint64_t *k = ones;
	register const uint64_t *r8 __asm__("r8") = k;

	(void)sig;
	alarms++;
	if (vector_size == XMM)
		__asm__ volatile(EACH16(LOADX)::"D"(zero) : "memory");
	else if (vector_size == YMM)
		__asm__ volatile(EACH16(LOADY)::"D"(zero) : "memory");
	else
		__asm__ volatile(EACH16(LOADZ) EACH_HIGH(LOADZ) EACH8(LOADK, )::"D"(zero), "r"(r8)
				 : "memory");
}

static void run(double seconds)
{
	double end = now() + seconds;
	unsigned int mxcsr;

	do {
		unsigned long bad = generals(200000);

		EXPECT(!bad, "general registers changed: check %lu", bad);
		vectors(200000);
		check_vectors();
		mxcsr = 0;
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		EXPECT((mxcsr & ~0x3fu) == 0x5f80, "mxcsr %#x", mxcsr);
	} while (now() < end && !test_failures);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = clobber, .sa_flags = SA_RESTART };
	struct itimerval it = { { 0, 700 }, { 0, 700 } };
	unsigned int mxcsr = 0x5f80; /* rounds upwards */

	find_vectors();
	printf("vector registers of %u bytes\n", vector_size);
	for (unsigned int i = 0; i < sizeof(pattern); i++)
		pattern[i / 64][i % 64] = (unsigned char)(i * 37 + i / 64 + 1);
	for (unsigned int i = 0; i < 8; i++)
		mask_in[i] = 0x0123456789abcdefull * (i + 1);
	__asm__ volatile("ldmxcsr %0" ::"m"(mxcsr));
	run(0.4);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	/* a busy host lets few come in that time */
	do
		run(SECONDS);
	while (alarms <= 50 && !test_failures);
	return test_end();
}
