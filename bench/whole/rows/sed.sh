# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sed - sed edits 80,000 lines.
#
# Packages: sed coreutils
# Needs: sed cat sha256sum cut
prepare() { words_times 2 words; }

work() {
	sed -E 's/^([0-9]+) ([a-z]+) /\2=\1 /; s/[aeiou]{1}n/N/g; /^z/d' words
}

check() {
	expect "the output's digest" "$(digest out)" 2f3680fd0b32c53b
}
