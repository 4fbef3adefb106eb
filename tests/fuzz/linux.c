// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linux.c - fuzzes what umvmm ps and umvmm bt read of a guest's memory: page tables,
 * layout, symbols, modules, tasks, stacks.
 *
 * Input: patches of a guest's memory that holds all of them: offset, length, bytes. The
 * end of its text, which nobody reads, is what CPUs' registers differ by.
 * Must hold: there is an end to it, within seconds (run.sh), however large the memory is; what
 * is printed has no control characters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <umvmm/inspect/backtrace.h>

#include "../unit/fake_linux.h"

#define MEMORY (1ull << 30) /* of which all but the first pages are holes */

static struct fake_linux fake;
static struct fake_memory first;

static void patch(const uint8_t *data, size_t size)
{
	uint8_t *ram = (uint8_t *)fake.ram;

	memcpy(ram, &first, FAKE_SIZE);
	while (size > 3) {
		size_t at = data[0] | (size_t)data[1] << 8, len = data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (len > FAKE_SIZE - at)
			len = FAKE_SIZE - at;
		memcpy(ram + at, data, len);
		data += len;
		size -= len;
	}
}

static void see_tasks(FILE *out, const struct linux_guest *l, bool threads)
{
	struct tasks tasks;
	int err = tasks_load(&tasks, l, threads);

	for (size_t i = 0; !err && i < tasks.count; i++) {
		fprintf(out, "%s %c\n", tasks.task[i].comm, tasks.task[i].state);
		if (threads)
			backtrace_task(out, l, &tasks.task[i]);
	}
	tasks_free(&tasks);
}

static void see_cpus(FILE *out, const struct linux_guest *l)
{
	const uint8_t *change = fake.ram->text + sizeof(fake.ram->text) - sizeof(fake.regs);
	struct target_regs regs[2];

	memcpy(regs, fake.regs, sizeof(regs));
	for (size_t i = 0; i < sizeof(regs); i++)
		((uint8_t *)regs)[i] ^= change[i];
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		(void)backtrace_origin(l, &regs[cpu]);
		backtrace_cpu(out, l, cpu, &regs[cpu], NULL, cpu == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct linux_guest l;
	char *text = NULL;
	FILE *out;

	if (!fake.ram) {
		/* what a guest has: sizes that it claims can be read */
		if (fake_linux_make(&fake) < 0 || ftruncate(fake.mem.fd, MEMORY) < 0)
			abort();
		fake.mem.size = MEMORY;
		memcpy(&first, fake.ram, FAKE_SIZE);
	}
	patch(data, size);
	if (linux_open(&l, &fake.mem, "fuzz", true, false) < 0)
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	see_tasks(out, &l, false);
	see_tasks(out, &l, true);
	see_cpus(out, &l);
	linux_close(&l);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		if ((text[i] < ' ' || text[i] > '~') && text[i] != '\n')
			abort();
	free(text);
	return 0;
}
