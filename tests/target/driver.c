// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * driver.c - umvmm, with a test in its tracer that debugs the guest.
 *
 * Runs: on the host: umvmm's own objects, linked so that target_setup() starts one thread
 * more in the tracer. It follows debuggee.c through its phases.
 *
 * usage: TARGET_SYMBOLS=FILE driver run … -e /tests/debuggee
 *
 *        TARGET_EXIT=N driver run … (the guest ends by itself, for reason N of vm.h)
 *
 * FILE has lines "address type name" of debuggee, then of the guest kernel. What fails is
 * said on standard error, and the VM ends with the death of the tracer; else the last
 * line is "target: passed".
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "phases.h"
#include <tracer/target/target.h>

#define EVENT_MS    10000
#define STOPS	    200
#define MIB	    (1ull << 20)
#define PT_REGS_DI  0x70
#define PT_REGS_IP  0x80
#define SPOT_OFFSET (4096 - 32 + 12) /* struct spot of debuggee.c */

static struct target *t;
static const char *test = "start";

static void fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "target: %s: ", test);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1);
}

#define MUST(call)                                                                                 \
	do {                                                                                       \
		long ret_ = (long)(call);                                                          \
		if (ret_ < 0)                                                                      \
			fail("line %d: %s: %s", __LINE__, #call, strerror((int)-ret_));            \
	} while (0)
#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fail("line %d: not so: %s", __LINE__, #cond);                              \
	} while (0)

/* ---- symbols ---- */

#define SYMBOLS 300000
static struct {
	uint64_t addr;
	char type;
	char name[55];
} symbols[SYMBOLS];
static unsigned int symbol_count;

static void read_symbols(void)
{
	FILE *f = fopen(getenv("TARGET_SYMBOLS"), "r");
	char line[512];

	while (f && symbol_count < SYMBOLS && fgets(line, sizeof(line), f)) {
		unsigned long addr;

		if (sscanf(line, "%lx %c %54s", &addr, &symbols[symbol_count].type,
			   symbols[symbol_count].name) == 3)
			symbols[symbol_count++].addr = addr;
	}
	fclose(f);
}

static uint64_t symbol(const char *name)
{
	for (unsigned int i = 0; i < symbol_count; i++)
		if (!strcmp(symbols[i].name, name))
			return symbols[i].addr;
	fail("no symbol %s", name);
}

/* ---- running the guest ---- */

