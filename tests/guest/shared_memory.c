// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shared_memory.c - what one process writes another reads at once: anonymous,
 * memfd, file and System V shared memory, at different addresses too.
 */
#include <stdatomic.h>
#include <sys/shm.h>

#include "test.h"

#define ROUNDS 300
#define PAGES 4

/* Both sides count in turn, in the same word. */
static void play(volatile atomic_uint *word, unsigned int side)
{
	double end = now() + 15;

	for (unsigned int i = side; i < 2 * ROUNDS; i += 2) {
		while (atomic_load(word) != i) {
			if (now() > end) {
				EXPECT(0, "side %u waits for %u, reads %u", side, i,
				       atomic_load(word));
				return;
			}
			syscall(SYS_sched_yield);
		}
		((volatile unsigned int *)word)[PAGE / 4 * (1 + i % (PAGES - 1))] = i;
		atomic_store(word, i + 1);
	}
}

static void run(const char *what, void *mine, void *theirs)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	REQUIRE(pid >= 0);
	if (pid == 0) {
		play(theirs, 1);
		_exit(test_failures != 0);
	}
	play(mine, 0);
	REQUIRE(waitpid(pid, &status, 0) == pid);
	EXPECT(status == 0, "%s: %#x", what, status);
	EXPECT(*(unsigned int *)mine == 2 * ROUNDS, "%s: %u", what, *(unsigned int *)mine);
}

static void *map_fd(int fd)
{
	void *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	REQUIRE(p != MAP_FAILED);
	return p;
}

int main(void)
{
	char path[] = "/tmp/sharedXXXXXX";
	int mem = memfd_create("shared", 0), file = mkstemp(path), id;
	void *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(p != MAP_FAILED && mem >= 0 && file >= 0);
	REQUIRE(ftruncate(mem, PAGES * PAGE) == 0 && ftruncate(file, PAGES * PAGE) == 0);
	unlink(path);
	run("anonymous", p, p);
	run("memfd", map_fd(mem), map_fd(mem));
	run("file", map_fd(file), map_fd(file));
	id = shmget(IPC_PRIVATE, PAGES * PAGE, IPC_CREAT | 0600);
	REQUIRE(id >= 0);
	p = shmat(id, NULL, 0);
	REQUIRE(p != (void *)-1);
	run("shmat", p, p);
	shmctl(id, IPC_RMID, NULL);
	return test_end();
}
