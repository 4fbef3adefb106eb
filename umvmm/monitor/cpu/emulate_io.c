// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * emulate_io.c - instructions that move data from and to devices.
 *
 * Runs: monitor, after a trap or from a gate. CPL 0 only; the caller has checked.
 */
#include "context/context.h"
#include "cpu.h"
#include "devices/bus.h"
#include "emulate.h"
#include "mmu/mmu.h"
#include "operand.h"

#define CHUNK 256u

/* Of REP OUTSB as much as lies in one page, or a part of it: one look at the device. */
static int out_bytes(void)
{
	uint64_t from = ctx.regs.r[GPR_RSI], n = ctx.regs.r[GPR_RCX];
	uint8_t data[CHUNK];

	if (n > CHUNK)
		n = CHUNK;
	if (n > 4096 - from % 4096)
		n = 4096 - from % 4096;
	if (guest_read(from, data, n, AS_KERNEL))
		return -1;
	port_write_bytes((uint16_t)ctx.regs.r[GPR_RDX], data, (unsigned int)n);
	ctx.regs.r[GPR_RSI] += n;
	ctx.regs.r[GPR_RCX] -= n;
	return 0;
}

int emulate_port_string(const struct sens_insn *in)
{
	uint64_t n = in->rep ? ctx.regs.r[GPR_RCX] : 1;
	int64_t step = ctx.regs.rflags & RFLAGS_DF ? -(int64_t)in->op_size : in->op_size;

	if (in->kind == SENS_OUTS && in->rep && step == 1) {
		while (ctx.regs.r[GPR_RCX])
			if (out_bytes())
				return -1;
		return 0;
	}
	while (n) {
		uint32_t value = 0;

		if (in->kind == SENS_INS) {
			value = port_read((uint16_t)ctx.regs.r[GPR_RDX], in->op_size);
			if (guest_write(ctx.regs.r[GPR_RDI], &value, in->op_size, AS_KERNEL))
				return -1;
			ctx.regs.r[GPR_RDI] += (uint64_t)step;
		} else {
			if (guest_read(ctx.regs.r[GPR_RSI], &value, in->op_size, AS_KERNEL))
				return -1;
			port_write((uint16_t)ctx.regs.r[GPR_RDX], in->op_size, value);
			ctx.regs.r[GPR_RSI] += (uint64_t)step;
		}
		n--;
		if (in->rep)
			ctx.regs.r[GPR_RCX] = n;
	}
	return 0;
}

void emulate_in(uint16_t port, unsigned int size)
{
	reg_set(0, size, 0, port_read(port, size));
}

void emulate_out(uint16_t port, unsigned int size)
{
	port_write(port, size, (uint32_t)reg_get(0, size, 0));
}

void emulate_port(const struct sens_insn *in)
{
	uint16_t port = in->has_imm ? (uint16_t)(in->imm & 0xff) : (uint16_t)ctx.regs.r[GPR_RDX];

	if (in->kind == SENS_IN)
		emulate_in(port, in->op_size);
	else
		emulate_out(port, in->op_size);
}

int emulate_mmio(const struct sens_insn *in, uint64_t next, gpa_t pa)
{
	uint64_t v;

	switch (in->kind) {
	case SENS_LOAD:
		reg_set(in->reg, in->op_size, in->reg_high, mmio_read(pa, in->op_size));
		break;
	case SENS_STORE:
		v = in->has_imm ? (uint64_t)in->imm : reg_get(in->reg, in->op_size, in->reg_high);
		mmio_write(pa, in->op_size, operand_mask(v, in->op_size));
		break;
	case SENS_MOVZX:
		reg_set(in->reg, in->op_size, 0,
			operand_mask(mmio_read(pa, in->src_size), in->src_size));
		break;
	case SENS_MOVSX:
		v = mmio_read(pa, in->src_size) << (64 - 8 * in->src_size);
		reg_set(in->reg, in->op_size, 0, (uint64_t)((int64_t)v >> (64 - 8 * in->src_size)));
		break;
	default:
		return -1;
	}
	ctx.regs.rip = next;
	return 0;
}
