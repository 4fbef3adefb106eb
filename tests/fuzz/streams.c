// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * streams.c - fuzzes what the manager does with a guest's bytes: rings with
 * hostile indices, the console's and the control line's readers, the keys.
 *
 * Input: steps of a kind, a number and a byte; the ring is the guest's to write.
 * Must hold: no byte outside of the ring; a status is 0 to 255.
 */
#include <stdlib.h>
#include <string.h>

#include <umvmm/streams/console.h>
#include <umvmm/streams/control_line.h>
#include <umvmm/base/escape.h>
#include <umvmm/streams/ring.h>

struct step {
	uint8_t kind, byte;
	uint16_t number;
};

static void take(struct ring_end *end, uint32_t len, struct console *console,
		 struct control_line *control)
{
	char data[RING_SIZE];
	uint32_t got = ring_peek(end, data, len % (RING_SIZE + 1));

	if (got > RING_SIZE)
		abort();
	console_look(console, data, got);
	control_line_look(control, data, got);
	(void)ring_take(end, got);
}

static void put(struct ring_end *end, const struct step *s, struct escape *escape)
{
	char data[256];
	uint32_t len = s->number % sizeof(data);

	memset(data, s->byte, sizeof(data));
	data[len / 2] = 1; /* Ctrl-a */
	len = escape_filter(escape, data, len);
	if (len > sizeof(data))
		abort();
	if (ring_room(end) >= len)
		ring_put(end, data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ring *tx = calloc(1, sizeof(*tx)), *rx = calloc(1, sizeof(*rx));
	struct ring_end consumer = { .ring = tx }, producer = { .ring = rx };
	struct console *console = calloc(1, sizeof(*console));
	struct control_line control = { .status = -1 };
	struct escape escape = { 0 };
	struct step s;

	for (; size >= sizeof(s); data += sizeof(s), size -= sizeof(s)) {
		memcpy(&s, data, sizeof(s));
		switch (s.kind % 6) {
		case 0: /* a byte as the UART writes it */
			tx->data[tx->head++ % RING_SIZE] = s.byte;
			break;
		case 1:
			tx->head = (uint32_t)s.number * (s.byte | 1u);
			break;
		case 2:
			tx->data[s.number % RING_SIZE] = s.byte;
			break;
		case 3:
			take(&consumer, s.number, console, &control);
			break;
		case 4:
			rx->tail = (uint32_t)s.number * (s.byte | 1u);
			break;
		case 5:
			put(&producer, &s, &escape);
			break;
		}
		if (control.status < -1 || control.status > 255 || ring_room(&producer) > RING_SIZE)
			abort();
	}
	free(console);
	free(tx);
	free(rx);
	return 0;
}
