// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gdb_stub.c - fuzzes the gdb stub: what a gdb, or anybody else, may send, and a guest that
 * stops in between.
 *
 * Input: pieces. A first byte below 0xe0 is the length of bytes that are sent as they are;
 * from there on one of a few events of the guest, of the vCPU that the byte says.
 * Must hold: the stub waits for nothing, keeps its state in order, and lets the guest run
 * with no breakpoint in it when the connection ends.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tests/gdb/fake_target.h>
#include <tracer/gdb/stub.h>

static struct stub stub;
static char ignored[4 * PACKET_MAX];

static void serve(int gdb)
{
	/* a monitor command may have much to say */
	do
		stub_serve(&stub);
	while (recv(gdb, ignored, sizeof(ignored), MSG_DONTWAIT) > 0);
}

static void event(uint8_t byte)
{
	const struct target_event ev = {
		.reason = (enum target_reason)(byte >> 2 & 7),
		.kind = (enum target_break)(byte % 5),
		.address = FAKE_VA + byte,
		.exit = (enum vm_exit)(byte % 9),
	};

	if (stub.running && ev.reason <= TARGET_EXIT && fake.vcpu[byte % FAKE_VCPUS].runs)
		fake_stops(byte % FAKE_VCPUS, &ev);
}

static void check(void)
{
	if (!stub.target && (stub.running || fake_breaks()))
		abort();
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		if (stub.target && !stub.running && fake.vcpu[i].runs)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vm *vm;
	int ends[2];

	if (!vm)
		vm = calloc(1, VM_FILE_SIZE);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		abort();
	fake_reset();
	stub_init(&stub, vm);
	stub_connect(&stub, ends[1]);
	stub.link.packet.unchecked = true; /* or hardly a packet would be right */
	while (size) {
		size_t len = *data < 0xe0 ? *data : 0;

		if (*data >= 0xe0)
			event(*data);
		data++;
		size--;
		if (len > size)
			len = size;
		if (len && send(ends[0], data, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break; /* the stub has closed it */
		data += len;
		size -= len;
		serve(ends[0]);
		check();
	}
	close(ends[0]);
	if (stub.link.fd >= 0)
		stub_serve(&stub);
	if (stub.link.fd >= 0 || stub.target || fake_breaks())
		abort();
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		if (!fake.vcpu[i].runs)
			abort();
	return 0;
}
