# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# make - make compiles seven files, two at a time, and links them.
#
# Packages: make gcc libc6-dev binutils coreutils
# Needs: make gcc as ld cp rm
files() { compiler_files; }

prepare() { cp "$D"/src/*.c "$D/src/Makefile" .; }
before() { rm -f prog ./*.o; }

work() {
	make -j2
}

check() {
	expect "the program's output" "$(./prog)" 3568044185
}
