# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# page_cache_write - fresh processes write a new file of 64 MiB into the page cache, twice.
#
# Packages: coreutils
# Needs: dd rm wc
before() { rm -f file1 file2; }

work() {
	for i in 1 2; do
		dd if=/dev/zero of=file$i bs=64k count=1024
	done
}

check() {
	expect "the files' size" "$(wc -c < file1) $(wc -c < file2)" "67108864 67108864"
}
