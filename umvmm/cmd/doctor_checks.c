// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_checks.c - the checks behind umvmm doctor.
 *
 * Runs: in umvmm doctor. Each check tries the thing itself where that is
 * possible without a trace, and reads /proc or /sys otherwise.
 */
#include "doctor_checks.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <tracer/ptrace/debug_registers.h>
#include <umvmm/host/contexts.h>
#include <umvmm/host/cpu.h>
#include <umvmm/host/keys.h>
#include <umvmm/sandbox/landlock.h>
#include <umvmm/steward/overhead.h>

#include "doctor_tries.h"

#define CONTAINER "run outside the container, or with a seccomp profile that permits it"

__attribute__((format(printf, 4, 5))) static void
report(struct finding *found, enum found_level level, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	found->level = level;
	found->remedy = remedy;
	va_start(ap, fmt);
	vsnprintf(found->text, sizeof(found->text), fmt, ap);
	va_end(ap);
}

/* The number in a one-line file; FALLBACK if it cannot be read. */
static long read_number(const char *path, long fallback)
{
	FILE *file = fopen(path, "re");
	long n = fallback;

	if (!file)
		return fallback;
	if (fscanf(file, "%ld", &n) != 1)
		n = fallback;
	fclose(file);
	return n;
}

static void check_kernel(struct finding *found)
{
	unsigned int major = 0, minor = 0;
	struct utsname uts;

	uname(&uts);
	sscanf(uts.release, "%u.%u", &major, &minor);
	if (major < 5 || (major == 5 && minor < 11))
		report(found, FOUND_MISSING, "use Linux 5.11 or later", "Linux %u.%u: too old",
		       major, minor);
	else
		report(found, FOUND_OK, NULL, "Linux %u.%u", major, minor);
}

static void check_proc(struct finding *found)
{
	if (access("/proc/self/exe", F_OK) == 0)
		report(found, FOUND_OK, NULL, "mounted");
	else
		report(found, FOUND_NOTE, "mount -t proc proc /proc, or name files by -k and -i",
		       "not mounted: the default guest is not found");
}

static void check_fsgsbase(struct finding *found)
{
	if (hostcpu_has_fsgsbase())
		report(found, FOUND_OK, NULL, "instructions enabled");
	else
		report(found, FOUND_NOTE,
		       "faster with a CPU since Ivy Bridge or Zen and Linux 5.9 without nofsgsbase",
		       "not enabled: FS and GS are set by system calls, no FSGSBASE in the guest");
}

static void check_pidfd(struct finding *found)
{
	int err = try_pidfd();

	if (err)
		report(found, FOUND_MISSING, CONTAINER, "pidfd_open or pidfd_send_signal: %s",
		       strerror(err));
	else
		report(found, FOUND_OK, NULL, "can be used");
}

static void check_memory(struct finding *found)
{
	int err = try_memory();

	if (err)
		report(found, FOUND_MISSING, CONTAINER, "shared memory cannot be executed: %s",
		       strerror(err));
	else
		report(found, FOUND_OK, NULL, "shared memory can be executed");
}

static void check_seccomp(struct finding *found)
{
	uint32_t trap = SECCOMP_RET_TRAP;
	int err;

	if (prctl(PR_GET_SECCOMP) < 0)
		report(found, FOUND_MISSING, "build the host kernel with CONFIG_SECCOMP",
		       "not available");
	else if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &trap) < 0)
		report(found, FOUND_MISSING, "build the host kernel with CONFIG_SECCOMP_FILTER",
		       "no filters, or no SECCOMP_RET_TRAP: %s", strerror(errno));
	else if ((err = try_filter()))
		report(found, FOUND_MISSING, CONTAINER, "no filter can be installed: %s",
		       strerror(err));
	else
		report(found, FOUND_OK, NULL, "filters with SECCOMP_RET_TRAP");
}

/* A second wall around the manager: without it there is one. */
static void check_landlock(struct finding *found)
{
	int abi = landlock_abi();

	if (abi)
		report(found, FOUND_OK, NULL, "ABI %d: the manager opens no files", abi);
	else
		report(found, FOUND_OK, NULL, "none: only a filter keeps the manager from files");
}

static void check_memfd(struct finding *found)
{
	long noexec = read_number("/proc/sys/vm/memfd_noexec", 0);

	if (try_monitor())
		report(found, FOUND_MISSING, "sysctl vm.memfd_noexec=1, or a /tmp without noexec",
		       "neither memfd nor /tmp can be executed");
	else if (noexec > 1)
		report(found, FOUND_NOTE, "sysctl vm.memfd_noexec=1",
		       "vm.memfd_noexec=%ld: a temporary file is used instead", noexec);
	else
		report(found, FOUND_OK, NULL, "can be executed");
}

