# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# cc - gcc compiles one file of 40 functions.
#
# Packages: gcc libc6-dev binutils coreutils
# Needs: gcc as ld cp cat rm
files() { compiler_files; }

prepare() { cp "$D/src/large.c" .; }
before() { rm -f large.o; }

work() {
	gcc -O2 -Wall -c large.c
}

check() {
	cat > run.c <<-'END'
		#include <stdio.h>
		unsigned part_large(unsigned x);
		int main(void) { printf("%u\n", part_large(1)); return 0; }
	END
	gcc -o run run.c large.o
	expect "the program's output" "$(./run)" 4134934965
}
