// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_target.c - the debugger's side of a stop, with vCPUs of cardboard.
 *
 * Runs: on the host, Check. Nothing answers unless a test writes the answer into the VM
 * file first.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <physmem/physmem.h>
#include <stop.h>
#include <tracer/target/target.h>

#include "unit.h"

#define MEM	(16ull << 20)
#define NCPUS	2
#define CR3	0x1000ull
#define TEXT	0x400000ull /* its page is at physical TEXT_PA */
#define TEXT_PA 0x200000ull
#define ALIAS	0x401000ull   /* the same page */
#define LARGE	0x60000000ull /* 2 MiB at physical 4 MiB */

static struct vm *vm;
static struct physmem mem;
static struct target *t;

static struct vcpu *vcpu(unsigned int n)
{
	return (struct vcpu *)((char *)vm + vcpu_offset(n));
}

static struct stop *stop(unsigned int n)
{
	return (struct stop *)((char *)vcpu(n) + STOP_OFFSET);
}

static uint8_t *byte_at(uint64_t pa)
{
	return physmem_range(&mem, pa, 1);
}

static void entry(uint64_t table, unsigned int index, uint64_t value)
{
	memcpy(physmem_range(&mem, table + 8 * index, 8), &value, sizeof(value));
}

static void make_tables(void)
{
	entry(CR3, 0, 0x2007);
	entry(CR3, 1, CR3 | 7); /* a loop */
	entry(0x2000, 0, 0x3007);
	entry(0x2000, 1, 0x4007);
	entry(0x2000, 2, MEM | 7); /* no memory */
	entry(0x3000, 2, 0x5007);
	entry(0x4000, (LARGE >> 21) & 511, 0x400000 | 0x87);
	entry(0x5000, 0, TEXT_PA | 5);
	entry(0x5000, 1, TEXT_PA | 5);
	entry(0x5000, 3, (MEM - 4096) | 7);
	entry(0x5000, 4, MEM | 7);
}

static void stays(unsigned int n, uint32_t reason, uint64_t rip)
{
	stop(n)->reason = reason;
	stop(n)->hand.regs.rip = rip;
	stop(n)->state = STOP_STAYS;
}

