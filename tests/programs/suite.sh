# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - other people's programs that count on certain addresses: sanitizers, valgrind, with
# PROGRAMS_LONG=1 run-time systems, too. They find the bugs that are planted, and none else.
#
# Sourced by run.sh. Each runs natively first: where the host has them fail (its addresses are
# more random than TSan can bear, a container forbids ptrace) it is told, and no failure of ours.

# The walls and both ways of virtualisation; of the long ones one.
programs_modes() {
	local mode
	for mode in "afterburn gate none 1" "afterburn gate split 2" "afterburn gate pku 2" "trap sigsys none 2"; do
		modes | grep -qx "$mode" && echo "$mode"
		[ -z "${PROGRAMS_LONG-}" ] || break
	done
}

# programs_right STATUS WANTED REGEX FILE: did it end, and say, what it should?
programs_right() {
	[ "$1" = "$2" ] && grep -aqE "$3" "$4"
}

programs_native() {
	local name status seconds regex command start got log=$work/programs/native.log
	while IFS=$'\t' read -r name status seconds regex command <&7; do
		wanted "${name%% *}" || continue
		start=$(seconds)
		# programs of our own are in the folder; all others are the host's
		timeout -s KILL "$seconds" ${command//\/programs\//$O\/programs\/root\/programs\/} \
			> "$log" 2>&1 < /dev/null
		got=$?
		if programs_right "$got" "$status" "$regex" "$log"; then
			report "$name" native PASS "$(since "$start")"
		else
			report "$name" native SKIP "$(since "$start")"
		fi
	done 7< "$O/programs/list"
}

# programs_judge: what the guest has said, by the list.
programs_judge() {
	local name status seconds regex command got took log
	while IFS=$'\t' read -r name status seconds regex command <&7; do
		log=$dir/${name// /-}.log
		awk -v start="START $name" '/^START / { on = $0 == start } on' "$dir/stdout" > "$log"
		read -r _ got took < <(grep -a '^RESULT ' "$log" || echo "RESULT lost 0")
		if programs_right "$got" "$status" "$regex" "$log"; then
			report "$name" "$mode" PASS "$took"
			continue
		fi
		tail -n 12 "$log" | sed 's/^/    /'
		echo "    status $got, not $status with '$regex'; output in $log"
		report "$name" "$mode" FAIL "$took" "tests/run.sh --mode \"$mode_words\" programs"
	done 7< "$O/programs/list"
}

suite_programs() {
	local dir status name memory=768M
	mkdir -p "$work/programs"
	[ -z "${PROGRAMS_LONG-}" ] || memory=3G
	tests/programs/build.sh ${PROGRAMS_LONG:+long} > "$work/programs/build.log" 2>&1 || {
		tail -n 20 "$work/programs/build.log" | sed 's/^/    /'
		report "(build)" programs FAIL 0
		return
	}
	while read -r name; do
		report "$name" "not installed" SKIP 0
	done < "$O/programs/missing"
	programs_native
	while read -r mode_words <&6; do
		mode=$(mode_name $mode_words)
		dir=$work/programs/${mode//\//-}
		rm -rf "$dir"
		mkdir -p "$dir"
		vm_start 900 run $(mode_options $mode_words) -m $memory -i "$O/guest/initramfs.cpio.gz" \
			-i "$O/programs/programs.cpio" -e /programs/driver < /dev/null \
			> "$dir/stdout" 2> "$dir/stderr"
		wait "$vm_pid"
		status=$?
		programs_judge
		[ $status = 0 ] && vm_gone && continue
		tail -n 20 "$dir/stderr" | sed 's/^/    /'
		echo "    the VM ended with status $status"
		report "(end of the guest)" "$mode" FAIL 0
	done 6< <([ -n "$only_mode" ] && echo "$only_mode" || programs_modes)
}
