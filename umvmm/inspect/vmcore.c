// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmcore.c - writes a guest's memory and registers for a debugger.
 *
 * Runs: in umvmm dump and, after a panic, in the manager.
 */
#include "vmcore.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/base/fail.h>

#include "elfcore.h"
#include "running.h"
#include "sparse.h"

volatile sig_atomic_t vmcore_signal;

static void caught(int sig)
{
	vmcore_signal = sig;
}

void vmcore_catch_signals(void)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction act = { .sa_handler = caught };

	for (unsigned int i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaction(ours[i], &act, NULL);
	signal(SIGXFSZ, SIG_IGN); /* EFBIG will do */
}

/* As ptrace(2) shows them: the kernel's tools know no other form. */
static struct user_regs_struct user_regs(const struct target_regs *r)
{
	return (struct user_regs_struct){
		.rax = r->r[GPR_RAX], .rcx = r->r[GPR_RCX],
		.rdx = r->r[GPR_RDX], .rbx = r->r[GPR_RBX],
		.rsp = r->r[GPR_RSP], .rbp = r->r[GPR_RBP],
		.rsi = r->r[GPR_RSI], .rdi = r->r[GPR_RDI],
		.r8 = r->r[GPR_R8], .r9 = r->r[GPR_R9],
		.r10 = r->r[GPR_R10], .r11 = r->r[GPR_R11],
		.r12 = r->r[GPR_R12], .r13 = r->r[GPR_R13],
		.r14 = r->r[GPR_R14], .r15 = r->r[GPR_R15],
		.rip = r->rip, .eflags = r->rflags, .orig_rax = ~0ull,
		.cs = r->cs, .ss = r->ss, .ds = r->ds, .es = r->es, .fs = r->fs, .gs = r->gs,
		.fs_base = r->fs_base, .gs_base = r->gs_base,
	};
}

/* A vCPU that has not stopped keeps its place, without registers. */
static void add_registers(struct elfcore *core, const struct snapshot *s, const char *path)
{
	core->ncpus = s->ncpus;
	if (!s->ncpus)
		note("%s: without registers: a debugger has the CPUs, or they do not stop", path);
	for (unsigned int i = 0; i < s->ncpus; i++) {
		if (s->running >> i & 1)
			note("%s: without the registers of CPU %u, which did not stop: what it "
			     "changes may be in the file in part", path, i);
		else
			core->regs[i] = user_regs(&s->regs[i]);
	}
}

/* Of a kernel that does not tell: not known. */
static void add_pids(struct elfcore *core, const struct snapshot *s, const struct guestmem *mem)
{
	struct running at[VM_MAX_VCPUS];
	struct linux_guest l;
	struct tasks all;

	for (unsigned int i = 0; i < VM_MAX_VCPUS; i++)
		core->pid[i] = PID_UNKNOWN;
	if (!s->ncpus || linux_open(&l, mem, "", true, true) < 0)
		return;
	(void)!tasks_load(&all, &l, true); /* some are better than none */
	running_tasks(at, &l, s, &all);
	for (unsigned int i = 0; i < VM_MAX_VCPUS; i++)
		core->pid[i] = at[i].pid;
	tasks_free(&all);
	linux_close(&l);
}

int vmcore_write(struct outfile *out, const struct guestmem *mem, const struct snapshot *snapshot)
{
	static uint8_t head[ELFCORE_HEAD];
	struct vmcoreinfo info;
	struct elfcore core = { .mem_size = mem->size, .image = mem->image, .info = &info };
	ssize_t n;
	int err;

	if (vmcoreinfo_find(&info, mem) < 0)
		note("%s: without vmcoreinfo, which drgn needs: the guest's kernel has just "
		     "started, or was built without CONFIG_CRASH_CORE (set CONFIG_PROC_KCORE)",
		     out->path);
	if (snapshot) {
		add_registers(&core, snapshot, out->path);
		add_pids(&core, snapshot, mem);
	}
	elfcore_head(head, &core);
	n = pwrite(out->fd, head, sizeof(head), 0);
	err = n == sizeof(head) ? 0 : n < 0 ? -errno : -ENOSPC;
	if (!err)
		err = sparse_copy(out->fd, sizeof(head), mem->fd, mem->size, &vmcore_signal);
	if (err == -EINTR && vmcore_signal)
		return -1;
	if (err)
		return fail("%s: %s", out->path, strerror(-err));
	return 0;
}
