// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fake_target.c - target.h without a guest, for tests of the gdb stub.
 *
 * Runs: in tests, on the host.
 */
#include "fake_target.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct target {
	int fd;
};

struct fake fake;
static struct target target = { -1 };

static void entry(uint64_t table, unsigned int index, uint64_t value)
{
	memcpy(fake.memory + table + 8 * index, &value, 8);
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.features = TARGET_HAS_AVX | TARGET_HAS_AVX512;
	for (unsigned int i = 0; i < FAKE_VCPUS; i++) {
		fake.vcpu[i].runs = true;
		fake.vcpu[i].stopped = TARGET_STOPPED;
		fake.vcpu[i].regs.rip = FAKE_VA + 0x100 * i;
		fake.vcpu[i].regs.cr3 = FAKE_CR3;
		fake.vcpu[i].regs.cs = 0x10;
	}
	entry(FAKE_CR3, 0, 0x2007);
	entry(0x2000, FAKE_VA >> 30, 0x3003);
	/* a large page, and a table with one small page at 0x41200000 */
	entry(0x3000, (FAKE_VA >> 21) % 512, 0x2001e3);
	entry(0x3000, (FAKE_VA >> 21) % 512 + 1, 0x4003);
	entry(0x4000, 0, 0x8000000000005021);
	/* the highest address space half */
	entry(FAKE_CR3, 511, 0x6003);
	entry(0x6000, 511, 0x1e3);
}

void fake_stops(unsigned int vcpu, const struct target_event *ev)
{
	fake.vcpu[vcpu].runs = false;
	fake.vcpu[vcpu].event_is = true;
	fake.vcpu[vcpu].event = *ev;
	fake.vcpu[vcpu].event.vcpu = vcpu;
	if (target.fd >= 0)
		eventfd_write(target.fd, 1);
}

unsigned int fake_breaks(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 64; i++)
		n += fake.breaks[i].is;
	return n;
}

void target_setup(struct vm *vm, const struct physmem *mem, unsigned int ncpus)
{
	(void)vm, (void)mem, (void)ncpus;
}

struct target *target_open(void)
{
	if (fake.open) {
		errno = EBUSY;
		return NULL;
	}
	target.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.open = true;
	return &target;
}

void target_close(struct target *t)
{
	close(t->fd);
	t->fd = -1;
	fake.open = false;
	fake.closed++;
	memset(fake.breaks, 0, sizeof(fake.breaks));
	for (unsigned int i = 0; i < FAKE_VCPUS; i++)
		fake.vcpu[i].runs = true;
}

unsigned int target_vcpus(const struct target *t)
{
	(void)t;
	return FAKE_VCPUS;
}

enum target_state target_state(const struct target *t, unsigned int vcpu)
{
	(void)t;
	if (vcpu >= FAKE_VCPUS || fake.vcpu[vcpu].runs)
		return TARGET_RUNS;
	return fake.vcpu[vcpu].stopped;
}

int target_stop(struct target *t)
{
	int err = 0;

	(void)t;
	for (unsigned int i = 0; i < FAKE_VCPUS; i++) {
		fake.vcpu[i].runs = fake.vcpu[i].stuck;
		if (fake.vcpu[i].stuck)
			err = -ETIMEDOUT;
	}
	return err;
}

void target_hold(struct target *t)
{
	(void)t;
	fake.held = true;
}

int target_event_fd(const struct target *t)
{
	return t->fd;
}

bool target_next_event(struct target *t, struct target_event *ev)
{
	eventfd_t count;

	for (unsigned int i = 0; i < FAKE_VCPUS; i++) {
		if (!fake.vcpu[i].event_is)
			continue;
		fake.vcpu[i].event_is = false;
		*ev = fake.vcpu[i].event;
		return true;
	}
	eventfd_read(t->fd, &count);
	return false;
}

static int needs(unsigned int vcpu)
{
	if (vcpu >= FAKE_VCPUS)
		return -EINVAL;
	return fake.vcpu[vcpu].runs ? -EBUSY : 0;
}

int target_resume(struct target *t, unsigned int vcpu, enum target_how how, uint64_t start,
		  uint64_t end)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	if (how != TARGET_CONTINUE && fake.vcpu[vcpu].stopped == TARGET_STOPPED_OFF)
		return -EAGAIN;
	if (fake.vcpu[vcpu].event_is)
		return 0;
	fake.vcpu[vcpu].runs = true;
	fake.vcpu[vcpu].how = how;
	fake.vcpu[vcpu].start = start;
	fake.vcpu[vcpu].end = end;
	return 0;
}

