#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# policies.sh - one test of umvmm under a policy of its host.
#
# usage: policies.sh yama1 | yama2 | yama3 | limits | memory
#
# yama1 to yama3: kernel.yama.ptrace_scope. What it permits works, for root and an
# ordinary user; where it forbids ptrace umvmm says so, doctor what to do, and the
# guest's hardware breakpoints never hit. limits: what umvmm needs none of is
# forbidden. memory: the host keeps count of what it has promised.
#
# Runs: in the emulated host of host.sh, by BusyBox' shell, as root, in /umvmm. It
# leaves that host as it is then; yama3 cannot be taken back.

failures=0

# expect WHO STATUS REGEX ARGUMENTS…: umvmm as root or user ends so and has said that.
expect() {
	local who=$1 want=$2 regex=$3 status out
	shift 3
	# not to a file: where memory is short there may be no room in it
	if [ "$who" = user ]; then
		out=$(su user -s /bin/sh -c "XDG_RUNTIME_DIR=/tmp/user exec timeout 200 ./umvmm $*" 2>&1)
	else
		out=$(timeout 200 ./umvmm "$@" 2>&1)
	fi
	status=$?
	[ $status = "$want" ] && echo "$out" | grep -Eq -e "$regex" && return
	echo "$who: umvmm $*: status $status, not $want, or no line with '$regex':"
	echo "$out"
	failures=$((failures + 1))
}

permitted() { # WHO
	local isolation
	expect "$1" 0 '^ok +ptrace ' doctor
	for isolation in pku split none; do
		expect "$1" 0 passed run -k debug_registers -m 64M --isolation $isolation \
			-p part=execution
		expect "$1" 0 passed run -k user_calls -m 64M --isolation $isolation \
			-p isolation=$isolation --redirect ptrace
	done
}

forbidden() { # WHO REMEDY
	local isolation
	expect "$1" 0 '^note +ptrace +ptrace_scope' doctor
	expect "$1" 0 "-> $2" doctor
	for isolation in pku split none; do
		# status 1 is the guest's, which waits for hits
		expect "$1" 1 'permits no ptrace: .*breakpoints never hit' run -v -k debug_registers \
			-m 64M --isolation $isolation -p part=execution
		expect "$1" 1 'expected hits.* execution: 0 hits' run -k debug_registers \
			-m 64M --isolation $isolation -p part=execution
		expect "$1" 125 '^umvmm: --redirect ptrace: .*ptrace_scope.*umvmm doctor' run \
			-k user_calls -m 64M --isolation $isolation --redirect ptrace
		expect "$1" 0 passed run -k user_calls -m 64M --isolation $isolation \
			-p isolation=$isolation
	done
}

# What umvmm needs none of; -c 2, as that takes most calls of the host.
limits() {
	local file
	for file in /proc/sys/user/max_* /proc/sys/kernel/unprivileged_userns_clone; do
		echo 0 > "$file"
	done
	echo 3 > /proc/sys/kernel/perf_event_paranoid
	echo 2 > /proc/sys/kernel/kptr_restrict
	echo 1 > /proc/sys/kernel/dmesg_restrict
	echo 0 > /proc/sys/vm/unprivileged_userfaultfd
	# since Linux 6.3
	[ ! -e /proc/sys/vm/memfd_noexec ] || echo 1 > /proc/sys/vm/memfd_noexec
	expect user 0 '' doctor
	expect user 5 '' run -c 2 -k vmlinux -i initramfs.cpio.gz -- sh -c '"exit 5"'
	expect user 0 passed run -k user_calls -m 64M --isolation split --redirect ptrace
}

# room KIB: that much may be promised beyond what is.
room() {
	echo 2 > /proc/sys/vm/overcommit_memory
	echo $(($(awk '/^Committed_AS/ { print $2 }' /proc/meminfo) + $1)) \
		> /proc/sys/vm/overcommit_kbytes
}

# It runs where there is enough. Else it says what has failed, wherever that was.
memory() {
	local mib
	room 300000
	expect user 5 '' run -k vmlinux -i initramfs.cpio.gz -- sh -c '"exit 5"'
	for mib in 12 60; do
		room ${mib}000
		expect root 125 '^umvmm: .*memory' run -k vmlinux -i initramfs.cpio.gz -p loglevel=0
	done
	room 150000
	expect user 125 '^umvmm: .*guest memory' run -k vmlinux -i initramfs.cpio.gz -m 512M \
		-p loglevel=0 -- dd if=/dev/zero of=/tmp/x bs=1M count=300
	echo 0 > /proc/sys/vm/overcommit_memory
}

scope() { echo "$1" > /proc/sys/kernel/yama/ptrace_scope; }

case $1 in
yama1)
	scope 1
	permitted root
	permitted user
	;;
yama2)
	scope 2
	permitted root # has CAP_SYS_PTRACE
	forbidden user 'sysctl kernel.yama.ptrace_scope=1'
	;;
yama3)
	scope 3
	forbidden root 'boot the host with kernel.yama.ptrace_scope=1'
	forbidden user 'boot the host with kernel.yama.ptrace_scope=1'
	;;
limits | memory)
	$1
	;;
*)
	exit 2
	;;
esac
[ $failures = 0 ]
