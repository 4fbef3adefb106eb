// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_refused.c - programs that want addresses which the guest's kernel keeps are refused by
 * exec, and the kernel's log says why.
 *
 * Flags: guest-only
 */
#include "tiny_elf.h"

#include <sys/klog.h>

#define READ_ALL 3 /* of syslog(2) */

/* How often the kernel's log says so. */
static unsigned int told(const char *range)
{
	static char log[1 << 18];
	unsigned int n = 0;
	int len = klogctl(READ_ALL, log, sizeof(log) - 1);

	REQUIRE(len >= 0);
	log[len] = '\0';
	for (const char *at = log; (at = strstr(at, range)); at++)
		n++;
	return n;
}

static void refused(uint64_t at, uint64_t size, const char *range)
{
	unsigned int before = told(range);
	int status = tiny_run(at, size);

	EXPECT(status == ENOMEM, "%#lx, %#lx bytes: %d", at, size, status);
	EXPECT(told(range) == before + 1, "%#lx: the log does not name %s", at, range);
}

int main(void)
{
	static const char window[] = "the kernel has 0x68000000-0x7bdfffff",
			  range[] = "the kernel has 0x648000000000-"; /* KASAN's ends elsewhere */

	refused(0x68000000, PAGE, window);
	refused(0x70000000, PAGE, window);
	refused(0x7bdff000, PAGE, window);
	refused(0x400000, 0x80000000, window); /* over it */
	refused(0x648000000000, PAGE, range);
	refused(0x6ffffffff000, PAGE, range);
	return test_end();
}
