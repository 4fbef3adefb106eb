// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ring.c - the manager's ends of the byte rings in the VM file.
 *
 * Runs: in the manager's main thread. Must hold: see ring.h.
 */
#include "ring.h"

#include <string.h>

uint32_t ring_used(struct ring_end *consumer)
{
	uint32_t head = __atomic_load_n(&consumer->ring->head, __ATOMIC_ACQUIRE);

	if (head - consumer->index > RING_SIZE) {
		consumer->index = head;
		__atomic_store_n(&consumer->ring->tail, head, __ATOMIC_RELEASE);
	}
	return head - consumer->index;
}

uint32_t ring_peek(struct ring_end *consumer, void *data, uint32_t len)
{
	uint32_t used = ring_used(consumer);
	uint32_t at = consumer->index % RING_SIZE;
	uint32_t first;

	if (len > used)
		len = used;
	first = len < RING_SIZE - at ? len : RING_SIZE - at;
	memcpy(data, consumer->ring->data + at, first);
	memcpy((char *)data + first, consumer->ring->data, len - first);
	return len;
}

uint32_t ring_take(struct ring_end *consumer, uint32_t len)
{
	uint32_t before = consumer->index;

	consumer->index += len;
	__atomic_store_n(&consumer->ring->tail, consumer->index, __ATOMIC_SEQ_CST);
	return __atomic_load_n(&consumer->ring->head, __ATOMIC_SEQ_CST) - before;
}

uint32_t ring_room(const struct ring_end *producer)
{
	uint32_t tail = __atomic_load_n(&producer->ring->tail, __ATOMIC_ACQUIRE);
	uint32_t used = producer->index - tail;

	return used > RING_SIZE ? 0 : RING_SIZE - used;
}

void ring_put(struct ring_end *producer, const void *data, uint32_t len)
{
	uint32_t at = producer->index % RING_SIZE;
	uint32_t first = len < RING_SIZE - at ? len : RING_SIZE - at;

	memcpy(producer->ring->data + at, data, first);
	memcpy(producer->ring->data, (const char *)data + first, len - first);
	producer->index += len;
	__atomic_store_n(&producer->ring->head, producer->index, __ATOMIC_RELEASE);
}
