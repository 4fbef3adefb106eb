// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_monitor_unwind.c - the monitor's own stack: as its code leaves it, and as a guest
 * may write it.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 *
 * Stacks are made by hand: all code of the monitor has its caller's rbp at rbp where it
 * calls something, and its return address behind.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <umvmm/image/image.h>
#include <umvmm/image/unwind.h>

#include "../hostile/registers.h"
#include "unit.h"

#define GATE_STACK   0x7f81e000ull /* any */
#define SIGNAL_STACK (UMVMM_SIGSTACK + 0x30000ull)
#define GUEST	     0x41000000ull

static struct monitor_stack *stack; /* behind it nothing is mapped */
static uint64_t text, text_end;
static uint64_t trace_record, signal_restorer;

static uint64_t address(const char *function)
{
	Elf64_Shdr sh, names;

	for (unsigned int i = 0; elf_section(monitor_image(), i, &sh); i++) {
		const Elf64_Sym *sym = (const void *)(monitor_elf + sh.sh_offset);

		if (sh.sh_type != SHT_SYMTAB)
			continue;
		ck_assert(elf_section(monitor_image(), sh.sh_link, &names));
		for (uint64_t n = 0; n < sh.sh_size / sizeof(*sym); n++)
			if (!strcmp((const char *)monitor_elf + names.sh_offset + sym[n].st_name,
				    function))
				return sym[n].st_value;
	}
	ck_abort_msg("the monitor has no %s", function);
}

static const uint8_t *program(uint64_t at)
{
	Elf64_Shdr sh;

	for (unsigned int i = 0; elf_section(monitor_image(), i, &sh); i++)
		if (sh.sh_type == SHT_PROGBITS && at - sh.sh_addr < sh.sh_size)
			return monitor_elf + sh.sh_offset + (at - sh.sh_addr);
	ck_abort_msg("nothing at %#" PRIx64, at);
}

/* Where a call of FUNCTION returns to: the first one in the text. */
static uint64_t call_of(const char *function)
{
	const uint64_t target = address(function);
	int32_t distance;

	for (uint64_t at = text; at < text_end - 5; at++) {
		const uint8_t *insn = program(at);

		memcpy(&distance, insn + 1, sizeof(distance));
		if (insn[0] == 0xe8 && at + 5 + (uint64_t)(int64_t)distance == target)
			return at + 5;
	}
	ck_abort_msg("nobody calls %s", function);
}