void target_step_interrupts(struct target *t, bool come)
{
	(void)t;
	fake.interrupts = come;
}

unsigned int target_features(const struct target *t)
{
	(void)t;
	return fake.features;
}

int target_get_regs(struct target *t, unsigned int vcpu, struct target_regs *regs)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	*regs = fake.vcpu[vcpu].regs;
	return 0;
}

int target_set_regs(struct target *t, unsigned int vcpu, const struct target_regs *regs)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	if (regs->cr0 != fake.vcpu[vcpu].regs.cr0 || regs->cs != fake.vcpu[vcpu].regs.cs)
		return -EINVAL;
	fake.vcpu[vcpu].regs = *regs;
	return 0;
}

int target_get_fpu(struct target *t, unsigned int vcpu, struct target_fpu *fpu)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	*fpu = fake.vcpu[vcpu].fpu;
	return 0;
}

int target_set_fpu(struct target *t, unsigned int vcpu, const struct target_fpu *fpu)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	fake.vcpu[vcpu].fpu = *fpu;
	return 0;
}

/* How many of LEN bytes at PA there are. */
static size_t there(uint64_t pa, size_t len)
{
	if (pa >= FAKE_MEMORY)
		return 0;
	return len < FAKE_MEMORY - pa ? len : FAKE_MEMORY - pa;
}

ssize_t target_read_phys(struct target *t, uint64_t pa, void *buf, size_t len)
{
	size_t n = there(pa, len);

	(void)t;
	memcpy(buf, fake.memory + (n ? pa : 0), n);
	return n ? (ssize_t)n : -EFAULT;
}

ssize_t target_write_phys(struct target *t, uint64_t pa, const void *buf, size_t len)
{
	size_t n = there(pa, len);

	(void)t;
	memcpy(fake.memory + (n ? pa : 0), buf, n);
	return n ? (ssize_t)n : -EFAULT;
}

/* The 2 MiB at FAKE_VA only. */
int target_translate(struct target *t, unsigned int vcpu, uint64_t va, uint64_t *pa)
{
	(void)t;
	if (needs(vcpu))
		return needs(vcpu);
	if (va < FAKE_VA || va >= FAKE_VA + 0x200000 || fake.vcpu[vcpu].regs.cr3 != FAKE_CR3)
		return -EFAULT;
	*pa = 0x200000 + (va - FAKE_VA);
	return 0;
}

ssize_t target_read(struct target *t, unsigned int vcpu, uint64_t va, void *buf, size_t len)
{
	uint64_t pa;
	int err = target_translate(t, vcpu, va, &pa);

	return err ? err : target_read_phys(t, pa, buf, len);
}

ssize_t target_write(struct target *t, unsigned int vcpu, uint64_t va, const void *buf, size_t len)
{
	uint64_t pa;
	int err = target_translate(t, vcpu, va, &pa);

	return err ? err : target_write_phys(t, pa, buf, len);
}

int target_insert(struct target *t, unsigned int vcpu, enum target_break kind, uint64_t va,
		  unsigned int len)
{
	unsigned int hard = 0, slot = 64;
	uint64_t pa;
	int err = target_translate(t, vcpu, va, &pa);

	if (err)
		return err;
	for (unsigned int i = 0; i < 64; i++) {
		hard += fake.breaks[i].is && fake.breaks[i].kind != TARGET_SOFT;
		if (!fake.breaks[i].is)
			slot = i;
	}
	if (slot == 64 || (kind != TARGET_SOFT && hard == 4))
		return -ENOSPC;
	fake.inserted++;
	fake.breaks[slot].is = true;
	fake.breaks[slot].kind = kind;
	fake.breaks[slot].va = va;
	fake.breaks[slot].len = len;
	fake.breaks[slot].vcpu = vcpu;
	return 0;
}

int target_remove(struct target *t, enum target_break kind, uint64_t va, unsigned int len)
{
	(void)t;
	for (unsigned int i = 0; i < 64; i++)
		if (fake.breaks[i].is && fake.breaks[i].kind == kind && fake.breaks[i].va == va &&
		    fake.breaks[i].len == len) {
			fake.breaks[i].is = false;
			return 0;
		}
	return -ENOENT;
}
