// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * true.c - the program that the rows of process creation execute.
 */
int main(void)
{
	return 0;
}