static void setup(void)
{
	const size_t size = (sizeof(*stack) + 4095) & ~4095ul;
	char *pages = mmap(NULL, size + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(pages != MAP_FAILED && !mprotect(pages, size, PROT_READ | PROT_WRITE));
	stack = (struct monitor_stack *)(pages + size) - 1;
	monitor_image_text(&text, &text_end);
	trace_record = address("trace_record");
	signal_restorer = address("signal_restorer");
	/* it has just been called, on the signal stack */
	stack->rip = trace_record;
	stack->rsp = stack->signal_from = SIGNAL_STACK;
	stack->gate_from = GATE_STACK;
}

static uint64_t on_signal_stack(unsigned int word)
{
	return SIGNAL_STACK + 8 * word;
}

static uint64_t on_gate_stack(unsigned int word)
{
	return GATE_STACK + 8 * word;
}

/* RIPS up to 0. */
static void trace_is(const uint64_t *rips)
{
	struct monitor_frame frame[MONITOR_FRAMES_MAX];
	const unsigned int n = monitor_unwind(frame, stack);
	unsigned int i;

	for (i = 0; rips[i]; i++) {
		ck_assert_msg(i < n, "only %u frames", n);
		ck_assert_msg(frame[i].rip == rips[i], "frame %u: %#" PRIx64 ", not %#" PRIx64, i,
			      frame[i].rip, rips[i]);
	}
	ck_assert_uint_eq(n, i);
}

/* trace_record() of monitor_bug() of somebody, whose caller is RET with its RBP. */
static void push_calls(uint64_t ret, uint64_t rbp)
{
	stack->signal[0] = call_of("trace_record");
	stack->rbp = on_signal_stack(8);
	stack->signal[8] = on_signal_stack(16);
	stack->signal[9] = call_of("monitor_bug");
	stack->signal[16] = rbp;
	stack->signal[17] = ret;
}

/* Behind these, if RET is the restorer: what the signal has interrupted. */
static void push_signal(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
	ucontext_t *uc = (ucontext_t *)&stack->signal[18];

	uc->uc_mcontext.gregs[REG_RIP] = (greg_t)rip;
	uc->uc_mcontext.gregs[REG_RSP] = (greg_t)rsp;
	uc->uc_mcontext.gregs[REG_RBP] = (greg_t)rbp;
}

START_TEST(to_the_first_function)
{
	const uint64_t rips[] = { call_of("trace_record"), call_of("monitor_bug"),
				  call_of("monitor_main"), 0 };

	push_calls(rips[2], 0);
	trace_is(rips);
}
END_TEST

/* A handler has interrupted the monitor, on the gate stack and before there is a frame. */
START_TEST(through_a_signal)
{
	const uint64_t rips[] = { call_of("trace_record"), call_of("monitor_bug"), signal_restorer,
				  address("vcpu_kick"), call_of("apic_take"), call_of("gate_call"),
				  0 };
	struct monitor_frame frame[MONITOR_FRAMES_MAX];

	push_calls(signal_restorer, 1);
	push_signal(rips[3], on_gate_stack(100), on_gate_stack(110));
	stack->gate[100] = rips[4];
	stack->gate[110] = 0;
	stack->gate[111] = rips[5];
	stack->gate[112] = rips[0]; /* no more: the guest has called the gate */
	trace_is(rips);
	ck_assert_uint_eq(monitor_unwind(frame, stack), 6);
	for (unsigned int i = 0; i < 6; i++)
		ck_assert_int_eq(frame[i].exact, i == 2 || i == 3);
}
END_TEST

START_TEST(up_to_the_guest)
{
	const uint64_t rips[] = { call_of("trace_record"), call_of("monitor_bug"), signal_restorer,
				  0 };

	push_calls(signal_restorer, 1);
	push_signal(GUEST, on_gate_stack(0), on_gate_stack(1));
	trace_is(rips);
}
END_TEST

START_TEST(beyond_what_is_recorded)
{
	const uint64_t nothing[] = { 0 }, rips[] = { call_of("trace_record"), 0 };

	push_calls(signal_restorer, 1);
	stack->rbp = SIGNAL_STACK + sizeof(stack->signal) - 8;
	trace_is(rips);
	stack->rbp = UINT64_MAX - 15;
	trace_is(rips);
	stack->rsp = SIGNAL_STACK - 8;
	trace_is(nothing);
	stack->rsp = UINT64_MAX - 3;
	trace_is(nothing);
	stack->rsp = SIGNAL_STACK;
	stack->rip = GUEST;
	trace_is(nothing);
}
END_TEST

/* Two frames that are each other's callers. */
START_TEST(without_end)
{
	struct monitor_frame frame[MONITOR_FRAMES_MAX];
	const uint64_t ret = call_of("monitor_bug");

	push_calls(ret, on_signal_stack(8));
	ck_assert_uint_eq(monitor_unwind(frame, stack), MONITOR_FRAMES_MAX);
}
END_TEST

/* A stack that lies over the CFI does not change it. */
START_TEST(over_the_program)
{
	const uint64_t rips[] = { call_of("trace_record"), call_of("monitor_bug"),
				  call_of("monitor_main"), 0 };
	Elf64_Shdr sh;

	memset(stack->gate, 0xff, sizeof(stack->gate));
	push_calls(rips[2], 0);
	for (unsigned int i = 0; elf_section(monitor_image(), i, &sh); i++) {
		stack->gate_from = sh.sh_addr;
		trace_is(rips);
	}
}
END_TEST

/* What leads somewhere, and anything. */
static uint64_t wild(uint64_t *x)
{
	const uint64_t r = random_next(x), n = r >> 32;

	switch (r % 16) {
	case 0:
		return r;
	case 1:
		return n % 0x1000;
	case 2:
		return text_end + n % 0x10000; /* constants, data, CFI */
	case 3:
		return signal_restorer;
	case 4:
	case 5:
		return GATE_STACK + n % sizeof(stack->gate);
	case 6:
	case 7:
		return SIGNAL_STACK + n % sizeof(stack->signal);
	default:
		return text + n % (text_end - text);
	}
}

static void unwinds(void)
{
	struct monitor_frame frame[MONITOR_FRAMES_MAX];
	const unsigned int n = monitor_unwind(frame, stack);

	ck_assert_uint_le(n, MONITOR_FRAMES_MAX);
	for (unsigned int i = 0; i < n; i++)
		ck_assert(frame[i].rip >= text && frame[i].rip < text_end);
}

START_TEST(anything)
{
	uint64_t x = 88172645463325252ull;

	for (unsigned int i = 0; i < 3000; i++) {
		uint64_t *word = (uint64_t *)stack;

		for (size_t n = 0; n < sizeof(*stack) / 8; n++)
			word[n] = wild(&x);
		if (i % 4) {
			stack->rip = text + stack->r15 % (text_end - text);
			stack->rsp = on_gate_stack(stack->r14 % 2048);
			stack->rbp = on_signal_stack(stack->r13 % 4096);
			stack->gate_from = GATE_STACK;
			stack->signal_from = SIGNAL_STACK;
		}
		unwinds();
	}
}
END_TEST

/* All that there is of CFI, and code that has none. */
START_TEST(from_anywhere)
{
	uint64_t x = 88172645463325252ull;

	for (size_t n = 0; n < sizeof(stack->signal) / 8; n++)
		stack->signal[n] = wild(&x);
	for (stack->rip = text; stack->rip < text_end; stack->rip++) {
		stack->rsp = on_signal_stack(stack->rip % 512);
		stack->rbp = on_signal_stack(stack->rip % 511);
		unwinds();
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("monitor_unwind");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, to_the_first_function);
	tcase_add_test(tc, through_a_signal);
	tcase_add_test(tc, up_to_the_guest);
	tcase_add_test(tc, beyond_what_is_recorded);
	tcase_add_test(tc, without_end);
	tcase_add_test(tc, over_the_program);
	tcase_add_test(tc, anything);
	tcase_add_test(tc, from_anywhere);
	return unit_run(tc);
}
