# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# suite.sh - --isolation pku on a host that has protection keys: an emulated one.
#
# Sourced by run.sh. One script (tests/pku/host.sh) runs in that host; it boots
# the guest in several modes. "MODE words" comes before what is run in one, then
# the lines of tests/guest/driver. Emulation has no alignment checks and no SSE
# exceptions, so tests of these are not here; to boot Linux by trap with ptrace, a stop
# for each trap, takes minutes there: user_calls is a user program without it. Where the
# host itself has protection keys all of tests/guest and tests/bare run with them
# (tests/lib.sh, modes).
#
# That host has Yama, too, and nobody else uses it: policies.sh.

pku_bare='exceptions interrupts paging pcid write_protect syscall_enable gate_storm'
pku_policies='limits memory yama1 yama2 yama3' # the last until that host ends
pku_few='kernel_memory gates_from_user fork_tree'
pku_all="$pku_few selectors syscall_registers sig_registers sig_stack ptrace_syscall ptrace_step
	mprotect threads text_unchanged compat int80"

# pku_archive FILE: the driver and the programs that are wanted.
pku_archive() {
	local root=$O/tests/pku/root test
	rm -rf "$root"
	mkdir -p "$root/tests"
	cp tests/guest/driver "$root/tests/"
	for test in $pku_all; do
		strip -o "$root/tests/$test" "$O/tests/guest/$test" || return
	done
	strip -o "$root/tests/jump" "$O/tests/hostile/user/jump" || return
	(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$1"
}

# pku_guest MODE TESTS…: a boot in this mode, as a line of the host's script.
pku_guest() {
	local mode=$1 tests="" test
	shift
	for test; do
		wanted "$test" && tests="$tests $test:$(($(limit_of "$test") * 3))"
	done
	[ -z "$tests" ] || echo "echo 'MODE $(mode_name $mode)'; timeout 900 ./umvmm run \
		$(mode_options $mode) -k vmlinux -i initramfs.cpio.gz -i tests.cpio \
		-e '/tests/driver$tests' || echo \"umvmm: status \$?\""
}

pku_script() {
	local test
	echo "echo 'MODE host'; one() { echo START \$1; name=\$1; shift; \"\$@\"; echo RESULT \$name \$? 0; }"
	wanted pku-doctor && echo "one pku-doctor sh -c './umvmm doctor | grep \"^ok  *pku\"'"
	echo "echo 'MODE afterburn/pku'"
	for test in $pku_bare; do
		wanted "$test" && echo "one $test timeout 300 ./umvmm run --isolation pku -k $test -m 64M"
	done
	pku_calls
	pku_guest "afterburn gate pku 1" $pku_all
	pku_guest "afterburn gate pku 2" $pku_few threads
	pku_guest "afterburn sigsys pku 1" $pku_few syscall_registers
	pku_guest "afterburn ptrace pku 1" kernel_memory gates_from_user
	pku_guest "trap gate pku 1" kernel_memory
	pku_guest "trap sigsys pku 1" kernel_memory
	wanted pku-kicks && echo "echo 'MODE kicks'; one pku-kicks timeout 600 sh kicks/check.sh \
		kicks/kick_at kicks pku ./umvmm run -k vmlinux -i initramfs.cpio.gz"
	wanted pku-cpuid && echo "echo 'MODE cpuid'; one pku-cpuid timeout 300 kicks/cpuid_fault ./umvmm run \
		--isolation pku -k vmlinux -i initramfs.cpio.gz -i kicks/tests.cpio \
		-e 'echo go; read x; /tests/cpuid_user'"
	# it ends the VM with a message, or the guest has coped; this host goes on
	wanted user_jump && echo "echo 'MODE hostile'; one user_jump sh -c '
		timeout 300 ./umvmm run --isolation pku -k vmlinux -i initramfs.cpio.gz -i tests.cpio \
			-e \"/tests/jump 1 20 $(monitor_text); echo alive\"
		status=\$?; echo status \$status; [ \$status = 0 -o \$status = 123 -o \$status = 124 ]'"
	wanted sweep && echo "echo 'MODE hostile'; one sweep timeout 600 sh sweep.sh $(monitor_text) 499"
	echo "echo 'MODE policies'"
	for test in $pku_policies; do
		wanted "$test" && echo "one $test sh policies.sh $test"
	done
	echo 'exit 0'
}

# The freestanding user program in every mode with keys.
pku_calls() {
	local virt redirect
	wanted user_calls || return
	for virt in afterburn trap; do
		for redirect in gate sigsys ptrace; do
			echo "echo 'MODE $virt/$redirect/pku'; one user_calls timeout 300 ./umvmm run \
				-k user_calls --virt $virt --redirect $redirect --isolation pku \
				-p isolation=pku -m 64M"
		done
	done
}

# pku_result MODE TEST STATUS SECONDS
pku_result() {
	local log=$work/pku/${1//\//-}.$2.log
	if [ "$3" = 0 ]; then
		report "$2" "$1" PASS "$4"
		return
	fi
	tail -n 20 "$log" | sed 's/^/    /'
	echo "    status $3, output in $log"
	report "$2" "$1" FAIL "$4" "tests/run.sh pku $2"
}

suite_pku() {
	local kernel line mode=host current="" start=0 test
	rm -rf "$work/pku"
	mkdir -p "$work/pku"
	if ! kernel=$(tests/pku/kernel.sh 2> "$work/pku/kernel.log"); then
		report "(host with keys)" pku SKIP 0
		sed 's/^/    /' "$work/pku/kernel.log"
		return
	fi
	pku_archive "$work/pku/tests.cpio" && kicks_prepare && cp tests/kicks/check.sh "$O/tests/kicks/" || { report "(archive)" pku FAIL 0; return; }
	pku_script > "$work/pku/script"
	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		"MODE "* | "START "*)
			[ -z "$current" ] || pku_result "$mode" "$current" lost "$(since "$start")"
			current=
			start=$(seconds)
			[ "${line#MODE }" = "$line" ] || { mode=${line#MODE }; continue; }
			current=${line#START }
			;;
		"RESULT "*)
			set -- ${line#RESULT }
			pku_result "$mode" "$1" "$2" "$(since "$start")"
			current=
			;;
		*)
			printf '%s\n' "$line" >> "$work/pku/${mode//\//-}.${current:-boot}.log"
			;;
		esac
	done < <(tests/pku/host.sh -t 3000 -k "$kernel" "$work/pku/script" "$work/pku/tests.cpio" "$O/tests/kicks" \
		tests/pku/policies.sh tests/pku/sweep.sh "$O/tests/hostile/sweep" $(for test in $pku_bare user_calls debug_registers; do echo "$O/tests/bare/$test"; done) 2> "$work/pku/host.log"
		echo "$?" > "$work/pku/status")
	[ -z "$current" ] || pku_result "$mode" "$current" lost "$(since "$start")"
	[ "$(cat "$work/pku/status")" = 0 ] && return
	sed 's/^/    /' "$work/pku/host.log"
	report "(end of the host)" pku FAIL 0 "tests/run.sh pku"
}
