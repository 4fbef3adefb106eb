// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_gdb_stub.c - what the gdb stub answers, with a guest that does as the test says.
 *
 * Runs: on the host, Check.
 * Links: tests/gdb/fake_target.c, umvmm without main.o ($(UMVMM_OBJ)), libcheck, $(LIBS).
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tests/gdb/fake_target.h>
#include <tracer/gdb/hex.h>
#include <tracer/gdb/registers.h>
#include <tracer/gdb/stub.h>

#include "unit.h"

static struct stub stub;
static int gdb = -1; /* our end of the connection */
static char got[4 * PACKET_MAX];
static size_t got_size;

static void connect_gdb(void)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	gdb = ends[0];
	fcntl(gdb, F_SETFL, O_NONBLOCK);
	stub_connect(&stub, ends[1]);
}

static void setup(void)
{
	struct vm *vm = calloc(1, VM_FILE_SIZE);

	fake_reset();
	stub_init(&stub, vm);
	connect_gdb();
}

static void teardown(void)
{
	if (gdb >= 0)
		close(gdb);
	gdb = -1;
	stub_end(&stub);
	free(stub.vm);
}

static void put(const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(gdb, bytes, size);

		if (n < 0) {
			ck_assert_int_eq(errno, EAGAIN);
			stub_serve(&stub);
			continue;
		}
		bytes += n;
		size -= (size_t)n;
	}
}

/* All that the stub has to say now. */
static const char *take(void)
{
	got_size = 0;
	for (;;) {
		ssize_t n;

		stub_serve(&stub);
		n = read(gdb, got + got_size, sizeof(got) - 1 - got_size);
		if (n <= 0)
			break;
		got_size += (size_t)n;
	}
	got[got_size] = '\0';
	return got;
}

static void send_packet(const char *data, size_t size)
{
	static char frame[PACKET_MAX + 64];
	uint8_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + (uint8_t)data[i]);
	frame[0] = '$';
	memcpy(frame + 1, data, size);
	snprintf(frame + 1 + size, 8, "#%02x", sum);
	put(frame, size + 4);
}

/* The data of what take() has got, run lengths expanded. */
static const char *data_of_got(void)
{
	static char answer[2 * PACKET_MAX];
	const char *p = memchr(got, '$', got_size);
	size_t used = 0;

	if (!p)
		return "(none)";
	for (p++; p < got + got_size && *p != '#'; p++) {
		if (*p != '*') {
			answer[used++] = *p;
			continue;
		}
		for (int n = *++p - ' ' + 3; n; n--, used++)
			answer[used] = answer[used - 1];
	}
	ck_assert_int_eq(*p, '#');
	answer[used] = '\0';
	return answer;
}

static const char *take_data(void)
{
	take();
	return data_of_got();
}

static const char *ask_bytes(const char *data, size_t size)
{
	send_packet(data, size);
	return take_data();
}

static const char *ask(const char *data)
{
	return ask_bytes(data, strlen(data));
}

static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static unsigned int running(void)
{
	unsigned int set = 0;

	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		set |= (unsigned int)fake.vcpu[i].runs << i;
	return set;
}

