# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - the benchmarks can still be run: names, a run of few rows, wrong output, the
# neighbours' end, the report. No time is judged.
#
# Sourced by run.sh, after "make bench-programs".

bench=$work/bench

# bench_refuses WORD ARGS…: status 2 and one line that has the word.
bench_refuses() {
	local word=$1 status
	shift
	bench/run -o "$O" -d "$bench/refused" "$@" > "$bench/told" 2>&1 < /dev/null
	status=$?
	[ $status = 2 ] && [ "$(wc -l < "$bench/told")" = 1 ] && grep -qe "$word" "$bench/told" &&
		[ ! -e "$bench/refused" ] && return
	echo "    bench/run $*: status $status, not 2 with one line about $word:"
	head -n 5 "$bench/told" | sed 's/^/    /'
	return 1
}

bench_names() {
	bench_refuses nosuch nosuch &&
		bench_refuses nosuch null nosuch &&
		bench_refuses xen -s 'native xen' null &&
		bench_refuses 'isolation' -s umvmm:--isolation=nosuch null &&
		bench_refuses joe -s umvmm@joe null &&
		bench_refuses 'number: 0' -r 0 null &&
		bench/run -o "$O" -l | grep -qx 'micro null' &&
		bench/run -o "$O" -l | grep -qx 'whole sh_commands' &&
		bench/run -o "$O" -l | grep -qx 'smp make_2cpus'
}

# One row of each kind, in each form of a system's name; results for all of them.
bench_smoke() {
	timeout -k 5 200 bench/run -o "$O" -d "$bench/smoke" -r 1 -t 1 -n 1 \
		-s 'native umvmm umvmm@1000 native+busy umvmm:--isolation=none+busy' \
		null pipe sed boot_user > "$bench/smoke.out" 2>&1 < /dev/null ||
		{ cat "$bench/smoke.out"; return 1; }
	python3 - "$bench/smoke/results.json" <<-'END' || { cat "$bench/smoke.out"; return 1; }
		import json, sys
		result = json.load(open(sys.argv[1]))
		rows = {row["name"]: row for row in result["rows"]}
		quiet, vms = {"native", "umvmm", "umvmm@1000"}, {"umvmm", "umvmm@1000"}
		busy = {"native+busy", "umvmm:--isolation=none+busy"}
		wanted = {"null": quiet, "sed": quiet, "pipe": quiet | busy,
		          "boot_user": vms | busy - {"native+busy"}}
		for name, systems in wanted.items():
		    have = {s for s, values in rows[name]["systems"].items() if values["best"] > 0}
		    assert have == systems, (name, have)
		assert set(rows) == set(wanted), set(rows)
		assert {row["kind"] for row in rows.values()} == {"micro", "whole", "machine"}
		assert result["mean_micro"]["umvmm"]["rows"] == 2, result["mean_micro"]
		assert result["mean_whole"]["umvmm@1000"]["rows"] == 1, result["mean_whole"]
		assert not result["broken"] and not result["left_out"], result
	END
	grep -q '^mean of whole  *- ' "$bench/smoke/results.txt"
}

# As another user, really: with its ids and no capability.
bench_as() {
	local out
	out=$("$umvmm" run -i "$O/guest/initramfs.cpio.gz" -i "$O/bench/bench.cpio" \
		-e '/bench/as 1000 /bin/sh -c "id -u; id -g; id -G; grep CapEff /proc/self/status"' < /dev/null)
	[ "$(echo $out)" = "1000 1000 1000 CapEff: 0000000000000000" ] && return
	echo "    $out"
	return 1
}

# A row whose work fails or whose output is wrong has no value, and nothing of it stays behind.
bench_broken() {
	local dir=$bench/broken name out status left
	rm -rf "$dir"
	mkdir -p "$dir/programs/rows"
	cp "$O/bench/whole" "$dir"
	cp bench/whole/driver "$dir/programs"
	echo 'work() { echo done; }; check() { expect output "$(cat out)" done; }' > "$dir/programs/rows/good.sh"
	echo 'work() { echo other; }; check() { expect output "$(cat out)" done; }' > "$dir/programs/rows/wrong.sh"
	echo 'work() { false; echo done; }; check() { :; }' > "$dir/programs/rows/fails.sh"
	echo 'work() { kill -9 $$; }; check() { :; }' > "$dir/programs/rows/dies.sh"
	echo 'work() { sleep 600.25 & echo $! > '"$PWD/$dir/left"'; }; check() { :; }' > "$dir/programs/rows/leaves.sh"
	out=$("$dir/whole" -n 1 good wrong fails dies nosuch leaves)
	status=$?
	echo "$out" > "$dir/out"
	[ $status = 1 ] && [ "$(wc -l < "$dir/out")" = 6 ] && grep -q '^good [0-9.]* ms$' "$dir/out" &&
		grep -q '^leaves [0-9.]* ms$' "$dir/out" || { sed 's/^/    /' "$dir/out"; return 1; }
	for name in wrong fails dies nosuch; do
		grep -q "^# $name: broken: " "$dir/out" || { sed 's/^/    /' "$dir/out"; return 1; }
	done
	grep -q "output is 'other', not 'done'" "$dir/out" || return
	left=$(cat "$dir/left")
	[ ! -e "/proc/$left" ] || { echo "    a row's process is left: $left"; return 1; }
}