static void setup(void)
{
	signal(SIGUSR1, SIG_IGN);
	vm = mmap(NULL, VM_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(vm, MAP_FAILED);
	ck_assert_int_eq(physmem_create(&mem, NULL, MEM), 0);
	target_setup(vm, &mem, NCPUS);
	ck_assert_ptr_null(target_open());
	ck_assert_int_eq(errno, EAGAIN);
	vcpu(0)->run_pid = 1;
	t = target_open();
	ck_assert_ptr_nonnull(t);
	for (unsigned int n = 0; n < NCPUS; n++) {
		vcpu(n)->cr3 = CR3;
		stays(n, STOP_ASKED, TEXT);
	}
	make_tables();
	ck_assert_int_eq(target_stop(t), 0);
}

static void teardown(void)
{
	for (unsigned int n = 0; n < NCPUS; n++)
		stays(n, STOP_ASKED, TEXT);
	target_close(t);
	ck_assert_uint_eq(((struct debugger *)((char *)vm + DEBUGGER_OFFSET))->attached, 0);
	physmem_destroy(&mem);
	munmap(vm, VM_FILE_SIZE);
}

START_TEST(one_at_a_time)
{
	ck_assert_ptr_null(target_open());
	ck_assert_int_eq(errno, EBUSY);
}
END_TEST

START_TEST(walks)
{
	uint8_t buf[8192];
	uint64_t pa;

	memset(byte_at(TEXT_PA), 'a', 4096);
	ck_assert_int_eq(target_translate(t, 0, TEXT + 5, &pa), 0);
	ck_assert_uint_eq(pa, TEXT_PA + 5);
	ck_assert_int_eq(target_translate(t, 0, LARGE + 0x12345, &pa), 0);
	ck_assert_uint_eq(pa, 0x412345);
	/* through the loop: the page table is its own page */
	ck_assert_int_eq(
		target_translate(t, 0, 1ull << 39 | 1ull << 30 | 1ull << 21 | 1ull << 12, &pa), 0);
	ck_assert_uint_eq(pa, CR3);
	ck_assert_int_eq(target_read(t, 0, TEXT, buf, 8192), 8192);
	ck_assert_int_eq(buf[8191], 'a');
	/* up to what is not mapped, is no memory, is no address */
	ck_assert_int_eq(target_read(t, 0, TEXT + 0x1ff0, buf, 64), 16);
	ck_assert_int_eq(target_read(t, 0, TEXT + 0x3ff0, buf, 64), 16);
	ck_assert_int_eq(target_read(t, 0, TEXT + 0x4000, buf, 64), -EFAULT);
	ck_assert_int_eq(target_read(t, 0, 2ull << 30, buf, 1), -EFAULT);
	ck_assert_int_eq(target_read(t, 0, 1ull << 47, buf, 1), -EFAULT);
	ck_assert_int_eq(target_read(t, 0, ~0ull, buf, 1), -EFAULT);
	ck_assert_int_eq(target_read(t, 0, TEXT, buf, 0), 0);
	ck_assert_int_eq(target_read(t, NCPUS, TEXT, buf, 1), -EINVAL);
	ck_assert_int_eq(target_read_phys(t, MEM - 4, buf, 8), 4);
	ck_assert_int_eq(target_read_phys(t, ~0ull, buf, 8), -EFAULT);
	ck_assert_int_eq(target_write(t, 0, TEXT + 0xffe, "1234", 4), 4);
	ck_assert_int_eq(memcmp(byte_at(TEXT_PA), "34", 2), 0);
	ck_assert_int_eq(memcmp(byte_at(TEXT_PA + 0xffe), "12", 2), 0);
	vcpu(1)->cr3 = ~0ull;
	ck_assert_int_eq(target_read(t, 1, TEXT, buf, 1), -EFAULT);
}
END_TEST

START_TEST(int3)
{
	uint8_t buf[4];

	memcpy(byte_at(TEXT_PA), "abcd", 4);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT + 1, 1), 0);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT + 1, 1), 0);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, ALIAS + 1, 1), 0);
	ck_assert_int_eq(*byte_at(TEXT_PA + 1), 0xcc);
	ck_assert_int_eq(target_read(t, 0, TEXT, buf, 4), 4);
	ck_assert_int_eq(memcmp(buf, "abcd", 4), 0);
	/* what is written there is what both restore */
	ck_assert_int_eq(target_write(t, 0, TEXT, "ABCD", 4), 4);
	ck_assert_int_eq(*byte_at(TEXT_PA + 1), 0xcc);
	ck_assert_int_eq(target_read(t, 0, ALIAS, buf, 4), 4);
	ck_assert_int_eq(memcmp(buf, "ABCD", 4), 0);
	ck_assert_int_eq(target_remove(t, TARGET_SOFT, TEXT + 1, 1), 0);
	ck_assert_int_eq(target_remove(t, TARGET_SOFT, TEXT + 1, 1), -ENOENT);
	ck_assert_int_eq(*byte_at(TEXT_PA + 1), 0xcc);
	ck_assert_int_eq(target_remove(t, TARGET_SOFT, ALIAS + 1, 1), 0);
	ck_assert_int_eq(memcmp(byte_at(TEXT_PA), "ABCD", 4), 0);
	/* what the guest has written stays */
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT, 1), 0);
	*byte_at(TEXT_PA) = 'x';
	ck_assert_int_eq(target_remove(t, TARGET_SOFT, TEXT, 1), 0);
	ck_assert_int_eq(*byte_at(TEXT_PA), 'x');
	/* no more than there is room for */
	for (unsigned int i = 0; i < SOFT_BREAKS; i++)
		ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, LARGE + 3 * i, 1), 0);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT, 1), -ENOSPC);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT, 2), -EINVAL);
}
END_TEST

static struct target_event event(void)
{
	struct target_event ev;

	ck_assert(target_next_event(t, &ev));
	return ev;
}

static void resume(unsigned int n)
{
	ck_assert_int_eq(target_resume(t, n, TARGET_CONTINUE, 0, 0), 0);
}

