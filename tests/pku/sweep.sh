#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sweep.sh - user code jumps to one byte of the monitor in STEP after the
# other (tests/hostile/sweep.c), on a host that has protection keys.
#
# usage: sweep.sh FROM TO STEP
#
# Runs: in the host of host.sh, by BusyBox. As tests/hostile/sweep.py does with a Python:
# a jump may end its VM, with a status of umvmm/base/exit.h and a message, or it must end when
# its manager is asked to; the next VM goes on behind that jump. No process may be left.
#
# Not every byte: QEMU before 9.1 makes of some LRET and IRETQ of ring 3 faults of ring 0,
# for which the host's kernel kills the process, or dies itself.
at=$(($1)) to=$(($2)) step=$3
jumps=0 ends=0 wrong=0
dir=$(mktemp -d)
dmesg -c > /dev/null

# watch PID: until it has ended; one that is quiet for some seconds or boots again is asked to.
watch() {
	local size last=-1 quiet=0
	asked=
	while kill -0 "$1" 2> /dev/null; do
		sleep 1
		size=$(wc -c < "$dir/out")
		[ "$size" = "$last" ] && quiet=$((quiet + 1)) || quiet=0
		last=$size
		if [ $quiet -ge 5 ] || [ "$(tr -cd '^' < "$dir/out" | wc -c)" -gt 1 ]; then
			asked=1
			kill "$1"
			quiet=-60
		fi
	done
	wait "$1"
}

none_left() {
	local try
	for try in 1 2 3 4 5 6 7 8 9 10; do
		ps -o comm | grep -q umvmm || return 0
		sleep 0.3
	done
	return 1
}

while [ $at -lt $to ]; do
	./umvmm run --isolation pku -k sweep -m 64M --huge off \
		-p "from=$at to=$to step=$step seed=$at" > "$dir/out" 2> "$dir/err" < /dev/null &
	watch $!
	status=$?
	# what stands behind the first mark and before the next, if there is one
	tr '^\n' '\n^' < "$dir/out" | sed -n 2p | tr '^' '\n' > "$dir/first"
	dots=$(head -n 1 "$dir/first" | sed 's/^\(\.*\).*/\1/' | tr -cd . | wc -c)
	jumps=$((jumps + dots))
	none_left || { wrong=$((wrong + 1)); echo "processes are left: from=$at, $dots jumps"; }
	if [ $status = 0 ] && [ -z "$asked" ] && grep -q passed "$dir/first"; then
		grep swept "$dir/first"
		break
	fi
	ends=$((ends + 1))
	case "$status $asked" in
	"0 1") ;;
	"123 "* | "124 "*) grep -q '^umvmm: ' "$dir/err" ;;
	"125 "*) grep -q 'a context was killed' "$dir/err" && dmesg -c | grep -q 'RIP: 00[23]3:' ;;
	*) false ;;
	esac || { wrong=$((wrong + 1)); echo "status $status: from=$at, $dots jumps"; tail -n 3 "$dir/err"; }
	[ $wrong -lt 10 ] || break
	[ "$dots" -gt 0 ] || dots=1
	at=$((at + dots * step))
done
rm -rf "$dir"
echo "$jumps jumps, $ends VMs ended early, $wrong wrong"
[ $wrong = 0 ]
