// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compute.c - integer, floating-point and vector arithmetic gives the right result while a timer
 * signals 1000 times a second.
 *
 * Must hold: the results are those of IEEE 754 and of the x87's 80 bits: any CPU has the same.
 *
 * Flags: timeout=60
 */
#include <sys/time.h>

#include "test.h"

/* Signals that have to come in between; a busy host may let them come late, and fewer. */
#define SIGNALS 100
/* In any time that this takes a timer that runs has signalled. */
#define ROUNDS_MAX 400

static volatile unsigned int signals;
static volatile double sink;

static void handler(int sig)
{
	(void)sig;
	signals++;
	sink = sink * 0.5 + 1; /* uses the vector registers, too */
}

static uint64_t integers(unsigned int rounds)
{
	uint64_t a = 88172645463325252ull, sum = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		a ^= a << 13;
		a ^= a >> 7;
		a ^= a << 17;
		sum = (sum << 1 | sum >> 63) + a % 1000003 * (a / 7);
	}
	return sum;
}

static double logistic(unsigned int rounds)
{
	double x = 0.3, y = 0.4;
	long double z = 0.123L;

	for (unsigned int i = 0; i < rounds; i++) {
		x = 3.9 * x * (1 - x);
		y = y + 1.0 / (1 + x * (double)i);
		z = z * 3.7L * (1 - z);
	}
	return x + y + (double)z;
}

static float matrix(void)
{
	static float a[64][64], b[64][64], c[64][64];

	for (int i = 0; i < 64; i++)
		for (int j = 0; j < 64; j++) {
			a[i][j] = (float)(i * j % 17) / 3;
			b[i][j] = (float)(i + j) / 7;
		}
	for (int r = 0; r < 20; r++) {
		for (int i = 0; i < 64; i++)
			for (int j = 0; j < 64; j++) {
				float s = 0;

				for (int k = 0; k < 64; k++)
					s += a[i][k] * b[k][j];
				c[i][j] = s / 176; /* stays near 1 */
			}
		memcpy(b, c, sizeof(b));
	}
	return b[13][31];
}

int main(void)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct itimerval it = { { 0, 1000 }, { 0, 1000 } };
	unsigned int rounds = 0;

	REQUIRE(sigaction(SIGALRM, &sa, NULL) == 0);
	REQUIRE(setitimer(ITIMER_REAL, &it, NULL) == 0);
	do {
		const uint64_t sum = integers(4000000);
		const double x = logistic(1500000), y = (double)matrix();

		EXPECT(sum == 0xaa26ddfa4f1344e4, "%016lx", sum);
		EXPECT(x == 0x1.299df4c20f15bp+5, "%a", x);
		EXPECT(y == 0x1.15c0ep+2, "%a", y);
		rounds++;
	} while (!test_failures && signals < SIGNALS && rounds < ROUNDS_MAX);
	EXPECT(signals >= SIGNALS || test_failures, "only %u signals in %u rounds", signals, rounds);
	return test_end();
}
