// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_memory.c - memory as gdb reads and writes it, in bulk and in each address space.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), gdb_session.c, fake_target.c, libcheck, $(LIBS).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tracer/gdb/hex.h>

#include "gdb_session.h"

START_TEST(memory_in_bulk)
{
	char packet[64], *text = malloc(PACKET_MAX + 1);
	const char *answer;

	for (unsigned int i = 0; i < 0x100000; i++)
		fake.memory[0x200000 + i] = (uint8_t)(i * 2654435761u >> 24);
	ask("?");
	snprintf(packet, sizeof(packet), "m%llx,%x", FAKE_VA, PACKET_MAX / 2);
	answer = ask(packet);
	ck_assert_uint_eq(strlen(answer), PACKET_MAX);
	hex_encode(text, fake.memory + 0x200000, PACKET_MAX / 2);
	text[PACKET_MAX] = '\0';
	ck_assert_str_eq(answer, text);
	/* more than fits is cut off */
	snprintf(packet, sizeof(packet), "m%llx,%x", FAKE_VA, PACKET_MAX);
	ck_assert_uint_eq(strlen(ask(packet)), PACKET_MAX);
	/* binary, all of a packet */
	memset(fake.memory + 0x200000, 0, 100);
	snprintf(packet, sizeof(packet), "x%llx,%x", FAKE_VA, 2 * PACKET_MAX);
	ask(packet);
	ck_assert_uint_le(got_size, PACKET_MAX + PACKET_FRAME + 1);
	ck_assert_uint_gt(got_size, PACKET_MAX / 2);
	/* every byte can be written */
	for (unsigned int byte = 0; byte < 256; byte++) {
		char data[2] = { (char)byte, (char)(byte ^ 0x20) };
		bool special = strchr("#$}", (int)byte) && byte;
		int n = snprintf(packet, sizeof(packet), "X%llx,1:%s", FAKE_VA, special ? "}" : "");

		packet[n] = special ? data[1] : data[0];
		ck_assert_str_eq(ask_bytes(packet, (size_t)n + 1), "OK");
		ck_assert_uint_eq(fake.memory[0x200000], byte);
	}
	free(text);
}
END_TEST

START_TEST(address_spaces)
{
	ask("?");
	memcpy(fake.memory + 0x200000, "linear", 6);
	memcpy(fake.memory + 0x5000, "physic", 6);
	ck_assert_str_eq(ask("m41000000,6"), "6c696e656172");
	ck_assert(contains(monitor("space physical"), "addresses are physical"));
	ck_assert_str_eq(ask("m5000,6"), "706879736963");
	ck_assert_str_eq(ask("M5000,1:50"), "OK");
	ck_assert(contains(monitor("space 0x1000"), "CR3 0x1000"));
	/* over the border of two pages, up to where nothing is mapped */
	ck_assert_str_eq(ask("m411ffffe,4"), "00005068");
	ck_assert_str_eq(ask("m41200fff,4"), "00");
	ck_assert_str_eq(ask("m41201000,4"), "E0e");
	ck_assert_str_eq(ask("M41200001,2:4848"), "OK");
	ck_assert_mem_eq(fake.memory + 0x5000, "PHHsic", 6);
	ck_assert(contains(monitor("space current"), "selected thread"));
	ck_assert_str_eq(ask("m41000000,1"), "6c");
}
END_TEST

int main(void)
{
	TCase *tc = gdb_session_tests();

	tcase_add_test(tc, memory_in_bulk);
	tcase_add_test(tc, address_spaces);
	return unit_run(tc);
}
