// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_registers.c - registers as gdb reads and writes them, and how they are described to it.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <string.h>

#include <tracer/gdb/registers.h>

#include "gdb_session.h"

START_TEST(registers)
{
	const char *text;
	size_t all;

	fake.vcpu[0].regs.r[GPR_RBX] = 0x1122334455667788;
	ask("?");
	text = ask("g");
	all = strlen(text);
	ck_assert_uint_gt(all, 2 * 2000);
	ck_assert(!strncmp(text + 16, "8877665544332211", 16)); /* rbx is gdb's second */
	ck_assert_str_eq(ask("p1"), "8877665544332211");
	ck_assert_str_eq(ask("P1=0100000000000000"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[GPR_RBX], 1);
	/* eflags: four bytes */
	ck_assert_str_eq(ask("P11=46020000"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.rflags, 0x246);
	ck_assert_str_eq(ask("p12"), "10000000");
	ck_assert_str_eq(ask("P12=11000000"), "E.this register cannot be changed");
	/* st0 */
	ck_assert_str_eq(ask("P18=0102030405060708090a"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].fpu.st[0][9], 10);
	/* a whole set comes back as it went */
	memset(&fake.vcpu[0].fpu, 0x5a, sizeof(fake.vcpu[0].fpu));
	text = ask("g");
	got[0] = 'G';
	memcpy(got + 1, text, all + 1);
	memset(&fake.vcpu[0].fpu, 0, sizeof(fake.vcpu[0].fpu));
	fake.vcpu[0].regs.r[GPR_RBX] = 7;
	text = ask_bytes(strdup(got), all + 1);
	ck_assert_str_eq(text, "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[GPR_RBX], 1);
	ck_assert_uint_eq(fake.vcpu[0].fpu.vector[31][63], 0x5a);
	/* fewer than all: the others stay */
	ck_assert_str_eq(ask("G0200000000000000"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[GPR_RAX], 2);
	ck_assert_uint_eq(fake.vcpu[0].regs.r[GPR_RBX], 1);
}
END_TEST

/* Every register has a place of its own, and the description names as many. */
START_TEST(description)
{
	static char xml[REGISTERS_XML_MAX];
	const unsigned int features[] = { 0, TARGET_HAS_AVX, TARGET_HAS_AVX | TARGET_HAS_AVX512 };

	for (unsigned int i = 0; i < 3; i++) {
		size_t size = registers_xml(xml, features[i]);
		unsigned int count = 0;

		ck_assert_uint_gt(size, 1000);
		ck_assert_uint_lt(size, REGISTERS_XML_MAX - 1);
		for (const char *p = xml; (p = strstr(p, "<reg ")); p++)
			count++;
		ck_assert_uint_eq(count, registers_count(features[i]));
		ck_assert_int_eq(contains(xml, "i386.avx512"), i == 2);
		ck_assert_int_eq(contains(xml, "i386.avx\""), i > 0);
	}
	for (unsigned int n = 0; n < registers_count(3); n++) {
		struct registers r = { 0 };
		uint8_t bytes[REGISTER_SIZE_MAX], back[REGISTER_SIZE_MAX];
		bool any = false;

		memset(bytes, 0x77, sizeof(bytes));
		ck_assert_uint_eq(registers_put(&r, n, bytes), registers_size(n));
		for (unsigned int m = 0; m < registers_count(3); m++) {
			size_t size = registers_get(&r, m, back);

			for (size_t k = 0; k < size; k++) {
				ck_assert(back[k] == 0 || m == n);
				any = any || back[k] == 0x77;
			}
		}
		ck_assert(any);
	}
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, registers);
	tcase_add_test(tc, description);
	return unit_run(tc);
}
