// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_monitor.c - what gdb's monitor commands print and do.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <string.h>

#include "gdb_session.h"

START_TEST(monitor_commands)
{
	ask("?");
	ck_assert(contains(monitor("help"), "info contexts"));
	ck_assert(contains(monitor("nothing"), "nothing: unknown; monitor help"));
	ck_assert(contains(monitor("info"), "info: unknown"));
	ck_assert(contains(monitor("info registers"), "rip=0000000041000000"));
	ck_assert(contains(monitor("info registers x"), "x: too many words"));
	ck_assert(contains(monitor("info version"), "umvmm "));
	ck_assert(contains(monitor("stats"), "page faults given to the guest"));
	ck_assert(contains(monitor("info tlb"),
			   "0000000041000000: 0000000000200000 srwxgad 2M\n"
			   "0000000041200000: 0000000000005000 sr---a-\n"
			   "ffffffffc0000000: 0000000000000000 srwxgad 1G\n"));
	ck_assert(contains(monitor("info mem"),
			   "0000000041000000-0000000041200000           200000 srwx\n"
			   "0000000041200000-0000000041201000             1000 sr--\n"));
	ck_assert_str_eq(monitor("info mem 0x300000"), "");
	ck_assert(contains(monitor("info mem x"), "x: not a number"));
	ck_assert(contains(monitor("translate 0x41000123"),
			   "0x41000123 is at physical 0x200123, in a page of 2048 KiB: srwxgad"));
	ck_assert(contains(monitor("translate 0x41200123"), "at physical 0x5123"));
	ck_assert(contains(monitor("translate 0x41201000"), "is not mapped"));
	ck_assert(contains(monitor("translate 0x8000000000000"), "is not mapped"));
	ck_assert(contains(monitor("translate 0x41000123 0x300000"), "is not mapped"));
	ck_assert(contains(monitor("translate"), "translate what?"));
	ck_assert(contains(monitor("translate rip"), "rip: not a number"));
}
END_TEST

START_TEST(interrupts)
{
	ask("?");
	ck_assert(contains(monitor("interrupts"), "held back"));
	ck_assert(contains(monitor("interrupts on"), "ends in the handler"));
	ck_assert(fake.interrupts);
	ck_assert(contains(monitor("interrupts maybe"), "maybe: on or off?"));
	ck_assert(contains(monitor("interrupts"), "ends in the handler"));
	ck_assert(fake.interrupts);
	ck_assert(contains(monitor("interrupts off"), "held back"));
	ck_assert(!fake.interrupts);
}
END_TEST

/* Tables that contain themselves: the walk ends, and soon. */
START_TEST(hostile_tables)
{
	ask("?");
	for (unsigned int i = 0; i < 512; i++) {
		uint64_t self = 0x8007;

		memcpy(fake.memory + 0x8000 + 8 * i, &self, 8);
	}
	monitor("info mem 0x8000");
	ck_assert_uint_gt(got_size, 0);
	send_packet("qRcmd,696e666f20746c6220307838303030", 36); /* info tlb 0x8000 */
	for (size_t all = 0; !contains(take(), "$OK#9a"); all += got_size) {
		ck_assert_uint_gt(got_size, 0);
		ck_assert_uint_lt(all, 3 * TEXT_MAX);
	}
	ck_assert_str_eq(ask("qC"), "QC1");
}
END_TEST

START_TEST(nmi)
{
	struct vcpu *v = (struct vcpu *)((char *)stub.vm + vcpu_offset(1));

	ask("?");
	ask("Hg2");
	ck_assert(contains(monitor("nmi"), "CPU 1 gets an NMI"));
	ck_assert_uint_eq(v->request, REQ_NMI);
	ck_assert_uint_eq(v->pending, 1);
}
END_TEST

START_TEST(sysrq)
{
	ask("?");
	ck_assert(contains(monitor("sysrq"), "sysrq what?"));
	ck_assert(contains(monitor("sysrq help"), "sysrq what?"));
	ck_assert_uint_eq(stub.vm->sysrq, 0);
	ck_assert(contains(monitor("sysrq t"), "MAGIC_SYSRQ_SERIAL"));
	ck_assert_uint_eq(stub.vm->sysrq, 't');
	ck_assert_uint_eq(stub.vm->event, 1);
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, monitor_commands);
	tcase_add_test(tc, interrupts);
	tcase_add_test(tc, hostile_tables);
	tcase_add_test(tc, nmi);
	tcase_add_test(tc, sysrq);
	return unit_run(tc);
}
