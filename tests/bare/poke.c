// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * poke.c - UMVMM_MSR_POKE: the monitor writes where the guest kernel may not, into the
 * memory below an address, and nowhere else; what it cannot write it does not begin.
 */
#include "lib.h"

#define UMVMM_MSR_POKE 0x4b564d20u /* umvmm/abi.h */

#define KERNEL 0x650000000000ul /* a guest kernel's addresses begin here, too */
#define EFAULT 14
#define EINVAL 22

struct request {
	uint64_t to, from;
	uint32_t len, fill;
	int64_t error;
};

static uint64_t *kernel_pt;
static uint8_t *page[4]; /* at KERNEL, one behind the other, physically apart */
static uint8_t *const text = (uint8_t *)KERNEL;

static void map_kernel(void)
{
	uint64_t *pdpt = new_page(), *pd = new_page();

	kernel_pt = new_page();
	pd[0] = (uintptr_t)kernel_pt | PTE_P | PTE_W;
	pdpt[0] = (uintptr_t)pd | PTE_P | PTE_W;
	pml4[KERNEL >> 39] = (uintptr_t)pdpt | PTE_P | PTE_W;
	for (unsigned int i = 0; i < 4; i++) {
		page[i] = new_page();
		new_page();
		kernel_pt[i] = (uintptr_t)page[i] | PTE_P; /* read-only, for execution */
	}
}

static int64_t poke(uint64_t to, const void *from, uint32_t len, uint32_t fill)
{
	struct request r = { to, (uintptr_t)from, len, fill, 1 };

	wrmsr(UMVMM_MSR_POKE, (uintptr_t)&r);
	return *(volatile int64_t *)&r.error;
}

static int function(void)
{
	int (*f)(void) = (int (*)(void))(uintptr_t)text;

	return f();
}

static void write_text(void)
{
	*(volatile uint8_t *)text = 1;
}

static uint8_t bytes[3 * PAGE];

static uint8_t pattern(unsigned int i)
{
	return (uint8_t)(i * 7 + i / 256 + 1);
}

/* Only [at, at + len) of the four pages is as PATTERN, the rest is FILL. */
static bool holds(unsigned int at, unsigned int len, uint8_t fill)
{
	for (unsigned int i = 0; i < 4 * PAGE; i++)
		if (page[i / PAGE][i % PAGE] != (i >= at && i - at < len ? pattern(i - at) : fill))
			return false;
	return true;
}

static void clear(uint8_t fill)
{
	EXPECT(poke(KERNEL, &fill, 2 * PAGE, 1) == 0, "fill");
	EXPECT(poke(KERNEL + 2 * PAGE, &fill, 2 * PAGE, 1) == 0, "fill");
	EXPECT(holds(0, 0, fill), "not filled with %x", fill);
}

