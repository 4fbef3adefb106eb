// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * emulate.c - one function for each sensitive instruction (sens.h has the list).
 *
 * Runs: monitor, after a trap. CPL 0 only; the caller has checked.
 */
#include "apic.h"
#include "context.h"
#include "cpu.h"
#include "debug.h"
#include "emulate.h"
#include "exception.h"
#include "guest.h"
#include "halt.h"
#include "io.h"
#include "msr.h"

#define SEG_CS 1
#define SEG_SS 2

static uint64_t mask_size(uint64_t v, unsigned int size)
{
	return size == 8 ? v : v & ((1ull << (size * 8)) - 1);
}

/* Write a general register as the CPU does: 32 bits clear the upper half. */
static void set_reg(unsigned int n, unsigned int size, int high, uint64_t v)
{
	uint64_t *r = &ctx.regs.r[n & 15];

	switch (size) {
	case 8:
		*r = v;
		break;
	case 4:
		*r = (uint32_t)v;
		break;
	case 2:
		*r = (*r & ~0xffffull) | (v & 0xffff);
		break;
	default:
		if (high)
			*r = (*r & ~0xff00ull) | (v & 0xff) << 8;
		else
			*r = (*r & ~0xffull) | (v & 0xff);
	}
}

static uint64_t get_reg(unsigned int n, unsigned int size, int high)
{
	uint64_t v = ctx.regs.r[n & 15];

	return high ? (v >> 8) & 0xff : mask_size(v, size);
}

static uint64_t address_of(const struct sens_insn *in)
{
	return sens_ea(in, ctx.regs.r, ctx.regs.rip + in->len, rd_fs_base(), rd_gs_base());
}

int emulate_rdmsr(void)
{
	uint64_t value;

	if (msr_read((uint32_t)ctx.regs.r[1], &value))
		return -1;
	ctx.regs.r[0] = (uint32_t)value;
	ctx.regs.r[2] = value >> 32;
	return 0;
}

int emulate_wrmsr(void)
{
	return msr_write((uint32_t)ctx.regs.r[1], ctx.regs.r[2] << 32 | (uint32_t)ctx.regs.r[0]);
}

void emulate_sti(void)
{
	this_vcpu->rflags = RFLAGS_FIXED | RFLAGS_IF;
}

void emulate_popf(void)
{
	uint64_t flags;

	if (guest_read(ctx.regs.r[4], &flags, 8))
		guest_fault("POPF from an unmapped stack at %x", ctx.regs.r[4]);
	ctx.regs.r[4] += 8;
	ctx.regs.rflags = (flags & RFLAGS_REAL) | RFLAGS_FIXED;
	this_vcpu->rflags = RFLAGS_FIXED | (flags & RFLAGS_IF);
}

/* STI; HLT is one step: no interrupt may come between (SDM vol. 2, STI). */
static int is_hlt_site(uint64_t rip)
{
	uint8_t b[4];

	return !guest_read(rip, b, sizeof(b)) && b[0] == UMVMM_TRAP_OPCODE0 &&
	       b[1] == UMVMM_TRAP_OPCODE1 && b[3] == 0xf4;
}

int emulate_pushf(void)
{
	uint64_t flags = (ctx.regs.rflags & RFLAGS_REAL & ~(uint64_t)RFLAGS_RF) | RFLAGS_FIXED |
			 (this_vcpu->rflags & RFLAGS_IF);

	if (guest_write(ctx.regs.r[4] - 8, &flags, 8))
		return -1;
	ctx.regs.r[4] -= 8;
	return 0;
}

/* LGDT, LIDT: limit and base (SDM vol. 2). */
static int load_table(const struct sens_insn *in)
{
	struct vcpu *v = this_vcpu;
	uint8_t d[10];
	uint64_t base = 0;
	int i;

	if (guest_read(address_of(in), d, sizeof(d)))
		return -1;
	for (i = 9; i >= 2; i--)
		base = base << 8 | d[i];
	if (in->kind == SENS_LGDT) {
		v->gdt_limit = d[0] | d[1] << 8;
		v->gdt_base = base;
	} else {
		v->idt_limit = d[0] | d[1] << 8;
		v->idt_base = base;
	}
	return 0;
}

static int store_table(const struct sens_insn *in)
{
	struct vcpu *v = this_vcpu;
	uint64_t base = in->kind == SENS_SGDT ? v->gdt_base : v->idt_base;
	uint32_t limit = in->kind == SENS_SGDT ? v->gdt_limit : v->idt_limit;
	uint8_t d[10] = { (uint8_t)limit, (uint8_t)(limit >> 8) };
	int i;

	for (i = 2; i < 10; i++, base >>= 8)
		d[i] = (uint8_t)base;
	return guest_write(address_of(in), d, sizeof(d)) ? -1 : 0;
}

