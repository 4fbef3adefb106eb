# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# random.sh - the first command of a guest gets random bytes without waiting for them, by the
# seed of the boot parameters alone, too; each boot others; none where a person does not
# trust either source.
#
# Sourced by run.sh.
random=$work/faults/random_bytes
rm -rf "$random"
mkdir -p "$random/root/tests"
strip -o "$random/root/tests/random" "$O/tests/faults/random"
(cd "$random/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$random/tests.cpio"

# random_boot STATUS OUT PARAMETERS
random_boot() {
	local status
	"$umvmm" run -i "$O/guest/initramfs.cpio.gz" -i "$random/tests.cpio" ${3+-p "$3"} \
		-e /tests/random < /dev/null > "$2" 2>&1
	status=$?
	[ $status = "$1" ] && return
	cat "$2"
	echo "    '${3-}': status $status, not $1"
	return 1
}

random_seeds() {
	random_boot 0 "$random/1" && random_boot 0 "$random/2" random.trust_cpu=off &&
		random_boot 0 "$random/3" random.trust_cpu=off || return
	[ "$(sort -u "$random"/[123] | grep -cE '^[0-9a-f]{64}$')" = 3 ] && return
	cat "$random"/[123]
	return 1
}

random_case() { # NAME COMMAND…
	local start
	wanted random || return
	start=$(seconds)
	if "${@:2}"; then
		report random "$1" PASS "$(since "$start")"
	else
		report random "$1" FAIL "$(since "$start")" "tests/run.sh faults random"
	fi
}

random_case "at once" random_seeds
random_case "not trusted" random_boot 3 "$random/4" "random.trust_cpu=off random.trust_bootloader=off"
