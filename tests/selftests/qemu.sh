#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu.sh - the reference: the kernel's own tests on emulated hardware, compared
# with the column "QEMU" of docs/selftests.md. By hand, as it takes long.
#
# usage: O=BUILD tests/selftests/qemu.sh [KIND [COLLECTION | TEST]]
#
# KIND is one of the table's column "in"; without it every, check, hand, slow, and
# long, which needs "make guest-selftests".
#
# Prints each test whose result is another than the table's.
#
# Must hold: same kernel, same programs, same driver as under umvmm; only the
# limits are longer.
set -u
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
. tests/selftests/suite.sh
tests/selftests/build.sh || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# kind GUEST KIND: one boot.
kind() {
	awk -F ' *[|] *' -v only="$collection" -v kind="$2" '
		$3 ~ /^[0-9]+$/ && $4 == kind {
			name = $2
			sub("/.*", "", name)
			if (only == "" || only == name || only == $2) print $3 * 8, $2
		}' docs/selftests.md > "$tmp/list"
	[ -s "$tmp/list" ] || return
	cat "$O/selftests/selftests.cpio" "$1/modules.cpio" > "$tmp/archive"
	guest-arch/scripts/qemu-boot.sh -d "$1" -c 2 -m "$(selftests_memory "$2")" -t 14400 -a "$selftests_parameters" \
		-i "$tmp/archive" -o "$tmp/out" "/selftests/driver <<'END'
$(cat "$tmp/list")
END"
	sed -n 's/^RESULT \(.*\): \(.*\), [0-9]* ms$/\1|\2/p' "$tmp/out" | awk -F ' *[|] *' '
		NR == FNR { if ($3 ~ /^[0-9]+$/) table[$2] = $5; next }
		table[$1] != $2 { print $1 ": " $2 ", in the table " table[$1] }' docs/selftests.md -
}

collection=${2-}
for name in ${1:-every check hand slow long}; do
	case $name in
	long) kind "$O/fragment/selftests/guest" "$name" ;;
	*) kind "$O/guest" "$name" ;;
	esac
done
