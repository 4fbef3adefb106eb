// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * commands.c - what gdb's command `monitor` can do: the table, and what acts.
 *
 * Runs: in the tracer's gdb thread, while the guest stands still.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/futex.h>

#include "vm_end.h"
#include "walk.h"

#define WORDS_MAX 3

struct command {
	const char *name;
	void (*run)(struct stub *s, int argc, char **argv);
	int words; /* at most, behind the name */
	const char *args, *help;
};

static void say(struct stub *s, const char *text)
{
	text_add(&s->output, "%s\n", text);
}

/* A number in C's notation; false after a message. */
static bool number(struct stub *s, const char *text, uint64_t *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	if (*text && !*end)
		return true;
	text_add(&s->output, "%s: not a number; for gdb's expressions: "
		 "eval \"monitor translate %%#lx\", $pc\n", text);
	return false;
}

static void translate(struct stub *s, int argc, char **argv)
{
	uint64_t va, cr3 = 0;
	struct walk w;
	int err;

	if (argc < 2) {
		say(s, "translate what? An address, and perhaps a CR3");
		return;
	}
	if (!number(s, argv[1], &va) || (argc > 2 && !number(s, argv[2], &cr3)))
		return;
	if (argc == 2 && monitor_cr3(s, &cr3) < 0)
		return;
	err = walk(s->target, cr3, va, &w);
	if (err)
		text_add(&s->output, "0x%llx is not mapped\n", (unsigned long long)va);
	else
		text_add(&s->output, "0x%llx is at physical 0x%llx, in a page of %llu KiB: %s\n",
			 (unsigned long long)va, (unsigned long long)w.pa,
			 (unsigned long long)w.size / 1024, monitor_flags(&w));
}

static void space(struct stub *s, int argc, char **argv)
{
	if (argc > 1) {
		uint64_t cr3;

		if (!strcmp(argv[1], "current")) {
			s->space = SPACE_CURRENT;
		} else if (!strcmp(argv[1], "physical")) {
			s->space = SPACE_PHYSICAL;
		} else if (number(s, argv[1], &cr3)) {
			s->space = SPACE_CR3;
			s->space_cr3 = cr3;
		}
	}
	switch (s->space) {
	case SPACE_CURRENT:
		say(s, "addresses are those of the selected thread's address space");
		break;
	case SPACE_PHYSICAL:
		say(s, "addresses are physical");
		break;
	case SPACE_CR3:
		text_add(&s->output, "addresses are those of the tables at CR3 0x%llx\n",
			 (unsigned long long)s->space_cr3);
	}
}

static void interrupts(struct stub *s, int argc, char **argv)
{
	const bool on = argc > 1 && !strcmp(argv[1], "on");

	if (argc > 1 && !on && strcmp(argv[1], "off") != 0) {
		text_add(&s->output, "%s: on or off?\n", argv[1]);
		return;
	}
	if (argc > 1) {
		s->interrupts = on;
		target_step_interrupts(s->target, on);
	}
	say(s, s->interrupts ? "a step ends in the handler of an interrupt that waits" :
			       "interrupts are held back while a CPU steps");
}

static void quit(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	s->quits = s->leaves = true;
}

static void reset(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	s->resets = s->leaves = true;
}

/* Lets a vCPU look at what was asked of it when it goes on; one in HLT wakes up. */
static void ask(struct vcpu *vcpu, uint32_t request)
{
	__atomic_fetch_or(&vcpu->request, request, __ATOMIC_SEQ_CST);
	__atomic_store_n(&vcpu->pending, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&vcpu->wake_seq, 1, __ATOMIC_SEQ_CST);
	futex_wake(&vcpu->wake_seq);
}

static struct vcpu *vcpu_of(const struct stub *s, unsigned int index)
{
	return (struct vcpu *)((char *)s->vm + vcpu_offset(index));
}

static void nmi(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	ask(vcpu_of(s, s->selected), REQ_NMI);
	text_add(&s->output, "CPU %u gets an NMI when it goes on\n", s->selected);
}

/* By the console's line, so the guest's serial driver has to run for it. */
static void sysrq(struct stub *s, int argc, char **argv)
{
	if (argc < 2 || strlen(argv[1]) != 1 || argv[1][0] < ' ' || argv[1][0] > '~') {
		say(s, "sysrq what? One key, for instance t; h lists them on the console");
		return;
	}
	__atomic_store_n(&s->vm->sysrq, (uint32_t)argv[1][0], __ATOMIC_SEQ_CST);
	vm_wake_manager(s->vm);
	say(s, "a break and the key come to the console when the guest goes on; the kernel needs "
	       "CONFIG_MAGIC_SYSRQ_SERIAL");
}

static void help(struct stub *s, int argc, char **argv);

static const struct command commands[] = {
	{ "help", help, 0, "", "this list" },
	{ "info registers", monitor_registers, 0, "", "the selected CPU's, system registers too" },
	{ "info tlb", monitor_tlb, 1, "[CR3]", "every page that an address space maps" },
	{ "info mem", monitor_mem, 1, "[CR3]", "the same as ranges of equal permissions" },
	{ "info contexts", monitor_contexts, 0, "", "the host processes of each CPU" },
	{ "info version", monitor_version, 0, "", "of umvmm" },
	{ "translate", translate, 2, "ADDRESS [CR3]", "a virtual address to a physical one" },
	{ "space", space, 1, "[current|physical|CR3]", "whose memory gdb reads and writes" },
	{ "stats", monitor_stats, 0, "", "counters, as of umvmm stats" },
	{ "interrupts", interrupts, 1, "[on|off]", "do they come while a CPU steps?" },
	{ "nmi", nmi, 0, "", "to the selected CPU" },
	{ "sysrq", sysrq, 1, "KEY", "by the console's line, as Ctrl-a b and the key there" },
	{ "reset", reset, 0, "", "the machine starts again" },
	{ "quit", quit, 0, "", "ends the VM" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(struct stub *s, int argc, char **argv)
{
	(void)argc, (void)argv;
	for (unsigned int i = 0; i < COMMANDS; i++) {
		char usage[80];

		snprintf(usage, sizeof(usage), "%s %s", commands[i].name, commands[i].args);
		text_add(&s->output, "%-32s %s\n", usage, commands[i].help);
	}
}

/* The words of LINE behind the command's own; argv[0] is its name. */
static void run(struct stub *s, const struct command *c, char *rest)
{
	char *argv[WORDS_MAX + 1] = { (char *)(uintptr_t)c->name };
	char *at = NULL;
	int argc = 1;

	for (char *word = strtok_r(rest, " \t", &at); word; word = strtok_r(NULL, " \t", &at)) {
		if (argc > c->words) {
			text_add(&s->output, "%s: too many words; usage: %s %s\n", word, c->name,
				 c->args);
			return;
		}
		argv[argc++] = word;
	}
	c->run(s, argc, argv);
}

void monitor_serve(struct stub *s, const char *line)
{
	char copy[512];

	line += strspn(line, " \t");
	snprintf(copy, sizeof(copy), "%s", line);
	for (unsigned int i = 0; i < COMMANDS; i++) {
		size_t len = strlen(commands[i].name);

		if (!strncmp(copy, commands[i].name, len) &&
		    (!copy[len] || copy[len] == ' ' || copy[len] == '\t')) {
			run(s, &commands[i], copy + len);
			return;
		}
	}
	text_add(&s->output, "%s: unknown; monitor help lists the commands\n", copy);
}
