// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * paging.c - accessed and dirty bits, R/W, U/S, NX, INVLPG, CR3 as a flush,
 * 2 MiB pages. SDM vol. 3, 4.5 to 4.10.
 */
#include "lib.h"

static volatile uint8_t *const area = (volatile uint8_t *)AREA;

static void read0(void) { (void)*area; }
static void write0(void) { *area = 1; }
static void execute0(void) { ((void (*)(void))AREA)(); }

static void map(unsigned int page, const void *to, uint64_t bits)
{
	*area_pte(page) = (uintptr_t)to | bits;
	invlpg((void *)(AREA + page * PAGE));
}

static void accessed_and_dirty(void)
{
	map(0, new_page(), PTE_P | PTE_W);
	EXPECT(!(*area_pte(0) & (PTE_A | PTE_D)), "pte %x", *area_pte(0));
	read0();
	EXPECT((*area_pte(0) & (PTE_A | PTE_D)) == PTE_A, "pte %x after a read", *area_pte(0));
	write0();
	EXPECT((*area_pte(0) & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "pte %x after a write",
	       *area_pte(0));
	EXPECT(*area_pd_entry() & PTE_A, "the directory's entry is not accessed");
	*area_pte(0) &= ~(PTE_A | PTE_D);
	invlpg((void *)AREA);
	write0();
	EXPECT((*area_pte(0) & (PTE_A | PTE_D)) == (PTE_A | PTE_D), "pte %x, again", *area_pte(0));
}

static void protection(void)
{
	uint8_t *page = new_page();

	page[0] = 0xc3; /* ret */
	map(0, page, PTE_P);
	EXPECT(raises(read0) == -1, "read-only: read");
	EXPECT(raises(write0) == PF && last_trap.error == 3 && last_cr2 == AREA,
	       "read-only: write: error %x at %x", last_trap.error, last_cr2);
	EXPECT(raises(execute0) == -1, "execute");
	map(0, page, PTE_P | PTE_W | PTE_X);
	EXPECT(raises(execute0) == PF && last_trap.error == 0x11, "NX: error %x", last_trap.error);
	EXPECT(raises(read0) == -1, "NX: read");
	map(0, page, 0);
	EXPECT(raises(read0) == PF && last_trap.error == 0, "absent: error %x", last_trap.error);
	EXPECT(raises(write0) == PF && last_trap.error == 2, "absent: error %x", last_trap.error);
}

static void flushes(void)
{
	uint8_t *a = new_page(), *b = new_page();

	*a = 10;
	*b = 20;
	for (int i = 0; i < 200; i++) {
		map(0, a, PTE_P | PTE_W);
		EXPECT(*area == 10, "reads %d", *area);
		map(0, b, PTE_P | PTE_W);
		EXPECT(*area == 20, "reads %d after INVLPG", *area);
		*area_pte(0) = (uintptr_t)a | PTE_P | PTE_W;
		write_cr3(read_cr3());
		EXPECT(*area == 10, "reads %d after CR3", *area);
		*area_pte(0) = 0;
		write_cr3(read_cr3());
		EXPECT(raises(read0) == PF, "reads after CR3");
	}
	/* neighbours stay right */
	for (unsigned int i = 0; i < 64; i++) {
		uint8_t *p = new_page();

		*p = (uint8_t)(100 + i);
		map(i, p, PTE_P | PTE_W);
	}
	for (unsigned int i = 0; i < 64; i += 2)
		map(i, a, PTE_P);
	for (unsigned int i = 0; i < 64; i++)
		EXPECT(area[i * PAGE] == (i & 1 ? 100 + i : 10), "page %d reads %d", i,
		       area[i * PAGE]);
}

static void large_pages(void)
{
	uint64_t entry = *area_pd_entry();
	volatile uint64_t *low = (volatile uint64_t *)(32 * MiB);

	for (unsigned int i = 0; i < 512; i++)
		low[i * 512] = i;
	*area_pd_entry() = 32 * MiB | PTE_P | PTE_W | PTE_S;
	invlpg((void *)AREA);
	for (unsigned int i = 0; i < 512; i++)
		EXPECT(*(volatile uint64_t *)(AREA + i * PAGE) == i, "large page: part %d", i);
	EXPECT((*area_pd_entry() & (PTE_A | PTE_D)) == PTE_A, "entry %x", *area_pd_entry());
	area[5 * PAGE] = 77;
	EXPECT(low[5 * 512] == 77, "a write to a large page");
	EXPECT(*area_pd_entry() & PTE_D, "entry %x", *area_pd_entry());
	*area_pd_entry() = entry;
	invlpg((void *)AREA);
	EXPECT(area[PAGE] == 101, "the small pages are back");
}

static volatile uint64_t user_vector, user_error;

static void user_trap(struct frame *f)
{
	if (f->cs != USER_CS) {
		print("fault in the kernel: rip %x\n", f->rip);
		finish(1);
	}
	user_vector = f->vector;
	user_error = f->error;
	leave_user();
}

static void run_user(void)
{
	user_vector = 999;
	enter_user((void *)(AREA + 256 * PAGE), (void *)(AREA + 258 * PAGE));
}

static void user_access(void)
{
	/* mov AREA, %al; int $0x80 */
	static const uint8_t code[] = { 0x8a, 0x04, 0x25, 0, 0, 0, 0x10, 0xcd, 0x80 };
	static const struct {
		uint64_t bits;
		int vector;
		uint64_t error;
	} cases[] = {
		{ PTE_P | PTE_W | PTE_U, SYSCALL_VECTOR, 0 },
		{ PTE_P | PTE_W, PF, 5 },
		{ 0, PF, 4 },
	};
	uint8_t *page = new_page();

	for (unsigned int i = 0; i < sizeof(code); i++)
		page[i] = code[i];
	map(256, page, PTE_P | PTE_U);
	map(257, new_page(), PTE_P | PTE_W | PTE_U);
	on_trap = user_trap;
	for (unsigned int i = 0; i < 3; i++) {
		map(0, new_page(), cases[i].bits);
		run_user();
		EXPECT(user_vector == (uint64_t)cases[i].vector && user_error == cases[i].error,
		       "case %d: vector %x error %x", i, user_vector, user_error);
	}
	/* a page that the user has used becomes the kernel's, and a CR3 load flushes */
	map(0, new_page(), PTE_P | PTE_W | PTE_U);
	run_user();
	EXPECT(user_vector == SYSCALL_VECTOR, "vector %x", user_vector);
	*area_pte(0) &= ~PTE_U;
	write_cr3(read_cr3());
	run_user();
	EXPECT(user_vector == PF && user_error == 5, "U/S cleared: vector %x error %x", user_vector,
	       user_error);
	/* and back, which needs no flush */
	*area_pte(0) |= PTE_U;
	run_user();
	EXPECT(user_vector == SYSCALL_VECTOR, "U/S set: vector %x", user_vector);
	on_trap = NULL;
}

void test_main(void)
{
	accessed_and_dirty();
	protection();
	flushes();
	large_pages();
	user_access();
}
