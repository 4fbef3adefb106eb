/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config.h - what the user asked for, as umvmm run understood it.
 *
 * Runs: in the manager; filled once by options.c, then only read.
 */
#ifndef UMVMM_BOOT_CONFIG_H
#define UMVMM_BOOT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <vm.h>

#define MAX_INITRDS 16
#define MIB	    (1024ull * 1024)
#define MEM_MIN	    (32 * MIB)
#define MEM_MAX	    (16 * 1024 * MIB)
#define MEM_DEFAULT (256 * MIB)

enum huge_mode { HUGE_AUTO, HUGE_OFF };
enum poll_mode { POLL_AUTO, POLL_OFF, POLL_ALWAYS };
enum panic_mode { PANIC_EXIT, PANIC_DUMP, PANIC_HANG, PANIC_GDB };
enum affinity_mode { AFFINITY_AUTO, AFFINITY_OFF, AFFINITY_LIST };

struct config {
	const char *kernel;
	const char *initrd[MAX_INITRDS];
	unsigned int ninitrd;
	const char *append; /* -p */
	uint64_t mem_size;
	unsigned int ncpus;
	const char *mem_file;
	enum virt_mode virt;
	enum redirect_mode redirect;
	enum isolation_mode isolation;
	enum huge_mode huge;
	enum poll_mode poll;
	enum affinity_mode affinity;
	const char *affinity_list;
	enum panic_mode on_panic;
	const char *dump_file; /* NULL: NAME.vmcore */
	const char *name;
	const char *gdb; /* --gdb, -s: another place than NAME.gdb for gdb to connect to */
	bool no_debug_registers; /* nobody uses the host's */
	bool hold;	 /* -S: not one guest instruction before gdb says so */
	bool verbose;
	bool exec;	      /* -e or -- was given */
	const char *exec_cmd; /* -e: a line for the guest's shell */
	char **exec_argv;     /* --: a command and its arguments */
};

/* If the host has CPUs enough: may user siblings be sent to others? (pin.c) */
static inline bool config_may_poll(const struct config *cfg)
{
	return cfg->poll != POLL_OFF && cfg->ncpus == 1 && cfg->redirect == REDIRECT_GATE;
}

/* By enum isolation_mode, ends with a null pointer. */
extern const char *const isolation_names[];

#endif
