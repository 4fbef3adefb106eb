// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stub.c - one gdb and the guest that it debugs.
 *
 * Runs: in the tracer's gdb thread.
 */
#include "stub.h"

#include <errno.h>
#include <string.h>

#include "answer.h"
#include "hex.h"
#include "vm_end.h"

void stub_init(struct stub *s, struct vm *vm)
{
	memset(s, 0, sizeof(*s));
	s->vm = vm;
	s->link.fd = -1;
}

static int begin(struct stub *s)
{
	s->target = target_open();
	if (!s->target)
		return -errno;
	s->ncpus = target_vcpus(s->target);
	s->selected = 0;
	s->resumes = ALL_VCPUS;
	s->space = SPACE_CURRENT;
	s->interrupts = false;
	s->notice[0] = '\0';
	memset(s->held, 0, sizeof(s->held));
	memset(s->goes, 0, sizeof(s->goes));
	return 0;
}

void stub_connect(struct stub *s, int fd)
{
	link_close(&s->link); /* one that has never said anything */
	link_open(&s->link, fd);
}

void stub_end(struct stub *s)
{
	link_close(&s->link);
	text_free(&s->output);
	s->running = s->stop_due = s->interrupted = s->dying = false;
	s->leaves = s->answer_due = s->output_due = false;
	breaks_free(&s->breaks);
	if (s->quits)
		vm_quit(s->vm);
	if (s->resets)
		vm_reset(s->vm);
	if (s->target) {
		target_close(s->target);
		vm_gdb_left(s->vm);
	}
	s->target = NULL;
	s->quits = s->resets = false;
}

int stub_hold(struct stub *s)
{
	int err = begin(s);

	if (err)
		return err;
	target_hold(s->target);
	return 0;
}

bool stub_busy(const struct stub *s)
{
	return s->link.fd >= 0 && s->link.met;
}

int stub_event_fd(const struct stub *s)
{
	return s->running && !s->stop_due ? target_event_fd(s->target) : -1;
}

/* A piece of what a monitor command has printed; at last the command's answer. */
static void send_output(struct stub *s)
{
	struct text *t = &s->output;
	size_t size = t->size - t->sent;

	if (!size) {
		text_free(t);
		s->output_due = false;
		link_send(&s->link, "OK", 2);
		return;
	}
	if (size > PACKET_MAX / 2 - 1)
		size = PACKET_MAX / 2 - 1;
	s->answer[0] = 'O';
	hex_encode(s->answer + 1, t->data + t->sent, size);
	t->sent += size;
	link_send(&s->link, s->answer, 1 + 2 * size);
}

/* The first packet stops the guest: until then it may be a port scanner. */
static bool attach(struct stub *s)
{
	int err;

	if (s->target && s->link.met)
		return true;
	s->link.met = true;
	err = s->target ? 0 : begin(s); /* -S has begun */
	if (err) {
		answer_error(s, err == -EBUSY ? "this VM is being debugged or dumped already" :
						"cannot debug: %s", strerror(-err));
		s->leaves = true;
		return false;
	}
	run_attach(s);
	return true;
}

static void serve_packet(struct stub *s)
{
	s->answer_due = false;
	if (attach(s))
		packets_serve(s, s->link.packet.data, s->link.packet.size);
	if (s->answer_due)
		link_send(&s->link, s->answer, s->answer_size);
}

/* What is not asked for in this moment, once the link is free. */
static bool send_due(struct stub *s)
{
	if (!link_ready(&s->link))
		return false;
	if (s->output_due) {
		send_output(s);
		return true;
	}
	if (s->stop_due && s->notice[0]) {
		s->answer[0] = 'O';
		link_send(&s->link, s->answer,
			  1 + hex_encode(s->answer + 1, s->notice, strlen(s->notice)));
		s->notice[0] = '\0';
		return true;
	}
	if (s->stop_due) {
		s->stop_due = s->running = false;
		link_send(&s->link, s->stop, strlen(s->stop));
		return true;
	}
	return false;
}

void stub_serve(struct stub *s)
{
	while (s->link.fd >= 0) {
		if (s->running && !s->stop_due && run_events(s))
			s->stop_due = true;
		if (!link_flush(&s->link)) {
			stub_end(s);
			return;
		}
		if (send_due(s))
			continue;
		if (s->leaves && link_ready(&s->link)) {
			stub_end(s);
			return;
		}
		switch (link_next(&s->link)) {
		case LINK_IDLE:
			return;
		case LINK_PACKET:
			serve_packet(s);
			break;
		case LINK_LONG:
			link_send(&s->link, "E.packet too long", 17);
			break;
		case LINK_INTERRUPT:
			run_interrupt(s);
			break;
		case LINK_CLOSED:
			stub_end(s);
			return;
		}
	}
}
