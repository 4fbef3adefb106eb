// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * facilities.c - what test suites ask a kernel for before they run is there and works: keys,
 * Landlock, KSM, huge pages, multicast, accounting, quota, what the kernel tells about processes,
 * permission events, names of file systems; and an LDT is refused as one who has none refuses it.
 *
 * Flags: guest-only
 */
#include <arpa/inet.h>
#include <linux/connector.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include "test.h"

static bool reads(const char *path, const char *what)
{
	static char buf[65536];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = 0;
	return strstr(buf, what);
}

static void keys(void)
{
	char got[8] = "";
	long key = syscall(SYS_add_key, "user", "umvmm", "secret", 6, KEY_SPEC_PROCESS_KEYRING);

	EXPECT(key > 0, "add_key: %s", strerror(errno));
	EXPECT(syscall(SYS_keyctl, KEYCTL_READ, key, got, sizeof(got)) == 6 && !strcmp(got, "secret"),
	       "it reads %s", got);
	EXPECT(syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, -1, KEY_SPEC_PROCESS_KEYRING) > 0,
	       "a persistent keyring: %s", strerror(errno));
}

/* In a child: it is for good. */
static void landlock(void)
{
	const struct landlock_ruleset_attr rules = { LANDLOCK_ACCESS_FS_READ_DIR };
	int status, fd;
	pid_t pid = fork();

	REQUIRE(pid >= 0);
	if (pid == 0) {
		fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
		REQUIRE(fd >= 0);
		REQUIRE(open("/proc", O_RDONLY | O_DIRECTORY) >= 0);
		REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		REQUIRE(syscall(SYS_landlock_restrict_self, fd, 0) == 0);
		REQUIRE(open("/proc", O_RDONLY | O_DIRECTORY) == -1 && errno == EACCES);
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "the child: %#x", status);
}

static void memory(void)
{
	void *p = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED);
	EXPECT(madvise(p, 16 * PAGE, MADV_MERGEABLE) == 0, "KSM: %s", strerror(errno));
	munmap(p, 16 * PAGE);
	/* of none, so ENOMEM; a kernel without them says EINVAL */
	p = mmap(NULL, 2ul << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1,
		 0);
	EXPECT(p != MAP_FAILED || errno == ENOMEM, "huge pages: %s", strerror(errno));
}

static void huge_page(void)
{
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);
	char *p;

	REQUIRE(fd >= 0 && write(fd, "2", 1) == 1);
	p = mmap(NULL, 2ul << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1,
		 0);
	EXPECT(p != MAP_FAILED, "%s", strerror(errno));
	if (p != MAP_FAILED) {
		memset(p, 0x5a, 2ul << 20);
		EXPECT(p[0x1fffff] == 0x5a && p[0x1000] == 0x5a, "its bytes");
		munmap(p, 2ul << 20);
	}
	REQUIRE(write(fd, "0", 1) == 1);
	close(fd);
}

static void multicast(void)
{
	const struct ip_mreqn group = { { inet_addr("224.0.0.251") }, { htonl(INADDR_LOOPBACK) }, 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	REQUIRE(fd >= 0);
	EXPECT(setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) == 0, "%s",
	       strerror(errno));
	close(fd);
}

static void connector(void)
{
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR);

	EXPECT(fd >= 0, "%s", strerror(errno));
	close(fd);
}

/* Asks each open of a file in a folder of our own, and says no. */
static void permission_events(void)
{
	struct fanotify_event_metadata event;
	struct fanotify_response answer = { .response = FAN_DENY };
	int status, fd = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY);
	pid_t pid;

	EXPECT(fd >= 0, "%s", strerror(errno));
	REQUIRE(mkdir("/facilities", 0755) == 0);
	REQUIRE(close(open("/facilities/file", O_CREAT | O_WRONLY, 0644)) == 0);
	EXPECT(fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN_PERM | FAN_EVENT_ON_CHILD, AT_FDCWD,
			     "/facilities") == 0, "%s", strerror(errno));
	if (!test_failures) {
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0)
			_exit(!(open("/facilities/file", O_RDONLY) == -1 && errno == EPERM));
		REQUIRE(read(fd, &event, sizeof(event)) == sizeof(event));
		answer.fd = event.fd;
		REQUIRE(write(fd, &answer, sizeof(answer)) == sizeof(answer));
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0, "the child: %#x", status);
	}
	close(fd);
	unlink("/facilities/file");
	rmdir("/facilities");
}

int main(void)
{
	char ldt[64];

	keys();
	landlock();
	memory();
	multicast();
	connector();
	EXPECT(access("/proc/self/map_files", F_OK) == 0, "CHECKPOINT_RESTORE");
	EXPECT(prctl(PR_GET_TID_ADDRESS, ldt) == 0, "CHECKPOINT_RESTORE");
	EXPECT(reads("/proc/filesystems", "\tfuse\n"), "FUSE");
	EXPECT(syscall(SYS_modify_ldt, 0, ldt, sizeof(ldt)) == -1 && errno == ENOSYS, "an LDT: %s",
	       strerror(errno));
	if (geteuid() == 0) {
		EXPECT(acct(NULL) == 0, "accounting: %s", strerror(errno));
		EXPECT(access("/sys/kernel/security", F_OK) == 0, "securityfs");
		huge_page();
		permission_events();
	}
	return test_end();
}
