// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stress.c - everything at once for a number of seconds (the first argument):
 * processes, mappings, signals, pipes, threads, files and arithmetic, each
 * checking itself.
 *
 * Flags: timeout=60
 */
#include <pthread.h>
#include <sys/time.h>

#include "test.h"

static double end;
static volatile unsigned int alarms;

static bool go_on(void)
{
	return now() < end && !test_failures;
}

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void forks(uint64_t seed)
{
	int status;

	while (go_on()) {
		volatile uint64_t *mine = map_pages(8, PROT_READ | PROT_WRITE);
		pid_t pid;

		for (size_t i = 0; i < 8; i++)
			mine[i * PAGE / 8] = seed + i;
		pid = fork();
		REQUIRE(pid >= 0);
		if (pid == 0) {
			for (size_t i = 0; i < 8; i++)
				EXPECT(mine[i * PAGE / 8]++ == seed + i, "fork: page %zu", i);
			if (seed & 1)
				execl("/proc/self/exe", "stress", "nothing", (char *)NULL);
			_exit(test_failures != 0);
		}
		for (size_t i = 0; i < 8; i++)
			EXPECT(mine[i * PAGE / 8] == seed + i, "fork: parent's page %zu", i);
		REQUIRE(waitpid(pid, &status, 0) == pid);
		EXPECT(status == 0, "fork: %#x", status);
		munmap((void *)mine, 8 * PAGE);
		next(&seed);
	}
}

static void maps(uint64_t seed)
{
	enum { AREAS = 64, PAGES = 32 };
	struct {
		uint64_t *p;
		uint64_t tag;
	} area[AREAS] = { 0 };

	while (go_on())
		for (int i = 0; i < 200; i++) {
			unsigned int n = next(&seed) % AREAS;
			size_t page = next(&seed) % PAGES;

			if (!area[n].p) {
				area[n].p = map_pages(PAGES, PROT_READ | PROT_WRITE);
				area[n].tag = seed;
				for (size_t k = 0; k < PAGES; k++)
					area[n].p[k * PAGE / 8] = area[n].tag + k;
			}
			EXPECT(area[n].p[page * PAGE / 8] == area[n].tag + page, "maps: area %u", n);
			switch (next(&seed) % 4) {
			case 0:
				munmap(area[n].p, PAGES * PAGE);
				area[n].p = NULL;
				break;
			case 1:
				REQUIRE(mprotect(area[n].p, PAGES * PAGE, PROT_READ) == 0);
				REQUIRE(mprotect(area[n].p, PAGES * PAGE, PROT_READ | PROT_WRITE) ==
					0);
				break;
			case 2:
				madvise(area[n].p + page * PAGE / 8, PAGE, MADV_DONTNEED);
				EXPECT(area[n].p[page * PAGE / 8] == 0, "maps: DONTNEED");
				area[n].p[page * PAGE / 8] = area[n].tag + page;
				break;
			}
		}
}

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void alarm_storm(uint64_t seed)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	struct itimerval it = { { 0, 900 }, { 0, 900 } };
	uint64_t check = seed, again = seed;

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &it, NULL);
	while (go_on()) {
		for (int i = 0; i < 100000; i++)
			next(&check);
		for (int i = 0; i < 100000; i++)
			next(&again);
		EXPECT(check == again, "arithmetic: %#lx, %#lx", check, again);
		getppid();
	}
	EXPECT(alarms, "no alarm");
}

static void pipe_echo(uint64_t seed)
{
	int there[2], back[2], status;
	uint64_t value;
	pid_t pid;

	REQUIRE(pipe(there) == 0 && pipe(back) == 0);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		close(there[1]);
		while (read(there[0], &value, 8) == 8) {
			value = ~value;
			REQUIRE(write(back[1], &value, 8) == 8);
		}
		_exit(0);
	}
	close(there[0]);
	while (go_on())
		for (int i = 0; i < 100; i++) {
			next(&seed);
			REQUIRE(write(there[1], &seed, 8) == 8 && read(back[0], &value, 8) == 8);
			EXPECT(value == ~seed, "pipe: %#lx", value);
		}
	close(there[1]);
	REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
}

static void *thread(void *arg)
{
	return arg;
}

static void threads(uint64_t seed)
{
	while (go_on()) {
		pthread_t t[4];
		void *ret;

		for (uint64_t i = 0; i < 4; i++)
			REQUIRE(pthread_create(&t[i], NULL, thread, (void *)(seed + i)) == 0);
		for (uint64_t i = 0; i < 4; i++) {
			REQUIRE(pthread_join(t[i], &ret) == 0);
			EXPECT((uint64_t)ret == seed + i, "thread %lu", i);
		}
		next(&seed);
	}
}

static void files(uint64_t seed)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/stress.%d", getpid());
	while (go_on()) {
		uint64_t buf[512], state = seed;
		int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);

		REQUIRE(fd >= 0);
		for (int k = 0; k < 64; k++) {
			for (int i = 0; i < 512; i++)
				buf[i] = next(&state);
			REQUIRE(write(fd, buf, sizeof(buf)) == sizeof(buf));
		}
		lseek(fd, 0, SEEK_SET);
		for (int k = 0; k < 64; k++) {
			REQUIRE(read(fd, buf, sizeof(buf)) == sizeof(buf));
			for (int i = 0; i < 512; i++)
				EXPECT(buf[i] == next(&seed), "file: block %d, word %d", k, i);
		}
		close(fd);
		unlink(path);
	}
}

int main(int argc, char **argv)
{
	static void (*const jobs[])(uint64_t) = { forks, maps,	alarm_storm, pipe_echo,
						  threads, files, maps,	     forks };
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	int status, done = 0;

	if (argc > 1 && !strcmp(argv[1], "nothing"))
		return 0;
	end = now() + seconds;
	for (unsigned int i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		if (fork() == 0) {
			jobs[i](i * 0x9e3779b97f4a7c15 + 12345 + i);
			_exit(test_end());
		}
	while (wait(&status) > 0) {
		EXPECT(status == 0, "a worker ended with %#x", status);
		done++;
	}
	EXPECT(done == sizeof(jobs) / sizeof(jobs[0]), "%d workers ended", done);
	return test_end();
}