static double clock_of(clockid_t which)
{
	struct timespec ts;

	clock_gettime(which, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

static void sleep_ms(long ms)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void fail_without_event(int line) __attribute__((noreturn));
static void fail_without_event(int line)
{
	int err = target_stop(t);

	for (unsigned int v = 0; v < target_vcpus(t); v++) {
		struct target_regs r = { 0 };

		err |= target_get_regs(t, v, &r);
		fprintf(stderr, "target: vCPU %u: state %d, rip %#lx, rflags %#lx\n", v,
			target_state(t, v), r.rip, r.rflags);
	}
	fail("line %d: no event in %d ms (%d)", line, EVENT_MS, err);
}

#define next_event() event_at(__LINE__)
static struct target_event event_at(int line)
{
	struct target_event ev = { 0 };
	struct pollfd p = { .fd = target_event_fd(t), .events = POLLIN };

	while (!target_next_event(t, &ev))
		if (poll(&p, 1, EVENT_MS) == 0)
			fail_without_event(line);
	return ev;
}

#define stop_at_event() stop_at(__LINE__)
static struct target_event stop_at(int line)
{
	struct target_event ev = event_at(line);

	MUST(target_stop(t));
	return ev;
}

static void go_all(void)
{
	for (unsigned int i = 0; i < target_vcpus(t); i++)
		MUST(target_resume(t, i, TARGET_CONTINUE, 0, 0));
}

static struct target_regs regs_of(unsigned int vcpu)
{
	struct target_regs r;

	MUST(target_get_regs(t, vcpu, &r));
	return r;
}

static uint64_t rip_of(unsigned int vcpu)
{
	return regs_of(vcpu).rip;
}

static void insert(unsigned int vcpu, enum target_break kind, uint64_t va, unsigned int len)
{
	int err = target_insert(t, vcpu, kind, va, len);

	if (err)
		fail("breakpoint %d at %#lx: %s", kind, va, strerror(-err));
}

static uint64_t step(unsigned int vcpu)
{
	struct target_event ev;

	MUST(target_resume(t, vcpu, TARGET_STEP_ONE, 0, 0));
	ev = next_event();
	EXPECT(ev.vcpu == vcpu);
	EXPECT(ev.reason == TARGET_STEP);
	return rip_of(vcpu);
}

/* Over the INT3 at va, as gdb does it. */
static void step_over(unsigned int vcpu, uint64_t va)
{
	MUST(target_remove(t, TARGET_SOFT, va, 1));
	step(vcpu);
	insert(vcpu, TARGET_SOFT, va, 1);
}

/* Runs until a breakpoint at va, which all vCPUs have inserted; all are stopped then. */
static unsigned int run_to(unsigned int vcpu, enum target_break kind, uint64_t va)
{
	struct target_event ev;

	insert(vcpu, kind, va, 1);
	go_all();
	ev = stop_at_event();
	EXPECT(ev.reason == (kind == TARGET_SOFT ? TARGET_BREAKPOINT : TARGET_HW_BREAKPOINT));
	EXPECT(ev.kind == kind && ev.address == va && rip_of(ev.vcpu) == va);
	MUST(target_remove(t, kind, va, 1));
	return ev.vcpu;
}

/* Runs to this phase's system call; all are stopped then. */
static unsigned int reach(enum phase phase)
{
	const uint64_t va = symbol("__x64_sys_getppid");

	for (;;) {
		unsigned int vcpu = run_to(0, TARGET_SOFT, va);
		uint64_t di = 0;

		EXPECT(target_read(t, vcpu, regs_of(vcpu).r[GPR_RDI] + PT_REGS_DI, &di, 8) == 8);
		if (di == phase)
			return vcpu;
		step(vcpu);
	}
}

static bool is_monitors(uint64_t rip)
{
	return rip >= UMVMM_MONITOR_BASE && rip < UMVMM_WINDOW_END;
}

static bool is_kernels(uint64_t rip)
{
	return rip >= UMVMM_WINDOW_START && rip < UMVMM_MONITOR_BASE;
}

/* ---- the tests ---- */

/* Among the first instructions; other vCPUs have hardly been started. */
static void test_start(void)
{
	struct target_regs r;

	MUST(target_stop(t));
	for (unsigned int v = 1; v < target_vcpus(t); v++) {
		if (target_state(t, v) != TARGET_STOPPED_OFF)
			continue;
		EXPECT(target_resume(t, v, TARGET_STEP_ONE, 0, 0) == -EAGAIN);
	}
	r = regs_of(0);
	EXPECT(r.cr3 && !target_open() && errno == EBUSY);
	for (int i = 0; i < 100; i++)
		EXPECT(!is_monitors(step(0)));
}

/* To debuggee, which goes round its first phase until it is told that we are there. */
static void test_hello(void)
{
	unsigned int v = reach(PHASE_HELLO);
	const uint8_t yes = 1;

	EXPECT(target_write(t, v, symbol("hello"), &yes, 1) == 1);
}

/* Stops and goes on, often, wherever that is, also while the guest boots. */
static void test_stops(void)
{
	unsigned int states[4] = { 0 };

	for (int i = 0; i < STOPS; i++) {
		go_all();
		if (i % 4 == 0)
			sleep_ms(1);
		MUST(target_stop(t));
		for (unsigned int v = 0; v < target_vcpus(t); v++) {
			states[target_state(t, v)]++;
			EXPECT(target_state(t, v) != TARGET_RUNS);
			EXPECT(target_state(t, v) == TARGET_STOPPED_OFF || !is_monitors(rip_of(v)));
		}
	}
	fprintf(stderr, "target: %u stops, %u in HLT, %u not started\n", states[1], states[2],
		states[3]);
}

static void test_registers(void)
{
	unsigned int v = reach(PHASE_REGS);
	struct target_regs r, changed;
	struct target_fpu f;
	double value;

	EXPECT(is_kernels(rip_of(v)) && regs_of(v).cs == 0x10);
	v = run_to(v, TARGET_SOFT, symbol("exchange"));
	r = regs_of(v);
	EXPECT(r.cs == 0x33 && r.ss == 0x2b && r.r[GPR_RDI] == EXCHANGE_IN && (r.rflags & 0x200));
	EXPECT((r.cr0 & 0x80000001) == 0x80000001 && (r.efer & 0x500) == 0x500);
	EXPECT(target_features(t) == 0 || (target_features(t) & TARGET_HAS_AVX));
	changed = r;
	changed.cs = 0x10;
	EXPECT(target_set_regs(t, v, &changed) == -EINVAL);
	changed = r;
	changed.cr3 ^= 0x1000;
	EXPECT(target_set_regs(t, v, &changed) == -EINVAL);
	r.r[GPR_RDI] = EXCHANGE_SET;
	MUST(target_set_regs(t, v, &r));
	EXPECT(rip_of(v) == r.rip && regs_of(v).r[GPR_RDI] == EXCHANGE_SET);

	/* the compiler has loaded what the second argument points to */
	MUST(target_get_fpu(t, v, &f));
	EXPECT(f.fctrl == 0x37f && f.mxcsr == 0x1f80);
	EXPECT(target_read(t, v, r.r[GPR_RSI], &value, 8) == 8 && value == EXCHANGE_F0);
	while (memcmp(f.vector[0], &value, 8) && rip_of(v) - r.rip < 64) {
		step(v);
		MUST(target_get_fpu(t, v, &f));
	}
	EXPECT(!memcmp(f.vector[0], &value, 8));
	value = EXCHANGE_F1;
	memcpy(f.vector[0], &value, 8);
	f.st[7][0] = 0x55;
	f.vector[15][31] = 0x66;
	MUST(target_set_fpu(t, v, &f));
	step(v);
	MUST(target_get_fpu(t, v, &f));
	EXPECT(f.st[7][0] == 0x55);
	EXPECT(f.vector[15][31] == (target_features(t) & TARGET_HAS_AVX ? 0x66 : 0));
}

static void test_memory(void)
{
	const unsigned int v = 0;
	const size_t size = 64 * MIB;
	uint64_t va = symbol("__x64_sys_getppid"), pa, word = 0;
	uint8_t *one = malloc(size), *two = malloc(size), byte, other;
	double start;

	EXPECT(one && two);
	start = clock_of(CLOCK_THREAD_CPUTIME_ID);
	EXPECT(target_read(t, v, UMVMM_DIRECT_MAP + 2 * MIB, one, size) == (ssize_t)size);
	EXPECT(clock_of(CLOCK_THREAD_CPUTIME_ID) - start < 1);
	EXPECT(target_read_phys(t, 2 * MIB, two, size) == (ssize_t)size);
	EXPECT(!memcmp(one, two, size));
	free(one);
	free(two);

	/* breakpoints do not show, and survive */
	MUST(target_translate(t, v, va, &pa));
	EXPECT(target_read(t, v, va, &byte, 1) == 1 && byte != 0xcc);
	insert(v, TARGET_SOFT, va, 1);
	EXPECT(target_read(t, v, va, &other, 1) == 1 && other == byte);
	EXPECT(target_read_phys(t, pa, &other, 1) == 1 && other == byte);
	EXPECT(target_write(t, v, va, &byte, 1) == 1);
	EXPECT(target_insert(t, v, TARGET_SOFT, va, 1) == 0);
	MUST(target_remove(t, TARGET_SOFT, va, 1));
	EXPECT(target_remove(t, TARGET_SOFT, va, 1) == -ENOENT);

	/* what is no memory */
	EXPECT(target_read(t, v, 0x1000, &word, 8) == -EFAULT);
	EXPECT(target_read(t, v, ~0ull - 3, &word, 8) == -EFAULT);
	EXPECT(target_read(t, v, UMVMM_VCPU_ADDR, &word, 8) == -EFAULT);
	EXPECT(target_read_phys(t, GPA_HOLE_START, &word, 8) == -EFAULT);
	EXPECT(target_insert(t, v, TARGET_SOFT, 0x1000, 1) == -EFAULT);
	EXPECT(target_insert(t, v, TARGET_SOFT, UMVMM_VCPU_ADDR, 1) == -EINVAL);
	EXPECT(target_insert(t, v, TARGET_WRITE, UMVMM_VCPU_ADDR, 8) == -EINVAL);
	EXPECT(target_insert(t, v, TARGET_WRITE, 0x600001, 8) == -EINVAL);
}

static void test_watch(void)
{
	uint64_t va = symbol("watched"), value;
	unsigned int v = reach(PHASE_WATCH);

	insert(v, TARGET_WRITE, va, 8);
	EXPECT(target_insert(t, v, TARGET_WRITE, va, 8) == 0);
	for (uint64_t i = 1; i <= WATCH_WRITES; i++) {
		struct target_event ev;

		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_WATCHPOINT && ev.kind == TARGET_WRITE);
		EXPECT(ev.address == va && !is_kernels(rip_of(ev.vcpu)));
		EXPECT(target_read(t, ev.vcpu, va, &value, 8) == 8 && value == i);
		/* a step from there is just that */
		if (i == 3)
			step(ev.vcpu);
	}
	MUST(target_remove(t, TARGET_WRITE, va, 8));
	EXPECT(target_remove(t, TARGET_WRITE, va, 8) == -ENOENT);

	/* only four */
	for (unsigned int i = 0; i < 4; i++)
		insert(v, TARGET_ACCESS, va + 64 + 8 * i, 4);
	EXPECT(target_insert(t, v, TARGET_EXECUTE, va, 1) == -ENOSPC);
	for (unsigned int i = 0; i < 4; i++)
		MUST(target_remove(t, TARGET_ACCESS, va + 64 + 8 * i, 4));
}

/*
 * How often the four bytes are reported until the next phase begins. All stand still, VCPU is
 * before the phase's instructions.
 */
static unsigned int count_hits(unsigned int vcpu, enum target_break kind, enum phase next)
{
	const uint64_t va = symbol("spot") + SPOT_OFFSET, call = symbol("__x64_sys_getppid");
	unsigned int hits = 0;
	uint64_t di = 0;

	insert(vcpu, kind, va, 4);
	insert(vcpu, TARGET_SOFT, call, 1);
	for (;;) {
		struct target_event ev;

		go_all();
		ev = stop_at_event();
		if (ev.reason == TARGET_BREAKPOINT) {
			EXPECT(target_read(t, ev.vcpu, regs_of(ev.vcpu).r[GPR_RDI] + PT_REGS_DI,
					   &di, 8) == 8);
			EXPECT(di == next);
			break;
		}
		EXPECT(ev.reason == TARGET_WATCHPOINT && ev.kind == kind && ev.address == va);
		hits++;
	}
	MUST(target_remove(t, kind, va, 4));
	MUST(target_remove(t, TARGET_SOFT, call, 1));
	return hits;
}

/* No access is missed, and none beside it is reported. */
static void test_spot(void)
{
	unsigned int v = reach(PHASE_SPOT), n;
	uint32_t value;

	step(v);
	n = count_hits(v, TARGET_ACCESS, PHASE_SPOT);
	fprintf(stderr, "target: %u accesses\n", n);
	EXPECT(n == SPOT_ACCESSES);
	EXPECT(target_read(t, v, symbol("spot") + SPOT_OFFSET, &value, 4) == 4);
	EXPECT(value == SPOT_LAST);
	step(v);
	n = count_hits(v, TARGET_WRITE, PHASE_SPOT);
	fprintf(stderr, "target: %u writes\n", n);
	EXPECT(n == SPOT_WRITES);
	step(v);
	v = reach(PHASE_SPOT_OF_KERNEL);
	step(v);
	n = count_hits(v, TARGET_WRITE, PHASE_SPOT_OF_KERNEL);
	fprintf(stderr, "target: %u writes by the kernel\n", n);
	EXPECT(n >= 1 && n <= 4);
	step(v);
}

/* Where a system call's frame has the user's RIP; all the rest of that stack is not reported. */
static void test_stack(void)
{
	const uint64_t call = symbol("__x64_sys_getppid");
	unsigned int v = reach(PHASE_STACK), hits = 0, turns = 0;
	const uint64_t va = regs_of(v).r[GPR_RDI] + PT_REGS_IP;
	struct target_event ev = { 0 };

	insert(v, TARGET_ACCESS, va, 8);
	insert(v, TARGET_SOFT, call, 1);
	step_over(v, call);
	while (turns < STACK_TURNS) {
		go_all();
		ev = stop_at_event();
		EXPECT(!is_monitors(rip_of(ev.vcpu)));
		if (ev.reason == TARGET_BREAKPOINT) {
			step_over(ev.vcpu, call);
			turns++;
			continue;
		}
		EXPECT(ev.reason == TARGET_WATCHPOINT && ev.address == va);
		EXPECT(hits++ < 100 * STACK_TURNS);
	}
	fprintf(stderr, "target: %u accesses in %u system calls\n", hits, turns);
	/* each was entered; what the monitor did in the kernel's place may count, too */
	EXPECT(hits >= STACK_TURNS);
	MUST(target_remove(t, TARGET_ACCESS, va, 8));
	MUST(target_remove(t, TARGET_SOFT, call, 1));
}

/* A breakpoint in a page that is not there yet. */
static void test_late(void)
{
	unsigned int v = reach(PHASE_LATE);
	struct target_event ev;

	EXPECT(target_insert(t, v, TARGET_SOFT, LATE_CODE, 1) == -EFAULT);
	insert(v, TARGET_EXECUTE, LATE_CODE, 1);
	step(v);
	for (unsigned int i = 0; i < LATE_TURNS; i++) {
		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_HW_BREAKPOINT && ev.address == LATE_CODE);
		EXPECT(rip_of(ev.vcpu) == LATE_CODE && regs_of(ev.vcpu).r[GPR_RAX] == 0);
		MUST(target_remove(t, TARGET_EXECUTE, LATE_CODE, 1));
		EXPECT(step(ev.vcpu) == LATE_CODE + 2);
		EXPECT(regs_of(ev.vcpu).r[GPR_RAX] == 1);
		insert(ev.vcpu, TARGET_EXECUTE, LATE_CODE, 1);
	}
	MUST(target_remove(t, TARGET_EXECUTE, LATE_CODE, 1));
}

