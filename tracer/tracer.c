// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer.c - the process that watches over the contexts.
 *
 * Runs: its own process, forked by the manager's steward as the manager's child. Holds
 * its end of the manager's socket, the standard streams, guest memory, where gdb may
 * connect, and a pidfd for each zygote. Nothing else is open until somebody debugs
 * (target.h). Threads: one for breakpoints that the guest sets (attach.c), one for gdb
 * (gdb/gdb.c), and with --redirect=ptrace one for each vCPU (redirect.c).
 */
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <physmem/physmem.h>
#include <tracer/ptrace/attach.h>
#include <tracer/ptrace/debug_registers.h>
#include <tracer/ptrace/group.h>
#include <tracer/ptrace/redirect.h>
#include <tracer/target/target.h>
#include <umvmm/base/fail.h>
#include <umvmm/base/fork_beside.h>
#include <umvmm/sandbox/sandbox.h>

#include "gdb/gdb.h"
#include "request.h"
#include "snapshot.h"

#define FD_MANAGER (STDERR_FILENO + 1)
#define FD_MEMORY  (STDERR_FILENO + 2)
#define FD_GDB	   (STDERR_FILENO + 3) /* DOOR_SOCKETS of them, perhaps */
#define FD_HIGH	   (FD_GDB + (int)DOOR_SOCKETS) /* sources are moved out of the targets' way */

#define MAX_ZYGOTES (2 * VM_MAX_VCPUS) /* with those of the user siblings */

static int gdb_sockets[DOOR_SOCKETS]; /* -1: there is none */

static int watch_zygote(int fd, const struct request *req, struct pollfd *zygote)
{
	int err = 0;

	zygote->fd = (int)syscall(SYS_pidfd_open, req->zygote, 0);
	zygote->events = POLLIN;
	if (zygote->fd < 0)
		err = errno;
	else if (group_add(req->zygote, zygote->fd) < 0)
		err = ESRCH;
	else if (req->watch != WATCH)
		return redirect_start(fd, req->zygote, req->watch == WATCH_REDIRECT_SIBLING);
	return request_answer(fd, err) < 0 || err ? -1 : 0;
}

/* A request of the manager. */
static int serve(int fd, struct vm *vm, struct pollfd *fds, nfds_t *n)
{
	struct request req = { 0 };
	int file;

	if (request_receive(fd, &req, &file) < 0)
		return -1;
	switch (req.kind) {
	case REQUEST_SNAPSHOT:
		if (file < 0)
			return -1;
		snapshot_serve(file);
		return 0;
	case REQUEST_GDB:
		return request_answer(fd, gdb_start(vm, gdb_sockets, req.hold));
	default:
		if (*n == 1 + MAX_ZYGOTES)
			return -1;
		return watch_zygote(fd, &req, &fds[(*n)++]);
	}
}

static void watch(int fd, struct vm *vm)
{
	struct pollfd fds[1 + MAX_ZYGOTES] = { { .fd = fd, .events = POLLIN } };
	nfds_t n = 1;

	for (;;) {
		if (poll(fds, n, -1) < 0) {
			if (errno == EINTR)
				continue;
			group_kill();
		}
		for (nfds_t i = 1; i < n; i++)
			if (fds[i].revents)
				group_kill();
		if (!fds[0].revents)
			continue;
		if (serve(fd, vm, fds, &n) < 0)
			group_kill();
	}
}

/* Our copy of FD becomes TO, or TO stays closed. */
static int place(int fd, int to)
{
	return fd < 0 ? -1 : dup2(fd, to);
}

/* Nothing but the standard streams and these stays open. */
static int keep_files(int fd, const struct tracer_machine *m)
{
	int from[] = { [FD_MANAGER] = fd, [FD_MEMORY] = m->mem->fd, [FD_GDB] = m->gdb[0],
		       [FD_GDB + 1] = m->gdb[1] };

	for (int to = FD_MANAGER; to < FD_HIGH; to++)
		if (from[to] >= 0)
			from[to] = fcntl(from[to], F_DUPFD, FD_HIGH);
	syscall(SYS_close_range, FD_MANAGER, FD_HIGH - 1, 0);
	for (int to = FD_MANAGER; to < FD_HIGH; to++)
		from[to] = place(from[to], to);
	memcpy(gdb_sockets, &from[FD_GDB], sizeof(gdb_sockets));
	syscall(SYS_close_range, FD_HIGH, ~0u, 0);
	return from[FD_MANAGER] < 0 || from[FD_MEMORY] < 0 ? -1 : 0;
}

/* A call that nothing of ours makes: whoever has taken this process over gets no further. */
static void way_out(int call)
{
	fail("the tracer has made system call %d, which it may not: a guest that has taken it "
	     "over, or a bug of umvmm", call);
	group_kill();
}

static void become_tracer(int fd, const struct tracer_machine *m)
{
	static const int ignored[] = { SIGINT,	SIGQUIT, SIGHUP,  SIGTERM, SIGPIPE,
				       SIGTTOU, SIGTTIN, SIGTSTP, SIGUSR1 };
	struct physmem own = { .fd = FD_MEMORY, .size = m->mem->size };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_NAME, "umvmm-tracer");
	for (unsigned int i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Standard input stays: the terminal is restored through it. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (keep_files(fd, m) < 0)
		_exit(1);
	if (!m->debug_registers)
		debug_registers_off();
	target_setup(m->vm, &own, m->ncpus);
	if (sandbox_tracer(way_out) < 0 || attach_start(m->vm) < 0)
		_exit(1);
	watch(FD_MANAGER, m->vm);
}

pid_t tracer_start(int *fd, const struct tracer_machine *m)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail("tracer: socketpair: %s", strerror(errno));
	pid = fork_beside();
	if (pid == 0)
		become_tracer(ends[0], m);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return fail("tracer: fork: %s", strerror(errno));
	}
	*fd = ends[1];
	return pid;
}

int tracer_snapshot(int fd, int client)
{
	const struct request req = { .kind = REQUEST_SNAPSHOT };

	return request_send_file(fd, &req, client);
}

int tracer_gdb(int fd, bool hold)
{
	const struct request req = { .kind = REQUEST_GDB, .hold = hold };
	int err = request_send(fd, &req);

	if (err)
		return fail("tracer: gdb's thread: %s", err < 0 ? "has gone away" : strerror(err));
	return 0;
}

int tracer_watch(int fd, pid_t zygote, enum watch how)
{
	const struct request req = { .kind = REQUEST_WATCH, .zygote = zygote, .watch = how };
	int err = request_send(fd, &req);

	if (err < 0)
		return fail("tracer: has gone away");
	if ((err == EPERM || err == ENOSYS) && how != WATCH)
		return fail("--redirect ptrace: the host permits no ptrace "
			    "(kernel.yama.ptrace_scope above 1, a container's policy, or "
			    "strace follows us); see umvmm doctor");
	if (err)
		return fail("tracer: pidfd_open: %s; see umvmm doctor", strerror(err));
	return 0;
}