static int read_descriptor(uint16_t sel, uint64_t d[2])
{
	if ((sel & 4) || (sel | 7u) + 8u > this_vcpu->gdt_limit + 8u)
		return -1;
	d[1] = 0;
	if (guest_read(this_vcpu->gdt_base + (sel & ~7u), &d[0], 8))
		return -1;
	if ((d[0] & (1ull << 44)) == 0) /* system: 16 bytes */
		guest_read(this_vcpu->gdt_base + (sel & ~7u) + 8, &d[1], 8);
	return 0;
}

static int rm_value(const struct sens_insn *in, unsigned int size, uint64_t *value)
{
	*value = 0;
	if (!in->is_mem) {
		*value = get_reg(in->rm, size, 0);
		return 0;
	}
	return guest_read(address_of(in), value, size) ? -1 : 0;
}

static int load_task_register(const struct sens_insn *in)
{
	struct segment *s = &this_vcpu->tr;
	uint64_t sel, d[2];

	if (rm_value(in, 2, &sel) || read_descriptor((uint16_t)sel, d))
		return -1;
	s->sel = (uint16_t)sel;
	s->base = ((d[0] >> 16) & 0xffffff) | ((d[0] >> 32) & 0xff000000) | d[1] << 32;
	s->limit = (d[0] & 0xffff) | ((d[0] >> 32) & 0xf0000);
	if (d[0] & (1ull << 55))
		s->limit = s->limit << 12 | 0xfff;
	return 0;
}

/* LSL, LAR of a present descriptor set ZF. */
static int segment_query(const struct sens_insn *in)
{
	uint64_t sel, d[2];

	ctx.regs.rflags &= ~0x40ull;
	if (rm_value(in, 2, &sel))
		return -1;
	if (!(sel & ~3ull) || read_descriptor((uint16_t)sel, d))
		return 0;
	ctx.regs.rflags |= 0x40;
	if (in->kind == SENS_LSL) {
		uint64_t limit = (d[0] & 0xffff) | ((d[0] >> 32) & 0xf0000);

		if (d[0] & (1ull << 55))
			limit = limit << 12 | 0xfff;
		set_reg(in->reg, in->op_size, 0, limit);
	} else {
		set_reg(in->reg, in->op_size, 0, (d[0] >> 32) & 0xffff00);
	}
	return 0;
}

static int read_segment(const struct sens_insn *in, uint64_t *value)
{
	uint16_t sel = 0;

	switch (in->reg) {
	case 0:
		__asm__("mov %%es, %0" : "=r"(sel));
		break;
	case SEG_CS:
		sel = (uint16_t)this_vcpu->cs;
		break;
	case SEG_SS:
		sel = (uint16_t)this_vcpu->ss;
		break;
	case 3:
		__asm__("mov %%ds, %0" : "=r"(sel));
		break;
	case 4:
		__asm__("mov %%fs, %0" : "=r"(sel));
		break;
	case 5:
		__asm__("mov %%gs, %0" : "=r"(sel));
		break;
	}
	*value = sel;
	return 0;
}

/*
 * A selector that the host refuses (a kernel one): DS, ES, FS, GS become null,
 * which in 64-bit mode only shows when they are read back; SS is remembered.
 */
static int write_segment(const struct sens_insn *in)
{
	uint64_t sel;

	if (rm_value(in, 2, &sel))
		return -1;
	switch (in->reg) {
	case 0:
		__asm__("mov %0, %%es" : : "r"(0));
		break;
	case SEG_SS:
		this_vcpu->ss = (uint16_t)sel;
		break;
	case 3:
		__asm__("mov %0, %%ds" : : "r"(0));
		break;
	case 4:
	case 5:
		break; /* the bases must stay: nothing is loaded */
	default:
		return -1;
	}
	return 0;
}

static int invpcid(const struct sens_insn *in)
{
	uint64_t d[2], type = ctx.regs.r[in->reg & 15];

	if (guest_read(address_of(in), d, sizeof(d)))
		return -1;
	context_invpcid(type, (unsigned int)(d[0] & 0xfff), d[1]);
	return 0;
}