# Its children that are busy, by pid.
bench_neighbours() { ps --ppid "$1" -o pid= -o comm= | awk '$2 == "busy" { print $1 }'; }

bench_no_neighbours() {
	local pid
	for pid; do
		[ -e "/proc/$pid" ] && return 1
	done
	return 0
}

# bench_stops PROGRAM ARGS…: on a signal, with its row's processes and files.
bench_stops() {
	local run group
	"$O/bench/$@" > "$bench/stopped" 2>&1 < /dev/null &
	run=$!
	soon eval '[ -n "$(ps --ppid $run -o pid=)" ]' || return
	group=$(ps --ppid $run -o pid= | tr -d ' ')
	sleep 0.2 # into the row
	kill -TERM $run
	wait $run
	[ $? = 143 ] && ! kill -0 -- "-$group" 2> /dev/null && return
	echo "    $1: its row lives on, or it did not end by the signal"
	kill -KILL -- "-$group" 2> /dev/null
	return 1
}

# The neighbours end with the run, if it is interrupted, and if it is killed.
bench_interrupted() {
	local run pids status
	bench/run -o "$O" -d "$bench/interrupted" -r 9 -t 1000 -s native+busy pipe > "$bench/interrupted.out" 2>&1 < /dev/null &
	run=$!
	soon eval '[ -n "$(bench_neighbours $run)" ]' || return
	pids=$(bench_neighbours $run)
	kill -TERM $run
	wait $run
	status=$?
	[ $status = 130 ] && bench_no_neighbours $pids ||
		{ echo "    status $status; neighbours $pids"; return 1; }
	bench_stops lat -t 1000 pipe && bench_stops whole -n 1000 sh_pipes || return
	# The shell, busy's parent, is what dies here.
	rm -f "$bench/pid"
	"$BASH" -c "'$O/bench/busy' 0 \$\$ & echo \$!; wait" > "$bench/pid" &
	run=$!
	soon test -s "$bench/pid" || return
	read -r pids < "$bench/pid"
	kill -KILL $run
	wait $run 2> /dev/null
	soon bench_no_neighbours "$pids" || { kill "$pids"; return 1; }
}

# Ratios, means, rows that a system lacks, lines without a kind, what is compared with what.
bench_report() {
	local raw=$bench/raw
	rm -rf "$raw"
	mkdir -p "$raw"
	printf '%s\n' 'a 10 ns micro' 'b 100 MB/s' 'c 4 us micro' 'd 2 ms whole' 'e 1.8 x smp' > "$raw/native.1"
	printf '%s\n' 'a 20 ns micro' 'b 50 MB/s' 'c 32 us micro' 'e 1.5 x smp' 'f 100 ms machine' > "$raw/vm.1"
	printf '%s\n' 'a 30 ns micro' 'd 6 ms whole' > "$raw/vm.2"
	printf '%s\n' 'a 40 ns micro' > "$raw/native+busy.1"
	printf '%s\n' 'a 60 ns micro' > "$raw/vm+busy.1"
	echo 'vm g broken: check' > "$raw/broken"
	bench/report "$raw" native vm native+busy vm+busy > "$raw/table" || return
	grep -v '^#' "$raw/table" | sed 's/ \/ /\//g; s/  */ /g; /^$/d' > "$raw/lines"
	diff - "$raw/lines" <<-'END' | sed 's/^/    /'
		row unit native vm native+busy vm+busy
		a ns 10.0 2.00/2.50 4.00 1.50
		b MB/s 100 2.00 - -
		c us 4.00 8.00 - -
		d ms 2.00 3.00 - -
		e x 1.80 1.50 - -
		f ms - 100 - -
		mean of micro - 3.17/3.42 - -
		 of so many rows - 3 - -
		mean of whole - 3.00/3.00 - -
		 of so many rows - 1 - -
	END
	[ "${PIPESTATUS[0]}" = 0 ] && grep -q '^# broken: vm g broken: check$' "$raw/table" &&
		bench/report -j "$raw" native vm | python3 -c 'import json, sys
assert abs(json.load(sys.stdin)["mean_micro"]["vm"]["best"] - 32 ** (1 / 3)) < 0.001'
}

# Each system has a line for each call, and each sample is counted once.
bench_late() {
	bench/late.sh 2 3 > "$bench/late" 2>&1 &&
		awk '/^[a-z@0-9]+(, bound|-free)? +(epoll_pwait|poll|nanosleep|futex) / {
			lines++
			sum = 0
			for (i = NF - 7; i <= NF; i++) sum += $i
			if ($(NF - 8) != 6 || sum != 6) wrong = 1
		}
		END { exit lines != 28 || wrong }' "$bench/late" && return
	sed 's/^/    /' "$bench/late"
	return 1
}

suite_bench() {
	local test start
	mkdir -p "$bench"
	for test in names report broken as interrupted late smoke; do
		wanted "$test" || continue
		start=$(seconds)
		if bench_$test; then
			report "$test" bench PASS "$(since "$start")"
		else
			report "$test" bench FAIL "$(since "$start")" "tests/run.sh bench $test"
		fi
	done
}
