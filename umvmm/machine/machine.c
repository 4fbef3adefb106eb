// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * machine.c - makes and ends one virtual machine; signals to its processes.
 *
 * Runs: in the manager's main thread.
 */
#include "machine.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <umvmm/base/fail.h>
#include <umvmm/host/contexts.h>
#include <umvmm/host/tsc.h>

#include "affinity.h"
#include "steward.h"

void machine_exit_text(const struct machine *m, char text[static EXIT_TEXT_SIZE])
{
	memcpy(text, m->vm->exit_text, EXIT_TEXT_SIZE);
	text[EXIT_TEXT_SIZE - 1] = '\0';
	for (char *p = text; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
}

static int create_vm_file(struct machine *m)
{
	off_t size = (off_t)copies_offset(m->contexts, m->ncpus, 0);

	m->vm_fd = memfd_create("umvmm-vm", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (m->vm_fd < 0)
		return fail("memfd_create: %s: does a container's policy forbid it?",
			    strerror(errno));
	if (ftruncate(m->vm_fd, size) < 0 ||
	    fcntl(m->vm_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return fail("VM file: %s", strerror(errno));
	m->vm = mmap(NULL, VM_FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, m->vm_fd, 0);
	if (m->vm == MAP_FAILED) {
		m->vm = NULL;
		return fail("VM file: mmap: %s", strerror(errno));
	}
	return 0;
}

/* As a PC's firmware leaves it: 32768 Hz, 24 hours, BCD, and a battery that is good. */
static void reset_clock(struct rtc *rtc)
{
	rtc->reg[RTC_REG_A] = 0x26;
	rtc->reg[RTC_REG_B] = 0x02;
	rtc->reg[RTC_REG_D] = 0x80;
}

int machine_create(struct machine *m, const struct config *cfg)
{
	memset(m, 0, sizeof(*m));
	m->cfg = cfg;
	m->ncpus = cfg->ncpus;
	m->vm_fd = m->tracer_pipe = m->event_fd = m->steward_fd = m->mem.fd = m->mem.read_only = -1;
	pthread_mutex_init(&m->reap_lock, NULL);
	m->contexts = contexts_limit(cfg->ncpus, cfg->isolation, cfg->mem_size, NULL);
	tsc_sample(&m->tsc_start);
	affinity_begin();
	if (create_vm_file(m) < 0 || physmem_create(&m->mem, cfg->mem_file, cfg->mem_size) < 0)
		return -1;
	reset_clock(&m->vm->rtc);
	return 0;
}

/* The numbers are ours until the tracer and the zygotes are reaped. */
void machine_signal(struct machine *m, int sig)
{
	if (m->steward && sig != SIGKILL)
		kill(m->steward, sig);
	if (m->tracer)
		kill(m->tracer, sig);
	for (unsigned int i = 0; i < m->ncpus; i++)
		if (m->zygote[i] && kill(-m->zygote[i], sig) < 0)
			kill(m->zygote[i], sig); /* it does not lead its group yet */
}

void machine_halt(struct machine *m)
{
	machine_signal(m, SIGKILL);
}

void machine_destroy(struct machine *m)
{
	steward_end(m);
	physmem_destroy(&m->mem);
	if (m->vm)
		munmap(m->vm, VM_FILE_SIZE);
	if (m->vm_fd >= 0)
		close(m->vm_fd);
	pthread_mutex_destroy(&m->reap_lock);
}
