// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * console.c - looks at what the guest kernel prints.
 *
 * Runs: in the manager's main thread; pure but for console_show().
 * Must hold: a panic is told from a reboot by its message, since both end in
 * the reset port (panic=-1). A guest that prints the message without a panic
 * deceives nobody but its own user. What the kernel prints last, when it does not reset
 * (panic=0), is believed only with more evidence: session/stuck.c.
 */
#include "console.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "outlet.h"

static const char panic_text[] = "Kernel panic - not syncing";
static const char end_text[] = "[ end Kernel panic";

/* One more character. MATCHED counts those of TEXT so far, which begins nowhere anew. */
static bool match(unsigned int *matched, const char *text, char c)
{
	if (c == text[*matched])
		++*matched;
	else
		*matched = c == text[0];
	if (text[*matched])
		return false;
	*matched = 0;
	return true;
}

void console_look(void *ctx, const char *data, uint32_t len)
{
	struct console *console = ctx;

	for (uint32_t i = 0; i < len; i++) {
		console->history[console->total++ % CONSOLE_HISTORY] = data[i];
		console->panicked |= match(&console->matched, panic_text, data[i]);
		console->ended |= match(&console->end_matched, end_text, data[i]);
	}
}

static void put(const char *data, size_t len)
{
	char text[CONSOLE_HISTORY];
	size_t done = 0;
	ssize_t n;

	memcpy(text, data, len);
	outlet_plain(text, len);
	for (; done < len; done += (size_t)n) {
		n = write(STDERR_FILENO, text + done, len - done);
		if (n <= 0)
			return;
	}
}

void console_show(const struct console *console)
{
	size_t at = console->total % CONSOLE_HISTORY;

	if (console->total > CONSOLE_HISTORY)
		put(console->history + at, CONSOLE_HISTORY - at);
	put(console->history, at);
}
