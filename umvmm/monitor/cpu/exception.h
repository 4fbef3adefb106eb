/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exception.h - events given to the guest, and virtual returns from them.
 *
 * Runs: monitor. All work on ctx.regs; the caller resumes the guest afterwards.
 */
#ifndef MONITOR_CPU_EXCEPTION_H
#define MONITOR_CPU_EXCEPTION_H

#include <stdint.h>

/* Vector through the guest's IDT (SDM vol. 3 6.14). */
void inject_exception(unsigned int vector, uint32_t error_code);
void inject_page_fault(uint64_t address, uint32_t error_code);
/* What a guest writes to UMVMM_MSR_FAULT_AHEAD. */
void page_fault_ahead(uint64_t pages);
/* INT3, INT n: RIP is behind the instruction of `len` bytes; the gate's DPL is checked. */
void inject_software(unsigned int vector, unsigned int len);
void inject_interrupt(unsigned int vector);

/* SYSCALL: rcx and r11 are set by the caller as the manual says. */
void enter_syscall(void);
/* IRETQ, SYSRETQ, LRETQ from ctx.regs. */
void virtual_iretq(void);
void virtual_sysretq(void);
void virtual_lretq(void);

#endif
