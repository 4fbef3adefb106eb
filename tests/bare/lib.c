// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib.c - console, tables and traps of freestanding test guests.
 *
 * Runs: in the guest, virtual CPL 0.
 */
#include "lib.h"

#include <stdarg.h>

#define COM1	    0x3f8
#define DEBUG_EXIT  0xf4
#define POOL_PAGES  1024
#define CMD_LINE_PTR 0x228 /* Documentation/x86/boot.rst */

struct tss {
	uint32_t zero0;
	uint64_t rsp[3], zero1, ist[7], zero2;
	uint16_t zero3, iomap;
} __attribute__((packed));

struct descriptor {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

struct gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, zero;
};

uint64_t pml4[512] __attribute__((aligned(4096)));
uint64_t area_pt[AREA_PAGES] __attribute__((aligned(4096)));
static uint64_t pdpt[512] __attribute__((aligned(4096)));
static uint64_t pd[512] __attribute__((aligned(4096)));
static uint8_t pool[POOL_PAGES][4096] __attribute__((aligned(4096)));
static unsigned int pool_used;
static struct gate idt[256] __attribute__((aligned(16)));
static struct tss tss;
static uint8_t rsp0_stack[16384] __attribute__((aligned(16)));
static uint64_t gdt[] = {
	0, 0,
	0x00af9b000000ffff, /* 0x10 kernel code */
	0x00cf93000000ffff, /* 0x18 kernel data */
	0x00cffb000000ffff, /* 0x20 user code, 32 bits: SYSRET's base */
	0x00cff3000000ffff, /* 0x28 user data */
	0x00affb000000ffff, /* 0x30 user code */
	0, 0, 0,	    /* 0x40 TSS, two entries */
};

extern void *const vector_table[256];
uint8_t *boot_params;
void (*on_trap)(struct frame *);
int failures;
struct frame last_trap;
uint64_t last_cr2;
static void *jump[5]; /* of __builtin_setjmp */
static bool catching;

static void put(char c)
{
	if (c == '\n')
		put('\r');
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(COM1, (uint8_t)c);
}

static void put_number(uint64_t v, unsigned int base)
{
	char text[24];
	int n = 0;

	do
		text[n++] = "0123456789abcdef"[v % base];
	while (v /= base);
	while (n)
		put(text[--n]);
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (const char *s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'd':
			put_number((uint64_t)va_arg(ap, int), 10);
			break;
		case 'x':
			put_number(va_arg(ap, uint64_t), 16);
			break;
		}
	}
	va_end(ap);
}

void finish(int status)
{
	outb(DEBUG_EXIT, (uint8_t)status);
	for (;;)
		__asm__ volatile("pause");
}

const char *word(const char *name)
{
	const char *p = (const char *)(uintptr_t)*(uint32_t *)(boot_params + CMD_LINE_PTR);
	size_t n = 0;

	while (name[n])
		n++;
	for (; *p; p++) {
		size_t i = 0;

		while (i < n && p[i] == name[i])
			i++;
		if (i == n && p[n] == '=')
			return p + n + 1;
	}
	return NULL;
}

bool word_is(const char *name, const char *value)
{
	const char *p = word(name);

	if (!p)
		return false;
	while (*value && *p == *value) {
		p++;
		value++;
	}
	return !*value && (!*p || *p == ' ');
}

uint64_t number(const char *name)
{
	const char *p = word(name);
	unsigned int base = 10, digit;
	uint64_t v = 0;

	if (!p) {
		print("%s= is missing\n", name);
		finish(99);
	}
	if (p[0] == '0' && p[1] == 'x') {
		base = 16;
		p += 2;
	}
	for (; (digit = *p <= '9' ? (unsigned int)*p - '0' : (unsigned int)*p - 'a' + 10) < base; p++)
		v = v * base + digit;
	return v;
}

void *new_page(void)
{
	if (pool_used == POOL_PAGES) {
		print("no more pages\n");
		finish(1);
	}
	return pool[pool_used++];
}

uint64_t *area_pte(unsigned int page)
{
	return &area_pt[page];
}

uint64_t *area_pd_entry(void)
{
	return &pd[AREA >> 21];
}

void set_gate(unsigned int vector, void *handler, unsigned int ist, unsigned int dpl)
{
	uint64_t at = (uintptr_t)handler;

	idt[vector] = (struct gate){ (uint16_t)at, KERNEL_CS, (uint8_t)ist,
				     (uint8_t)(0x8e | dpl << 5), (uint16_t)(at >> 16),
				     (uint32_t)(at >> 32), 0 };
}

void set_ist(unsigned int n, void *top)
{
	tss.ist[n - 1] = (uintptr_t)top;
}

static void load_tables(void)
{
	struct descriptor g = { sizeof(gdt) - 1, (uintptr_t)gdt };
	struct descriptor i = { sizeof(idt) - 1, (uintptr_t)idt };
	uint64_t base = (uintptr_t)&tss;

	tss.rsp[0] = (uintptr_t)rsp0_stack + sizeof(rsp0_stack);
	tss.iomap = sizeof(tss);
	gdt[8] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
		 (base >> 24 & 0xff) << 56;
	gdt[9] = base >> 32;
	for (unsigned int v = 0; v < 256; v++)
		set_gate(v, vector_table[v], 0, v == BP || v == SYSCALL_VECTOR ? 3 : 0);
	__asm__ volatile("lgdt %0; lidt %1" ::"m"(g), "m"(i) : "memory");
	__asm__ volatile("ltr %w0" ::"r"(0x40));
}

static void build_pages(void)
{
	pml4[0] = (uintptr_t)pdpt | PTE_P | PTE_W | PTE_U;
	pdpt[0] = (uintptr_t)pd | PTE_P | PTE_W | PTE_U;
	for (uint64_t i = 0; i < 32; i++)
		pd[i] = i << 21 | PTE_P | PTE_W | PTE_S | PTE_A | PTE_D;
	*area_pd_entry() = (uintptr_t)area_pt | PTE_P | PTE_W | PTE_U;
	write_cr3((uintptr_t)pml4);
	write_cr0(read_cr0() | 1 << 16); /* WP */
}

void lib_trap(struct frame *f);
void lib_trap(struct frame *f)
{
	if (f->vector == PF)
		last_cr2 = read_cr2();
	last_trap = *f;
	if (on_trap) {
		on_trap(f);
		return;
	}
	if (catching && f->vector < 32) {
		catching = false;
		__builtin_longjmp(jump, 1);
	}
	print("unexpected vector %x error %x rip %x rsp %x cr2 %x\n", f->vector, f->error, f->rip,
	      f->rsp, last_cr2);
	finish(1);
}

int raises(void (*fn)(void))
{
	if (__builtin_setjmp(jump))
		return (int)last_trap.vector;
	catching = true;
	fn();
	catching = false;
	return -1;
}

void apic_on(void)
{
	wrmsr(MSR_APIC_BASE, rdmsr(MSR_APIC_BASE) | 1u << 11 | 1u << 10);
	wrmsr(X2APIC_SVR, 0x1ff);
	wrmsr(X2APIC_TPR, 0);
}

void lib_main(void);
void lib_main(void)
{
	build_pages();
	load_tables();
	test_main();
	print(failures ? "failed\n" : "passed\n");
	finish(failures != 0);
}

/* The compiler calls these by itself. */
void *memset(void *p, int c, size_t n);
void *memset(void *p, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)p)[i] = (uint8_t)c;
	return p;
}

void *memcpy(void *to, const void *from, size_t n);
void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}
