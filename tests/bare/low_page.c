// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * low_page.c - a user's pages at low addresses, which the host may keep from its processes
 * (vm.mmap_min_addr): they can be used, or are general protection faults. The VM goes on.
 */
#include "lib.h"

static volatile unsigned int faults, reads;

static void user(void)
{
	uint64_t at;

	__asm__ volatile("mov (%%rdi), %0; int $0x80" : "=a"(at)::"memory");
}

static void trap(struct frame *f)
{
	if ((f->cs & 3) != 3 || (f->vector != GP && f->vector != SYSCALL_VECTOR)) {
		print("vector %x error %x at %x, cr2 %x\n", f->vector, f->error, f->rip, last_cr2);
		finish(1);
	}
	if (f->vector == GP) {
		faults++;
		EXPECT(f->error == 0, "error %x", f->error);
	} else {
		reads++;
		EXPECT(f->rax == 0x5eed, "reads %x", f->rax);
	}
	leave_user();
}

void test_main(void)
{
	uint64_t *pdpt = (uint64_t *)(pml4[0] & PTE_ADDR), *pd = (uint64_t *)(pdpt[0] & PTE_ADDR);
	uint64_t *low = new_page(), *page = new_page(), regs[16] = { 0 };

	page[0] = 0x5eed;
	*area_pte(0) = (uintptr_t)user & ~(PAGE - 1);
	*area_pte(0) |= PTE_P | PTE_U;
	*area_pte(1) = ((uintptr_t)user & ~(PAGE - 1)) + PAGE;
	*area_pte(1) |= PTE_P | PTE_U;
	*area_pte(2) = (uintptr_t)new_page() | PTE_P | PTE_W | PTE_U;
	for (unsigned int i = 0; i < 512; i++)
		low[i] = i < 20 ? (uintptr_t)page | PTE_P | PTE_U : i * PAGE | PTE_P | PTE_W;
	pd[0] = (uintptr_t)low | PTE_P | PTE_W | PTE_U;
	write_cr3(read_cr3());
	on_trap = trap;
	for (unsigned int i = 0; i < 20; i++) {
		regs[4] = AREA + 3 * PAGE;
		regs[7] = i * PAGE;
		regs[15] = (AREA + ((uintptr_t)user & (PAGE - 1))) | (uint64_t)USER_CS << 32;
		enter_user_regs(regs, 2);
	}
	EXPECT(faults + reads == 20 && faults <= 16, "%d faults, %d reads", (int)faults, (int)reads);
}