/* Each call of two threads stops, and none is lost. */
static void test_count(void)
{
	uint64_t va = symbol("marker");
	unsigned int v = reach(PHASE_COUNT);

	insert(v, TARGET_SOFT, va, 1);
	for (unsigned int i = 0; i < 2 * COUNT_TURNS; i++) {
		struct target_event ev;

		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_BREAKPOINT && ev.address == va);
		EXPECT(rip_of(ev.vcpu) == va && regs_of(ev.vcpu).r[GPR_RDI] < COUNT_TURNS);
		step_over(ev.vcpu, va);
	}
	MUST(target_remove(t, TARGET_SOFT, va, 1));
}

/* From user code through the kernel and back, instruction by instruction. */
static void test_steps(void)
{
	uint64_t start = symbol("flags_seen"), end = symbol("flags_seen_end"), rip;
	unsigned int v = reach(PHASE_STEP), n = 0, kernel = 0;
	struct target_event ev;

	v = run_to(v, TARGET_EXECUTE, start);
	for (rip = start; rip != end; n++) {
		rip = step(v);
		EXPECT(!is_monitors(rip));
		kernel += is_kernels(rip);
		EXPECT(n < 100000);
	}
	fprintf(stderr, "target: %u steps, %u in the kernel\n", n, kernel);
	EXPECT(kernel > 20);

	/* the same function once more, at once */
	v = run_to(v, TARGET_SOFT, start);
	MUST(target_resume(t, v, TARGET_STEP_RANGE, start, end));
	ev = next_event();
	EXPECT(ev.vcpu == v && ev.reason == TARGET_STEP && is_kernels(rip_of(v)));
}

