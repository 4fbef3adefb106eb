// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tracer.c - the process that watches over the contexts.
 *
 * Runs: its own process, forked while the manager has no other thread. Holds
 * its end of the manager's socket, the standard streams, guest memory, and a pidfd for
 * each zygote. Nothing else is open until somebody debugs (target.h). --redirect=ptrace adds
 * threads (redirect.c).
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
#include <umvmm/fail.h>

#include "attach.h"
#include "group.h"
#include "redirect.h"
#include "request.h"
#include "snapshot.h"
#include "target.h"

#define FD_MANAGER (STDERR_FILENO + 1)
#define FD_MEMORY  (STDERR_FILENO + 2)
#define FD_HIGH	   (STDERR_FILENO + 3) /* sources are moved out of the targets' way */

#define MAX_ZYGOTES (2 * VM_MAX_VCPUS) /* with those of the user siblings */

/* A request of the manager: the number of zygotes that it has brought, or -1. */
static int serve(int fd, struct pollfd *zygote)
{
	struct request req = { 0 };
	int err = 0, file;

	if (request_receive(fd, &req, &file) < 0)
		return -1;
	if (file >= 0) {
		snapshot_serve(file);
		return 0;
	}
	zygote->fd = (int)syscall(SYS_pidfd_open, req.zygote, 0);
	zygote->events = POLLIN;
	if (zygote->fd < 0)
		err = errno;
	else if (req.watch != WATCH)
		return redirect_start(fd, req.zygote, req.watch == WATCH_REDIRECT_SIBLING) < 0 ?
		       -1 : 1;
	return request_answer(fd, err) < 0 || err ? -1 : 1;
}

static void watch(int fd)
{
	/* one place more: for the zygote that the next request may be about */
	struct pollfd fds[1 + MAX_ZYGOTES + 1] = { { .fd = fd, .events = POLLIN } };
	nfds_t n = 1;
	int more;

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
		more = serve(fd, &fds[n]);
		if (more < 0)
			group_kill();
		n += (nfds_t)more;
		if (n > 1 + MAX_ZYGOTES)
			group_kill();
	}
}

static void become_tracer(int fd, struct vm *vm, const struct physmem *mem, unsigned int ncpus)
{
	struct physmem own = { .fd = fcntl(mem->fd, F_DUPFD, FD_HIGH), .size = mem->size };
	static const int ignored[] = { SIGINT,	SIGQUIT, SIGHUP,  SIGTERM, SIGPIPE,
				       SIGTTOU, SIGTTIN, SIGTSTP, SIGUSR1 };
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_NAME, "umvmm-tracer");
	for (unsigned int i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Standard input stays: the terminal is restored through it. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	if (dup2(fd, FD_MANAGER) < 0 || dup2(own.fd, FD_MEMORY) < 0)
		_exit(1);
	own.fd = FD_MEMORY;
	syscall(SYS_close_range, FD_MEMORY + 1, ~0u, 0);
	target_setup(vm, &own, ncpus);
	if (attach_start(vm) < 0)
		_exit(1);
	watch(FD_MANAGER);
}

pid_t tracer_start(int *fd, struct vm *vm, const struct physmem *mem, unsigned int ncpus)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail("tracer: socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0)
		become_tracer(ends[0], vm, mem, ncpus);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return fail("tracer: fork: %s", strerror(errno));
	}
	if (setpgid(pid, pid) < 0) { /* whoever of the two comes first */
		kill(pid, SIGKILL);
		close(ends[1]);
		return fail("tracer: setpgid: %s", strerror(errno));
	}
	*fd = ends[1];
	return pid;
}

int tracer_snapshot(int fd, int client)
{
	const struct request req = { 0 };

	return request_send_file(fd, &req, client);
}

int tracer_watch(int fd, pid_t zygote, enum watch how)
{
	const struct request req = { .zygote = zygote, .watch = how };
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
