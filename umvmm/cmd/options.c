// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * options.c - the command line of umvmm run.
 *
 * Runs: in the manager, before anything has started.
 * Must hold: reads nothing but its arguments, so that a mistake costs nothing
 * and tests can call it.
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <umvmm/base/exit.h>
#include <umvmm/base/fail.h>
#include <umvmm/control/gdb_socket.h>

enum {
	OPT_MEM_FILE = OPT_OWN,
	OPT_VIRT,
	OPT_REDIRECT,
	OPT_ISOLATION,
	OPT_HUGE,
	OPT_POLL,
	OPT_AFFINITY,
	OPT_ON_PANIC,
	OPT_DUMP_FILE,
	OPT_GDB,
	OPT_DEBUG_REGISTERS,
};

const struct cmd_option options_run[] = {
	{ 'k', "kernel", "FILE", "vmlinux or bzImage (default: the one of make guest)" },
	{ 'i', "initrd", "FILE", "initial RAM disk; several are concatenated" },
	{ 'p', "params", "TEXT", "appended to the kernel's command line" },
	{ 'm', "mem", "SIZE", "memory, 32M to 16G (default 256M; plain number: MiB)" },
	{ 'c', "cpus", "N", "virtual CPUs (default 1)" },
	{ OPT_MEM_FILE, "mem-file", "PATH", "keep guest memory in this file" },
	{ OPT_VIRT, "virt", "MODE", "afterburn (default) or trap" },
	{ OPT_REDIRECT, "redirect", "MODE", "gate (default), sigsys or ptrace" },
	{ OPT_ISOLATION, "isolation", "MODE",
	  "auto (default: pku if the CPU has protection keys, else\n"
	  "users), pku, users, split or none" },
	{ OPT_AFFINITY, "affinity", "WHAT", "auto (default), off, or host CPUs such as 0,2-3" },
	{ OPT_HUGE, "huge", "WHAT", "auto (default) or off: 2 MiB host pages under dense memory" },
	{ OPT_POLL, "poll", "WHAT",
	  "auto (default), off, or always (a test): user code behind a wall\n"
	  "may use an idle host CPU, and its system calls are polled for" },
	{ OPT_ON_PANIC, "on-panic", "WHAT",
	  "when the guest fails: exit (default), dump (write a vmcore),\n"
	  "hang (keep the VM for umvmm gdb, bt, dump, dmesg) or gdb (the\n"
	  "same, until a gdb has come and gone)" },
	{ OPT_DUMP_FILE, "dump-file", "FILE", "for --on-panic dump (default NAME.vmcore)" },
	{ OPT_DEBUG_REGISTERS, "debug-registers", "WHAT",
	  "auto (default) or off: gdb's hardware breakpoints are made\n"
	  "without the host's debug registers, the guest has none" },
	{ 'n', "name", "NAME", "name for umvmm list, stop, exec, ps, bt, gdb, ..." },
	{ 's', NULL, NULL, "as --gdb tcp:1234" },
	{ OPT_GDB, "gdb", "WHERE",
	  "gdb may also connect to unix:PATH, tcp:PORT (of this host only)\n"
	  "or fd:N; umvmm gdb NAME needs no option" },
	{ 'S', NULL, NULL, "wait for gdb before the first guest instruction" },
	{ 'e', "exec", "COMMAND", "run it by the guest's shell, pass its streams and status" },
	{ 'v', "verbose", NULL, "the monitor's messages and, with -e, the console to stderr" },
	{ 0, NULL, NULL, NULL },
};

static const char *const virt_names[] = { "trap", "afterburn", NULL };
static const char *const redirect_names[] = { "ptrace", "sigsys", "gate", NULL };
static const char *const huge_names[] = { "auto", "off", NULL };
static const char *const debug_register_names[] = { "auto", "off", NULL };
static const char *const poll_names[] = { "auto", "off", "always", NULL };
static const char *const panic_names[] = { "exit", "dump", "hang", "gdb", NULL };

int options_parse_size(const char *text, uint64_t *size)
{
	unsigned int shift = 20;
	unsigned long long n;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end) {
		static const char units[] = "KMGT";
		const char *unit = strchr(units, toupper((unsigned char)*end));

		if (!unit)
			return -EINVAL;
		shift = 10 * (unsigned int)(unit - units + 1);
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "B"))
			end += strlen(end);
		if (*end)
			return -EINVAL;
	}
	if (n > UINT64_MAX >> shift)
		return -ERANGE;
	*size = (uint64_t)n << shift;
	return 0;
}

static int parse_mem(struct config *cfg, const char *text)
{
	int err = options_parse_size(text, &cfg->mem_size);

	if (err == -EINVAL)
		return fail("-m %s: not a size; write it as 256M or 1G", text);
	if (err || cfg->mem_size > MEM_MAX)
		return fail("-m %s: more than 16G is not supported", text);
	if (cfg->mem_size < MEM_MIN)
		return fail("-m %s: too small, a guest needs at least 32M", text);
	cfg->mem_size &= ~(2 * MIB - 1);
	return 0;
}

static int parse_cpus(struct config *cfg, const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 1 || n > VM_MAX_VCPUS)
		return fail("-c %s: the number of CPUs is 1 to %d", text, VM_MAX_VCPUS);
	cfg->ncpus = (unsigned int)n;
	return 0;
}