/* What each packet is answered with: before anything has run. */
static const struct {
	const char *packet, *answer;
} answers[] = {
	{ "vMustReplyEmpty", "" },
	{ "qTStatus", "" },
	{ "nonsense", "" },
	{ "", "" },
	{ "!", "" },
	{ "qAttached", "1" },
	{ "qC", "QC1" },
	{ "Hg3", "OK" },
	{ "Hg4", "E16" },
	{ "Hg", "E16" },
	{ "Hx1", "E16" },
	{ "Hc-1", "OK" },
	{ "Hg0", "OK" },
	{ "T3", "OK" },
	{ "T4", "E16" },
	{ "T-1", "E16" },
	{ "qfThreadInfo", "m1,2,3" },
	{ "qsThreadInfo", "l" },
	{ "vCont?", "vCont;c;C;s;S;t;r" },
	{ "vCont", "E16" },
	{ "vCont;x", "E16" },
	{ "vCont;", "E16" },
	{ "vCont;c:9", "E16" },
	{ "vCont;r1", "E16" },
	{ "vCont;cX", "E16" },
	{ "QNonStop:0", "OK" },
	{ "QNonStop:1", "E.non-stop mode is not supported" },
	{ "qXfer:features:read:other.xml:0,10", "E00" },
	{ "qXfer:features:read:target.xml:0,5", "m<?xml" },
	{ "qXfer:features:read:target.xml:2,3", "mxml" },
	{ "qXfer:features:read:target.xml:fffff,3", "E16" },
	{ "qXfer:features:read:target.xml:0", "E16" },
	{ "p", "E16" },
	{ "p9999", "E16" },
	{ "p10", "0000004100000000" },
	{ "P10", "E16" },
	{ "P10=00", "E16" },
	{ "P10=000000410000000g", "E16" },
	{ "P10=1100004100000000", "OK" },
	{ "P9999=00", "E16" },
	{ "m0,1", "E0e" },
	{ "m41000000,0", "" },
	{ "m41000000,4", "00000000" },
	{ "m411ffffe,8", "0000" },
	{ "m41000000", "E16" },
	{ "m41000000,g", "E16" },
	{ "mfffffffffffffffff,1", "E16" },
	{ "M41000000,2:abcd", "OK" },
	{ "M41000000,2:abc", "E16" },
	{ "M41000000,2:abcdef", "E16" },
	{ "M41000000,2:abxx", "E16" },
	{ "M41000000,0:", "OK" },
	{ "M0,1:00", "E0e" },
	{ "X41000000,0:", "OK" },
	{ "X41000000,3:}\003ab", "OK" },
	{ "X41000000,3:ab", "E16" },
	{ "X41000000,3:ab}", "E16" },
	{ "x41000000,3", "b" },
	{ "x0,3", "E0e" },
	{ "Z0,41000000,1", "OK" },
	{ "Z0,41000000,1;X3,220000", "OK" },
	{ "Z1,41000000,1", "OK" },
	{ "Z2,41000000,8", "OK" },
	{ "Z5,41000000,1", "" },
	{ "Z0,41000000", "E16" },
	{ "Z0,41000000,9", "E16" },
	{ "z0,41000000,1", "OK" }, /* not there: nothing to do */
	{ "Z0,0,1", "E.nothing is mapped at 0x0 in this thread's address space" },
	{ "qRcmd,6", "E16" },
	{ "qRcmd,6g", "E16" },
	{ "C05", "(none)" },
	{ "c", "(none)" },
	{ "cz", "E16" },
	{ "vCont;c", "(none)" },
};

START_TEST(answers_what_it_should)
{
	ck_assert_str_eq(ask(answers[_i].packet), answers[_i].answer);
}
END_TEST

START_TEST(says_what_it_can)
{
	const char *text = ask("qSupported:multiprocess+;xmlRegisters=i386;swbreak+");

	ck_assert(contains(text, "PacketSize=20000;"));
	ck_assert(contains(text, "qXfer:features:read+"));
	ck_assert(contains(text, "swbreak+") && contains(text, "hwbreak+"));
	ck_assert(contains(text, "QStartNoAckMode+"));
	ck_assert(!contains(text, "multiprocess"));
}
END_TEST

START_TEST(another_architecture)
{
	ck_assert(contains(ask("qSupported:xmlRegisters=arm,mips"), "E.this gdb does not know"));
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);
}
END_TEST

