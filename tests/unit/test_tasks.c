// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_tasks.c - the guest's lists of tasks for umvmm ps, whole, damaged and without end.
 *
 * Runs: on the host, Check.
 * Links: umvmm without main.o ($(UMVMM_OBJ)), fake_linux.c, libcheck, $(LIBS).
 */
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

#include <umvmm/inspect/running.h>

#include "fake_guest.h"

static struct tasks tasks;

static int load_tasks(bool threads)
{
	tasks_free(&tasks);
	look();
	return tasks_load(&tasks, &l, threads);
}

static const struct {
	const char *comm;
	uint64_t rss;
	int32_t pid, tgid, ppid;
	uint32_t euid;
	bool kernel, on_cpu;
	char state;
} expected[] = {
	{ "init", 29 * 4096, 1, 1, 0, 0, false, false, 'S' },
	{ "kthreadd", 0, 2, 2, 0, 0, true, false, 'I' },
	{ "new", 29 * 4096, 3, 3, 1, 1000, false, false, 'R' },
	{ "?[31m??", 0, 4, 4, 1, 1000, false, false, 'Z' },
	{ "sixteen letters.", 29 * 4096, 100, 100, 1, 1000, false, true, 'R' },
	{ "thread-1", 29 * 4096, 101, 100, 1, 1000, false, true, 'R' },
	{ "thread 2", 29 * 4096, 102, 100, 1, 1000, false, false, 'D' },
};

static void tasks_are(unsigned int count)
{
	ck_assert_uint_eq(tasks.count, count);
	for (unsigned int i = 0; i < count; i++) {
		const struct task *t = &tasks.task[i];

		ck_assert_uint_eq(t->va, FAKE_AT(task[i + 1]));
		ck_assert_str_eq(t->comm, expected[i].comm);
		ck_assert_int_eq(t->pid, expected[i].pid);
		ck_assert_int_eq(t->tgid, expected[i].tgid);
		ck_assert_int_eq(t->ppid, expected[i].ppid);
		ck_assert_uint_eq(t->euid, expected[i].euid);
		ck_assert_uint_eq(t->rss, expected[i].rss);
		ck_assert_uint_eq(t->sp, ram->task[i + 1].sp);
		ck_assert_uint_eq(t->cpu, ram->task[i + 1].cpu);
		ck_assert_int_eq(t->kernel, expected[i].kernel);
		ck_assert_int_eq(t->on_cpu, expected[i].on_cpu);
		ck_assert_int_eq(t->state, expected[i].state);
	}
}

START_TEST(all_tasks)
{
	ck_assert_int_eq(load_tasks(true), 0);
	tasks_are(FAKE_TASKS - 1);
	for (unsigned int i = 0; i < tasks.count; i++)
		ck_assert_uint_eq(tasks.task[i].cpu_ns, 2000000000ull << i);
}
END_TEST

START_TEST(processes)
{
	ck_assert_int_eq(load_tasks(false), 0);
	tasks_are(FAKE_LEADER);
	ck_assert_uint_eq(tasks.task[0].cpu_ns, 2000000000ull);
	/* the leader's, and its threads' */
	ck_assert_uint_eq(tasks.task[4].cpu_ns, (32 + 64 + 128) * 1000000000ull);
}
END_TEST

/* A kernel may be without SMP, a process without memory. */
START_TEST(less_is_known)
{
	fake_linux_hide_field(ram, "thread_info");
	fake_linux_hide_field(ram, "on_cpu");
	ram->task[FAKE_INIT].mm = 8; /* it goes away just now */
	ram->mm.rss[1] = -100;
	ck_assert_int_eq(load_tasks(true), 0);
	ck_assert_uint_eq(tasks.count, FAKE_TASKS - 1);
	ck_assert(!tasks.task[4].on_cpu && tasks.task[0].rss == 0 && tasks.task[2].rss == 0);
	fake_linux_hide_field(ram, "comm");
	ck_assert_int_eq(load_tasks(true), -ENOENT);
	look();
	ck_assert(task_of_cpu(&tasks.task[0], &l, 0) < 0);
}
END_TEST

