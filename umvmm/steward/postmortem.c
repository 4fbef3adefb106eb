// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * postmortem.c - what a guest that has failed leaves: registers, stack, the last of its log, or
 * all of its memory in a file.
 *
 * Runs: postmortem.h.
 * Must hold: all of it is the guest's: what is shown is printable, and no more than some lines;
 * whatever the child does, its parent ends it when it is asked to.
 */
#include "postmortem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/futex.h>
#include <umvmm/inspect/backtrace.h>
#include <umvmm/inspect/printk.h>
#include <umvmm/inspect/vmcore.h>
#include <umvmm/sandbox/sandbox.h>
#include <umvmm/streams/outlet.h>

#define LOG_LINES 12u
#define TEXT_MAX  65536u	/* bytes that a child may have to say */
#define WAIT_NS	  60000000000ll /* a busy host gives it little of its CPUs */

#define FD_MEMORY (STDERR_FILENO + 1)
#define FD_OUT	  (STDERR_FILENO + 2)

struct last_lines {
	FILE *out;
	uint64_t skip, seen;
};

static void count(void *ctx, const struct printk_record *record)
{
	struct last_lines *last = ctx;

	(void)record;
	last->seen++;
}

static void show(void *ctx, const struct printk_record *record)
{
	struct last_lines *last = ctx;

	if (last->seen++ >= last->skip)
		printk_print(last->out, record);
}

/* The console has the log already where there was a panic. */
static void print_log(FILE *out, const struct linux_guest *l)
{
	struct last_lines last = { .out = out };

	if (printk_each(&l->mem, &l->info, count, &last) < 0 || !last.seen)
		return;
	fprintf(out, "the end of its log:\n");
	last.skip = last.seen > LOG_LINES ? last.seen - LOG_LINES : 0;
	last.seen = 0;
	(void)!printk_each(&l->mem, &l->info, show, &last);
}

static void trace(const struct guestmem *mem, const struct steward_request *r)
{
	const struct snapshot *registers = &r->registers;
	struct linux_guest l;

	/* a guest that is no Linux, or has just started, has no more than registers */
	if (linux_open(&l, mem, "", true, true) < 0)
		return;
	if (r->cpu < registers->ncpus && !(registers->running >> r->cpu & 1))
		backtrace_cpu(stderr, &l, r->cpu, &registers->regs[r->cpu], NULL, true);
	if (r->log)
		print_log(stderr, &l);
	linux_close(&l);
}

/* A child that has its parent's pipe in place of all output. */
struct child {
	pid_t pid;
	int pipe;
};

/* OUT -1: there is no file but the memory. */
static void close_the_rest(int pipe, int memory, int out)
{
	int kept = FD_MEMORY;

	/* out of the targets' way */
	pipe = fcntl(pipe, F_DUPFD, FD_OUT + 1);
	memory = fcntl(memory, F_DUPFD, FD_OUT + 1);
	if (out >= 0)
		out = fcntl(out, F_DUPFD, FD_OUT + 1);
	if (dup2(pipe, STDERR_FILENO) < 0 || dup2(pipe, STDOUT_FILENO) < 0 ||
	    dup2(memory, FD_MEMORY) < 0)
		_exit(1);
	if (out >= 0)
		kept = dup2(out, FD_OUT);
	close(STDIN_FILENO);
	syscall(SYS_close_range, kept + 1, ~0u, 0);
}

/* 0 in the child, which is confined; 1 in the parent; -1 after a message. */
static int begin(struct child *c, int memory, int out, unsigned int seconds)
{
	int ends[2];

	if (pipe(ends) < 0)
		return fail("the guest's memory cannot be looked at: %s", strerror(errno));
	fflush(NULL);
	c->pid = fork();
	if (c->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close_the_rest(ends[1], memory, out);
		if (sandbox_reader(seconds) < 0)
			_exit(1);
		return 0;
	}
	close(ends[1]);
	c->pipe = ends[0];
	if (c->pid > 0)
		return 1;
	close(ends[0]);
	return fail("the guest's memory cannot be looked at: fork: %s", strerror(errno));
}

/* Passes on what it says, until it ends or has to: its status as waitpid() has it. */
static int finish(struct child *c, int socket, int64_t limit)
{
	const int64_t end = monotonic_ns() + limit;
	size_t total = 0;
	char text[4096];
	int status = 0;

	while (total < TEXT_MAX && monotonic_ns() < end) {
		struct pollfd fds[] = { { .fd = c->pipe, .events = POLLIN },
					{ .fd = socket, .events = POLLIN } };
		ssize_t n;

		if (poll(fds, 2, 1000) <= 0)
			continue;
		if (fds[1].revents)
			break;
		n = read(c->pipe, text, sizeof(text));
		if (n <= 0)
			break;
		outlet_plain(text, (size_t)n);
		(void)!write(STDERR_FILENO, text, (size_t)n);
		total += (size_t)n;
	}
	kill(c->pid, SIGKILL); /* one that has closed its pipe has ended, or shall */
	waitpid(c->pid, &status, 0);
	close(c->pipe);
	return status;
}

static struct guestmem memory_of(uint64_t size, const struct steward_request *r)
{
	return (struct guestmem){ .fd = FD_MEMORY, .size = size, .image = r->image };
}

void postmortem_trace(int socket, int memory, uint64_t size, const struct steward_request *r)
{
	const struct guestmem mem = memory_of(size, r);
	struct child c;
	int which = begin(&c, memory, -1, READER_SECONDS);

	if (which == 0) {
		trace(&mem, r);
		fflush(stderr);
		_exit(0);
	}
	if (which > 0)
		finish(&c, socket, WAIT_NS);
}

static void write_core(uint64_t size, const struct steward_request *r, const char *path)
{
	const struct guestmem mem = memory_of(size, r);
	struct outfile out = { .fd = FD_OUT, .path = path };

	signal(SIGXFSZ, SIG_IGN); /* EFBIG will do */
	_exit(vmcore_write(&out, &mem, &r->registers) < 0);
}

int postmortem_dump(int socket, int memory, uint64_t size, const struct steward_request *r,
		    const char *path)
{
	struct outfile out;
	struct child c;
	int which;

	if (outfile_open(&out, path, true) < 0)
		return -1;
	which = begin(&c, memory, out.fd, dump_seconds(size));
	if (which == 0)
		write_core(size, r, path);
	if (which < 0 || finish(&c, socket, INT64_MAX / 2) != 0) {
		outfile_abandon(&out);
		return -1;
	}
	if (outfile_commit(&out) < 0)
		return -1;
	note("%s holds the guest's memory: drgn -c %s -s VMLINUX", path, path);
	return 0;
}
