# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# hosts.sh - hosts that lack something: without FSGSBASE (which works), with system calls that
# a container's policy forbids, with memfds or file systems that cannot be
# executed, with low limits. Each: one line that says what and where, a
# documented status, nothing left behind; and umvmm doctor names it.
#
# Sourced by run.sh.
mkdir -p "$work/faults"
out=$work/faults/out err=$work/faults/err
worse=$O/tests/faults/worse
program=$(realpath "$umvmm")

# on_host NAME STATUS REGEX COMMAND…: a command that runs umvmm ends so; with
# status 5 (that of the guest's command) it says nothing. STATUS is a pattern.
on_host() {
	local name=$1 want=$2 regex=$3 start status
	shift 3
	start=$(seconds)
	setsid timeout --preserve-status -k 5 100 "$@" < /dev/null > "$out" 2> "$err" 9>&- &
	vm_pid=$!
	{ wait "$vm_pid"; } 2> /dev/null
	status=$?
	# shellcheck disable=SC2053
	if [[ $status = $want ]] && vm_gone &&
		if [ $status = 5 ]; then [ ! -s "$err" ]; else
			[ "$(wc -l < "$err")" = 1 ] && grep -Eq "^umvmm: .*$regex" "$err"
		fi; then
		report "$name" "status $want" PASS "$(since "$start")"
		return
	fi
	head -n 5 "$err" | sed 's/^/    /'
	echo "    status $status, not $want; expected one line with '$regex'"
	report "$name" "status $want" FAIL "$(since "$start")" "$*"
}

# doctor NAME REGEX COMMAND…: the line of umvmm doctor, with a remedy below.
doctor() {
	local name=$1 regex=$2 start
	shift 2
	start=$(seconds)
	"$@" "$program" doctor < /dev/null > "$out" 2>&1
	if grep -E -A 1 "^(note|FAIL) .*$regex" "$out" | grep -q -- '->'; then
		report "doctor: $name" "" PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$out"
	report "doctor: $name" "" FAIL "$(since "$start")" "$* $program doctor"
}

run5=("$program" run -e 'exit 5')
for isolation in none users split; do
	on_host "no FSGSBASE, $isolation" 5 '' "$worse" -g "${run5[@]}" --isolation $isolation
	on_host "no FSGSBASE, $isolation, trap" 5 '' "$worse" -g "${run5[@]}" \
		--isolation $isolation --virt trap
done
doctor "no FSGSBASE" 'FSGSBASE' "$worse" -g

# What policies of containers are known to forbid, or old hosts lack: 1 is EPERM,
# 38 ENOSYS.
for error in 1 38; do
	deny=("$worse" -e $error -d)
	all=("$worse" -e $error)
	for call in personality madvise sched_setaffinity sched_getaffinity close_range ptrace \
		process_vm_readv userfaultfd pidfd_getfd set_robust_list rseq cachestat; do
		all+=(-d $call)
	done
	on_host "calls to do without ($error)" 5 '' "${all[@]}" "${run5[@]}"
	on_host "no seccomp ($error)" 125 'seccomp filter.*doctor' "${deny[@]}" seccomp "${run5[@]}"
	on_host "no prctl ($error)" 125 'monitor cannot be executed' "${deny[@]}" prctl "${run5[@]}"
	on_host "no memfd_create ($error)" 125 'memfd_create' "${deny[@]}" memfd_create "${run5[@]}"
	on_host "no execveat ($error)" 125 'cannot be executed.*doctor' "${deny[@]}" execveat "${run5[@]}"
	on_host "no pidfd_open ($error)" 125 'pidfd_open.*doctor' "${deny[@]}" pidfd_open "${run5[@]}"
	on_host "no pidfd_send_signal, 1 CPU ($error)" 5 '' "${deny[@]}" pidfd_send_signal "${run5[@]}"
	on_host "no pidfd_send_signal, 2 CPUs ($error)" 125 'pidfd_send_signal.*doctor' \
		"${deny[@]}" pidfd_send_signal "${run5[@]}" -c 2
	on_host "no ptrace, --redirect ptrace ($error)" 125 'ptrace' \
		"${deny[@]}" ptrace "${run5[@]}" --redirect ptrace
