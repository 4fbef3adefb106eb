/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_target.h - target.h without a guest, for tests of the gdb stub.
 *
 * A machine of FAKE_VCPUS that do nothing but what the test makes them do, and
 * FAKE_MEMORY bytes of memory, which FAKE_CR3's tables map at FAKE_VA.
 */
#ifndef TESTS_GDB_FAKE_TARGET_H
#define TESTS_GDB_FAKE_TARGET_H

#include <tracer/target/target.h>

#define FAKE_VCPUS  3u
#define FAKE_MEMORY 0x400000u
#define FAKE_CR3    0x1000u
#define FAKE_VA	    0x41000000ull /* 2 MiB there is physical 0x200000 */

struct fake {
	bool open, held, interrupts;
	int closed; /* how often */
	unsigned int features;
	uint8_t memory[FAKE_MEMORY];
	struct {
		enum target_state stopped; /* as what it stops */
		bool runs, stuck;	   /* stuck: it does not stop */
		enum target_how how;	   /* of the last resume */
		uint64_t start, end;
		struct target_regs regs;
		struct target_fpu fpu;
		bool event_is;
		struct target_event event;
	} vcpu[FAKE_VCPUS];
	struct {
		bool is;
		enum target_break kind;
		uint64_t va;
		unsigned int len, vcpu;
	} breaks[64];
	unsigned int inserted; /* how often */
};

extern struct fake fake;

/* A fresh machine, all of it running. */
void fake_reset(void);
/* A running vCPU stops by itself. */
void fake_stops(unsigned int vcpu, const struct target_event *ev);
unsigned int fake_breaks(void);

#endif
