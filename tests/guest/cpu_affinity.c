// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cpu_affinity.c - getcpu tells the CPU that sched_setaffinity chose.
 */
#include <sched.h>

#include "test.h"

int main(void)
{
	cpu_set_t all, one;
	unsigned int cpu, node;

	REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int round = 0; round < 20; round++)
		for (unsigned int i = 0; i < CPU_SETSIZE; i++) {
			if (!CPU_ISSET(i, &all))
				continue;
			CPU_ZERO(&one);
			CPU_SET(i, &one);
			REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
			for (int k = 0; k < 100; k++) {
				EXPECT(sched_getcpu() == (int)i, "vDSO says %d on CPU %u",
				       sched_getcpu(), i);
				REQUIRE(syscall(SYS_getcpu, &cpu, &node, NULL) == 0);
				EXPECT(cpu == i, "getcpu says %u on CPU %u", cpu, i);
			}
		}
	return test_end();
}