static int port_string(const struct sens_insn *in)
{
	uint64_t n = in->rep ? ctx.regs.r[1] : 1;
	int64_t step = ctx.regs.rflags & RFLAGS_DF ? -(int64_t)in->op_size : in->op_size;

	while (n) {
		uint32_t value = 0;

		if (in->kind == SENS_INS) {
			value = port_read((uint16_t)ctx.regs.r[2], in->op_size);
			if (guest_write(ctx.regs.r[7], &value, in->op_size))
				return -1;
			ctx.regs.r[7] += (uint64_t)step;
		} else {
			if (guest_read(ctx.regs.r[6], &value, in->op_size))
				return -1;
			port_write((uint16_t)ctx.regs.r[2], in->op_size, value);
			ctx.regs.r[6] += (uint64_t)step;
		}
		n--;
		if (in->rep)
			ctx.regs.r[1] = n;
	}
	return 0;
}

void emulate_in(uint16_t port, unsigned int size)
{
	set_reg(0, size, 0, port_read(port, size));
}

void emulate_out(uint16_t port, unsigned int size)
{
	port_write(port, size, (uint32_t)get_reg(0, size, 0));
}

static void port_access(const struct sens_insn *in)
{
	uint16_t port = in->has_imm ? (uint16_t)(in->imm & 0xff) : (uint16_t)ctx.regs.r[2];

	if (in->kind == SENS_IN)
		emulate_in(port, in->op_size);
	else
		emulate_out(port, in->op_size);
}

static uint64_t read_dr(unsigned int n)
{
	struct vcpu *v = this_vcpu;

	return v->dr[n == 4 ? 6 : n == 5 ? 7 : n & 7];
}

static void write_dr(unsigned int n, uint64_t value)
{
	n = n == 4 ? 6 : n == 5 ? 7 : n & 7;
	if (n == 6)
		value = (value & 0xe00f) | 0xffff0ff0;
	else if (n == 7)
		value = (value & 0xffff2fff) | 0x400;
	this_vcpu->dr[n] = value;
	debug_sync();
}

int emulate_xsetbv(void)
{
	uint64_t value = (uint32_t)ctx.regs.r[0] | ctx.regs.r[2] << 32;

	/* the host's XCR0 cannot be changed: only what it has may be asked for */
	if ((uint32_t)ctx.regs.r[1] || (value & ~vm_page->xcr0_guest) || !(value & 1))
		return -1;
	this_vcpu->xcr0 = value;
	return 0;
}

int emulate_xgetbv(void)
{
	uint32_t lo, hi;

	if ((uint32_t)ctx.regs.r[1] > 1)
		return -1;
	if ((uint32_t)ctx.regs.r[1] == 0) {
		lo = (uint32_t)this_vcpu->xcr0;
		hi = (uint32_t)(this_vcpu->xcr0 >> 32);
	} else if (ctx.fpstate) { /* in use: what the signal frame holds */
		uint64_t in_use = *(const uint64_t *)((const uint8_t *)ctx.fpstate + 512);

		lo = (uint32_t)in_use;
		hi = (uint32_t)(in_use >> 32);
	} else {
		__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(1));
	}
	ctx.regs.r[0] = lo & (uint32_t)vm_page->xcr0_guest;
	ctx.regs.r[2] = hi;
	return 0;
}

static int lmsw(const struct sens_insn *in)
{
	uint64_t value;

	if (rm_value(in, 2, &value))
		return -1;
	write_cr(0, (this_vcpu->cr0 & ~0xeull) | (value & 0xf));
	return 0;
}

static int store_rm(const struct sens_insn *in, uint64_t value)
{
	if (!in->is_mem) {
		set_reg(in->rm, in->op_size, 0, value);
		return 0;
	}
	return guest_write(address_of(in), &value, 2) ? -1 : 0;
}

