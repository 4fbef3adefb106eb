# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # build, guest, dir, tmp, rows: bench/run
#
# machine.bash - the rows about a whole VM: boot time, memory, idle CPU use.
#
# Sourced by bench/run.
#
# Must hold: the times are the host's, taken outside of the VM.

IDLE_SECONDS=10
SETTLE_SECONDS=3

# Milliseconds from $1 to $2, both as $EPOCHREALTIME has them.
elapsed_ms() {
	local us=$((${2/[.,]/} - ${1/[.,]/}))
	printf '%d.%03d' $((us / 1000)) $((us % 1000))
}

# From the start of the VM's process to the first output of a user process in
# the guest, and to the end of the VM's process after the guest's power-off.
machine_boot() {
	local command start user='' line
	system_command "$1" machine 'echo up'
	start=$EPOCHREALTIME
	exec 8< <(exec timeout -k 5 120 "${command[@]}" < /dev/null 2> /dev/null)
	running=$!
	while read -r line <&8; do
		[ -z "$user" ] && [ "${line%$'\r'}" = up ] && user=$EPOCHREALTIME
	done
	exec 8<&-
	running=
	[ -n "$user" ] || return
	echo "boot_user $(elapsed_ms "$start" "$user") ms"
	echo "boot_off $(elapsed_ms "$start" "$EPOCHREALTIME") ms"
}

# The memory of system $1 as it is now; $2 ends the rows' names.
memory_rows() {
	local memory
	if memory=$(session_memory); then
		echo "mem_guest$2 ${memory% *} MiB"
		echo "mem_host$2 ${memory#* } MiB"
	else
		say "$1: does not let its memory be looked at"
	fi
}

# The same guest with twenty more processes, all asleep.
machine_processes() {
	# shellcheck disable=SC2016 # the guest's shell expands it
	session_start "$1" 'for i in $(seq 20); do sleep 600 & done; sleep 1' || return
	sleep "$SETTLE_SECONDS"
	memory_rows "$1" _20p
	session_stop
}

machine_idle() {
	local before after start
	session_start "$1" true || return
	sleep "$SETTLE_SECONDS"
	memory_rows "$1" ''
	before=$(session_ticks)
	start=$EPOCHREALTIME
	sleep "$IDLE_SECONDS"
	after=$(session_ticks)
	awk -v ticks=$((after - before)) -v hz="$(getconf CLK_TCK)" \
		-v ms="$(elapsed_ms "$start" "$EPOCHREALTIME")" \
		'BEGIN { printf "idle_cpu %.2f %%\n", 100 * ticks / hz / ms * 1000 }'
	session_stop
}

# Those that measure something that was asked for.
machine_rows() {
	[[ $rows = *boot_* ]] && machine_boot "$1"
	[[ "$rows " =~ mem_(guest|host)\ |idle_cpu ]] && machine_idle "$1"
	[[ $rows = *_20p* ]] && machine_processes "$1"
}
