# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# xz - xz packs and unpacks 1 MiB of text.
#
# Packages: xz-utils coreutils diffutils
# Needs: xz rm cmp cp wc
prepare() { cp "$D/words.txt" words; }
before() { rm -f words.xz again; }

work() {
	xz -T1 -1 -c words > words.xz
	xz -dc words.xz > again
}

check() {
	cmp words again
	[ "$(wc -c < words.xz)" -lt $(($(wc -c < words) / 2)) ] || fail "it is not smaller"
}
