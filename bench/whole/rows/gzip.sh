# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# gzip - gzip packs and unpacks 2 MiB of text.
#
# Packages: gzip coreutils diffutils
# Needs: gzip cat rm cmp wc
prepare() { words_times 2 words; }
before() { rm -f words.gz again; }

work() {
	gzip -c words > words.gz
	gzip -dc words.gz > again
}

check() {
	cmp words again
	[ "$(wc -c < words.gz)" -lt $(($(wc -c < words) / 2)) ] || fail "it is not smaller"
}
