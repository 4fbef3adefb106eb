# SPDX-License-Identifier: GPL-2.0-or-later
#
# data.awk - makes what the whole programs work on: the same bytes on every machine.
#
# Runs: on the host, called by pack. Variable: dir, an empty folder. Makes there
#
#	words.txt	40,000 lines: a number, three words
#	tree/		300 files in 20 folders, 1 to 8 KiB each
#	src/		a program: main.c, six parts, one large part, a Makefile
#
# Must hold: no number exceeds 2^53, where awks begin to differ.

# The next of "minimal standard" random numbers (Park and Miller, 1988), below n.
function below(n) {
	seed = seed * 16807 % 2147483647
	return seed % n
}

function word(	i, w) {
	w = ""
	for (i = 2 + below(3); i > 0; i--)
		w = w substr("bcdfghklmnprstvz", 1 + below(16), 1) substr("aeiou", 1 + below(5), 1)
	return w
}

function words_file(file,	i) {
	for (i = 0; i < 40000; i++)
		printf "%d %s %s %s\n", below(1000000), vocabulary[below(2000)],
			vocabulary[below(2000)], vocabulary[below(200)] > file
	close(file)
}

function tree_file(file,	i, lines) {
	lines = 20 + below(180)
	for (i = 0; i < lines; i++)
		printf "%s %s(%s, %d);\n", vocabulary[below(2000)], vocabulary[below(2000)],
			vocabulary[below(200)], below(100000) > file
	close(file)
}

# One C function: arithmetic of unsigned int only, so that every compiler's program agrees.
function c_function(file, name) {
	printf "static unsigned %s(unsigned a, unsigned b)\n{\n", name > file
	printf "\tunsigned t[%d], i;\n\n", 16 > file
	printf "\tfor (i = 0; i < 16; i++)\n\t\tt[i] = a * %du + (b ^ (i * %du));\n",
		below(1000000), below(1000000) > file
	printf "\tfor (i = 1; i < 16; i++)\n\t\tswitch (t[i - 1] %% 5) {\n" > file
	printf "\t\tcase 0: t[i] += t[i - 1] >> %d; break;\n", 1 + below(9) > file
	printf "\t\tcase 1: t[i] ^= t[i - 1] << %d; break;\n", 1 + below(9) > file
	printf "\t\tcase 2: t[i] -= t[15 - i] * %du; break;\n", below(1000) > file
	printf "\t\tcase 3: if (t[i] & 1) t[i] = ~t[i]; else t[i] /= 3; break;\n" > file
	printf "\t\tdefault: t[i] %%= %du; break;\n\t\t}\n", 3 + below(100000) > file
	printf "\tif (b %% 7 == 3)\n\t\treturn t[%d] + (unsigned)strlen(\"%s\");\n",
		below(16), word() > file
	printf "\treturn t[%d] ^ t[%d] ^ t[15];\n}\n\n", below(16), below(16) > file
}

function c_part(file, part, functions,	i) {
	print "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" > file
	for (i = 0; i < functions; i++)
		c_function(file, "f" i)
	printf "unsigned part_%s(unsigned x)\n{\n", part > file
	for (i = 0; i < functions; i++)
		printf "\tx = f%d(x, %du);\n", i, below(1000) > file
	print "\treturn x;\n}" > file
	close(file)
}

function c_program(folder,	i, file) {
	for (i = 1; i <= 6; i++)
		c_part(folder "/part" i ".c", i, 7)
	c_part(folder "/large.c", "large", 40)
	file = folder "/main.c"
	print "#include <stdio.h>\n" > file
	for (i = 1; i <= 6; i++)
		printf "unsigned part_%d(unsigned x);\n", i > file
	print "\nint main(void)\n{\n\tunsigned x = 1;\n" > file
	for (i = 1; i <= 6; i++)
		printf "\tx = part_%d(x);\n", i > file
	print "\tprintf(\"%u\\n\", x);\n\treturn 0;\n}" > file
	close(file)
	file = folder "/Makefile"
	print "SHELL := /usr/bin/dash\nCFLAGS := -O2 -Wall" > file
	print "prog: main.o part1.o part2.o part3.o part4.o part5.o part6.o" > file
	print "\tgcc -o $@ $^\n%.o: %.c\n\tgcc $(CFLAGS) -c -o $@ $<" > file
	close(file)
}

BEGIN {
	seed = 20061
	for (i = 0; i < 2000; i++)
		vocabulary[i] = word()
	system("mkdir -p " dir "/src")
	words_file(dir "/words.txt")
	for (i = 0; i < 20; i++) {
		system("mkdir -p " dir "/tree/d" i)
		for (k = 0; k < 15; k++)
			tree_file(dir "/tree/d" i "/f" k ".txt")
	}
	c_program(dir "/src")
}
