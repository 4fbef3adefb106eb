/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module.h - text that the guest asks to be rewritten. Runs: monitor. */
#ifndef MONITOR_PARAVIRT_MODULE_H
#define MONITOR_PARAVIRT_MODULE_H

#include <stdint.h>

/* struct umvmm_module_req at va: rewrite the module's sites, set ->error. */
void module_rewrite(uint64_t va);
/* LSTAR or EFER was written: where the system call gate goes. */
void module_set_syscall_entry(void);

#endif
