// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * msrs.c - model-specific registers: each of the monitor's list reads, holds and ignores what
 * its row says, and numbers that are not in it are #GP (SDM vol. 4, 2.1; vol. 3, 10.1.1).
 */
#include "../../umvmm/monitor/cpu/msrs.h"
#include "lib.h"

#define FAST_STRINGS	 (1ull << 0)
#define BTS_UNAVAILABLE	 (1ull << 11)
#define PEBS_UNAVAILABLE (1ull << 12)
#define EFER_LONG_MODE	 (1ull << 8 | 1ull << 10)

static const struct row {
	uint32_t number;
	const char *name, *section;
	enum msr_kind kind;
	uint64_t reset;
} rows[] = {
#define X(number, name, section, kind, offset, reset) { number, #name, section, MSR_##kind, reset },
	MSR_LIST(X)
#undef X
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint32_t at;
static uint64_t value;

static void read_it(void)
{
	value = rdmsr(at);
}

static void write_it(void)
{
	wrmsr(at, value);
}

/* Its value, or ~0 after a message. */
static uint64_t get(const struct row *row)
{
	int vector;

	at = row->number;
	value = ~0ull;
	vector = raises(read_it);
	EXPECT(vector < 0, "%s: vector %d", row->name, vector);
	return value;
}

static void put(const struct row *row, uint64_t v)
{
	int vector;

	at = row->number;
	value = v;
	vector = raises(write_it);
	EXPECT(vector < 0, "%s: vector %d", row->name, vector);
}

#define SAYS(row, what, got)                                                              \
	EXPECT((got) == (what), "%s (%s) is %x, not %x", (row)->name, (row)->section, got, what)

static void walk(void)
{
	/* what fits all of them: an address of the lower half, nothing reserved */
	const uint64_t other = 0x0000040600070406;
	const struct row *row;
	uint64_t got;

	for (row = rows; row < rows + ROWS; row++)
		switch (row->kind) {
		case MSR_STORED:
			got = get(row);
			SAYS(row, row->reset, got);
			put(row, other);
			got = get(row);
			SAYS(row, other, got);
			put(row, row->reset);
			break;
		case MSR_FIXED:
			put(row, other);
			got = get(row);
			SAYS(row, row->reset, got);
			break;
		case MSR_WRITTEN:
			at = row->number;
			EXPECT(raises(read_it) == GP, "%s: reading is no #GP", row->name);
			break;
		default:
			get(row);
		}
}

static bool listed(uint32_t n)
{
	const struct row *row;

	for (row = rows; row < rows + ROWS; row++)
		if (row->number == n)
			return true;
	return n >= 0x800 && n < 0x900; /* the local APIC's */
}

/* Where the manuals have registers, and where umvmm has its own. */
static void nowhere(void)
{
	static const uint32_t from[] = { 0, UMVMM_MSR_MODULE - 0x80, 0xc0000000, 0xc0010000, 0xc0011000 };
	unsigned int i;

	for (i = 0; i < sizeof(from) / sizeof(from[0]); i++)
		for (at = from[i]; at < from[i] + 0x500; at++) {
			if (listed(at))
				continue;
			EXPECT(raises(read_it) == GP, "%x: vector %d", at, (int)last_trap.vector);
			EXPECT(raises(write_it) == GP, "%x: vector %d", at, (int)last_trap.vector);
		}
}

/* What the list does not say of them. */
static void others(void)
{
	const uint64_t misc = FAST_STRINGS | BTS_UNAVAILABLE | PEBS_UNAVAILABLE;

	EXPECT((rdmsr(0x1a0) & misc) == misc, "MISC_ENABLE %x", rdmsr(0x1a0));
	EXPECT(rdmsr(0x277) == 0x0007040600070406, "PAT %x", rdmsr(0x277));
	EXPECT((rdmsr(MSR_EFER) & EFER_LONG_MODE) == EFER_LONG_MODE, "EFER %x", rdmsr(MSR_EFER));
	wrmsr(MSR_LSTAR, 0x12345678);
	EXPECT(rdmsr(MSR_LSTAR) == 0x12345678, "LSTAR %x", rdmsr(MSR_LSTAR));
	at = 0xc0000100; /* FS_BASE: not a canonical address */
	value = 1ull << 47;
	EXPECT(raises(write_it) == GP, "vector %d", (int)last_trap.vector);
	at = UMVMM_MSR_TRUST;
	value = 2;
	EXPECT(raises(write_it) == GP, "vector %d", (int)last_trap.vector);
}

void test_main(void)
{
	walk();
	nowhere();
	others();
	finish(failures != 0);
}