/* The guest's own breakpoints stay its own. */
static void test_int3(void)
{
	uint64_t va = symbol("marker");
	unsigned int v = reach(PHASE_INT3);

	insert(v, TARGET_SOFT, va, 1);
	for (unsigned int i = 0; i < INT3_TURNS; i++) {
		struct target_event ev;

		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_BREAKPOINT && ev.address == va);
		EXPECT(regs_of(ev.vcpu).r[GPR_RDI] == i);
		step_over(ev.vcpu, va);
	}
	MUST(target_remove(t, TARGET_SOFT, va, 1));
}

/* The same page at another address: there is none. */
static void test_alias(void)
{
	uint64_t va = symbol("marker");
	unsigned int v = reach(PHASE_ALIAS);

	v = run_to(v, TARGET_SOFT, va);
	EXPECT(regs_of(v).r[GPR_RDI] == 0);
}

/* HLT: stopped in it, stepped over it, and woken afterwards. */
static void test_idle(void)
{
	unsigned int v = reach(PHASE_IDLE), halted = 0, last = 0;
	uint64_t rip, va, pa, got[3];
	const uint8_t go_on = 1;

	MUST(target_translate(t, v, symbol("go_on"), &pa));

	for (unsigned int tries = 0; halted < 5; tries++) {
		EXPECT(tries < 200);
		go_all();
		sleep_ms(3);
		MUST(target_stop(t));
		for (v = 0; v < target_vcpus(t); v++)
			if (target_state(t, v) == TARGET_STOPPED_HALTED)
				break;
		if (v == target_vcpus(t))
			continue;
		halted++;
		rip = rip_of(v);
		EXPECT(is_kernels(rip) && step(v) != rip);
		EXPECT(target_state(t, v) == TARGET_STOPPED);
		step(v);
	}
	/* from before the HLT */
	for (int times = 0; times < 20; times++) {
		v = run_to(0, TARGET_SOFT, symbol("default_idle"));
		for (int i = 0; i < 20; i++)
			EXPECT(!is_monitors(step(v)));
	}

	/* the kernel's clock, which some vCPU winds on in an interrupt */
	va = symbol("jiffies_64");
	for (int i = 0; i < 3; i++) {
		struct target_event ev;

		insert(v, TARGET_WRITE, va, 8);
		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_WATCHPOINT && ev.address == va);
		EXPECT(is_kernels(rip_of(ev.vcpu)));
		EXPECT(target_read(t, ev.vcpu, va, &got[i], 8) == 8);
		/* the same: both had written it before the first event stopped them */
		EXPECT(!i || got[i] > got[i - 1] || (got[i] == got[i - 1] && ev.vcpu != last));
		last = ev.vcpu;
		MUST(target_remove(t, TARGET_WRITE, va, 8));
	}
	EXPECT(target_write_phys(t, pa, &go_on, sizeof(go_on)) == sizeof(go_on));
}

