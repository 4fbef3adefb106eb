# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # dir: bench/run
#
# busy.bash - the busy neighbours: one endless loop on each CPU.
#
# Sourced by bench/run. CPUs are those that this shell may use.
#
# Must hold: busy_stop ends each of them by its pid. They end themselves when this shell dies
# (busy.c), so none outlives a run that is killed.

busy_pids=()

# Each CPU that this shell may use, one a line.
bench_cpus_allowed() {
	taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | awk -F - '{ for (i = $1; i <= $NF; i++) print i }'
}

busy_start() {
	local cpu
	for cpu in $(bench_cpus_allowed); do
		"$dir/busy" "$cpu" $$ &
		busy_pids+=($!)
	done
}

busy_stop() {
	local pid
	for pid in ${busy_pids[@]+"${busy_pids[@]}"}; do
		kill "$pid" 2> /dev/null
		wait "$pid" 2> /dev/null
	done
	busy_pids=()
}
