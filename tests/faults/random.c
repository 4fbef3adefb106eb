// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * random.c - random bytes, if they are to be had at once.
 *
 * Runs: in the guest, linked statically, as the first command. Prints 32 bytes; exits with 3
 * where it would have to wait for them, which it does not.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/random.h>

int main(void)
{
	unsigned char bytes[32];
	ssize_t n = getrandom(bytes, sizeof(bytes), GRND_NONBLOCK);

	if (n < 0 && errno == EAGAIN)
		return 3;
	if (n != sizeof(bytes))
		return 1;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return 0;
}