START_TEST(stops_at_the_first_packet)
{
	ck_assert_uint_eq(running(), 7);
	put("+", 1); /* as gdb does, or a port scanner */
	take();
	ck_assert_uint_eq(running(), 7);
	ck_assert(!stub_busy(&stub));
	ck_assert(contains(ask("?"), "T05thread:1;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert(stub_busy(&stub));
}
END_TEST

START_TEST(attaches_to_what_is_awake)
{
	fake.vcpu[0].stopped = TARGET_STOPPED_HALTED;
	fake.vcpu[1].stopped = TARGET_STOPPED_OFF;
	ck_assert(contains(ask("?"), "T05thread:3;"));
	ck_assert_str_eq(ask("qC"), "QC3");
	ck_assert_str_eq(ask("qThreadExtraInfo,1"), "435055233020" "5b68616c7465645d");
	ck_assert_str_eq(ask("qThreadExtraInfo,2"), "435055233120" "5b6e6f7420737461727465645d");
	ck_assert_str_eq(ask("qThreadExtraInfo,3"), "435055233220" "5b6b65726e656c5d");
	/* memory of one without page tables is that of another */
	ck_assert_str_eq(ask("Hg2"), "OK");
	ck_assert_str_eq(ask("m41000000,1"), "00");
}
END_TEST

START_TEST(acknowledges)
{
	put("$?#3f", 5);
	ck_assert_int_eq(take()[0], '+');
	put("$?#00", 5);
	ck_assert_str_eq(take(), "-");
	put("$qC#b4", 6);
	ck_assert_str_eq(take(), "+$QC1#c5");
	put("-", 1);
	ck_assert_str_eq(take(), "+$QC1#c5");
	ck_assert_str_eq(ask("QStartNoAckMode"), "OK");
	ck_assert_str_eq(got, "+$OK#9a");
	put("+$qC#00", 7);
	ck_assert_str_eq(take(), "$QC1#c5");
	put("-", 1);
	ck_assert_str_eq(take(), "");
}
END_TEST

START_TEST(continues_and_stops)
{
	struct target_event ev = { .reason = TARGET_BREAKPOINT, .kind = TARGET_SOFT,
				   .address = FAKE_VA };

	ask("?");
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ck_assert_str_eq(ask("vCont;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
	ck_assert_int_ge(stub_event_fd(&stub), 0);
	ck_assert_str_eq(ask("m41000000,1"), "(none)"); /* gdb never asks now */
	fake_stops(1, &ev);
	ck_assert(contains(take_data(), "T05swbreak:;thread:2;06:00"));
	ck_assert(contains(data_of_got(), "10:0001004100000000;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("qC"), "QC2");
	ck_assert(contains(ask("?"), "T05swbreak:;thread:2;"));
	ck_assert_int_eq(stub_event_fd(&stub), -1);
}
END_TEST

START_TEST(interrupts)
{
	ask("?");
	put("\003", 1);
	ck_assert_str_eq(take(), ""); /* it does not run */
	ask("vCont;c");
	fake.vcpu[0].stopped = TARGET_STOPPED_HALTED;
	put("\003", 1);
	ck_assert(contains(take(), "$T02thread:2;"));
	ck_assert_uint_eq(running(), 0);
}
END_TEST

START_TEST(steps_one)
{
	struct target_event ev = { .reason = TARGET_STEP };

	ask("?");
	ck_assert_str_eq(ask("vCont;s:2"), "(none)");
	ck_assert_uint_eq(running(), 2);
	ck_assert_int_eq(fake.vcpu[1].how, TARGET_STEP_ONE);
	fake_stops(1, &ev);
	ck_assert(contains(take(), "$T05thread:2;"));

	ck_assert_str_eq(ask("vCont;r41000000,41000010:1;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
	ck_assert_int_eq(fake.vcpu[0].how, TARGET_STEP_RANGE);
	ck_assert_uint_eq(fake.vcpu[0].start, FAKE_VA);
	ck_assert_uint_eq(fake.vcpu[0].end, FAKE_VA + 16);
	ck_assert_int_eq(fake.vcpu[2].how, TARGET_CONTINUE);
	fake_stops(0, &ev);
	take();
	ck_assert_str_eq(ask("vCont;t:1;s:3;c"), "(none)");
	ck_assert_uint_eq(running(), 6);
	fake_stops(2, &ev);
	take();
	ck_assert_str_eq(ask("s41000042"), "(none)");
	ck_assert_uint_eq(running(), 4);
	ck_assert_uint_eq(fake.vcpu[2].regs.rip, 0x41000042);
}
END_TEST

START_TEST(steps_nothing_that_is_off)
{
	fake.vcpu[1].stopped = TARGET_STOPPED_OFF;
	ask("?");
	ck_assert_str_eq(ask("vCont;s:2;c"), "E.the guest has not started CPU 1");
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("qC"), "QC1");
}
END_TEST

/* An event of a CPU that gdb leaves where it is comes when it goes on, if it is still true. */
START_TEST(holds_events)
{
	struct target_event step = { .reason = TARGET_STEP };
	struct target_event hit = { .reason = TARGET_BREAKPOINT, .kind = TARGET_SOFT,
				    .address = FAKE_VA + 0x200 };

	for (int stays = 0; stays < 2; stays++) {
		ask("?");
		ask("Z0,41000200,1");
		ask("vCont;c");
		fake_stops(0, &step);
		fake_stops(2, &hit);
		ck_assert(contains(take(), "thread:1;"));
		ask("vCont;s:1");
		ck_assert_uint_eq(running(), 1);
		take(); /* that of CPU 2 is not told now */
		ck_assert_str_eq(got, "");
		fake_stops(0, &step);
		ck_assert(contains(take(), "thread:1;"));
		if (!stays)
			ask("z0,41000200,1");
		send_packet("vCont;c", 7);
		if (stays) {
			ck_assert(contains(take(), "swbreak:;thread:3;"));
			ck_assert_uint_eq(running(), 0);
		} else {
			ck_assert_str_eq(take(), "+");
			ck_assert_uint_eq(running(), 7);
			put("\003", 1);
			take();
		}
	}
}
END_TEST

START_TEST(watchpoints)
{
	static const struct {
		enum target_break kind;
		const char *name;
	} kinds[] = { { TARGET_WRITE, "watch" }, { TARGET_READ, "rwatch" },
		      { TARGET_ACCESS, "awatch" } };

	ask("?");
	for (unsigned int i = 0; i < 3; i++) {
		struct target_event ev = { .reason = TARGET_WATCHPOINT, .kind = kinds[i].kind,
					   .address = FAKE_VA + 8 };
		char text[64];

		ask("vCont;c");
		fake_stops(0, &ev);
		snprintf(text, sizeof(text), "T05%s:41000008;thread:1;", kinds[i].name);
		ck_assert(contains(take_data(), text));
	}
}
END_TEST

START_TEST(four_debug_registers)
{
	ask("?");
	ck_assert_str_eq(ask("Z1,41000000,1"), "OK");
	ck_assert_str_eq(ask("Z2,41000000,4"), "OK");
	ck_assert_str_eq(ask("Z3,41000008,8"), "OK");
	ck_assert_str_eq(ask("Z4,41000010,1"), "OK");
	ck_assert_str_eq(ask("Z1,41000020,1"), "E.all four debug registers are in use");
	ck_assert_str_eq(ask("Z0,41000020,1"), "OK");
	/* those that gdb has given up make room */
	ck_assert_str_eq(ask("z1,41000000,1"), "OK");
	ck_assert_str_eq(ask("Z1,41000020,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 5);
}
END_TEST

/* gdb removes and sets all at each stop: another process may run by then. */
START_TEST(breakpoints_stay_where_they_are)
{
	ask("?");
	ask("Z0,41000000,1");
	ask("vCont;c");
	fake.vcpu[0].regs.cr3 = 0x7000;
	put("\003", 1);
	take();
	ck_assert_str_eq(ask("z0,41000000,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 1);
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ask("vCont;c");
	ck_assert_uint_eq(fake_breaks(), 1);
	ck_assert_uint_eq(fake.inserted, 1);
	put("\003", 1);
	take();
	ask("z0,41000000,1");
	ask("vCont;c");
	ck_assert_uint_eq(fake_breaks(), 0);
}
END_TEST

START_TEST(registers)
{
	const char *text;
	size_t all;

	fake.vcpu[0].regs.r[3] = 0x1122334455667788;
	ask("?");
	text = ask("g");
	all = strlen(text);
	ck_assert_uint_gt(all, 2 * 2000);
	ck_assert(!strncmp(text + 16, "8877665544332211", 16)); /* rbx is gdb's second */
	ck_assert_str_eq(ask("p1"), "8877665544332211");
	ck_assert_str_eq(ask("P1=0100000000000000"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[3], 1);
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
	fake.vcpu[0].regs.r[3] = 7;
	text = ask_bytes(strdup(got), all + 1);
	ck_assert_str_eq(text, "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[3], 1);
	ck_assert_uint_eq(fake.vcpu[0].fpu.vector[31][63], 0x5a);
	/* fewer than all: the others stay */
	ck_assert_str_eq(ask("G0200000000000000"), "OK");
	ck_assert_uint_eq(fake.vcpu[0].regs.r[0], 2);
	ck_assert_uint_eq(fake.vcpu[0].regs.r[3], 1);
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

START_TEST(packet_too_long)
{
	char *frame = malloc(PACKET_MAX + 100);

	memset(frame, 'm', PACKET_MAX + 100);
	frame[0] = '$';
	memcpy(frame + PACKET_MAX + 97, "#00", 3);
	ask("?");
	put(frame, PACKET_MAX + 100);
	ck_assert(contains(take(), "$E.packet too long#"));
	ck_assert_str_eq(ask("qC"), "QC1");
	free(frame);
}
END_TEST

/* What a monitor command prints; its answer must be OK. */
static const char *monitor(const char *line)
{
	static char text[4096];
	char packet[512] = "qRcmd,";
	size_t used = 0;

	packet[6 + hex_encode(packet + 6, line, strlen(line))] = '\0';
	send_packet(packet, strlen(packet));
	take();
	ck_assert(contains(got, "$OK#9a"));
	/* as one text, run lengths expanded */
	for (const char *p = strstr(got, "$O"); p && p[2] != 'K'; p = strstr(p + 1, "$O")) {
		char hex[2 * sizeof(text)];
		size_t n = 0;

		for (const char *q = p + 2; *q != '#' && n < sizeof(hex) - 100; q++) {
			if (*q != '*') {
				hex[n++] = *q;
				continue;
			}
			for (int k = *++q - ' ' + 3; k; k--, n++)
				hex[n] = hex[n - 1];
		}
		if (used + n / 2 < sizeof(text) && hex_decode(text + used, hex, n / 2))
			used += n / 2;
	}
	text[used] = '\0';
	return text;
}

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

START_TEST(detaches)
{
	ask("?");
	ask("Z0,41000000,1");
	ck_assert_str_eq(ask("D"), "OK");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_int_eq(fake.closed, 1);
	ck_assert_uint_eq(running(), 7);
	/* and another may come */
	close(gdb);
	connect_gdb();
	ck_assert(contains(ask("?"), "T05"));
	ck_assert_uint_eq(fake_breaks(), 0);
	ck_assert_str_eq(ask("Z0,41000000,1"), "OK");
	ck_assert_uint_eq(fake_breaks(), 1);
}
END_TEST

/* Wherever gdb's connection ends, the guest goes on, without breakpoints. */
START_TEST(gdb_dies)
{
	static const char *const last[] = { "", "$", "$m41000000,1", "$m41000000,1#", "\003",
					    "$vCont;c#a8", "$vCont;c#a8\003", "$m41000000,10000#6a" };

	for (unsigned int i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		ask("?");
		ask("Z0,41000000,1");
		put(last[i], strlen(last[i]));
		close(gdb);
		stub_serve(&stub);
		ck_assert_int_eq(stub.link.fd, -1);
		ck_assert_uint_eq(running(), 7);
		ck_assert_uint_eq(fake_breaks(), 0);
		connect_gdb();
	}
}
END_TEST

/* It asks and asks, and never reads: one answer waits, the stub does not. */
START_TEST(gdb_does_not_read)
{
	int small = 4096;
	unsigned int sent = 0;

	ask("?");
	ask("QStartNoAckMode");
	setsockopt(stub.link.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	for (; sent < 100000; sent++) {
		if (write(gdb, "$m41000000,8000#00", 18) != 18)
			break;
		stub_serve(&stub);
	}
	ck_assert_uint_lt(sent, 100000);
	ck_assert_int_eq(link_wants(&stub.link), POLLOUT);
	close(gdb);
	stub_serve(&stub);
	ck_assert_uint_eq(running(), 7);
	gdb = -1;
}
END_TEST

START_TEST(kills)
{
	static const char *const packets[] = { "k", "vKill;1" };
	uint32_t *reason = &stub.vm->exit_reason;

	for (unsigned int i = 0; i < 2; i++) {
		stub.vm->quit = 0;
		ask("?");
		ask(packets[i]);
		take();
		ck_assert_uint_eq(stub.vm->quit, 1);
		ck_assert_uint_eq(*reason, VM_RUNNING);
		ck_assert_int_eq(stub.link.fd, -1);
		close(gdb);
		connect_gdb();
	}
	stub.vm->quit = 0;
	ask("?");
	monitor("reset");
	take();
	ck_assert_uint_eq(*reason, VM_REBOOT);
	ck_assert_uint_eq(stub.vm->quit, 0);
	/* what has ended for another reason keeps that */
	*reason = VM_TRIPLE_FAULT;
	close(gdb);
	connect_gdb();
	ask("?");
	monitor("reset");
	take();
	ck_assert_uint_eq(*reason, VM_TRIPLE_FAULT);
	close(gdb);
	connect_gdb();
	ask("?");
	monitor("quit");
	take();
	ck_assert_uint_eq(stub.vm->quit, 1);
}
END_TEST

START_TEST(the_guest_ends)
{
	struct target_event off = { .reason = TARGET_EXIT, .exit = VM_POWEROFF };
	struct target_event fault = { .reason = TARGET_EXIT, .exit = VM_TRIPLE_FAULT };

	ask("?");
	ask("vCont;c");
	fake_stops(1, &off);
	ck_assert(contains(take(), "$W00#b7"));
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);

	close(gdb);
	connect_gdb();
	ask("?");
	ask("vCont;c");
	fake_stops(1, &fault);
	take();
	ck_assert(contains(got, "$O")); /* says why */
	ck_assert(contains(got, "$T06thread:2;"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_uint_eq(strlen(ask("p10")), 16); /* it can be looked at */
	ck_assert_str_eq(ask("vCont;c"), "X06");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_uint_eq(running(), 7);
}
END_TEST

START_TEST(one_that_does_not_stop)
{
	fake.vcpu[2].stuck = true;
	ck_assert(contains(ask("?"), "T05thread:1;"));
	ck_assert_str_eq(ask("Hg3"), "OK");
	ck_assert_str_eq(ask("g"), "E.CPU 2 does not stop");
	ck_assert_str_eq(ask("m41000000,1"), "00");
	ck_assert_str_eq(ask("Hg1"), "OK");
	ck_assert_uint_gt(strlen(ask("g")), 1000);
}
END_TEST

/* -S: the guest has not begun when gdb comes, and begins when it says so. */
START_TEST(held_from_the_start)
{
	stub_end(&stub);
	close(gdb);
	ck_assert_int_eq(stub_hold(&stub), 0);
	ck_assert(fake.held);
	ck_assert(!stub_busy(&stub));
	connect_gdb();
	ck_assert(contains(ask("?"), "T05"));
	ck_assert_uint_eq(running(), 0);
	ck_assert_str_eq(ask("vCont;c"), "(none)");
	ck_assert_uint_eq(running(), 7);
}
END_TEST

START_TEST(somebody_else_debugs)
{
	fake.open = true;
	ck_assert_str_eq(ask("?"), "E.this VM is being debugged or dumped already");
	take();
	ck_assert_int_eq(stub.link.fd, -1);
	ck_assert_int_eq(fake.closed, 0);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("stub");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_loop_test(tc, answers_what_it_should, 0,
			    (int)(sizeof(answers) / sizeof(answers[0])));
	tcase_add_test(tc, says_what_it_can);
	tcase_add_test(tc, another_architecture);
	tcase_add_test(tc, stops_at_the_first_packet);
	tcase_add_test(tc, attaches_to_what_is_awake);
	tcase_add_test(tc, acknowledges);
	tcase_add_test(tc, continues_and_stops);
	tcase_add_test(tc, interrupts);
	tcase_add_test(tc, steps_one);
	tcase_add_test(tc, steps_nothing_that_is_off);
	tcase_add_test(tc, holds_events);
	tcase_add_test(tc, watchpoints);
	tcase_add_test(tc, four_debug_registers);
	tcase_add_test(tc, breakpoints_stay_where_they_are);
	tcase_add_test(tc, registers);
	tcase_add_test(tc, description);
	tcase_add_test(tc, memory_in_bulk);
	tcase_add_test(tc, packet_too_long);
	tcase_add_test(tc, monitor_commands);
	tcase_add_test(tc, address_spaces);
	tcase_add_test(tc, hostile_tables);
	tcase_add_test(tc, nmi);
	tcase_add_test(tc, sysrq);
	tcase_add_test(tc, detaches);
	tcase_add_test(tc, gdb_dies);
	tcase_add_test(tc, gdb_does_not_read);
	tcase_add_test(tc, kills);
	tcase_add_test(tc, the_guest_ends);
	tcase_add_test(tc, one_that_does_not_stop);
	tcase_add_test(tc, held_from_the_start);
	tcase_add_test(tc, somebody_else_debugs);
	return unit_run(tc);
}
