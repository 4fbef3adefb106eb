/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trust.h - is the user code of this process kept from the kernel's memory?
 *
 * Runs: in the tests of --isolation users, in the guest.
 */
#ifndef TRUST_H
#define TRUST_H

#include <linux/capability.h>
#include <setjmp.h>
#include <sys/prctl.h>
#include <umvmm/abi.h>
#include "test.h"

static __thread sigjmp_buf trust_back;

static void trust_segv(int sig)
{
	(void)sig;
	siglongjmp(trust_back, 1);
}

/* Does a load of the VM's page, which no user sibling has, end in SIGSEGV? Not in a vfork's child. */
static inline bool walled(void)
{
	const struct sigaction sa = { .sa_handler = trust_segv, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	if (sigsetjmp(trust_back, 1))
		return true;
	(void)*(volatile uint32_t *)UMVMM_VM_ADDR;
	return false;
}

/* This program anew, to say so: 0 not walled, 1 walled; for a main() that begins with it. */
#define TRUST_ASKED(argc, argv)                                                                  \
	do {                                                                                     \
		if ((argc) == 2 && !strcmp((argv)[1], "walled"))                                 \
			return walled();                                                         \
	} while (0)

static inline void exec_walled(const char *file)
{
	execl(file, file, "walled", NULL);
	_exit(99);
}

/* Takes capabilities from the effective set, and with all from the permitted one. */
static inline int drop_capability(unsigned int cap, bool all)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return -1;
	data[cap / 32].effective &= ~(1u << cap % 32);
	if (all)
		data[cap / 32].permitted &= ~(1u << cap % 32);
	return (int)syscall(SYS_capset, &head, data);
}

/* Only this thread, as the C library would do it for all. */
static inline int setuid_here(unsigned int uid)
{
	return (int)syscall(SYS_setresuid, uid, uid, uid);
}

#endif
