// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuggee.c - what gdb looks at in the guest; see gdb_batch.
 *
 * Runs: in the guest, under gdb.
 */
#include <stdio.h>
#include <unistd.h>

volatile int watched;

__attribute__((noinline)) static int inner(int n)
{
	watched += n;
	return watched * 2;
}

__attribute__((noinline)) static int outer(int n)
{
	int sum = 0;

	for (int i = 1; i <= n; i++)
		sum += inner(i);
	return sum;
}

int main(void)
{
	int sum = outer(4);

	printf("sum %d, parent %d\n", sum, getppid() > 0);
	return 7;
}
