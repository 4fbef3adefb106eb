# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - the kernel's own tests in the guest, compared with the table in
# docs/selftests.md, column "umvmm". Any difference fails, a better result too:
# then the table is out of date.
#
# Sourced by run.sh. Rows of the table: | test | s | in | QEMU | umvmm | why |; what
# "in" says is explained there. SELFTESTS_LONG=1 adds the rows "slow" and "long",
# for which "make guest-selftests" has built a kernel. TESTs of the command line choose
# collections or single tests.
selftests_table=docs/selftests.md
# no events from the start, NUMA for those kernels that have it, memfd_secret()
selftests_parameters="trace_event= numa=fake=2 secretmem.enable=1"

# selftests_memory KIND: MiB of the guest.
selftests_memory() {
	case $1 in
	slow | long) echo 2048 ;;
	*) echo 1024 ;;
	esac
}

# selftests_rows KIND: "LIMIT TEST" of the rows of that kind.
selftests_rows() {
	awk -F ' *[|] *' -v kind="$1" '$3 ~ /^[0-9]+$/ && $4 == kind { print $3, $2 }' \
		$selftests_table |
		while read -r limit test; do
			{ wanted "${test%%/*}" || wanted "$test"; } && echo "$limit $test"
		done
}

# selftests_possible: leaves out what the host has not, so that no guest can have it.
selftests_possible() {
	local limit test feature
	while read -r limit test; do
		case $test in
		breakpoints/breakpoint_test) feature=breakpoints ;;
		x86/sigreturn_64 | x86/sysret_ss_attrs_64) feature=code32 ;;
		x86/syscall_nt_64) feature=nt ;;
		*) feature= ;;
		esac
		if [ -z "$feature" ] || host_has $feature; then
			echo "$limit $test"
		else
			report "$test" "$mode" SKIP 0 >&2
		fi
	done
}

# selftests_expected TEST: the table's result; "A or B" if the CPU decides.
selftests_expected() {
	awk -F ' *[|] *' -v test="$1" '$2 == test && $3 ~ /^[0-9]+$/ { print $6; exit }' $selftests_table
}

selftests_result() { # test result milliseconds
	local expected
	expected=$(selftests_expected "$1")
	if [[ " or $expected or " = *" or $2 or "* ]]; then
		report "$1" "$mode" PASS "$(awk -v ms="$3" 'BEGIN { print ms / 1000 }')"
		return
	fi
	awk -v test="START $1" '$0 == test { p = 1 } p; /^RESULT/ { p = 0 }' "$dir/stdout" |
		tail -n 20 | sed 's/^/    /'
	echo "    result \"$2\", in $selftests_table \"$expected\""
	report "$1" "$mode" FAIL "$(awk -v ms="$3" 'BEGIN { print ms / 1000 }')" \
		"tests/run.sh --mode \"$mode_words\" selftests \"$1\""
}

# selftests_watch: waits for the end of the VM; kills it when a test is much
# longer at it than its limit, which the driver in the guest should have seen to.
selftests_watch() {
	local now last="" since=$SECONDS limit
	while kill -0 "$vm_pid" 2> /dev/null; do
		sleep 0.2
		now=$(grep -a '^START ' "$dir/stdout" | tail -n 1)
		[ "$now" = "$last" ] || { last=$now since=$SECONDS; }
		limit=$(awk -v test="${now#START }" 'substr($0, index($0, " ") + 1) == test { print $1 }' \
			"$dir/list")
		if [ $((SECONDS - since)) -gt $((${limit:-60} + 30)) ]; then
			echo "the guest hangs" >> "$dir/stderr"
			vm_kill
		fi
	done
	wait "$vm_pid"
	status=$?
}

# selftests_boot GUEST: the tests in $dir/list in one boot; what has run leaves it.
# Tools come along only where they are wanted: they are large.
selftests_boot() {
	local status line name tools=
	: > "$dir/stdout"
	grep -q ' tools/' "$dir/list" && tools="-i $O/selftests/tools.cpio"
	if grep -Eq ' (kernel/(module|torture)|vm/with module) ' "$dir/list"; then
		# more than its initial RAM disk takes
		tools="$tools -i $1/modules.cpio"
	fi
	vm_start 7200 run $(mode_options $mode_words) -m "$memory"M -k "$1/vmlinux" \
		-i "$1/initramfs.cpio.gz" -i "$O/selftests/selftests.cpio" $tools \
		-p "$selftests_parameters" -e /selftests/driver < "$dir/list" > "$dir/stdout" 2> "$dir/stderr"
	selftests_watch
	while IFS= read -r line; do
		line=${line#RESULT }
		name=${line%%: *} line=${line#*: }
		selftests_result "$name" "${line%, *}" "$(echo "${line##*, }" | tr -cd 0-9)"
		sed -i 1d "$dir/list"
	done < <(grep -a '^RESULT ' "$dir/stdout")
	if [ -s "$dir/list" ] || [ $status != 0 ]; then
		# in the middle of the first that is left
		name=$(head -n 1 "$dir/list" | cut -d ' ' -f 2-)
		sed -i 1d "$dir/list"
		tail -n 20 "$dir/stderr" | sed 's/^/    /'
		selftests_result "${name:-(end of the guest)}" "died, status $status" 0
	fi
	vm_gone || report "(left behind)" "$mode" FAIL 0
}

# selftests_mode GUEST MODE KIND
selftests_mode() {
	local guest=$1 dir boots=0 memory
	mode_words=$2 mode=$(mode_name $2) dir=$work/selftests/${mode//\//-}-$3
	memory=$(selftests_memory "$3")
	mkdir -p "$dir"
	selftests_rows "$3" | selftests_possible > "$dir/list"
	while [ -s "$dir/list" ] && [ $boots -lt 8 ]; do
		selftests_boot "$guest"
		boots=$((boots + 1))
	done
	[ ! -s "$dir/list" ] || report "(tests not run)" "$mode" FAIL 0
}

suite_selftests() {
	local words
	if ! tests/selftests/build.sh; then
		report "(build)" selftests FAIL 0
		return
	fi
	while read -r words <&4; do
		# trapping is slow, and differs little by how calls are redirected
		[ -n "$only_mode" ] || case "${ALL_MODES-} $words" in
		*" afterburn gate "*" 2" | *" afterburn sigsys none 2" | *" afterburn ptrace split 2" | \
			*" trap gate split 2") ;;
		"1 afterburn "*" 2" | "1 trap gate "*" 2") ;;
		*) continue ;;
		esac
		selftests_mode "$O/guest" "$words" every
	done 4< <([ -n "$only_mode" ] && echo "$only_mode" || modes)
	words=${only_mode:-afterburn gate none 2}
	selftests_mode "$O/guest" "$words" check
	selftests_mode "$O/guest" "$words" tools
	[ -n "${SELFTESTS_LONG-}" ] || return
	selftests_mode "$O/guest" "$words" slow
	selftests_mode "$O/fragment/selftests/guest" "$words" long
}
