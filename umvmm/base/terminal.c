// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * terminal.c - the user's terminal, raw while the guest's console has it.
 *
 * Runs: in the manager's main thread; terminal_restore() also in signal
 * handlers and in the tracer.
 */
#include "terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "fail.h"

static struct termios saved;
static volatile sig_atomic_t have_saved;

void terminal_restore(void)
{
	struct termios now;

	if (have_saved) {
		/* what the terminal has answered to the guest's output is not for the shell */
		if (tcgetattr(STDIN_FILENO, &now) == 0 && !(now.c_lflag & ICANON) &&
		    (saved.c_lflag & ICANON))
			tcflush(STDIN_FILENO, TCIFLUSH);
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
	fail_raw_terminal = false;
}

/* Our own crash: the terminal first, then the default action. */
static void on_crash(int sig)
{
	terminal_restore();
	raise(sig);
}

void terminal_init(void)
{
	static const int crashes[] = { SIGSEGV, SIGFPE, SIGILL, SIGABRT };
	struct sigaction sa = { .sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND };

	for (unsigned int i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &sa, NULL);
	if (isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &saved) == 0) {
		have_saved = 1;
		atexit(terminal_restore);
	}
}

bool terminal_raw(void)
{
	struct termios raw;

	if (!have_saved)
		return false;
	raw = saved;
	cfmakeraw(&raw);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0)
		return false;
	fail_raw_terminal = true;
	return true;
}

void terminal_size(unsigned int *rows, unsigned int *cols)
{
	struct winsize ws;

	*rows = *cols = 0;
	if (isatty(STDIN_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0) {
		*rows = ws.ws_row;
		*cols = ws.ws_col;
	}
}
