# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - the kernel's own KUnit suites, which are modules of the default guest: a result for
# each case; and that logs of suites that ran nothing, or died, are no passes. With KUNIT_TOOL=1
# also that the kernel's kunit.py builds a kernel and runs its suites under umvmm.
#
# Sourced by run.sh. A TEST of the command line is a module.
kunit_tree=$O/guest/linux-src

# kunit_log NAME STATUS RESULTS OUTPUT [KNOWN]: what report.py makes of an output of the driver that
# was made up. Its module is m and has one suite, of which the case KNOWN may fail.
kunit_log() {
	local got status start dir=$work/kunit
	wanted "$1" || return
	start=$(seconds)
	echo "m 1" > "$dir/made-up.list"
	echo "m s.${5-none}" > "$dir/made-up.known"
	got=$(printf '%b' "$4" | tests/kunit/report.py "$kunit_tree" "$dir/made-up.known" "$dir/made-up.list")
	status=$?
	got=$(paste -s -d ' ' <<< "$got")
	if [ "$status $got" = "$2 $3" ]; then
		report "$1" kunit PASS "$(since "$start")"
		return
	fi
	echo "    status $status: $got, not $2: $3"
	report "$1" kunit FAIL "$(since "$start")" "tests/run.sh kunit $1"
}

kunit_logs() {
	local t='[    0.100000]' head
	head="START m\n$t     # Subtest: s\n$t     1..2\n$t     ok 1 - a\n"
	kunit_log log-good 0 "PASS m s.a SKIP m s.b" "$head$t     ok 2 - b # SKIP no\n$t ok 1 - s\nEND m 0\n"
	kunit_log log-fails 1 "PASS m s.a FAIL m s.b" "$head$t     not ok 2 - b\n$t not ok 1 - s\nEND m 0\n"
	kunit_log log-known 0 "PASS m s.a SKIP m s.b" "$head$t     not ok 2 - b\n$t not ok 1 - s\nEND m 0\n" b
	kunit_log log-known-passes 1 "FAIL m s.a FAIL m s.b" \
		"$head$t     not ok 2 - b\n$t not ok 1 - s\nEND m 0\n" a
	kunit_log log-suite-fails 1 "PASS m s.a PASS m s.b FAIL m s.(suite)" \
		"$head$t     ok 2 - b\n$t not ok 1 - s\nEND m 0\n"
	kunit_log log-no-cases 1 "FAIL m s.(ran_nothing)" \
		"START m\n$t     # Subtest: s\n$t     1..0\n$t ok 1 - s\nEND m 0\n"
	kunit_log log-says-nothing 1 "FAIL m (missing).(ran_nothing)" "START m\nEND m 0\n"
	kunit_log log-cut 1 "PASS m s.a FAIL m s.(missing) FAIL m (cut_off)" "$head"
	kunit_log log-not-loaded 1 "FAIL m (missing).(ran_nothing) FAIL m (not_loaded)" \
		"START m\nmodprobe: not found\nEND m 1\n"
	kunit_log log-not-run 1 "FAIL m (not_run)" ""
}

suite_kunit() {
	local word module name start dir=$work/kunit status
	rm -rf "$dir"
	mkdir -p "$dir"
	kunit_logs
	[ -z "${KUNIT_TOOL-}" ] || ! wanted kunit.py ||
		simple kunit.py "" 900 kunit tests/kunit/tool.sh "$kunit_tree"
	start=$(seconds)
	tests/kunit/suites.py "$kunit_tree" "$O/guest/linux-obj/.config" "$O/guest/modules" \
		> "$dir/all" 2> "$dir/missing" || {
		sed 's/^/    /' "$dir/missing"
		report "(suites)" kunit FAIL "$(since "$start")"
	}
	while read -r module name; do
		wanted "$module" && echo "$module $name"
	done < "$dir/all" > "$dir/list"
	[ -s "$dir/list" ] || return
	(cd tests && printf 'kunit\nkunit/driver\n' | cpio --quiet -o -H newc -R 0:0) > "$dir/driver.cpio"
	vm_start 600 run -m 512M -k "$O/guest/vmlinux" -i "$O/guest/initramfs.cpio.gz" \
		-i "$O/guest/modules.cpio" -i "$dir/driver.cpio" -e 'sh /kunit/driver' < "$dir/list" > "$dir/output" 2> "$dir/stderr"
	wait "$vm_pid"
	status=$?
	tests/kunit/report.py "$kunit_tree" tests/kunit/known "$dir/list" < "$dir/output" > "$dir/results"
	while read -r word module name; do
		report "$name" "$module" "$word" 0 "tests/run.sh kunit $module; output in $dir"
	done < "$dir/results"
	if [ $status = 0 ] && vm_gone; then
		report "(guest)" kunit PASS "$(since "$start")"
		return
	fi
	tail -n 20 "$dir/stderr" | sed 's/^/    /'
	report "(guest)" kunit FAIL "$(since "$start")" "tests/run.sh kunit"
}
