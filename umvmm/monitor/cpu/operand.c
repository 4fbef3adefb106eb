// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * operand.c - the registers and memory that an emulated instruction names.
 *
 * Runs: monitor, after a trap, on ctx.regs.
 */
#include "context/context.h"
#include "cpu.h"
#include "mmu/mmu.h"
#include "operand.h"

uint64_t operand_mask(uint64_t v, unsigned int size)
{
	return size == 8 ? v : v & ((1ull << (size * 8)) - 1);
}

void reg_set(unsigned int n, unsigned int size, int high, uint64_t v)
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

uint64_t reg_get(unsigned int n, unsigned int size, int high)
{
	uint64_t v = ctx.regs.r[n & 15];

	return high ? (v >> 8) & 0xff : operand_mask(v, size);
}

uint64_t operand_address(const struct sens_insn *in)
{
	return sens_ea(in, ctx.regs.r, ctx.regs.rip + in->len, fs_base_read(), gs_base_read());
}

int operand_read(const struct sens_insn *in, unsigned int size, uint64_t *value)
{
	*value = 0;
	if (!in->is_mem) {
		*value = reg_get(in->rm, size, 0);
		return 0;
	}
	return guest_read(operand_address(in), value, size, AS_KERNEL) ? -1 : 0;
}

int operand_write(const struct sens_insn *in, uint64_t value)
{
	if (!in->is_mem) {
		reg_set(in->rm, in->op_size, 0, value);
		return 0;
	}
	return guest_write(operand_address(in), &value, 2, AS_KERNEL) ? -1 : 0;
}

int fetch_insn(struct sens_insn *in)
{
	uint8_t code[SENS_MAX_LENGTH];
	size_t n = 0;
	uint64_t rip = ctx.regs.rip;

	while (n < sizeof(code)) {
		size_t k = PAGE_SIZE - ((rip + n) & ~PAGE_MASK);

		if (k > sizeof(code) - n)
			k = sizeof(code) - n;
		if (guest_read(rip + n, code + n, k, code_rights()))
			break;
		n += k;
	}
	return n && sens_decode(code, n, in) == SENS_OK ? 0 : -1;
}
