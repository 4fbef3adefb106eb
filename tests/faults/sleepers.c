// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sleepers.c - processes and threads of all kinds that stay as they are, for umvmm ps and bt.
 *
 * Runs: in the guest, linked statically. When each of them is where it stays, it prints what
 * the guest itself says of all its tasks, then "ready". For each task:
 *
 *	task PID			of a thread, the thread's
 *	stat LINE			of /proc/PID/task/PID/stat
 *	status LINE...			those of status that inspect.py wants
 *	stack LINE...
 */
#include <dirent.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int empty[2]; /* a pipe that nobody writes to */

static void name(const char *text)
{
	prctl(PR_SET_NAME, text);
}

static void in_nanosleep(void)
{
	const struct timespec long_time = { .tv_sec = 100000 };

	for (;;)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL);
}

static void in_poll(void)
{
	struct pollfd p = { .fd = empty[0], .events = POLLIN };

	poll(&p, 1, -1);
}

static void in_read(void)
{
	char byte;

	(void)!read(empty[0], &byte, 1);
}

static void in_futex(void)
{
	uint32_t word = 0;

	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void in_wait(void)
{
	if (fork() == 0) {
		name("child");
		pause();
	}
	wait(NULL);
}

static void in_vfork(void)
{
	if (vfork() == 0) {
		name("of_vfork");
		pause();
		_exit(0);
	}
}

static void zombie(void)
{
	_exit(0);
}

static void stopped(void)
{
	raise(SIGSTOP);
}

static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

static void other_user(void)
{
	if (setuid(1234) == 0)
		pause();
}

/* 8 MiB that it has written to. */
static void large(void)
{
	volatile char *memory = malloc(8u << 20);

	for (size_t i = 0; memory && i < 8u << 20; i += 4096)
		memory[i] = 1;
	pause();
}

static void odd_name(void)
{
	name("a b) R\033[31m\n1");
	pause();
}

static void *thread(void *arg)
{
	name(arg);
	pause();
	return NULL;
}

static void threads(void)
{
	static char names[5][16];
	pthread_t t;

	for (int i = 0; i < 5; i++) {
		snprintf(names[i], sizeof(names[i]), "thread_%d", i);
		if (pthread_create(&t, NULL, thread, names[i]))
			exit(1);
	}
	pause();
}

/* Its first thread has ended: a zombie, as long as there are others. */
static void leaderless(void)
{
	static char of_it[] = "follower";
	pthread_t t;

	if (pthread_create(&t, NULL, thread, of_it))
		exit(1);
	pthread_exit(NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
} all[] = {
	{ "in_nanosleep", in_nanosleep }, { "in_poll", in_poll }, { "in_read", in_read },
	{ "in_futex", in_futex }, { "in_wait", in_wait }, { "in_vfork", in_vfork },
	{ "zombie", zombie }, { "stopped", stopped }, { "traced", traced },
	{ "other_user", other_user }, { "large", large }, { "odd_name", odd_name },
	{ "threads", threads }, { "leaderless", leaderless },
};

static void tell_file(const char *task, const char *what)
{
	char path[600], line[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", task, what);
	f = fopen(path, "r");
	if (!f)
		return; /* it has ended meanwhile */
	while (fgets(line, sizeof(line), f))
		if (strcmp(what, "status") || !strncmp(line, "Uid:", 4) ||
		    !strncmp(line, "VmRSS:", 6))
			printf("%s %s", what, line);
	fclose(f);
}

static void tell_task(const char *task, const char *pid)
{
	printf("task %s\n", pid);
	tell_file(task, "stat");
	tell_file(task, "status");
	tell_file(task, "stack");
}

/* Calls EACH for what has a number for its name in PATH. */
static void numbers(const char *path, void (*each)(const char *path, const char *name))
{
	const struct dirent *entry;
	char inner[600];
	DIR *d = opendir(path);

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);
		each(inner, entry->d_name);
	}
	if (d)
		closedir(d);
}

static void tell_process(const char *path, const char *pid)
{
	char tasks[300];

	(void)pid;
	snprintf(tasks, sizeof(tasks), "%.280s/task", path);
	numbers(tasks, tell_task);
}

static unsigned int awake;

static void count_awake(const char *path, const char *pid)
{
	char file[600], line[1024] = "";
	FILE *f;

	(void)pid;
	snprintf(file, sizeof(file), "%.500s/stat", path);
	f = fopen(file, "r");
	if (f && fread(line, 1, sizeof(line) - 1, f) && strstr(line, ") R "))
		awake++;
	if (f)
		fclose(f);
}

int main(void)
{
	int status;
	pid_t pid;

	if (pipe(empty) < 0)
		return 1;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		pid = fork();
		if (pid == 0) {
			name(all[i].name);
			all[i].run();
			_exit(1);
		}
		if (all[i].run == traced)
			waitpid(pid, &status, WUNTRACED);
	}
	/* nobody tells when somebody sleeps; this process itself does not */
	do {
		usleep(200000);
		awake = 0;
		numbers("/proc", count_awake);
	} while (awake > 1);
	name("in_pause");
	numbers("/proc", tell_process);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		pause();
}
