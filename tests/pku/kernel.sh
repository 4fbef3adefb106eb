#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh - prints the path of a stock Debian kernel with protection keys.
#
# usage: O=BUILD tests/pku/kernel.sh
#
# Runs: on the build host, as an ordinary user; installs nothing. Takes, in this
# order: $PKU_KERNEL, the one it has fetched before, one in /boot that can be read,
# and the package linux-image-cloud-amd64, by apt. If the lists of packages are
# not there, apt fetches them to a directory of ours.
set -u

O=${O:-build}
dir=$O/tests/pku
mkdir -p "$dir"

if [ -n "${PKU_KERNEL:-}" ]; then
	echo "$PKU_KERNEL"
	exit
fi
if [ -r "$dir/vmlinuz" ]; then
	echo "$dir/vmlinuz"
	exit
fi
for config in /boot/config-*-amd64; do
	kernel=/boot/vmlinuz-${config#/boot/config-}
	if [ -r "$kernel" ] && grep -q '^CONFIG_X86_INTEL_MEMORY_PROTECTION_KEYS=y' "$config"; then
		echo "$kernel"
		exit
	fi
done

tmp=$(mktemp -d) || exit
trap 'rm -rf "$tmp"' EXIT
command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || {
	echo "no Debian kernel in /boot, and no apt to fetch one" >&2
	exit 1
}

# apt's own lists, or ours: fetch WITH_OPTIONS…
fetch() {
	local package
	package=$(apt-cache "$@" depends linux-image-cloud-amd64 2> /dev/null |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$package" ] &&
		(cd "$tmp" && apt-get "$@" -q download "$package") > "$tmp/log" 2>&1
}

ours=(-o "Dir::State::lists=$tmp/lists" -o "Dir::Cache=$tmp/cache" -o APT::Sandbox::User=)
fetch || {
	mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial"
	apt-get "${ours[@]}" -q update > "$tmp/log" 2>&1 && fetch "${ours[@]}"
} || {
	echo "no Debian kernel in /boot, and apt cannot fetch one: $(tail -n 1 "$tmp/log")" >&2
	exit 1
}
dpkg-deb -x "$tmp"/linux-image-*.deb "$tmp/x" && cp "$tmp"/x/boot/vmlinuz-* "$dir/vmlinuz.new" &&
	mv "$dir/vmlinuz.new" "$dir/vmlinuz" && echo "$dir/vmlinuz"
