# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# page_cache_read - fresh processes read a file of 64 MiB from the page cache, eight times.
#
# Packages: coreutils grep
# Needs: dd grep
prepare() { dd if=/dev/zero of=file bs=1M count=64; }

work() {
	for i in 1 2 3 4 5 6 7 8; do
		dd if=file of=/dev/null bs=64k
	done 2>&1
}

check() {
	expect "times that all was read" "$(grep -c '^67108864 bytes' out)" 8
}
