# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# polled.sh - system calls behind the wall are polled for with --poll always, if the host can do that
# at all; not with --poll off, one host CPU, two virtual CPUs, or calls that come by signals.
#
# Sourced by run.sh.
polled=$work/faults/polled
mkdir -p "$polled"

# polled NAME EXPECTED [OPTION…]: `some` or `no` siblings are sent elsewhere, and polled for.
polled() {
	local name=$1 want=$2 start sent= calls= got=
	shift 2
	start=$(seconds)
	fed "$polled"
	vm_start 100 run -n polled "$@" -i "$O/guest/initramfs.cpio.gz" \
		-e 'for i in $(seq 3000); do kill -0 $$; done; echo ready; read x' < "$polled/input" > "$polled/out" 2>&1 8>&-
	if soon grep -q ready "$polled/out"; then
		sent=$(vm_counter polled sibling_sent) calls=$(vm_counter polled sibling_polled)
		got=no
		[ "$sent" -gt 0 ] && [ "$calls" -gt 0 ] && got=some
	fi
	echo >&8
	if has_ended 0 && [ "$got" = "$want" ]; then
		report "polled: $name" "" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$polled/out" | sed 's/^/    /'
	echo "    sent ${sent:-?} times, ${calls:-?} calls polled, not $want"
	report "polled: $name" "" FAIL "$(since "$start")" "tests/run.sh faults polled"
}

read -r first_cpu _ < <(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')
some=some
# SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP is Linux 6.6's
[ "$(nproc)" -gt 1 ] && printf '%s\n' 6.6 "$(uname -r)" | sort -VC || some=no
polled always $some --isolation split --poll always
polled 'users' no --isolation users --poll always # root's programs have no wall
polled off no --isolation split --poll off
polled 'one host CPU' no --isolation split --poll always --affinity "$first_cpu"
polled '--affinity off' no --isolation split --poll always --affinity off
polled 'two CPUs' no --isolation split --poll always -c 2
polled '--redirect sigsys' no --isolation split --poll always --redirect sigsys
