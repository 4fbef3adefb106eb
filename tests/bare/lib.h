/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lib.h - what freestanding test guests share: console, exit, tables, traps.
 *
 * Runs: in the guest, virtual CPL 0. A test is one file with test_main() and
 * says what went wrong on the serial port; the VM ends with its status.
 */
#ifndef BARE_LIB_H
#define BARE_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE	0x1000ul
#define MiB	0x100000ul

/* Virtual memory that tests map as they like, by 4 KiB pages. */
#define AREA	   0x10000000ul
#define AREA_PAGES 512

#define PTE_P (1ull << 0)
#define PTE_W (1ull << 1)
#define PTE_U (1ull << 2)
#define PTE_A (1ull << 5)
#define PTE_D (1ull << 6)
#define PTE_S (1ull << 7)
#define PTE_G (1ull << 8)
#define PTE_X (1ull << 63) /* no execution */
#define PTE_ADDR 0x000ffffffffff000ull

enum { DE = 0, DB = 1, BP = 3, UD = 6, DF = 8, GP = 13, PF = 14, SYSCALL_VECTOR = 0x80 };

#define KERNEL_CS 0x10
#define USER_CS	  0x33

struct frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, flags, rsp, ss;
};

void test_main(void);

/* Called for every exception and interrupt; NULL: an exception fails the test. */
extern void (*on_trap)(struct frame *);

void print(const char *fmt, ...); /* %s %d %x */
void finish(int status) __attribute__((noreturn));
extern int failures;
#define EXPECT(cond, ...)                                                                 \
	do {                                                                              \
		if (!(cond)) {                                                            \
			print("%s:%d: expected %s: ", __FILE__, __LINE__, #cond);         \
			print(__VA_ARGS__);                                               \
			print("\n");                                                      \
			if (++failures > 20)                                              \
				finish(1);                                                \
		}                                                                         \
	} while (0)

extern uint64_t pml4[512], area_pt[AREA_PAGES];
extern uint64_t area_pd_entry_value;
uint64_t *area_pd_entry(void);
/* Behind "NAME=" on the command line, or NULL; is it VALUE; decimal or 0x number. */
const char *word(const char *name);
bool word_is(const char *name, const char *value);
uint64_t number(const char *name);
void *new_page(void); /* identity-mapped, zero */
uint64_t *area_pte(unsigned int page);
void set_gate(unsigned int vector, void *handler, unsigned int ist, unsigned int dpl);
void set_ist(unsigned int n, void *top);
void enter_user(void *rip, void *rsp);
/* rax rcx rdx rbx rsp rbp rsi rdi r8..r14; rip, and cs in the upper half; r15 is as rax. */
void enter_user_regs(const uint64_t regs[16], uint64_t flags);
void leave_user(void) __attribute__((noreturn));
/* Runs fn; the vector that it raised, or -1. The rest of fn is skipped. */
int raises(void (*fn)(void));
extern uint8_t *boot_params;
extern struct frame last_trap;
extern uint64_t last_cr2;

static inline void outb(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "d"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "d"(port));
	return v;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

#define CR_ACCESS(n)                                                                      \
	static inline uint64_t read_cr##n(void)                                           \
	{                                                                                 \
		uint64_t v;                                                               \
                                                                                          \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v)::"memory");               \
		return v;                                                                 \
	}                                                                                 \
	static inline void write_cr##n(uint64_t v)                                        \
	{                                                                                 \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory");                  \
	}
CR_ACCESS(0)
CR_ACCESS(2)
CR_ACCESS(3)
CR_ACCESS(4)
CR_ACCESS(8)

static inline void invlpg(const volatile void *p)
{
	__asm__ volatile("invlpg (%0)" ::"r"(p) : "memory");
}

static inline void sti(void) { __asm__ volatile("sti" ::: "memory"); }
static inline void cli(void) { __asm__ volatile("cli" ::: "memory"); }

static inline uint64_t get_flags(void)
{
	uint64_t v;

	__asm__ volatile("pushfq; pop %0" : "=r"(v)::"memory");
	return v;
}

static inline void set_flags(uint64_t v)
{
	__asm__ volatile("push %0; popfq" ::"r"(v) : "memory", "cc");
}

#define MSR_EFER	 0xc0000080u
#define MSR_STAR	 0xc0000081u
#define MSR_LSTAR	 0xc0000082u
#define MSR_FMASK	 0xc0000084u
#define MSR_APIC_BASE	 0x1bu
#define MSR_TSC_DEADLINE 0x6e0u
#define X2APIC_TPR	 0x808u
#define X2APIC_EOI	 0x80bu
#define X2APIC_SVR	 0x80fu
#define X2APIC_LVT_TIMER 0x832u
#define X2APIC_SELF_IPI	 0x83fu

static inline void eoi(void) { wrmsr(X2APIC_EOI, 0); }
void apic_on(void);

#endif
