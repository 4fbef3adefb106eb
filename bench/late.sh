#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# late.sh - how late calls with a timeout return, on the host and in guests that are idle else.
#
# usage: O=BUILD bench/late.sh [ROUNDS [SAMPLES]]
#
# Runs: on the host, from the top of the tree, by "make bench-late"; needs program and guest. All
# guests are there from the start, and the systems take turns, for SAMPLES (200) of each call in
# each of ROUNDS (10). Prints for each system and call how many returned how late, in all rounds
# (bench/late.c), and what umvmm stats has counted meanwhile. "native, bound" is what guests are by
# default: bound to one host CPU.
set -eu
O=$(realpath "${O:-build}")
rounds=${1:-10} samples=${2:-200}
work=$(mktemp -d)
names=(none users split split-free)
declare -A pids options=([none]='--isolation none' [users]='--isolation users' [split]='--isolation split'
	[split-free]='--isolation split --affinity off')
export XDG_RUNTIME_DIR=$work
trap 'for name in "${names[@]}"; do "$O/umvmm" stop "$name" 2> /dev/null || :; done; wait; rm -rf "$work"' EXIT

for name in "${names[@]}"; do
	"$O/umvmm" run ${options[$name]} -n "$name" -i "$O/guest/initramfs.cpio.gz" -i "$O/bench/bench.cpio" \
		-e 'while :; do sleep 1000; done' < /dev/null > "$work/$name.log" 2>&1 &
	pids[$name]=$!
done
cpu=$(taskset -cp $$ | sed 's/.*[ ,-]//')
for name in "${names[@]}"; do
	until "$O/umvmm" exec "$name" true 2> /dev/null; do
		kill -0 "${pids[$name]}" 2> /dev/null || { cat "$work/$name.log" >&2; exit 1; }
		sleep 0.2
	done
	"$O/umvmm" stats "$name" > "$work/$name.before"
done

# one SYSTEM COMMAND…: a round of it.
one() {
	"${@:2}" | sed "s/^/$1\t/" >> "$work/results"
}
for ((i = 0; i < rounds; i++)); do
	one native "$O/bench/late" -n "$samples"
	one 'native, bound' taskset -c "$cpu" "$O/bench/late" -n "$samples"
	for name in "${names[@]}"; do
		one "$name" "$O/umvmm" exec "$name" /bench/late -n "$samples"
	done
	one 'users@1000' "$O/umvmm" exec users /bench/as 1000 /bench/late -n "$samples"
done
awk -F '\t' '
	{ split($2, w, " "); n = split($2, w, " ") }
	w[1] == "call" { if (!head++) printf "%-14s %s\n", "system", $2; next }
	{
		key = sprintf("%-14s %-12s", $1, w[1])
		if (!(key in seen)) { seen[key] = 1; order[++keys] = key }
		for (i = 2; i <= n; i++) sum[key, i] += w[i]
		columns = n
	}
	END {
		for (k = 1; k <= keys; k++) {
			printf "%s", order[k]
			for (i = 2; i <= columns; i++) printf " %7d", sum[order[k], i]
			print ""
		}
	}' "$work/results"
for name in "${names[@]}"; do
	"$O/umvmm" stats "$name" > "$work/$name.after"
	echo "$name:"
	join -j 1 <(awk 'NF > 1 { print $2, $1 }' "$work/$name.before" | sort -u -k 1,1) \
		<(awk 'NF > 1 { print $2, $1 }' "$work/$name.after" | sort -u -k 1,1) |
		awk '$3 > $2 { printf "%12d  %s\n", $3 - $2, $1 }'
done
