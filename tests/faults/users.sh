# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# users.sh - --isolation users from outside: who is behind the wall, by umvmm ps; that a
# user's process is, and root's not; that all are when no modules can be loaded any more;
# a VM with root's processes only, which needs no user siblings.
#
# Sourced by run.sh. The guest's part is tests/guest/trust_*.c.
mkdir -p "$work/faults"
out=$work/faults/out err=$work/faults/err
users_archive=$O/tests/tests.cpio
[ -e "$users_archive" ] || make_archive "$users_archive" || report "(archive)" users FAIL 0

# in_users NAME STATUS COMMAND: what it does in the guest decides.
in_users() {
	local start status
	start=$(seconds)
	setsid timeout --preserve-status -k 5 60 "$umvmm" run -n users --isolation users \
		-i "$O/guest/initramfs.cpio.gz" -i "$users_archive" -e "$3" < /dev/null > "$out" 2> "$err" &
	vm_pid=$!
	wait "$vm_pid"
	status=$?
	if [ $status = "$2" ] && vm_gone; then
		report "$1" users PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$out" "$err"
	echo "    status $status, not $2"
	report "$1" users FAIL "$(since "$start")"
}

walled=/tests/trust_creds' walled'
in_users "root has no wall" 0 "$walled"
in_users "a user has one" 1 "/tests/as 1000 $walled"
in_users "modules_disabled, before exec" 1 "echo 1 > /proc/sys/kernel/modules_disabled && $walled"
# the shell that switches them off has the wall itself: its child inherits what it is
in_users "modules_disabled, while it runs" 0 '/tests/trust_end'

users_seen() {
	local start ok=
	start=$(seconds)
	setsid timeout --preserve-status -k 5 60 "$umvmm" run -n users --isolation users \
		-i "$O/guest/initramfs.cpio.gz" -i "$users_archive" \
		-e '/tests/as 1000 sleep 1234 & sleep 4321 & wait' < /dev/null > "$out" 2> "$err" &
	vm_pid=$!
	for _ in $(seq 100); do
		"$umvmm" ps users > "$out" 2> /dev/null && [ "$(grep -c ' sleep$' "$out")" = 2 ] && break
		sleep 0.1
	done
	"$umvmm" stats users >> "$out"
	"$umvmm" stats users --json >> "$out"
	"$umvmm" stop users
	wait "$vm_pid"
	grep -Eq ' 1000 .* yes sleep$' "$out" && grep -Eq ' 0 .* no sleep$' "$out" &&
		grep -Eq ' - \[kthreadd\]$' "$out" && grep -Eq '^ *users  isolation .*may load' "$out" &&
		grep -q '"isolation":"users","trust_told":1' "$out" && ok=1
	if [ -n "$ok" ] && vm_gone; then
		report "umvmm ps, umvmm stats" users PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$out" "$err"
	report "umvmm ps, umvmm stats" users FAIL "$(since "$start")"
}
users_seen

# What only root does makes no sibling run.
users_alone() {
	local start runs
	start=$(seconds)
	setsid timeout --preserve-status -k 5 60 "$umvmm" run -n users --isolation users \
		-e 'for i in 1 2 3 4; do /bin/true; done; echo done; sleep 1000' < /dev/null > "$out" 2> "$err" &
	vm_pid=$!
	for _ in $(seq 100); do grep -q done "$out" && break; sleep 0.1; done
	runs=$("$umvmm" stats users --json | grep -o '"sibling_run":[0-9]*' | head -n 1)
	"$umvmm" stop users
	wait "$vm_pid"
	if [ "$runs" = '"sibling_run":0' ] && vm_gone; then
		report "root alone" users PASS "$(since "$start")"
		return
	fi
	echo "    $runs, not 0"
	report "root alone" users FAIL "$(since "$start")"
}
users_alone
