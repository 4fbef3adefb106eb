// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * init.c - the guest's process 1: mounts, then one shell or one command.
 *
 * Runs: in guest user space, statically linked, as /init of the initramfs; the
 * same program serves under umvmm and on QEMU.
 *
 * Must hold: process 1 never exits; every way out ends in power_off().
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "init.h"

/* What every guest has mounted; a kernel without one of them boots as well. */
static const struct {
	const char *type;
	const char *dir;
	unsigned long flags;
	const char *data;
} mounts[] = {
	{"devtmpfs", "/dev", MS_NOSUID, "mode=0755"},
	{"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	{"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	{"devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620,gid=5"},
	{"tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"},
	{"tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777"},
	{"tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755"},
	{"cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL},
	{"debugfs", "/sys/kernel/debug", 0, NULL},
	{"tracefs", "/sys/kernel/tracing", 0, NULL},
};

static void mount_all(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].dir, 0755);
		if (mount(mounts[i].type, mounts[i].dir, mounts[i].type, mounts[i].flags,
			  mounts[i].data) < 0 &&
		    errno != ENODEV && errno != ENOENT)
			fprintf(stderr, "init: mount %s: %s\n", mounts[i].dir, strerror(errno));
	}
	/* Absent without devtmpfs's help; scripts expect them. */
	if (symlink("/proc/self/fd", "/dev/fd") < 0 || symlink("fd/0", "/dev/stdin") < 0 ||
	    symlink("fd/1", "/dev/stdout") < 0 || symlink("fd/2", "/dev/stderr") < 0)
		fprintf(stderr, "init: links in /dev: %s\n", strerror(errno));
}

static void loopback_up(void)
{
	struct ifreq req = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; /* a kernel without IPv4 */
	if (ioctl(fd, SIOCGIFFLAGS, &req) == 0) {
		req.ifr_flags |= IFF_UP | IFF_RUNNING;
		if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
			fprintf(stderr, "init: lo: %s\n", strerror(errno));
	}
	close(fd);
}

/* The number after "NAME=" on the kernel's command line, or 0. */
static unsigned int cmdline_number(const char *name)
{
	char line[4096];
	size_t len = strlen(name);
	unsigned int value = 0;
	char *save, *word;
	ssize_t got;
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	got = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (got <= 0)
		return 0;
	line[got] = '\0';
	for (word = strtok_r(line, " \n", &save); word; word = strtok_r(NULL, " \n", &save))
		if (!strncmp(word, name, len) && word[len] == '=')
			value = strtoul(word + len + 1, NULL, 10);
	return value;
}

static void set_environment(void)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	if (!getenv("TERM"))
		setenv("TERM", "linux", 1);
	if (sethostname("umvmm", 5) < 0)
		perror("init: sethostname");
}

static void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* no way to power off: at least stop burning the CPU */
	reboot(RB_HALT_SYSTEM);
	for (;;)
		pause();
}

/* What BusyBox's poweroff, halt and reboot ask process 1 for. */
static void on_order(int sig)
{
	sync();
	reboot(sig == SIGUSR2 ? RB_POWER_OFF : sig == SIGUSR1 ? RB_HALT_SYSTEM : RB_AUTOBOOT);
}

static void take_orders(void)
{
	static const int orders[] = {SIGUSR2, SIGUSR1, SIGTERM};
	const struct sigaction sa = {.sa_handler = on_order, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		sigaction(orders[i], &sa, NULL);
}

int init_reap(pid_t wanted)
{
	int status;

	for (;;) {
		pid_t pid = wait(&status);

		if (pid == wanted)
			break;
		if (pid < 0 && errno == ECHILD)
			return 127;
	}
	return init_status(status);
}

/* An interactive shell on the console, with job control. */
static void run_shell(void)
{
	struct winsize size = {
		.ws_row = cmdline_number("umvmm.rows"),
		.ws_col = cmdline_number("umvmm.cols"),
	};
	pid_t pid;

	if (size.ws_row && size.ws_col) /* the manager has a terminal */
		init_follow_size();
	pid = fork();
	if (pid < 0) {
		perror("init: fork");
		return;
	}
	if (pid == 0) {
		int fd;

		setsid();
		fd = open(INIT_TTY_CONSOLE, O_RDWR);
		if (fd < 0)
			fd = open("/dev/console", O_RDWR);
		if (fd >= 0) {
			ioctl(fd, TIOCSCTTY, 0);
			dup2(fd, 0);
			dup2(fd, 1);
			dup2(fd, 2);
			if (fd > 2)
				close(fd);
		}
		if (size.ws_row && size.ws_col)
			ioctl(0, TIOCSWINSZ, &size);
		if (chdir("/root") < 0)
			perror("init: /root");
		execl("/bin/sh", "-sh", (char *)NULL);
		perror("init: /bin/sh");
		_exit(127);
	}
	init_reap(pid);
}

int main(void)
{
	set_environment();
	mount_all();
	loopback_up();
	take_orders();
	init_agent();
	if (access(INIT_EXEC, X_OK) == 0)
		init_exec((char *[]){INIT_EXEC, NULL});
	else
		run_shell();
	power_off();
	return 0;
}
