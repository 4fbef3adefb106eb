/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring.h - the manager's ends of the byte rings in the VM file.
 *
 * Runs: in the manager's main thread.
 * Must hold: the other end is hostile. Our own index lives here, in private
 * memory; theirs is read once and checked; data is copied before it is looked
 * at.
 */
#ifndef UMVMM_STREAMS_RING_H
#define UMVMM_STREAMS_RING_H

#include <stddef.h>
#include <stdint.h>
#include <vm.h>

struct ring_end {
	struct ring *ring;
	uint32_t index; /* our head (producer) or tail (consumer) */
};

/* Bytes that wait for us, 0..RING_SIZE; an impossible head empties the ring. */
uint32_t ring_used(struct ring_end *consumer);
/* Copies up to LEN waiting bytes without taking them. */
uint32_t ring_peek(struct ring_end *consumer, void *data, uint32_t len);
/*
 * Takes LEN bytes that ring_peek() has shown. Returns the largest fill that the
 * producer can have seen until now: it may be waiting because of that.
 */
uint32_t ring_take(struct ring_end *consumer, uint32_t len);

/* Room for us to write, 0..RING_SIZE; an impossible tail means none. */
uint32_t ring_room(const struct ring_end *producer);
/* Adds LEN bytes; the caller has asked ring_room(). */
void ring_put(struct ring_end *producer, const void *data, uint32_t len);

#endif