static void check_ptrace(struct finding *found)
{
	static const char without[] = "no --redirect ptrace, gdb, or hardware breakpoints";
	long scope = read_number("/proc/sys/kernel/yama/ptrace_scope", 0);
	int err = try_ptrace();

	if (!err)
		report(found, FOUND_OK, NULL, "ptrace_scope %ld", scope);
	else if (scope > 2) /* cannot be lowered */
		report(found, FOUND_NOTE, "boot the host with kernel.yama.ptrace_scope=1",
		       "ptrace_scope %ld: %s", scope, without);
	else if (scope == 2)
		report(found, FOUND_NOTE, "sysctl kernel.yama.ptrace_scope=1, or CAP_SYS_PTRACE",
		       "ptrace_scope %ld: %s", scope, without);
	else
		report(found, FOUND_NOTE, CONTAINER, "%s: %s", without, strerror(err));
}

static void check_breakpoints(struct finding *found)
{
	if (debug_registers_work())
		report(found, FOUND_OK, NULL, "debug registers hit");
	else
		report(found, FOUND_NOTE, NULL,
		       "the host's debug registers never hit: no hardware breakpoints and "
		       "watchpoints for guests; gdb's are slow");
}

static void check_pku(struct finding *found)
{
	const char *missing = hostkeys_missing();

	if (!missing)
		report(found, FOUND_OK, NULL, "protection keys can be used");
	else
		report(found, FOUND_NOTE, NULL, "no --isolation pku: %s", missing);
}

static void check_limit(struct finding *found, int which, unsigned long need, const char *what,
			const char *remedy)
{
	struct rlimit limit;

	if (getrlimit(which, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		report(found, FOUND_OK, NULL, "%s: unlimited", what);
	else
		report(found, limit.rlim_cur < need ? FOUND_NOTE : FOUND_OK, remedy, "%s: %lu",
		       what, (unsigned long)limit.rlim_cur);
}

static void check_nproc(struct finding *found)
{
	check_limit(found, RLIMIT_NPROC, 256, "processes", "ulimit -u 4096");
}

static void check_nofile(struct finding *found)
{
	check_limit(found, RLIMIT_NOFILE, 256, "open files", "ulimit -n 1024");
}

/* With one virtual CPU and much memory; umvmm stats tells it of a VM. */
static void check_contexts(struct finding *found)
{
	const char *why;
	unsigned int none = contexts_limit(1, ISOLATION_NONE, UINT64_MAX, &why);
	unsigned int split = contexts_limit(1, ISOLATION_SPLIT, UINT64_MAX, &why);

	if (why)
		report(found, split < 512 ? FOUND_NOTE : FOUND_OK,
		       "raise that limit, or guests slow down where more processes take turns",
		       "%u guest processes at full speed, %u with --isolation split (%s)", none,
		       split, why);
	else
		report(found, FOUND_OK, NULL, "%u guest processes at full speed", split);
}

/* Of a VM of 1 GiB: what a hostile guest can have. The host's own limits bound the rest. */
static void check_overhead(struct finding *found)
{
	const unsigned int processes = 2 * contexts_limit(1, ISOLATION_SPLIT, 1ull << 30, NULL) + 2;

	report(found, FOUND_OK, NULL,
	       "a guest of 1 GiB with one CPU: at most %u processes, %llu MiB of page tables, and "
	       "%llu MiB of other memory beside its own",
	       processes, (unsigned long long)(overhead_limit(1ull << 30, processes) >> 20),
	       (unsigned long long)(contexts_memory(processes) >> 20));
}

static void check_memlock(struct finding *found)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_MEMLOCK, &limit);
	report(found, FOUND_OK, NULL, "%lu KiB (nothing is locked)",
	       (unsigned long)(limit.rlim_cur >> 10));
}

static void check_max_map_count(struct finding *found)
{
	long count = read_number("/proc/sys/vm/max_map_count", 65530);

	report(found, count < 65530 ? FOUND_NOTE : FOUND_OK, "sysctl vm.max_map_count=65530",
	       "%ld mappings a process", count);
}

static void check_huge(struct finding *found)
{
	char line[128] = "";
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	if (!file || !fgets(line, sizeof(line), file) || strstr(line, "[never]"))
		report(found, FOUND_NOTE,
		       "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
		       "no transparent huge pages: more page faults");
	else
		report(found, FOUND_OK, NULL, "transparent huge pages");
	if (file)
		fclose(file);
}

const struct doctor_check doctor_checks[] = {
	{ "kernel", check_kernel },
	{ "proc", check_proc },
	{ "fsgsbase", check_fsgsbase },
	{ "seccomp", check_seccomp },
	{ "landlock", check_landlock },
	{ "memfd", check_memfd },
	{ "memory", check_memory },
	{ "pidfd", check_pidfd },
	{ "ptrace", check_ptrace },
	{ "breakpoints", check_breakpoints },
	{ "pku", check_pku },
	{ "nproc", check_nproc },
	{ "nofile", check_nofile },
	{ "contexts", check_contexts },
	{ "overhead", check_overhead },
	{ "memlock", check_memlock },
	{ "max_map_count", check_max_map_count },
	{ "huge", check_huge },
	{ NULL, NULL },
};