START_TEST(states)
{
	/* sched.h of Linux, and how /proc/PID/stat has them */
	static const struct {
		uint32_t state, exit_state;
		char letter;
	} s[] = {
		{ 0, 0, 'R' }, { 1, 0, 'S' }, { 2, 0, 'D' }, { 4, 0, 'T' }, { 8, 0, 't' },
		{ 0x102, 0, 'D' }, { 0x104, 0, 'T' }, { 0x2001, 0, 'S' }, { 0x402, 0, 'I' },
		{ 0x40, 0, 'P' }, { 0x80, 0x10, 'X' }, { 0x80, 0x20, 'Z' }, { 0x80, 0x30, 'Z' },
		{ 0x80, 0, 'R' }, { 0x200, 0, 'R' }, { 0x800, 0, 'R' }, { 0x1000, 0, 'D' },
		{ 0x8000, 0, 'D' },
	};

	for (unsigned int i = 0; i < sizeof(s) / sizeof(s[0]); i++) {
		ram->task[FAKE_INIT].state = s[i].state;
		ram->task[FAKE_INIT].exit_state = s[i].exit_state;
		ck_assert_int_eq(load_tasks(false), 0);
		ck_assert_msg(tasks.task[0].state == s[i].letter, "%#x: %c", s[i].state,
			      tasks.task[0].state);
	}
}
END_TEST

/* Pointers of tasks that lead nowhere, to themselves, or past the one who is next. */
START_TEST(lists_damaged)
{
	struct fake_task *leader = &ram->task[FAKE_LEADER], *second = &ram->task[FAKE_THREAD1];
	uint64_t *const links[] = { &ram->task[FAKE_INIT].tasks.next,
				    &ram->task[FAKE_ZOMBIE].tasks.prev,
				    &ram->task[FAKE_SWAPPER].tasks.next,
				    &second->thread_node.next, &second->thread_node.prev,
				    &ram->signal[FAKE_LEADER].thread_head.next,
				    &leader->signal, &leader->real_parent, &second->cred };
	const uint64_t values[] = { 0, UINT64_MAX, FAKE_VIRT + FAKE_SIZE - 8, FAKE_VMALLOC + 0x2000,
				    FAKE_AT(task[FAKE_INIT].tasks),
				    FAKE_AT(task[FAKE_INIT].thread_node),
				    FAKE_AT(task[FAKE_THREAD1].thread_node) };
	uint64_t *link = links[_i], was = *link;

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		/* these are read where they lie, and what is there is believed */
		if ((_i == 7 || _i == 8) && i > 3)
			break;
		if (values[i] == was)
			continue;
		*link = values[i];
		ck_assert_msg(load_tasks(true) == -EAGAIN, "%d %u", _i, i);
		ck_assert_msg(load_tasks(false) == -EAGAIN, "%d %u", _i, i);
	}
	*link = was;
	ck_assert_int_eq(load_tasks(true), 0);
}
END_TEST

/*
 * A list that leads back into its middle, and agrees with that: so it does not agree with
 * what leads there at first.
 */
START_TEST(lists_without_end)
{
	ram->task[FAKE_NEW].tasks.next = FAKE_AT(task[FAKE_INIT].tasks);
	ram->task[FAKE_INIT].tasks.prev = FAKE_AT(task[FAKE_NEW].tasks);
	ck_assert_int_eq(load_tasks(true), -EAGAIN);
	ck_assert_int_eq(load_tasks(false), -EAGAIN);
}
END_TEST

/* 4095 processes that all claim to have 4096 threads. */
START_TEST(too_many_tasks)
{
	enum { COUNT = 4096 };
	const size_t size = COUNT * sizeof(struct fake_task);
	const uint64_t first = FAKE_VIRT + FAKE_SIZE;
	struct fake_task *t;

	fake.mem.size += (size + 0xffff) & ~0xffffull;
	fake.mem.image.end = fake.mem.size;
	ck_assert_int_eq(ftruncate(fake.mem.fd, (off_t)fake.mem.size), 0);
	t = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fake.mem.fd, FAKE_SIZE);
	ck_assert(t != MAP_FAILED);
	for (unsigned int i = 0; i < COUNT; i++) {
		const uint64_t next = first + (i + 1) % COUNT * sizeof(*t),
			       prev = first + (i + COUNT - 1) % COUNT * sizeof(*t);

		t[i] = ram->task[FAKE_INIT];
		t[i].signal = first + offsetof(struct fake_task, thread_node) -
			      offsetof(struct fake_signal, thread_head);
		t[i].tasks.next = next + offsetof(struct fake_task, tasks);
		t[i].tasks.prev = prev + offsetof(struct fake_task, tasks);
		t[i].thread_node.next = next + offsetof(struct fake_task, thread_node);
		t[i].thread_node.prev = prev + offsetof(struct fake_task, thread_node);
	}
	ram->sym_offsets[4] = (int32_t)(FAKE_VIRT - 1 - first);
	ck_assert_int_eq(load_tasks(false), -EAGAIN);
	munmap(t, size);
}
END_TEST

