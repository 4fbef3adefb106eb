// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_stuck.c - whose guest loops in its panic: the words on its console, and what its vCPUs
 * are seen to do.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <string.h>

#include <umvmm/session/session.h>
#include <stop.h>

#include "unit.h"

#define ENOUGH 100

static struct session s;
static struct config cfg;
static char vm_file[VM_SHARED_SIZE] __attribute__((aligned(4096)));

static void begin(void)
{
	memset(&s, 0, sizeof(s));
	memset(&cfg, 0, sizeof(cfg));
	memset(vm_file, 0, sizeof(vm_file));
	cfg.exec = "true";
	s.cfg = &cfg;
	s.machine.vm = (struct vm *)(void *)vm_file;
	s.machine.ncpus = 2;
	machine_vcpu(&s.machine, 0)->state = VCPU_RUNNING;
	machine_vcpu(&s.machine, 1)->state = VCPU_DEAD;
	machine_vcpu(&s.machine, 0)->apic_svr = machine_vcpu(&s.machine, 1)->apic_svr = 0x1ff;
}

static void print(const char *text)
{
	console_look(&s.console, text, (uint32_t)strlen(text));
}

static void last_words(void)
{
	print("[    1.0] Kernel panic - not syncing: sysrq\n[    1.1] ---[ end Kernel panic - not syncing: ]---\n");
}

/* So many looks, with interrupts in between. */
static void look(unsigned int n)
{
	while (n--) {
		machine_vcpu(&s.machine, 0)->stats.interrupt += 25;
		s.stuck.next = 0;
		session_look_stuck(&s);
	}
}

/* Without any. */
static void quiet(unsigned int n)
{
	while (n--) {
		s.stuck.next = 0;
		session_look_stuck(&s);
	}
}

START_TEST(loops)
{
	last_words();
	ck_assert(session_look_stuck(&s));
	look(5);
	ck_assert(!s.stuck.dead);
	look(ENOUGH);
	ck_assert(s.stuck.dead);
	ck_assert(session_guest_failed(&s));
	ck_assert(!session_look_stuck(&s)); /* no more */
}
END_TEST

START_TEST(says_nothing)
{
	print("[ end Kernel pani");
	print("---[[ end Kernel  panic - not syncing\n");
	ck_assert(!session_look_stuck(&s));
	look(ENOUGH);
	ck_assert(!s.stuck.dead && !session_guest_failed(&s));
}
END_TEST

/* However the ring's contents were cut. */
START_TEST(in_pieces)
{
	static const char text[] = "-[ end [ end Kernel panic";

	for (unsigned int i = 0; i < sizeof(text) - 1; i++) {
		ck_assert(!s.console.ended);
		console_look(&s.console, text + i, 1);
	}
	ck_assert(s.console.ended);
}
END_TEST

START_TEST(on_a_terminal)
{
	cfg.exec = NULL;
	last_words();
	look(ENOUGH);
	ck_assert(!s.stuck.dead);
}
END_TEST

/* What only a guest that lives does, now and then. */
static void lives(unsigned int what)
{
	struct vcpu *v = machine_vcpu(&s.machine, 0), *other = machine_vcpu(&s.machine, 1);

	switch (what) {
	case 0: v->cpl = 3; break;
	case 1: v->state = VCPU_HALTED; break;
	case 2: v->stats.halt++; break;
	case 3: v->stats.syscall_gate++; break;
	case 4: v->stats.syscall_sigsys++; break;
	case 5: v->stats.syscall_ptrace++; break;
	case 6: v->stats.sibling_run++; break;
	case 7: other->state = VCPU_HALTED; break;
	case 8: other->state = VCPU_RUNNING, other->cpl = 3; break;
	}
}

START_TEST(prints_and_lives)
{
	last_words();
	look(12);
	lives((unsigned int)_i);
	look(1);
	machine_vcpu(&s.machine, 0)->cpl = machine_vcpu(&s.machine, 1)->cpl = 0;
	machine_vcpu(&s.machine, 0)->state = VCPU_RUNNING;
	machine_vcpu(&s.machine, 1)->state = VCPU_DEAD;
	look(12);
	ck_assert(!s.stuck.dead);
}
END_TEST

/* A debugger has it, or the host gives it no CPU: no interrupt comes. */
START_TEST(stands_still)
{
	last_words();
	quiet(ENOUGH);
	ck_assert(!s.stuck.dead);
}
END_TEST

/* None can come: it has switched its APIC off. */
START_TEST(apic_is_off)
{
	last_words();
	machine_vcpu(&s.machine, 0)->apic_svr = 0xff;
	quiet(ENOUGH);
	ck_assert(s.stuck.dead);
}
END_TEST

START_TEST(under_a_debugger)
{
	last_words();
	machine_vcpu(&s.machine, 0)->apic_svr = 0xff;
	((struct debugger *)(void *)(vm_file + DEBUGGER_OFFSET))->attached = 3;
	quiet(ENOUGH);
	ck_assert(!s.stuck.dead);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stuck");

	tcase_add_checked_fixture(tc, begin, NULL);
	tcase_add_test(tc, loops);
	tcase_add_test(tc, says_nothing);
	tcase_add_test(tc, in_pieces);
	tcase_add_test(tc, on_a_terminal);
	tcase_add_loop_test(tc, prints_and_lives, 0, 9);
	tcase_add_test(tc, stands_still);
	tcase_add_test(tc, apic_is_off);
	tcase_add_test(tc, under_a_debugger);
	return unit_run(tc);
}
