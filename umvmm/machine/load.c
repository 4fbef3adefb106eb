// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load.c - all that guest memory and the VM file hold at the start.
 *
 * Runs: in the manager's main thread, before any process of the VM exists.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <umvmm/base/fail.h>
#include <umvmm/base/terminal.h>
#include <umvmm/boot/acpi/acpi.h>
#include <umvmm/boot/bootparams.h>
#include <umvmm/boot/cmdline.h>
#include <umvmm/boot/cpuid.h>
#include <umvmm/boot/entry.h>
#include <umvmm/boot/guestdir.h>
#include <umvmm/boot/initrd.h>
#include <umvmm/boot/lowmem.h>
#include <umvmm/boot/rngseed.h>
#include <umvmm/host/contexts.h>
#include <umvmm/host/cpu.h>
#include <umvmm/host/tsc.h>

#include "machine.h"

static int find_kernel(char path[PATH_MAX], const struct config *cfg)
{
	if (cfg->kernel) {
		if (strlen(cfg->kernel) >= PATH_MAX)
			return fail("-k: the path is too long");
		strcpy(path, cfg->kernel);
		return 0;
	}
	if (!guestdir_path(path, "vmlinux"))
		return fail("no guest kernel at %s; umvmm build makes one, -k names another", path);
	return 0;
}

static void describe_cpus(struct machine *m)
{
	struct cpuid_table table;
	struct vm *vm = m->vm;

	cpuid_build(&table, cpuid_host, cpuid_host_xcr0(), m->ncpus, m->tsc_khz);
	memcpy(vm->cpuid, table.entry, sizeof(table.entry));
	vm->ncpuid = table.count;
	vm->xcr0_guest = table.xcr0;
	for (unsigned int i = 0; i < m->ncpus; i++) {
		machine_vcpu(m, i)->index = i;
		machine_vcpu(m, i)->apic_id = i;
	}
}

/*
 * vm.mmap_min_addr, or what a security module has in its place: tried, as capabilities may
 * allow more.
 */
static uint32_t min_address(void)
{
	uint32_t at;

	for (at = 0; at < HOST_MIN_ADDRESS; at += 4096) {
		void *page = mmap((void *)(uintptr_t)at, 4096, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

		if (page != MAP_FAILED)
			munmap(page, 4096);
		if (page == (void *)(uintptr_t)at || (page == MAP_FAILED && errno == EEXIST))
			break;
	}
	return at;
}

static void describe_vm(struct machine *m)
{
	const struct config *cfg = m->cfg;
	struct vm *vm = m->vm;

	vm->ncpus = m->ncpus;
	vm->virt = cfg->virt;
	vm->redirect = cfg->redirect;
	vm->isolation = cfg->isolation;
	vm->fsgsbase = hostcpu_has_fsgsbase();
	vm->maps_max = contexts_maps();
	vm->min_address = min_address();
	vm->mem_size = m->mem.size;
	vm->tsc_khz = m->tsc_khz;
	for (unsigned int i = 0; i < UART_COUNT; i++)
		vm->uart[i].connected = 1;
}

int machine_load(struct machine *m)
{
	char kernel_path[PATH_MAX], initrd_path[PATH_MAX], cmdline[CMDLINE_MAX + 1];
	bool default_initrd = guestdir_path(initrd_path, "initramfs.cpio.gz");
	struct initrd_place initrd;
	unsigned int rows, cols;
	struct kernel kernel;
	int err = -1;

	terminal_size(&rows, &cols);
	if (find_kernel(kernel_path, m->cfg) < 0 ||
	    cmdline_build(cmdline, m->cfg, rows, cols) < 0 || kernel_open(&kernel, kernel_path) < 0)
		return -1;
	huge_load(m, kernel.start, kernel.end);
	if (kernel_load(&kernel, &m->mem, m->cfg->virt) < 0 ||
	    initrd_load(&initrd, &m->mem, m->cfg, default_initrd ? initrd_path : NULL,
			kernel.end) < 0 ||
	    bootparams_setup(&m->mem, &kernel, cmdline, &initrd, LOW_ACPI) < 0 ||
	    acpi_setup(&m->mem, m->ncpus) < 0 ||
	    entry_setup(&m->mem, kernel.entry, &m->vm->boot) < 0)
		goto out;
	rngseed_setup(&m->mem, cmdline);
	huge_load_top(m, initrd.gpa, initrd.size);
	if (!m->tsc_khz)
		m->tsc_khz = tsc_khz(&m->tsc_start);
	describe_vm(m);
	describe_cpus(m);
	m->image = (struct image){ kernel.start, kernel.end, kernel.virt };
	m->vm->image = m->image;
	buildid_find(m->buildid, kernel.elf, kernel.elf_size);
	if (!realpath(kernel_path, m->kernel_path))
		m->kernel_path[0] = '\0';
	err = 0;
out:
	kernel_close(&kernel);
	return err;
}
