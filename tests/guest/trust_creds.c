// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trust_creds.c - a process that can no longer load modules is kept from the kernel's
 * memory at once, whatever took that from it, until it executes a program that can.
 *
 * Flags: guest-only trusted
 */
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include "trust.h"

extern char **environ;

/* What a child does, after which it is walled, or not. */
struct way {
	const char *name;
	int (*go)(void);
	bool wall, wall_after_exec;
};

static int nothing(void)
{
	return 0;
}

static int set_uid(void)
{
	return setuid_here(1000);
}

static int set_euid_back(void)
{
	return syscall(SYS_setresuid, -1, 1000, -1) < 0 || syscall(SYS_setresuid, -1, 0, -1) < 0;
}

static int effective(void)
{
	return drop_capability(CAP_SYS_MODULE, false);
}

static int permitted(void)
{
	return drop_capability(CAP_SYS_MODULE, true);
}

static int other_capability(void)
{
	return drop_capability(CAP_SYS_TIME, true);
}

static int bounding(void)
{
	return prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE, 0, 0, 0);
}

static int user_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog prog = { 1, &allow };

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

/* How programs find out that there are filters. */
static int filter_probe(void)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT ? 0 : -1;
}

/* Landlock's, against making device nodes. */
static int landlock(void)
{
	const struct landlock_ruleset_attr rules = { LANDLOCK_ACCESS_FS_MAKE_CHAR };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);

	return fd < 0 ? -1 : (int)syscall(SYS_landlock_restrict_self, fd, 0);
}

static void *drop_and_end(void *failed)
{
	*(bool *)failed = setuid_here(1000) < 0;
	return NULL;
}

static int thread_drops(void)
{
	bool failed = false;
	pthread_t thread;

	if (pthread_create(&thread, NULL, drop_and_end, &failed))
		return -1;
	pthread_join(thread, NULL);
	return failed ? -1 : 0;
}

static void *drop_and_wait(void *drop)
{
	if (drop && setuid_here(1000) < 0)
		_exit(90);
	for (;;)
		pause();
}

/* One by one: with the first it is over, also for those who come later. */
static int threads_drop(void)
{
	static pthread_t thread[8];

	for (unsigned int i = 0; i < 8; i++)
		if (pthread_create(&thread[i], NULL, drop_and_wait, i == 5 ? thread : NULL))
			return -1;
	for (int i = 0; i < 1000 && !walled(); i++)
		usleep(1000);
	return 0;
}

/* A child that shares the memory: raw, as vfork() of the C library is. */
static int vfork_drops(void)
{
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		setuid_here(1000);
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int spawn_only(void)
{
	char *const argv[] = { "trust", "walled", NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ))
		return -1;
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int sleep_shared(void *arg)
{
	(void)arg;
	return 0;
}

/* The child is in a new namespace, and shares our memory. */
static int clone_namespace(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int status;
	pid_t pid = clone(sleep_shared, stack + sizeof(stack),
			  CLONE_VM | CLONE_NEWUSER | SIGCHLD, NULL);

	return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : -1;
}

static const struct way ways[] = {
	{ "nothing", nothing, false, false },
	{ "setuid", set_uid, true, true },
	{ "seteuid and back", set_euid_back, true, false },
	{ "capset, effective", effective, true, false },
	{ "capset, permitted", permitted, true, false }, /* root gets it back by exec */
	{ "capset of another", other_capability, false, false },
	{ "bounding set", bounding, true, true },
	{ "user namespace", user_namespace, true, true },
	{ "no_new_privs", no_new_privs, false, false },
	{ "seccomp filter", filter, true, true },
	{ "Landlock", landlock, true, true },
	{ "a probe for filters", filter_probe, false, false },
	{ "one thread", thread_drops, true, false },
	{ "threads one by one", threads_drop, true, false },
	{ "vfork's child", vfork_drops, true, false },
	{ "posix_spawn", spawn_only, false, false },
	{ "clone with a user namespace", clone_namespace, true, false },
};

static void go(void *arg)
{
	const struct way *w = arg;

	EXPECT(!walled(), "%s: before", w->name);
	EXPECT(w->go() == 0, "%s: %s", w->name, strerror(errno));
	EXPECT(walled() == w->wall, "%s", w->name);
	if (in_child((void (*)(void *))exec_walled, "/proc/self/exe") != w->wall_after_exec << 8)
		EXPECT(false, "%s: exec in a child", w->name);
	exec_walled("/proc/self/exe");
}

static void copy_self(const char *to, unsigned int owner, unsigned int mode)
{
	static char buf[65536];
	int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ssize_t n;

	REQUIRE(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		REQUIRE(write(out, buf, (size_t)n) == n);
	REQUIRE(fchown(out, owner, owner) == 0 && fchmod(out, mode) == 0);
	close(in);
	close(out);
}

static void exec_as(void *arg)
{
	const unsigned int *as = arg;

	if (*as)
		REQUIRE(syscall(SYS_setresgid, *as, *as, *as) == 0 && setuid_here(*as) == 0);
	exec_walled("/trust.set-uid");
}

static void setuid_programs(void)
{
	unsigned int root = 0, user = 1000;
	int status;

	copy_self("/trust.set-uid", 0, 04755);
	status = in_child(exec_as, &user);
	EXPECT(status == 0, "a user executes root's set-uid program: status %#x", status);
	copy_self("/trust.set-uid", 1000, 04755);
	status = in_child(exec_as, &root);
	EXPECT(status == 1 << 8, "root executes a user's set-uid program: status %#x", status);
	unlink("/trust.set-uid");
}

int main(int argc, char **argv)
{
	TRUST_ASKED(argc, argv);
	for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		int status = in_child(go, (void *)&ways[i]);

		EXPECT(status == ways[i].wall_after_exec << 8, "%s, then exec: status %#x",
		       ways[i].name, status);
	}
	setuid_programs();
	EXPECT(!walled(), "what children do must not matter");
	return test_end();
}