done
# The guest's breakpoints never hit then, and -v says so once.
on_host_watchpoints() { # NAME COMMAND…
	local name=$1 start status
	shift
	start=$(seconds)
	timeout -k 5 100 "$@" "$program" run -v -k "$O/tests/bare/debug_registers" -m 64M \
		< /dev/null > "$out" 2> "$err" 9>&-
	status=$?
	if [ $status = 1 ] && grep -aq 'expected hits.*execution: 0 hits' "$out" &&
		[ "$(grep -c 'permits no ptrace: .*breakpoints' "$err")" = 1 ]; then
		report "$name" "status 1" PASS "$(since "$start")"
		return
	fi
	tail -n 5 "$out" "$err" | sed 's/^/    /'
	echo "    status $status, not 1 with one message"
	report "$name" "status 1" FAIL "$(since "$start")" "tests/run.sh faults"
}
on_host_watchpoints "no ptrace, watchpoints" "$worse" -e 1 -d ptrace
# by clone() then, as our own filter says that there is no clone3()
on_host "no clone3" 5 '' "$worse" -d clone3 "${run5[@]}"
for call in seccomp:seccomp ptrace:ptrace pidfd_open:pidfd pidfd_send_signal:pidfd \
	memfd_create:memory execveat:memfd; do
	doctor "no ${call%:*}" "${call#*:}" "$worse" -d "${call%:*}"
done

# With privileges of our own, or in a user namespace where the host has them.
inside() { # OPTIONS-OF-UNSHARE SCRIPT: sets `room`
	room=(unshare $1)
	"${room[@]}" true 2> /dev/null && return
	room=(unshare -Ur $1)
	"${room[@]}" true 2> /dev/null
}
skip() { report "$1" "$2" SKIP 0.0; }

if inside -m && "${room[@]}" mount -t tmpfs -o noexec none /mnt 2> /dev/null; then
	on_host "--mem-file on noexec" 125 '--mem-file.*noexec' "${room[@]}" sh -c \
		"mount -t tmpfs -o noexec none /mnt; exec $program run --mem-file /mnt/m -e 'exit 5'"
	# sparse files: the first touch of a page finds no room for it
	on_host "--mem-file, no room to load" 125 '--mem-file.* full' "${room[@]}" sh -c \
		"mount -t tmpfs -o size=8M none /mnt; exec $program run --mem-file /mnt/m -e 'exit 5'"
	on_host "--mem-file, no room to run" 125 '--mem-file.* full' "${room[@]}" sh -c \
		"mount -t tmpfs -o size=56M none /mnt; exec $program run --mem-file /mnt/m \
			-m 512M -p loglevel=0 -e 'dd if=/dev/zero of=/tmp/x bs=1M count=100 2> /dev/null'"
else
	skip "--mem-file on noexec" "no mount namespaces here"
fi
if inside "-pf --mount-proc" &&
	"${room[@]}" sh -c 'echo 2 > /proc/sys/vm/memfd_noexec' 2> /dev/null; then
	noexec='echo 2 > /proc/sys/vm/memfd_noexec;'
	on_host "memfd_noexec 2" 5 '' "${room[@]}" sh -c "$noexec ${program} run -e 'exit 5'"
	cat > "$work/faults/doctor" << END
