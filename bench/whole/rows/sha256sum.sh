# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sha256sum - the SHA-256 of 32 MiB.
#
# Packages: coreutils
# Needs: sha256sum cat
prepare() { words_times 30 words; }

work() {
	sha256sum words
}

check() {
	expect "the digest" "$(cat out)" "9f2fa639f775f4f627e810ab336df8aeca3eca38ec9e39d6546d4c1a13374cde  words"
}
