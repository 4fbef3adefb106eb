// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc_sys.c - /proc and /sys describe this process and this machine.
 */
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "test.h"

static const char *read_file(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n, size = 0;

	EXPECT(fd >= 0, "%s: %s", path, strerror(errno));
	text[0] = '\0';
	if (fd < 0)
		return text;
	while ((n = read(fd, text + size, sizeof(text) - 1 - (size_t)size)) > 0)
		size += n;
	text[size] = '\0';
	close(fd);
	return text;
}

int main(void)
{
	struct utsname uts;
	unsigned long kb = 0;
	struct sysinfo si;
	char want[64];
	const char *p;

	snprintf(want, sizeof(want), "\nPid:\t%d\n", getpid());
	EXPECT(strstr(read_file("/proc/self/status"), want), "no '%s'", want + 1);
	EXPECT(strstr(read_file("/proc/self/maps"), "[stack]"), "no stack in /proc/self/maps");
	EXPECT(strstr(read_file("/proc/self/maps"), "[vdso]"), "no vdso in /proc/self/maps");
	EXPECT(strstr(read_file("/proc/cpuinfo"), "processor\t: 0"), "no CPU 0");
	REQUIRE(uname(&uts) == 0);
	EXPECT(strstr(read_file("/proc/version"), uts.release), "no %s", uts.release);
	REQUIRE(sysinfo(&si) == 0);
	p = strstr(read_file("/proc/meminfo"), "MemTotal:");
	EXPECT(p && sscanf(p, "MemTotal: %lu", &kb) == 1 && kb == si.totalram * si.mem_unit / 1024,
	       "meminfo says %lu kB, sysinfo %lu", kb, si.totalram * si.mem_unit / 1024);
	EXPECT(strchr(read_file("/sys/devices/system/cpu/online"), '0'), "CPU 0 is not online");
	EXPECT(strlen(read_file("/proc/interrupts")) > 20, "no interrupts");
	return test_end();
}