#!/bin/sh
$noexec "\$@"
END
	chmod +x "$work/faults/doctor"
	doctor "memfd_noexec 2" memfd "${room[@]}" "$work/faults/doctor"
	if [ "${program#/tmp/}" = "$program" ] && inside "-m -pf --mount-proc" && "${room[@]}" mount -t tmpfs -o noexec none /tmp 2> /dev/null; then
		on_host "memfd_noexec 2, /tmp noexec" 125 'cannot be .*execut' "${room[@]}" sh -c \
			"mount -t tmpfs -o noexec none /tmp; $noexec XDG_RUNTIME_DIR=/tmp $program run -e 'exit 5'"
	fi
else
	skip "memfd_noexec 2" "no PID namespaces here"
fi

# Limits. Those on processes do not bind root.
limit() { # NAME STATUS REGEX ULIMIT…
	local name=$1 want=$2 regex=$3
	shift 3
	on_host "$name" "$want" "$regex" bash -c "ulimit $*; exec $program run -e 'exit 5'"
}
limit "ulimit -d 3000" 125 'no memory' -d 3000
limit "ulimit -v 950000" 125 'host refused.*-v' -v 950000
limit "ulimit -l 0" 5 '' -l 0
limit "ulimit -q 0" 5 '' -q 0
limit "ulimit -n 20" 5 '' -n 20
limit "ulimit -n 8" 125 '.' -n 8
limit "ulimit -f 100" 125 'too large' -f 100
# Fewer contexts than the guest has address spaces: they are told, and recycled.
many='n=$(dmesg | sed -n "s/.*umvmm: \([0-9]*\) address spaces.*/\1/p"); [ "${n:-6}" -lt 30 ] || exit 1
	for i in $(seq 40); do (for j in 1 2 3 4 5; do usleep 1000; done; exit 0) & done; wait; exit 5'
for isolation in none split; do
	on_host "40 processes, ulimit -n 30, $isolation" 5 '' bash -c 'ulimit -n 30; exec "$@"' - \
		"$program" run --isolation $isolation -e "$many"
done
doctor "ulimit -n 30" 'guest processes at full speed.*ulimit -Hn' bash -c 'ulimit -n 30; exec "$@"' -
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	# nobody cannot read our build directory
	nobody=$(mktemp -d /tmp/umvmm-nobody.XXXXXX)
	cp "$program" "$O/guest/vmlinux" "$O/guest/initramfs.cpio.gz" "$nobody/"
	mkdir -m 700 "$nobody/run"
	chown 65534 "$nobody/run"
	chmod a+rx "$nobody"
	as_nobody=(env XDG_RUNTIME_DIR="$nobody/run" setpriv --reuid 65534 --regid 65534 --clear-groups)
	# whichever process or thread is the one too many
	for processes in $(seq 3 16); do
		on_host "ulimit -u $processes" '@(5|125)' '(fork|thread|process)' "${as_nobody[@]}" bash -c \
			"ulimit -u $processes; exec $nobody/umvmm run -k $nobody/vmlinux -i $nobody/initramfs.cpio.gz -e 'exit 5'"
	done
	# the host refuses processes that its limits had promised
	on_host "40 processes, too few left" 5 '' "${as_nobody[@]}" bash -c \
		'ulimit -u 40; for i in $(seq 22); do sleep 100 & done; "$@"; status=$?
		kill $(jobs -p); wait 2> /dev/null; exit $status' - \
		"$nobody/umvmm" run -k "$nobody/vmlinux" -i "$nobody/initramfs.cpio.gz" --isolation none -e "$many"
	on_host "not root" 5 '' "${as_nobody[@]}" "$nobody/umvmm" run -k "$nobody/vmlinux" \
		-i "$nobody/initramfs.cpio.gz" -e 'exit 5'
	chmod 0 "$nobody/vmlinux"
	on_host "unreadable kernel" 125 'Permission denied' "${as_nobody[@]}" "$nobody/umvmm" run \
		-k "$nobody/vmlinux"
	rm -rf "$nobody"
elif [ "$(id -u)" != 0 ]; then
	limit "ulimit -u 3" 125 '(fork|thread|process)' -u 3
fi