/* Both meet the same breakpoint; the second is told of when it is resumed. */
START_TEST(events)
{
	struct target_event ev;

	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT, 1), 0);
	for (int removed = 0; removed < 2; removed++) {
		for (unsigned int n = 0; n < NCPUS; n++) {
			resume(n);
			ck_assert_uint_eq(stop(n)->state, STOP_RUNS);
			ck_assert_int_eq(target_state(t, n), TARGET_RUNS);
			stop(n)->address = TEXT;
		}
		ck_assert(!target_next_event(t, &ev));
		for (unsigned int n = 0; n < NCPUS; n++)
			stays(n, STOP_SOFT, TEXT);
		ev = event();
		ck_assert_int_eq(ev.reason, TARGET_BREAKPOINT);
		ck_assert_uint_eq(ev.address, TEXT);
		ck_assert_int_eq(target_stop(t), 0);
		ck_assert(!target_next_event(t, &(struct target_event){ 0 }));
		if (removed)
			ck_assert_int_eq(target_remove(t, TARGET_SOFT, TEXT, 1), 0);
		resume(1 - ev.vcpu);
		ck_assert_uint_eq(stop(1 - ev.vcpu)->state, removed ? STOP_RUNS : STOP_STAYS);
		if (!removed)
			ck_assert_uint_eq(event().vcpu, 1 - ev.vcpu);
		else
			stays(1 - ev.vcpu, STOP_ASKED, TEXT);
		ck_assert_int_eq(target_stop(t), 0);
	}
}
END_TEST

/* One that does not answer costs no more than the limit, and nobody else a signal. */
START_TEST(stuck)
{
	struct timespec start, now;
	struct target_regs regs;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		signal(SIGUSR1, SIG_DFL);
		sleep(60);
		_exit(0);
	}
	setpgid(pid, pid);
	resume(1);
	vcpu(1)->run_pid = pid;
	clock_gettime(CLOCK_MONOTONIC, &start);
	ck_assert_int_eq(target_stop(t), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &now);
	ck_assert_int_le(now.tv_sec - start.tv_sec, TARGET_STOP_MS / 1000 + 2);
	ck_assert_int_eq(target_get_regs(t, 1, &regs), -EBUSY);
	ck_assert_int_eq(target_get_regs(t, 0, &regs), 0);
	ck_assert_int_eq(target_insert(t, 0, TARGET_SOFT, TEXT, 1), -EBUSY);
	ck_assert_int_eq(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* the request can be taken back; it may have been seen already */
	resume(1);
	ck_assert_uint_eq(stop(1)->wanted, 0);
	stays(1, STOP_ASKED, TEXT);
	ck_assert(!target_next_event(t, &(struct target_event){ 0 }));
	ck_assert_uint_eq(stop(1)->state, STOP_RUNS);
}
END_TEST

START_TEST(registers)
{
	struct target_regs r = { 0 }, changed;

	vcpu(0)->cpl = 3;
	vcpu(0)->rflags = 0x202;
	stop(0)->user_cs = 0x33;
	stop(0)->hand.regs.rflags = 0x10346; /* RF and TF */
	ck_assert_int_eq(target_get_regs(t, 0, &r), 0);
	ck_assert_uint_eq(r.cs, 0x33);
	ck_assert_uint_eq(r.rflags, 0x346);
	changed = r;
	changed.r[GPR_RBX] = 7;
	changed.rflags = ~0ull;
	ck_assert_int_eq(target_set_regs(t, 0, &changed), 0);
	ck_assert_uint_eq(stop(0)->hand.regs.r[GPR_RBX], 7);
	/* RF stays while RIP does, nothing is set that the monitor could not load */
	ck_assert_uint_eq(stop(0)->hand.regs.rflags, 0x254dd7);
	changed.rip++;
	changed.rflags = 0;
	ck_assert_int_eq(target_set_regs(t, 0, &changed), 0);
	ck_assert_uint_eq(stop(0)->hand.regs.rflags, 2);
	changed.ss = 0;
	ck_assert_int_eq(target_set_regs(t, 0, &changed), -EINVAL);
}
END_TEST

static void fill(void *p, size_t len)
{
	for (uint8_t *b = p; len--; b++)
		*b = (uint8_t)rand();
}