/* Thousands of breakpoints all over the kernel, which come and go. */
static void test_stress(void)
{
	const uint64_t start = symbol("_stext"), end = symbol("_etext");
	size_t size = end - start;
	unsigned int v = reach(PHASE_STRESS), n = 0, hits = 0;
	uint8_t *before = malloc(size), *after = malloc(size);
	double limit;

	EXPECT(target_read(t, v, start, before, size) == (ssize_t)size);
	for (unsigned int i = 0; i < symbol_count && n < 4000; i++) {
		uint64_t va = symbols[i].addr;

		if (va < start || va >= end || (symbols[i].type | 32) != 't' || i % 5)
			continue;
		insert(v, TARGET_SOFT, va, 1);
		n++;
	}
	EXPECT(n > 3000);
	for (limit = seconds() + STRESS_MS / 2000.0; seconds() < limit; hits++) {
		struct target_event ev;

		go_all();
		ev = stop_at_event();
		EXPECT(ev.reason == TARGET_BREAKPOINT && ev.address == rip_of(ev.vcpu));
		/* the one that was just met is out until the next is */
		step_over(ev.vcpu, ev.address);
		if (hits % 3 == 0)
			MUST(target_remove(t, TARGET_SOFT, ev.address, 1));
	}
	fprintf(stderr, "target: %u breakpoints, %u hits\n", n, hits);
	for (unsigned int i = 0; i < symbol_count; i++)
		if (symbols[i].addr >= start && symbols[i].addr < end && !(i % 5)) {
			int ignored = target_remove(t, TARGET_SOFT, symbols[i].addr, 1);

			(void)ignored;
		}
	EXPECT(target_read(t, v, start, after, size) == (ssize_t)size);
	EXPECT(!memcmp(before, after, size));
	EXPECT(hits > 10);
	free(before);
	free(after);
}

