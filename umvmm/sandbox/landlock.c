// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * landlock.c - no file is opened any more, where the host has Landlock.
 *
 * Runs: in the manager and in whoever looks at a guest's memory: a second wall behind the
 * seccomp filter. Best effort: Linux 5.13 is the first that has it, and many a host has it
 * switched off.
 */
#include "landlock.h"

#include <linux/landlock.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* struct landlock_ruleset_attr, of which the build host's header may have a part only. */
struct ruleset {
	uint64_t files, net, scoped;
};

#define ABI_MAX 6
#define BITS(n) ((1ull << (n)) - 1)

/* What each ABI knows, by include/uapi/linux/landlock.h: all of it is refused. */
static const struct {
	struct ruleset refuse;
	size_t size;
} abis[ABI_MAX] = {
	{ { .files = BITS(13) }, offsetof(struct ruleset, net) },
	{ { .files = BITS(14) }, offsetof(struct ruleset, net) }, /* REFER */
	{ { .files = BITS(15) }, offsetof(struct ruleset, net) }, /* TRUNCATE */
	{ { .files = BITS(15), .net = BITS(2) }, offsetof(struct ruleset, scoped) },
	{ { .files = BITS(16), .net = BITS(2) }, offsetof(struct ruleset, scoped) }, /* IOCTL_DEV */
	/* abstract unix sockets; but not signals: contexts are killed and kicked */
	{ { .files = BITS(16), .net = BITS(2), .scoped = BITS(1) }, sizeof(struct ruleset) },
};

int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

void landlock_no_files(void)
{
	int abi = landlock_abi(), fd;

	if (abi < 1 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return;
	if (abi > ABI_MAX)
		abi = ABI_MAX;
	fd = (int)syscall(SYS_landlock_create_ruleset, &abis[abi - 1].refuse, abis[abi - 1].size,
			  0);
	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
}