int emulate_insn(const struct sens_insn *in, uint64_t next)
{
	uint64_t value;
	int bad = 0;

	switch (in->kind) {
	case SENS_CLI:
		this_vcpu->rflags = RFLAGS_FIXED;
		break;
	case SENS_STI:
		if (is_hlt_site(next))
			this_vcpu->sti_shadow_rip = next;
		emulate_sti();
		break;
	case SENS_HLT:
		ctx.regs.rip = next;
		halt();
		return 0;
	case SENS_PUSHF:
		bad = emulate_pushf();
		break;
	case SENS_POPF:
		emulate_popf();
		break;
	case SENS_IRET:
		virtual_iretq();
		return 0;
	case SENS_SYSRET:
		virtual_sysretq();
		return 0;
	case SENS_LRET:
		virtual_lretq();
		return 0;
	case SENS_SWAPGS:
		value = rd_gs_base();
		wr_gs_base(this_vcpu->kgs);
		this_vcpu->kgs = value;
		break;
	case SENS_WRMSR:
		bad = emulate_wrmsr();
		break;
	case SENS_RDMSR:
		bad = emulate_rdmsr();
		break;
	case SENS_CPUID:
		emulate_cpuid();
		break;
	case SENS_RDPMC:
		bad = -1;
		break;
	case SENS_XGETBV:
		bad = emulate_xgetbv();
		break;
	case SENS_XSETBV:
		bad = emulate_xsetbv();
		break;
	case SENS_INVD:
	case SENS_WBINVD:
	case SENS_WBNOINVD:
		break;
	case SENS_INVLPG:
		mmu_invlpg(address_of(in));
		break;
	case SENS_INVPCID:
		bad = invpcid(in);
		break;
	case SENS_RDCR:
		set_reg(in->rm, 8, 0, read_cr(in->reg));
		break;
	case SENS_WRCR:
		value = get_reg(in->rm, 8, 0);
		if (!cr_valid(in->reg, value)) {
			bad = -1;
			break;
		}
		ctx.regs.rip = next;
		write_cr(in->reg, value);
		return 0;
	case SENS_RDDR:
		set_reg(in->rm, 8, 0, read_dr(in->reg));
		break;
	case SENS_WRDR:
		write_dr(in->reg, get_reg(in->rm, 8, 0));
		break;
	case SENS_CLTS:
		this_vcpu->cr0 &= ~8ull;
		break;
	case SENS_LMSW:
		bad = lmsw(in);
		break;
	case SENS_SMSW:
		bad = store_rm(in, this_vcpu->cr0);
		break;
	case SENS_LGDT:
	case SENS_LIDT:
		bad = load_table(in);
		break;
	case SENS_SGDT:
	case SENS_SIDT:
		bad = store_table(in);
		break;
	case SENS_LLDT:
		bad = rm_value(in, 2, &value) || (value & ~3ull); /* no LDT: MODIFY_LDT is off */
		break;
	case SENS_LTR:
		bad = load_task_register(in);
		break;
	case SENS_SLDT:
		bad = store_rm(in, this_vcpu->ldt.sel);
		break;
	case SENS_STR:
		bad = store_rm(in, this_vcpu->tr.sel);
		break;
	case SENS_LAR:
	case SENS_LSL:
		bad = segment_query(in);
		break;
	case SENS_VERR:
	case SENS_VERW:
		ctx.regs.rflags |= 0x40;
		break;
	case SENS_RDSEG:
		bad = read_segment(in, &value) || store_rm(in, value);
		break;
	case SENS_WRSEG:
		bad = write_segment(in);
		break;
	case SENS_PUSHSEG:
		bad = read_segment(in, &value) || guest_write(ctx.regs.r[4] - 8, &value, 8);
		if (!bad)
			ctx.regs.r[4] -= 8;
		break;
	case SENS_IN:
	case SENS_OUT:
		port_access(in);
		break;
	case SENS_INS:
	case SENS_OUTS:
		bad = port_string(in);
		break;
	case SENS_RDPID:
		set_reg(in->rm, 8, 0, this_vcpu->tsc_aux);
		break;
	default:
		return -1;
	}
	if (bad) {
		inject_exception(VEC_GP, 0);
		return 0;
	}
	ctx.regs.rflags &= ~(uint64_t)RFLAGS_RF; /* the host's trap has set it */
	ctx.regs.rip = next;
	return 0;
}

int fetch_insn(struct sens_insn *in)
{
	uint8_t code[SENS_MAX_LENGTH];
	size_t n = 0;
	uint64_t rip = ctx.regs.rip;

	while (n < sizeof(code)) {
		size_t k = 4096 - ((rip + n) & 4095);

		if (k > sizeof(code) - n)
			k = sizeof(code) - n;
		if (guest_read(rip + n, code + n, k))
			break;
		n += k;
	}
	return n && sens_decode(code, n, in) == SENS_OK ? 0 : -1;
}

int emulate_mmio(const struct sens_insn *in, uint64_t next, gpa_t pa)
{
	uint64_t v;

	switch (in->kind) {
	case SENS_LOAD:
		set_reg(in->reg, in->op_size, in->reg_high, mmio_read(pa, in->op_size));
		break;
	case SENS_STORE:
		v = in->has_imm ? (uint64_t)in->imm : get_reg(in->reg, in->op_size, in->reg_high);
		mmio_write(pa, in->op_size, mask_size(v, in->op_size));
		break;
	case SENS_MOVZX:
		set_reg(in->reg, in->op_size, 0,
			mask_size(mmio_read(pa, in->src_size), in->src_size));
		break;
	case SENS_MOVSX:
		v = mmio_read(pa, in->src_size) << (64 - 8 * in->src_size);
		set_reg(in->reg, in->op_size, 0, (uint64_t)((int64_t)v >> (64 - 8 * in->src_size)));
		break;
	default:
		return -1;
	}
	ctx.regs.rip = next;
	return 0;
}