static void test_exit(void)
{
	unsigned int v = reach(PHASE_END);
	const uint8_t yes = 1;
	struct target_event ev;

	EXPECT(target_write(t, v, symbol("may_end"), &yes, 1) == 1);
	go_all();
	ev = stop_at_event();
	EXPECT(ev.reason == TARGET_EXIT && ev.exit == VM_POWEROFF);
	EXPECT(is_kernels(rip_of(ev.vcpu)));
}

#define RUN(name)                                                                                  \
	do {                                                                                       \
		double start_ = seconds();                                                         \
		test = #name;                                                                      \
		test_##name();                                                                     \
		fprintf(stderr, "target: %s: %.1f s\n", test, seconds() - start_);                  \
	} while (0)

/* Any other guest: it stops where it would end. */
static void test_end(void)
{
	struct target_event ev;

	MUST(target_stop(t));
	go_all();
	ev = stop_at_event();
	EXPECT(ev.reason == TARGET_EXIT);
	EXPECT(ev.exit == strtoul(getenv("TARGET_EXIT"), NULL, 0));
	for (unsigned int v = 0; v < target_vcpus(t); v++) {
		EXPECT(target_state(t, v) != TARGET_RUNS);
		EXPECT(target_state(t, v) == TARGET_STOPPED_OFF || !is_monitors(rip_of(v)));
	}
	sleep_ms(50);
	EXPECT(!target_next_event(t, &ev));
}

static void follow_debuggee(void)
{
	read_symbols();
	RUN(start);
	RUN(stops);
	RUN(hello);
	RUN(registers);
	RUN(memory);
	RUN(watch);
	RUN(spot);
	RUN(stack);
	RUN(late);
	RUN(count);
	RUN(steps);
	RUN(int3);
	RUN(alias);
	RUN(idle);
	RUN(stress);
	/* all is as if we had not been here */
	target_close(t);
	sleep_ms(20);
	t = target_open();
	EXPECT(t);
	MUST(target_stop(t));
	RUN(exit);
}

static void *run(void *arg)
{
	(void)arg;
	while (!(t = target_open()))
		if (errno != EAGAIN)
			fail("target_open: %s", strerror(errno));
	if (getenv("TARGET_EXIT"))
		RUN(end);
	else
		follow_debuggee();
	fprintf(stderr, "target: passed\n");
	go_all();
	return NULL;
}

void __real_target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus);
void __wrap_target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus);
void __wrap_target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus)
{
	pthread_t thread;

	__real_target_setup(vm, mem, ncpus);
	if (pthread_create(&thread, NULL, run, NULL))
		fail("no thread");
}
