// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust_access.c - a process that somebody who cannot load modules may trace or write is
 * kept from the kernel's memory as that one is. Who can load modules may do so freely.
 *
 * Flags: guest-only trusted
 */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include "trust.h"

/* Between the two processes of a case. */
static struct shared {
	volatile int asked, answer; /* the victim looks at its wall, each time that it is asked */
	volatile int word;
	int fd;
	void *page;
} *shared;

static void victim(void)
{
	int seen = 0;

	for (;;) {
		while (shared->asked == seen)
			usleep(500);
		seen = shared->asked;
		shared->answer = walled() ? -seen : seen;
	}
}

/* Is the victim walled? -1: it does not answer. */
static int victim_walled(void)
{
	int n = ++shared->asked;

	for (int i = 0; i < 4000; i++) {
		if (shared->answer == n || shared->answer == -n)
			return shared->answer == -n;
		usleep(1000);
	}
	return -1;
}

/* How another process gets at it; each step returns 0. */
struct way {
	const char *name;
	int (*before)(pid_t pid); /* while that one may still load modules */
	int (*go)(pid_t pid);	  /* when it perhaps may not any more */
	bool is_access;		  /* by either */
};

static int no_op(pid_t pid)
{
	(void)pid;
	return 0;
}

/* A victim that is traced could not catch its SIGSEGV. */
static int detach(pid_t pid)
{
	int status;

	return ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || waitpid(pid, &status, 0) != pid ||
	       ptrace(PTRACE_DETACH, pid, 0, 0) < 0;
}

static int seize(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, 0, 0) < 0;
}

static int seize_detach(pid_t pid)
{
	return seize(pid) || detach(pid);
}

static int attach(pid_t pid)
{
	int status;

	return ptrace(PTRACE_ATTACH, pid, 0, 0) < 0 || waitpid(pid, &status, 0) != pid ||
	       ptrace(PTRACE_DETACH, pid, 0, 0) < 0;
}

static int writev_process(pid_t pid)
{
	int value = 0;
	struct iovec here = { &value, sizeof(value) };
	struct iovec there = { (void *)&shared->word, sizeof(value) };

	return process_vm_writev(pid, &here, 1, &there, 1, 0) != sizeof(value);
}

static int mem_open(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	shared->fd = open(path, O_RDWR);
	return shared->fd < 0;
}

static int mem_write(pid_t pid)
{
	int value = 0;

	(void)pid;
	return pwrite(shared->fd, &value, sizeof(value), (off_t)(uintptr_t)&shared->word) !=
	       sizeof(value);
}

static int mem_open_write(pid_t pid)
{
	return mem_open(pid) || mem_write(pid);
}

static const struct way ways[] = {
	{ "nothing", no_op, no_op, false },
	{ "attach", no_op, attach, true },
	{ "seize", no_op, seize_detach, true },
	{ "seize, then drop", seize, detach, true },
	{ "process_vm_writev", no_op, writev_process, true },
	{ "/proc/PID/mem", no_op, mem_open_write, true },
	{ "/proc/PID/mem, opened but not written", mem_open, no_op, false },
	{ "/proc/PID/mem, opened before", mem_open, mem_write, true },
};

static void one(const struct way *w, bool drop)
{
	pid_t pid, other;
	int status;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0)
		victim();
	EXPECT(victim_walled() == 0, "%s: before", w->name);
	other = fork();
	REQUIRE(other >= 0);
	if (other == 0) {
		int bad = w->before(pid);

		test_failures = 0;
		if (drop && drop_capability(CAP_SYS_MODULE, true))
			bad = 1;
		bad |= w->go(pid);
		EXPECT(!bad, "%s, %d: %s", w->name, drop, strerror(errno));
		EXPECT(victim_walled() == (drop && w->is_access), "%s by one who %s load modules",
		       w->name, drop ? "cannot" : "can");
		_exit(test_failures != 0);
	}
	REQUIRE(waitpid(other, &status, 0) == other);
	EXPECT(status == 0, "%s, %d: status %#x", w->name, drop, status);
	kill(pid, SIGKILL);
	REQUIRE(waitpid(pid, &status, 0) == pid);
}

/* A program that an untrusted process traces; and one that a trusted process does. */
static void exec_traced(void *arg)
{
	bool drop = arg != NULL;
	int status;
	pid_t pid;

	test_failures = 0;
	if (drop)
		REQUIRE(drop_capability(CAP_SYS_MODULE, true) == 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		REQUIRE(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
		exec_walled("/proc/self/exe");
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, WSTOPSIG(status) == SIGSEGV ? SIGSEGV : 0);
	EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == drop, "exec under %s's ptrace: %#x",
	       drop ? "an untrusted process" : "root", status);
}

/* The one who fills pages of another's memory counts, whoever made the descriptor. */
static void userfault(bool drop)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg;
	struct uffdio_copy copy;
	char *src = map_pages(1, PROT_READ | PROT_WRITE), *dst = map_pages(1, PROT_READ | PROT_WRITE);
	int status, fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	pid_t pid;

	REQUIRE(fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0);
	reg = (struct uffdio_register){ { (uintptr_t)dst, PAGE }, UFFDIO_REGISTER_MODE_MISSING, 0 };
	REQUIRE(ioctl(fd, UFFDIO_REGISTER, &reg) == 0);
	copy = (struct uffdio_copy){ (uintptr_t)dst, (uintptr_t)src, PAGE, 0, 0 };
	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		REQUIRE(!drop || drop_capability(CAP_SYS_MODULE, true) == 0);
		_exit(ioctl(fd, UFFDIO_COPY, &copy) != 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	EXPECT(walled() == drop, "userfaultfd by one who %s load modules", drop ? "cannot" : "can");
	close(fd);
}

static void userfault_child(void *drop)
{
	test_failures = 0;
	userfault(drop != NULL);
}

int main(int argc, char **argv)
{
	TRUST_ASKED(argc, argv);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(shared != MAP_FAILED);
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		one(&ways[i], false);
		one(&ways[i], true);
	}
	EXPECT(in_child(exec_traced, NULL) == 0, "traced exec");
	EXPECT(in_child(exec_traced, "drop") == 0, "traced exec, untrusted");
	EXPECT(in_child(userfault_child, NULL) == 0, "userfaultfd");
	EXPECT(in_child(userfault_child, "drop") == 0, "userfaultfd, untrusted");
	EXPECT(!walled(), "what others do to each other must not matter");
	return test_end();
}