START_TEST(current_tasks)
{
	struct task t;

	look();
	ck_assert_int_eq(task_of_cpu(&t, &l, 0), 0);
	ck_assert(t.va == FAKE_AT(task[FAKE_LEADER]) && t.pid == 100 && t.on_cpu);
	ck_assert_int_eq(task_of_cpu(&t, &l, 1), 0);
	ck_assert(t.va == FAKE_AT(task[FAKE_THREAD1]) && t.pid == 101 && t.cpu == 1);
	ram->current_task[1] = FAKE_AT(task[FAKE_SWAPPER]); /* in no list of processes */
	ck_assert_int_eq(task_of_cpu(&t, &l, 1), 0);
	ck_assert(t.pid == 0 && t.kernel && !strcmp(t.comm, "swapper/0"));
	ram->current_task[1] = 0;
	ck_assert(task_of_cpu(&t, &l, 1) < 0);
	ram->per_cpu_offset[0] = UINT64_MAX;
	ck_assert(task_of_cpu(&t, &l, 0) < 0);
	ck_assert(task_of_cpu(&t, &l, UINT32_MAX) < 0);
	/* without SMP */
	fake_linux_hide_symbol(ram, "D__per_cpu_offset");
	ram->sym_offsets[0] = (int32_t)(FAKE_VIRT - 1 - FAKE_AT(current_task));
	look();
	ck_assert_int_eq(task_of_cpu(&t, &l, 0), 0);
	ck_assert_int_eq(t.pid, 100);
	fake_linux_hide_symbol(ram, "Acurrent_task");
	look();
	ck_assert(task_of_cpu(&t, &l, 0) < 0);
}
END_TEST

START_TEST(what_cpus_run)
{
	struct snapshot s = { .ncpus = 3, .running = 1 << 2, .regs = { fake.regs[0], fake.regs[1] } };
	struct running at[VM_MAX_VCPUS];
	struct tasks none = { 0 };

	ck_assert_int_eq(load_tasks(true), 0);
	running_tasks(at, &l, &s, &tasks);
	ck_assert(at[0].va == FAKE_AT(task[FAKE_LEADER]) && at[0].pid == 100);
	ck_assert(at[1].va == FAKE_AT(task[FAKE_THREAD1]) && at[1].pid == 101);
	for (unsigned int cpu = 2; cpu < VM_MAX_VCPUS; cpu++) /* one that runs on, and none */
		ck_assert(!at[cpu].va && at[cpu].pid == PID_UNKNOWN);
	/* it has switched stacks, but says otherwise still */
	ram->task[FAKE_THREAD2].stack = FAKE_VMALLOC;
	ram->current_task[0] = FAKE_AT(task[FAKE_SWAPPER]);
	ck_assert_int_eq(load_tasks(true), 0);
	running_tasks(at, &l, &s, &tasks);
	ck_assert(at[0].va == FAKE_AT(task[FAKE_THREAD2]) && at[0].pid == 102);
	/* the list is damaged: what it says is believed */
	running_tasks(at, &l, &s, &none);
	ck_assert(at[0].va == FAKE_AT(task[FAKE_SWAPPER]) && at[0].pid == 0);
	/* user code, whatever its stack pointer is */
	s.regs[0].cs = 0x33;
	running_tasks(at, &l, &s, &tasks);
	ck_assert_int_eq(at[0].pid, 0);
	ram->current_task[0] = 1;
	running_tasks(at, &l, &s, &tasks);
	ck_assert(!at[0].va && at[0].pid == PID_UNKNOWN);
}
END_TEST

int main(void)
{
	TCase *tc = fake_guest_tests();

	tcase_add_test(tc, all_tasks);
	tcase_add_test(tc, processes);
	tcase_add_test(tc, less_is_known);
	tcase_add_test(tc, states);
	tcase_add_loop_test(tc, lists_damaged, 0, 9);
	tcase_add_test(tc, lists_without_end);
	tcase_add_test(tc, too_many_tasks);
	tcase_add_test(tc, current_tasks);
	tcase_add_test(tc, what_cpus_run);
	return unit_run(tc);
}