static void lengths(void)
{
	static const uint32_t lens[] = {
		1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 4095, 4096, 4097, 8192
	};

	for (unsigned int i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
		for (unsigned int at = 0;
		     at<2 * PAGE; at += at % PAGE> 8 && at % PAGE < PAGE - 9 ? 509 : 1) {
			int64_t want = at % PAGE + lens[i] > 2 * PAGE ? -EINVAL : 0;

			clear(0x90);
			EXPECT(poke(KERNEL + at, bytes, lens[i], 0) == want, "%d at %d", lens[i],
			       at);
			EXPECT(holds(at, want ? 0 : lens[i], 0x90), "%d at %d", lens[i], at);
		}
}

static void refused(void)
{
	uint64_t user = KERNEL + 5 * PAGE, device = KERNEL + 6 * PAGE, beyond = KERNEL + 7 * PAGE,
		 absent = KERNEL + 4 * PAGE;
	uint8_t *other = new_page();

	kernel_pt[4] = 0;
	kernel_pt[5] = (uintptr_t)other | PTE_P | PTE_U;
	kernel_pt[6] = 0xfec00000 | PTE_P | PTE_W;
	kernel_pt[7] = 0x7fffffff000 | PTE_P | PTE_W;
	*area_pte(0) = (uintptr_t)other | PTE_P | PTE_W;
	pml4[KERNEL >> 39] |= PTE_U;
	((uint64_t *)(pml4[KERNEL >> 39] & PTE_ADDR))[0] |= PTE_U;
	((uint64_t *)(((uint64_t *)(pml4[KERNEL >> 39] & PTE_ADDR))[0] & PTE_ADDR))[0] |= PTE_U;
	clear(0xcc);
	EXPECT(poke(KERNEL, bytes, 0, 0) == -EINVAL, "nothing");
	EXPECT(poke(KERNEL, bytes, 8193, 0) == -EINVAL, "more than two pages");
	EXPECT(poke(KERNEL, bytes, ~0u, 0) == -EINVAL, "4 GiB");
	EXPECT(poke(AREA, bytes, 4, 0) == -EINVAL, "no address of the kernel's");
	EXPECT(poke(0, bytes, 4, 0) == -EINVAL, "null");
	EXPECT(poke(~0ull - 2, bytes, 4, 0) == -EINVAL, "around the end");
	EXPECT(poke(~0ull - 7, bytes, 4, 0) == -EINVAL, "the upper half");
	EXPECT(poke(0x7bdffffe, bytes, 4, 0) == -EINVAL, "the end of the window");
	EXPECT(poke(0x6ffffffffffe, bytes, 4, 0) == -EINVAL, "the end of the range");
	EXPECT(poke(0x7b800000, bytes, 4, 0) == -EFAULT, "the monitor");
	EXPECT(poke(0x6f0000000000, bytes, 4, 0) == -EFAULT, "the monitor's window");
	EXPECT(poke(user, bytes, 4, 0) == -EFAULT, "a user's page");
	EXPECT(poke(device, bytes, 4, 0) == -EFAULT, "a device");
	EXPECT(poke(beyond, bytes, 4, 0) == -EFAULT, "behind the end of memory");
	EXPECT(poke(absent, bytes, 4, 0) == -EFAULT, "no page");
	EXPECT(poke(absent - 2, bytes, 4, 0) == -EFAULT, "no page behind the first");
	EXPECT(poke(KERNEL, (void *)absent, 4, 0) == -EFAULT, "from nowhere");
	EXPECT(poke(KERNEL, (void *)absent, 4, 1) == -EFAULT, "from nowhere");
	EXPECT(poke(KERNEL, (void *)device, 4, 0) == -EFAULT, "from a device");
	EXPECT(holds(0, 0, 0xcc), "something was written");
	for (unsigned int i = 0; i < PAGE; i++)
		EXPECT(!other[i], "byte %d of a user's page", i);
	/* requests that are nowhere: nobody is told */
	wrmsr(UMVMM_MSR_POKE, absent);
	wrmsr(UMVMM_MSR_POKE, 0);
	wrmsr(UMVMM_MSR_POKE, ~0ull);
	wrmsr(UMVMM_MSR_POKE, device);
	wrmsr(UMVMM_MSR_POKE, absent - 8);
}

void test_main(void)
{
	uint8_t code[] = { 0xb8, 0, 0, 0, 0, 0xc3 }; /* mov $…, %eax; ret */

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	map_kernel();
	EXPECT(rdmsr(UMVMM_MSR_POKE) == 1, "it is not there");
	EXPECT(raises(write_text) == PF && last_trap.error == 3, "the text is writable");
	EXPECT(poke(KERNEL, code, sizeof(code), 0) == 0, "six bytes");
	EXPECT(!(kernel_pt[0] & (PTE_A | PTE_D)), "accessed or dirty: %x", kernel_pt[0]);
	for (uint32_t i = 0; i < 1000; i++) {
		EXPECT(poke(KERNEL + 1, &i, 4, 0) == 0, "an operand");
		EXPECT(function() == (int)i, "%d instead of %d", function(), i);
	}
	EXPECT(raises(write_text) == PF && last_trap.error == 3, "the text is writable now");
	EXPECT(!(kernel_pt[0] & PTE_D), "dirty");
	lengths();
	refused();
}
