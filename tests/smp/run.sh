#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - several virtual CPUs: boots, interrupts between CPUs, shootdowns,
# hotplug, load, and every way to stop.
#
# usage: O=BUILD tests/smp/run.sh [-s SECONDS] [-c "COUNTS"]
#
# Runs: on the host, from the top of the tree; needs the program and the guest.
# -s: for how long the load runs in each boot (60), -c: how many CPUs (1 2 4 16).
set -u

O=${O:-build} load=60 counts='1 2 4 16'
while getopts s:c: opt; do
	case $opt in
	s) load=$OPTARG ;;
	c) counts=$OPTARG ;;
	*) exit 2 ;;
	esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

mkdir "$work/root" "$work/root/smp"
"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -static -pthread -o "$work/root/smp/storm" \
	tests/smp/storm.c || exit
cp tests/smp/guest-*.sh "$work/root/smp/"
(cd "$work/root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$work/smp.cpio"

# check NAME STATUS LIMIT CPUS COMMAND, thrice LIMIT seconds for a busy host: the command's output goes to $work/out.
check() {
	local name=$1 status=$2 limit=$3 cpus=$4 start=$EPOCHREALTIME got
	timeout -k 5 $((limit * 3)) "$O/umvmm" run -c "$cpus" -i "$O/guest/initramfs.cpio.gz" \
		-i "$work/smp.cpio" -e "$5" < /dev/null > "$work/out" 2> "$work/err"
	got=$?
	awk -v n="$name" -v c="$cpus" -v a="$start" -v b="$EPOCHREALTIME" -v ok=$((got == status)) \
		'BEGIN { printf "%-12s %2d CPUs  %-4s %6.1f s\n", n, c, ok ? "PASS" : "FAIL", b - a }'
	[ $got = "$status" ] && return
	failed=1
	echo "    exit status $got, expected $status; the end of its output:"
	tail -n 20 "$work/out" "$work/err" | sed 's/^/    /'
}

busy='for i in 1 2 3 4; do (while :; do :; done) & done; sleep 0.3;'
for n in $counts; do
	check boot 0 30 "$n" "[ \$(nproc) = $n ]"
	check spread 0 60 "$n" "sh /smp/guest-spread.sh $n"
	check load 0 $((load * 3 + 60)) "$n" "sh /smp/guest-load.sh $load"
	[ "$n" = 1 ] || check hotplug 0 180 "$n" "sh /smp/guest-hotplug.sh 50"
	check panic 124 30 "$n" "$busy echo c > /proc/sysrq-trigger; sleep 9"
	check reboot 125 30 "$n" "$busy reboot -f; sleep 9"
	check poweroff 125 30 "$n" "$busy poweroff -f; sleep 9"
done
exit $failed
