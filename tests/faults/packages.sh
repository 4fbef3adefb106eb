# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# packages.sh - what make says on a machine that has none of the packages, whose user is neither
# root nor may use sudo: one line to type. Building and running need no packages of the tests.
#
# Sourced by run.sh.
mkdir -p "$work/faults/packages"
packages=$work/faults/packages err=$work/faults/packages/make
printf '#!/bin/sh\nexit 1\n' > "$packages/dpkg-query"
printf '#!/bin/sh\necho 1000\n' > "$packages/id"
cp "$packages/dpkg-query" "$packages/sudo"
cp "$packages/dpkg-query" "$packages/apt-get"
chmod +x "$packages"/*

# asked TARGET: it ends at once; $packages/names has what is to be installed.
asked() {
	PATH=$packages:$PATH make --no-print-directory "$1" > "$err" 2>&1 < /dev/null &&
		{ echo "    make $1 goes on"; return 1; }
	[ "$(head -n 1 "$err")" = "Packages are missing. Type:" ] &&
		[ "$(grep -c '^sudo apt-get update && sudo apt-get install' "$err")" = 1 ] &&
		sed -n 's/^sudo .*--no-install-recommends //p' "$err" | tr ' ' '\n' | sort > "$packages/names" &&
		[ "$(wc -l < "$err")" = 3 ] # make's own is the last
}
to_run() {
	asked run || return
	grep -Ex 'clang|qemu.*|crash|stress-ng|.*drgn|valgrind|gdb|check' "$packages/names" && return 1
	[ "$(grep -cxE 'gcc|make|linux-source-6.1|libseccomp-dev|busybox-static' "$packages/names")" = 5 ] &&
		mv "$packages/names" "$packages/run" && asked deps && diff "$packages/run" "$packages/names"
}
to_check() { # all of those, and its own
	asked check && [ -z "$(comm -23 "$packages/run" "$packages/names")" ] &&
		[ "$(grep -cxE 'clang|qemu-system-x86|crash|stress-ng|python3-drgn' "$packages/names")" = 5 ] &&
		! grep golang "$packages/names" && asked check-long && grep -qx golang-go "$packages/names"
}
judged_since=$(seconds)
judged packages "packages to build and run" "" to_run
judged packages "packages to test" "" to_check
