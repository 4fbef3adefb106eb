// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * segment.c - the instructions of descriptor tables and segment registers.
 *
 * Runs: monitor, after a trap. CPL 0 only; the caller has checked.
 */
#include "context/context.h"
#include "cpu.h"
#include "mmu/mmu.h"
#include "operand.h"
#include "segment.h"

int segment_load_table(const struct sens_insn *in)
{
	struct vcpu *v = this_vcpu;
	uint8_t d[10];
	uint64_t base = 0;
	int i;

	if (guest_read(operand_address(in), d, sizeof(d), AS_KERNEL))
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

int segment_store_table(const struct sens_insn *in)
{
	struct vcpu *v = this_vcpu;
	uint64_t base = in->kind == SENS_SGDT ? v->gdt_base : v->idt_base;
	uint32_t limit = in->kind == SENS_SGDT ? v->gdt_limit : v->idt_limit;
	uint8_t d[10] = { (uint8_t)limit, (uint8_t)(limit >> 8) };
	int i;

	for (i = 2; i < 10; i++, base >>= 8)
		d[i] = (uint8_t)base;
	return guest_write(operand_address(in), d, sizeof(d), AS_KERNEL) ? -1 : 0;
}

static int read_descriptor(uint16_t sel, uint64_t d[2])
{
	if ((sel & 4) || (sel | 7u) + 8u > this_vcpu->gdt_limit + 8u)
		return -1;
	d[1] = 0;
	if (guest_read(this_vcpu->gdt_base + (sel & ~7u), &d[0], 8, AS_KERNEL))
		return -1;
	if ((d[0] & (1ull << 44)) == 0) /* system: 16 bytes */
		guest_read(this_vcpu->gdt_base + (sel & ~7u) + 8, &d[1], 8, AS_KERNEL);
	return 0;
}

int segment_load_task(const struct sens_insn *in)
{
	struct segment *s = &this_vcpu->tr;
	uint64_t sel, d[2];

	if (operand_read(in, 2, &sel) || read_descriptor((uint16_t)sel, d))
		return -1;
	s->sel = (uint16_t)sel;
	s->base = ((d[0] >> 16) & 0xffffff) | ((d[0] >> 32) & 0xff000000) | d[1] << 32;
	s->limit = (d[0] & 0xffff) | ((d[0] >> 32) & 0xf0000);
	if (d[0] & (1ull << 55))
		s->limit = s->limit << 12 | 0xfff;
	return 0;
}

int segment_query(const struct sens_insn *in)
{
	uint64_t sel, d[2];

	ctx.regs.rflags &= ~0x40ull;
	if (operand_read(in, 2, &sel))
		return -1;
	if (!(sel & ~3ull) || read_descriptor((uint16_t)sel, d))
		return 0;
	ctx.regs.rflags |= 0x40;
	if (in->kind == SENS_LSL) {
		uint64_t limit = (d[0] & 0xffff) | ((d[0] >> 32) & 0xf0000);

		if (d[0] & (1ull << 55))
			limit = limit << 12 | 0xfff;
		reg_set(in->reg, in->op_size, 0, limit);
	} else {
		reg_set(in->reg, in->op_size, 0, (d[0] >> 32) & 0xffff00);
	}
	return 0;
}

uint64_t segment_read(const struct sens_insn *in)
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
	case SEG_FS:
		sel = fs_selector_read();
		break;
	case SEG_GS:
		sel = gs_selector_read();
		break;
	}
	return sel;
}

void segment_load(unsigned int reg, uint16_t sel)
{
	if (reg == SEG_FS)
		fs_selector_load(sel);
	else
		gs_selector_load(sel);
}

int segment_write(const struct sens_insn *in)
{
	uint64_t sel;

	if (operand_read(in, 2, &sel))
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
	case SEG_FS:
	case SEG_GS:
		segment_load(in->reg, (uint16_t)sel);
		break;
	default:
		return -1;
	}
	return 0;
}
