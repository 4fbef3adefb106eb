# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - the real gdb, and worse clients, on guests under load.
#
# Sourced by run.sh. In each of a few modes (with ALL_MODES in all) one guest runs tests/gdb/debuggee and a
# shell's loop; gdb attaches with one check after the other (checks/*.py), and others attach
# that do harm (client.py). The guest must then still work, and end as it should.

GDB_MODES=("afterburn gate none 2" "trap sigsys none 1" "afterburn gate split 2" "afterburn ptrace none 1"
	"afterburn gate users 2" "afterburn gate pku 2")
# Where breakpoints are set and hit thousands of times.
GDB_CYCLES_MODE="afterburn gate none 2"
GDB_CHECKS=(basics breakpoints hardware control)
GDB_CLIENTS=(refused killed garbage deaf bulk cycles)

gdb_log() { mkdir -p "$work/gdb"; log=$work/gdb/${1//[^a-zA-Z0-9]/-}.log; }

# gdb_report NAME MODE START STATUS
gdb_report() {
	if [ "$4" = 0 ]; then
		report "$1" "$2" PASS "$(since "$3")"
		return
	fi
	tail -n 20 "$log" | sed 's/^/    /'
	echo "    status $4, output in $log"
	report "$1" "$2" FAIL "$(since "$3")" "tests/run.sh gdb $1"
}

# gdb_batch SECONDS NAME GDB OPTIONS…: umvmm gdb on this VM, to $log
gdb_batch() {
	local limit=$1 name=$2
	shift 2
	HOME=/nonexistent timeout -k 5 "$limit" "$umvmm" gdb "$name" -- -nx -batch "$@" > "$log" 2>&1 < /dev/null
}

# gdb_vm MODE WORDS: the guest with its load, named "debugged". It ends when a line comes.
gdb_vm() {
	rm -f "$work/gdb/input"
	mkfifo "$work/gdb/input"
	exec 7<> "$work/gdb/input"
	vm_start 900 run -n debugged $(mode_options "$@") -i "$O/guest/initramfs.cpio.gz" \
		-i "$O/tests/gdb.cpio" -e "debuggee 1000000000 $4 & child=\$!
		(while :; do cat /proc/uptime > /dev/null; done) & loop=\$!
		echo ready; read line; kill \$child \$loop
		debuggee 5000 $4 && exit 7" < "$work/gdb/input" > "$work/gdb/guest" 2>&1
	gdb_wait ready "$work/gdb/guest"
}

gdb_wait() { soon grep -qs -- "$1" "$2"; } # TEXT FILE

# The guest's own view: it has not lost its mind.
gdb_vm_end() {
	local status start
	start=$(seconds)
	gdb_log "$mode-end"
	echo end >&7
	wait "$vm_pid"
	status=$?
	exec 7>&-
	cp "$work/gdb/guest" "$log"
	[ $status = 7 ] && grep -q 'debuggee ok' "$log" && status=0
	vm_gone >> "$log" || status="$status, something is left"
	gdb_report "guest-afterwards" "$mode" "$start" "$status"
}

gdb_mode() {
	local check start
	mode=$(mode_name "$@")
	gdb_vm "$@" || { report "(guest)" "$mode" FAIL 0; vm_kill; return; }
	export CHECK_CPUS=$4 CHECK_DEBUGGEE=$O/tests/gdb/debuggee CHECK_ADDRESS CHECK_CYCLES=200
	CHECK_ADDRESS=$(nm "$O/guest/vmlinux" | awk '$3 == "do_sys_openat2" { print $1 }')
	# ten thousand in make check-long
	[ "$*" != "$GDB_CYCLES_MODE" ] || CHECK_CYCLES=${GDB_SCRIPTS:+10000}
	CHECK_CYCLES=${CHECK_CYCLES:-2000}
	for check in "${GDB_CHECKS[@]}"; do
		wanted "$check" || continue
		gdb_log "$mode-$check"
		start=$(seconds)
		gdb_batch 120 debugged -x "tests/gdb/checks/$check.py"
		gdb_report "$check" "$mode" "$start" $?
	done
	for check in "${GDB_CLIENTS[@]}"; do
		wanted "$check" || continue
		gdb_log "$mode-$check"
		start=$(seconds)
		timeout -k 5 120 python3 tests/gdb/client.py "$XDG_RUNTIME_DIR/umvmm/debugged.gdb" \
			"$check" > "$log" 2>&1
		gdb_report "$check" "$mode" "$start" $?
	done
	gdb_vm_end
}

gdb_archive() {
	local root=$O/tests/gdb-root
	rm -rf "$root"
	mkdir -p "$root/bin"
	strip -o "$root/bin/debuggee" "$O/tests/gdb/debuggee" &&
		(cd "$root" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0) > "$O/tests/gdb.cpio"
}

# Is one of these wanted?
gdb_any() {
	local name
	for name; do
		wanted "$name" && return
	done
	return 1
}

suite_gdb() {
	local words available
	gdb_archive || { report "(archive)" gdb FAIL 0; return; }
	rm -rf "$work/gdb"
	mkdir -p "$work/gdb"
	available=$(modes)
	[ -z "${ALL_MODES-}" ] || mapfile -t GDB_MODES <<< "$available"
	for words in "${GDB_MODES[@]}"; do
		gdb_any "${GDB_CHECKS[@]}" "${GDB_CLIENTS[@]}" || break
		[ -z "$only_mode" ] || [ "$only_mode" = "$words" ] || continue
		grep -qx -- "$words" <<< "$available" && gdb_mode $words
	done
	[ -n "$only_mode" ] || . tests/gdb/cases.sh
}
