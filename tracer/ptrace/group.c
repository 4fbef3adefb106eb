// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * group.c - the VM's processes: which they are, and their end.
 *
 * Runs: in the tracer. The main thread adds while the others look.
 */
#include "group.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vm.h>

#include <umvmm/base/terminal.h>

#define PIDFD_SIGNAL_PROCESS_GROUP 4u /* include/uapi/linux/pidfd.h, since Linux 6.9 */

static struct {
	pid_t zygote;
	int pidfd;
} leader[VM_MAX_VCPUS];
static unsigned int leaders;

int group_add(pid_t zygote, int pidfd)
{
	unsigned int n = leaders;

	if (getpgid(zygote) != zygote) /* a user siblings' zygote, in the group of its vCPU */
		return group_has(zygote) ? 0 : -1;
	if (n == VM_MAX_VCPUS)
		return -1;
	leader[n].zygote = zygote;
	leader[n].pidfd = pidfd;
	__atomic_store_n(&leaders, n + 1, __ATOMIC_RELEASE);
	return 0;
}

bool group_has(pid_t pid)
{
	unsigned int n = __atomic_load_n(&leaders, __ATOMIC_ACQUIRE);
	pid_t group = pid > 1 ? getpgid(pid) : -1;

	for (unsigned int i = 0; i < n; i++)
		if (leader[i].zygote == group)
			return true;
	return false;
}

/*
 * Nothing is left to clean up after us. A pidfd names a group for good. On older hosts its
 * number must do, which is somebody else's only when the manager and all of the group are dead.
 */
void group_kill(void)
{
	unsigned int n = __atomic_load_n(&leaders, __ATOMIC_ACQUIRE);

	terminal_restore();
	for (unsigned int i = 0; i < n; i++)
		if (syscall(SYS_pidfd_send_signal, leader[i].pidfd, SIGKILL, NULL,
			    PIDFD_SIGNAL_PROCESS_GROUP) < 0 &&
		    errno == EINVAL)
			kill(-leader[i].zygote, SIGKILL);
	kill(getpid(), SIGKILL);
	_exit(1);
}