static int parse_name(struct config *cfg, const char *text)
{
	size_t len = strlen(text);

	for (const char *p = text; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-_.", *p))
			len = 0;
	if (!len || len > 64 || text[0] == '.' || text[0] == '-')
		return fail("-n '%s': a name has 1 to 64 letters, digits, '-', '_' or '.'", text);
	cfg->name = text;
	return 0;
}

static int parse_choice(const char *option, const char *text, const char *const *names)
{
	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	return fail("%s %s: unknown mode, see umvmm run --help", option, text);
}

static int parse_affinity(struct config *cfg, const char *text)
{
	if (!strcmp(text, "auto"))
		cfg->affinity = AFFINITY_AUTO;
	else if (!strcmp(text, "off"))
		cfg->affinity = AFFINITY_OFF;
	else if (text[0] && strspn(text, "0123456789,-") == strlen(text))
		cfg->affinity = AFFINITY_LIST;
	else
		return fail("--affinity %s: auto, off or a list of host CPUs such as 0,2-3", text);
	cfg->affinity_list = text;
	return 0;
}

static int parse_gdb(struct config *cfg, const char *text)
{
	if (cfg->gdb)
		return fail("-s and --gdb: only one of them, once");
	cfg->gdb = text;
	return gdb_spec_check(text);
}

static int parse_one(struct config *cfg, int option, const char *arg)
{
	int mode = 0;

	switch (option) {
	case 'k':
		cfg->kernel = arg;
		return 0;
	case 'i':
		if (cfg->ninitrd == MAX_INITRDS)
			return fail("-i %s: at most %d initial RAM disks", arg, MAX_INITRDS);
		cfg->initrd[cfg->ninitrd++] = arg;
		return 0;
	case 'p':
		cfg->append = arg;
		return 0;
	case 'm':
		return parse_mem(cfg, arg);
	case 'c':
		return parse_cpus(cfg, arg);
	case 'n':
		return parse_name(cfg, arg);
	case 's':
		return parse_gdb(cfg, "tcp:1234");
	case 'S':
		cfg->hold = true;
		return 0;
	case 'e':
		cfg->exec = true;
		cfg->exec_cmd = arg;
		return 0;
	case 'v':
		cfg->verbose = true;
		return 0;
	case OPT_MEM_FILE:
		cfg->mem_file = arg;
		return 0;
	case OPT_VIRT:
		mode = parse_choice("--virt", arg, virt_names);
		cfg->virt = (enum virt_mode)mode;
		break;
	case OPT_REDIRECT:
		mode = parse_choice("--redirect", arg, redirect_names);
		cfg->redirect = (enum redirect_mode)mode;
		break;
	case OPT_ISOLATION:
		mode = parse_choice("--isolation", arg, isolation_names);
		cfg->isolation = (enum isolation_mode)mode;
		break;
	case OPT_HUGE:
		mode = parse_choice("--huge", arg, huge_names);
		cfg->huge = (enum huge_mode)mode;
		break;
	case OPT_POLL:
		mode = parse_choice("--poll", arg, poll_names);
		cfg->poll = (enum poll_mode)mode;
		break;
	case OPT_ON_PANIC:
		mode = parse_choice("--on-panic", arg, panic_names);
		cfg->on_panic = (enum panic_mode)mode;
		break;
	case OPT_DUMP_FILE:
		cfg->dump_file = arg;
		return 0;
	case OPT_GDB:
		return parse_gdb(cfg, arg);
	case OPT_DEBUG_REGISTERS:
		mode = parse_choice("--debug-registers", arg, debug_register_names);
		cfg->no_debug_registers = mode > 0;
		break;
	case OPT_AFFINITY:
		return parse_affinity(cfg, arg);
	}
	return mode < 0 ? -1 : 0;
}

/* A mistake: it has been told what is wrong. */
static int wrong(struct args *args)
{
	args->status = EXIT_USAGE;
	return -1;
}

/* The guest's command behind "--", if there is one. */
static int parse_rest(struct config *cfg, struct args *args)
{
	const int rest = args_rest(args);

	if (rest == args->argc && rest > 1 && !strcmp(args->argv[rest - 1], "--") && !cfg->exec)
		return fail("--: no command follows");
	if (cfg->dump_file && cfg->on_panic != PANIC_DUMP)
		return fail("--dump-file %s: only with --on-panic dump", cfg->dump_file);
	if (rest == args->argc)
		return 0;
	if (cfg->exec)
		return fail("-e and -- cannot be combined");
	cfg->exec = true;
	cfg->exec_argv = args->argv + rest;
	return 0;
}

int options_parse(struct config *cfg, struct args *args)
{
	int option;

	memset(cfg, 0, sizeof(*cfg));
	cfg->mem_size = MEM_DEFAULT;
	cfg->ncpus = 1;
	cfg->virt = VIRT_AFTERBURN;
	cfg->redirect = REDIRECT_GATE;
	cfg->isolation = ISOLATION_AUTO;

	while ((option = args_next(args)) != ARG_END) {
		if (option == ARG_OVER)
			return -1;
		if (option == ARG_WORD)
			return args_wrong(args, "%s: unexpected; a guest command goes behind --",
					  args->value);
		if (parse_one(cfg, option, args->value) < 0)
			return wrong(args);
	}
	return parse_rest(cfg, args) < 0 ? wrong(args) : 0;
}