static void load(const void *image, uint64_t mask)
{
	__asm__ volatile("xrstor64 (%0)"
			 :
			 : "r"(image), "a"((uint32_t)mask), "d"((uint32_t)(mask >> 32))
			 : "memory");
}

/* What is set is what is read, and XRSTOR does not fault on it, whatever was there. */
START_TEST(fpu)
{
	uint8_t *image = (uint8_t *)vcpu(0) + FPU_OFFSET;
	uint8_t *saved = aligned_alloc(64, VCPU_STRIDE);
	uint32_t lo, hi;
	uint64_t mask;

	__asm__("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	mask = ((uint64_t)hi << 32 | lo) & 0xff; /* what target_fpu has */
	memset(saved, 0, VCPU_STRIDE);
	for (int i = 0; i < 200; i++) {
		struct target_fpu in, out;

		fill(image, VCPU_STRIDE - FPU_OFFSET);
		fill(&in, sizeof(in));
		in.mxcsr &= 0xffbf;
		in.ftag = 0;
		in.fctrl = 0x37f;
		if (!(target_features(t) & TARGET_HAS_AVX512)) {
			memset(in.mask, 0, sizeof(in.mask));
			for (int n = 0; n < 32; n++)
				memset(in.vector[n] + (n < 16 ? 32 : 0), 0, n < 16 ? 32 : 64);
		}
		ck_assert_int_eq(target_set_fpu(t, 0, &in), 0);
		ck_assert_int_eq(target_get_fpu(t, 0, &out), 0);
		ck_assert_mem_eq(in.vector, out.vector, sizeof(in.vector));
		ck_assert_mem_eq(in.mask, out.mask, sizeof(in.mask));
		ck_assert_mem_eq(in.st, out.st, sizeof(in.st));
		ck_assert_uint_eq(in.mxcsr, out.mxcsr);
		ck_assert_uint_eq(in.fstat, out.fstat);
		__asm__ volatile("xsave64 (%0)" : : "r"(saved), "a"(lo), "d"(hi) : "memory");
		load(image, mask);
		load(saved, (uint64_t)hi << 32 | lo);
	}
	free(saved);
}
END_TEST

/* Garbage wherever the guest can write: nothing worse than an error. */
START_TEST(garbage)
{
	struct debugger *d = (struct debugger *)((char *)vm + DEBUGGER_OFFSET);
	struct target_event ev;
	struct target_regs regs;
	struct target_fpu f;
	uint8_t buf[64];

	for (int i = 0; i < 2000; i++) {
		unsigned int n = (unsigned int)i % NCPUS;
		int ignored = 0;

		fill(vcpu(n), sizeof(struct vcpu));
		vcpu(n)->run_pid = 0;
		fill(stop(n), sizeof(struct stop));
		if (i % 10 == 0)
			fill(d, sizeof(*d));
		if (i % 2)
			fill(physmem_range(&mem, CR3, 0x5000), 0x5000);
		for (unsigned int v = 0; v < NCPUS; v++)
			stop(v)->state = STOP_STAYS;
		ck_assert_int_eq(target_stop(t), 0);
		ignored |= target_get_regs(t, n, &regs);
		ignored |= target_set_regs(t, n, &regs);
		ignored |= target_get_fpu(t, n, &f);
		ignored |= (int)target_read(t, n, (uint64_t)rand() << 16, buf, sizeof(buf));
		ignored |= (int)target_write(t, n, (uint64_t)rand() << 12, buf, sizeof(buf));
		ignored |= target_insert(t, n, TARGET_SOFT, (uint64_t)rand() << 8, 1);
		ignored |= target_resume(t, n, TARGET_STEP_ONE, 0, 0);
		stop(n)->state = STOP_STAYS;
		while (target_next_event(t, &ev))
			ck_assert_uint_lt(ev.vcpu, NCPUS);
		(void)ignored;
	}
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("target");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_at_a_time);
	tcase_add_test(tc, walks);
	tcase_add_test(tc, int3);
	tcase_add_test(tc, events);
	tcase_add_test(tc, stuck);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, fpu);
	tcase_add_test(tc, garbage);
	return unit_run(tc);
}
