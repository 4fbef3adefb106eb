// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * report.c - messages and the end of the VM.
 *
 * Runs: monitor. The manager sees exit_reason and kills all contexts.
 */
#include <stdarg.h>

#include "context/context.h"
#include "context/host.h"
#include "context/sibling.h"
#include "debugger/stop.h"
#include "mmu/layout.h"
#include "report.h"
#include "trace.h"

struct text {
	char *p, *end;
};

static void put(struct text *t, char c)
{
	if (t->p < t->end)
		*t->p++ = c;
}

static void put_number(struct text *t, uint64_t v, unsigned int base)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (n)
		put(t, digits[--n]);
}

static void format(struct text *t, const char *fmt, va_list ap)
{
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(t, *fmt);
			continue;
		}
		switch (*++fmt) {
		case 'x':
			put(t, '0');
			put(t, 'x');
			put_number(t, va_arg(ap, uint64_t), 16);
			break;
		case 'd': {
			int64_t v = va_arg(ap, int64_t);

			if (v < 0)
				put(t, '-');
			put_number(t, v < 0 ? -(uint64_t)v : (uint64_t)v, 10);
			break;
		}
		case 's': {
			const char *s = va_arg(ap, const char *);

			while (*s)
				put(t, *s++);
			break;
		}
		default:
			put(t, *fmt);
		}
	}
}

void manager_wake(void)
{
	struct vm *vm = vm_page;

	__atomic_fetch_add(&vm->event, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vm->event_sleeping, __ATOMIC_SEQ_CST))
		host_futex_wake(&vm->event);
}

static void sleep_for_ever(void) __attribute__((noreturn));
static void sleep_for_ever(void)
{
	struct vm *vm = vm_page;

	for (;;) { /* the manager ends this process */
		stop_check_ended();
		host_futex_wait(&vm->exit_claim, vm->exit_claim, NULL);
	}
}

/* The first vCPU that stops the VM says why; it may fail once more on its way. */
static void claim_stop(void)
{
	uint32_t me = this_vcpu->index + 1, owner = 0;

	if (!__atomic_compare_exchange_n(&vm_page->exit_claim, &owner, me, 0, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST) &&
	    owner != me)
		sleep_for_ever();
}

void vm_stop(uint32_t reason, uint32_t code)
{
	struct vm *vm = vm_page;

	claim_stop();
	sibling_rest(); /* a dead guest may be kept */
	monitor_log("stop: reason %d, code %d, rip %x, rsp %x", (uint64_t)reason, (uint64_t)code,
		    ctx.regs.rip, ctx.regs.r[GPR_RSP]);
	stop_at_exit(reason, code);
	vm->exit_code = code;
	vm->exit_vcpu = this_vcpu->index;
	vm->exit_rip = ctx.regs.rip;
	__atomic_store_n(&vm->exit_reason, reason, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&vm->event, 1, __ATOMIC_SEQ_CST);
	host_futex_wake(&vm->event);
	sleep_for_ever();
}

static void say_why(const char *fmt, va_list ap)
{
	struct vm *vm = vm_page;
	struct text t = { vm->exit_text, vm->exit_text + sizeof(vm->exit_text) - 1 };

	claim_stop();
	format(&t, fmt, ap);
	*t.p = 0;
}

void guest_fault(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
	vm_stop(VM_GUEST_FAULT, 0);
}

void triple_fault(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
	vm_stop(VM_TRIPLE_FAULT, 0);
}

void guest_dead(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
	vm_stop(VM_DEAD, 0);
}

void host_refused(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
	vm_stop(VM_HOST_REFUSED, 0);
}

void monitor_bug(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_why(fmt, ap);
	va_end(ap);
	trace_record();
	/* guest code that lies in the monitor: it jumped there */
	if (in_monitor(ctx.regs.rip))
		vm_stop(VM_GUEST_FAULT, 0);
	vm_stop(VM_MONITOR_BUG, 0);
}

void monitor_log(const char *fmt, ...)
{
	struct ring *ring = &vm_page->log;
	char line[200];
	struct text t = { line, line + sizeof(line) - 1 };
	uint32_t head;
	va_list ap;
	char *p;

	if (__atomic_exchange_n(&vm_page->log_busy, 1, __ATOMIC_ACQUIRE))
		return;
	head = ring->head;
	va_start(ap, fmt);
	format(&t, fmt, ap);
	va_end(ap);
	put(&t, '\n');
	for (p = line; p < t.p; p++) {
		if (head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) >= RING_SIZE)
			break; /* messages may be lost, the guest must not wait */
		ring->data[head++ % RING_SIZE] = (uint8_t)*p;
	}
	__atomic_store_n(&ring->head, head, __ATOMIC_RELEASE);
	__atomic_store_n(&vm_page->log_busy, 0, __ATOMIC_RELEASE);
	manager_wake();
}
