# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # build, guest, dir, tmp: bench/run
#
# systems.bash - what can be measured, and the command that starts each.
#
# Sourced by bench/run. The VMs get the same kernel, the same initramfs and the
# same archives on top: bench.cpio and, for whole programs, programs.cpio; and one with the
# command, which the guest's process 1 finds as /.umvmm/exec. User-Mode Linux
# is a kernel of its own, and its process 1 is a script, as it has no ttyS1.
#
# Must hold: the programs measured are the same files everywhere. The command's
# standard output is the system's, possibly among the kernel's own messages.

UML=${UML:-linux.uml}
QEMU=${QEMU:-qemu-system-x86_64}
SYSTEM_SECONDS=900

# Take a system's name apart: NAME[:OPTIONS][@UID][+busy].
system_parse() {
	sys_name=$1 sys_options='' sys_uid='' sys_busy=''
	[[ $sys_name = *+busy ]] && sys_busy=1 sys_name=${sys_name%+busy}
	[[ $sys_name = *@* ]] && sys_uid=${sys_name##*@} sys_name=${sys_name%@*}
	[[ $sys_name = umvmm:* ]] && sys_options=${sys_name#umvmm:} sys_name=umvmm
	read -ra sys_options <<< "${sys_options//,/ }"
}

# What umvmm says to these options, or nothing: it refuses them before it looks for the kernel.
umvmm_refusal() {
	[ -x "$build/umvmm" ] || return
	LC_ALL=C "$build/umvmm" run ${sys_options[@]+"${sys_options[@]}"} -k /nonexistent 2>&1 < /dev/null |
		sed 's/^umvmm: //' | grep -v /nonexistent | head -n 1
}

# Succeeds, with the reason on standard output, if nowhere there is such a system.
system_unknown() {
	local refusal
	system_parse "$1"
	case $sys_name in
	native | umvmm | qemu | uml) ;;
	*) echo "there are native, umvmm, qemu and uml"; return 0 ;;
	esac
	[[ $1 != *@* || $sys_uid =~ ^[0-9]+$ ]] || { echo "'$sys_uid' is no user id"; return 0; }
	[ "$sys_name" = umvmm ] || return
	refusal=$(umvmm_refusal)
	[[ $refusal = *"umvmm run --help"* ]] && echo "${refusal%, see*}"
}

# Succeeds, with the reason on standard output, if that system cannot run here.
system_missing() {
	local file files=() refusal
	system_parse "$1"
	case $sys_name in
	umvmm) files=("$build/umvmm" "$guest/vmlinux" "$guest/initramfs.cpio.gz") ;;
	qemu) files=("$guest/bzImage" "$guest/initramfs.cpio.gz") ;;
	uml) files=("$guest/initramfs.cpio.gz") ;;
	esac
	for file in "$dir/lat" "$dir/bench.cpio" "$dir/programs.cpio" "${files[@]}"; do
		[ -e "$file" ] || { echo "$file is not built"; return 0; }
	done
	case $sys_name in
	native)
		[ -z "$sys_uid" ] || [ "$(id -u)" = 0 ] || { echo "only root can become another user"; return 0; }
		;;
	umvmm)
		refusal=$(umvmm_refusal)
		[ -z "$refusal" ] || { echo "${refusal#*: }"; return 0; }
		;;
	qemu) type -P "$QEMU" > /dev/null || { echo "install qemu-system-x86"; return 0; } ;;
	uml)
		type -P "$UML" > /dev/null || { echo "install user-mode-linux"; return 0; }
		# Debian's 6.1 aborts before it says anything
		! grep -qwm 1 amx_tile /proc/cpuinfo || { echo "$uml_amx"; return 0; }
		;;
	esac
	return 1
}

# Succeeds if that system has one CPU at most.
system_one_cpu() {
	system_parse "$1"
	[ "$sys_name" = uml ] || [ "$(bench_cpus_allowed | wc -l)" -lt 2 ]
}

# An archive of the files in a folder, owned by root, to standard output.
archive() {
	(cd "$1" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0)
}

# The initramfs with the programs and the command, for the peers.
peer_initrd() {
	rm -rf "$tmp/tree"
	mkdir -p "$tmp/tree/.umvmm"
	printf '#!/bin/sh\n%s\n' "$1" > "$tmp/tree/.umvmm/exec"
	cat > "$tmp/tree/.umvmm/uml" <<-'END'
		#!/bin/sh
		mount -t devtmpfs devtmpfs /dev
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mkdir -p /dev/shm
		mount -t tmpfs tmpfs /dev/shm
		ifconfig lo 127.0.0.1 up
		/.umvmm/exec
		poweroff -f
	END
	chmod 0755 "$tmp/tree/.umvmm/"*
	archive "$tmp/tree" > "$tmp/exec.cpio"
	cat "$guest/initramfs.cpio.gz" "${archives[@]}" "$tmp/exec.cpio" > "$tmp/initrd"
}

# The last CPUs that this shell may use, $1 of them: the first takes most interrupts.
bench_cpu() {
	bench_cpus_allowed | tail -n "$1" | paste -s -d ,
}

# Set the array command so that it runs shell line $3 in system $1, for rows of kind $2.
system_command() {
	local line=$3 mem=512 cpus=1 archives=("$dir/bench.cpio") archive
	system_parse "$1"
	[[ $2 = whole || $2 = smp ]] && mem=1024 archives+=("$dir/programs.cpio")
	[ "$2" = smp ] && cpus=2
	[ -z "$sys_uid" ] || line="/bench/as $sys_uid /bin/sh -c ${line@Q}"
	case $sys_name in
	native)
		command=(taskset -c "$(bench_cpu $cpus)" sh -c "${line//\/bench\//$(realpath "$dir")/}")
		;;
	umvmm)
		command=("$build/umvmm" run -i "$guest/initramfs.cpio.gz")
		for archive in "${archives[@]}"; do
			command+=(-i "$archive")
		done
		[ $cpus = 1 ] || command+=(-c "$cpus")
		command+=(-m "${mem}M" ${sys_options[@]+"${sys_options[@]}"} -e "$line")
		;;
	qemu)
		peer_initrd "$line"
		# shellcheck disable=SC2054
		command=("$QEMU" -accel tcg -cpu max -m "$mem" -smp "$cpus"
			-object "memory-backend-memfd,id=mem,size=${mem}M"
			-machine memory-backend=mem
			-display none -monitor none -nic none -no-reboot
			-kernel "$guest/bzImage" -initrd "$tmp/initrd" -append console=ttyS0
			-serial "file:$tmp/console"
			-chardev stdio,id=out,signal=off -serial chardev:out
			-serial null -serial null)
		;;
	uml)
		peer_initrd "$line"
		# shellcheck disable=SC2054
		command=(env TMPDIR=/dev/shm "$UML" "mem=${mem}M" "uml_dir=$tmp/uml"
			"initrd=$tmp/initrd" rdinit=/.umvmm/uml con=null con0=fd:0,fd:1
			quiet loglevel=0)
		;;
	esac
}

uml_amx="this CPU has AMX: its XSAVE area is larger than User-Mode Linux's buffer"

# Run it to its end. The limit is for a system that hangs. It runs behind this shell, which a
# signal then reaches at once.
system_run() {
	local command status
	system_command "$1" "$2" "$3"
	timeout -k 5 "$SYSTEM_SECONDS" "${command[@]}" < /dev/null &
	running=$!
	wait "$running"
	status=$?
	running=
	return $status
}

# End what system_run or machine_boot have started: timeout passes the signal on.
system_stop() {
	[ -n "$running" ] || return 0
	kill "$running" 2> /dev/null
	wait "$running" 2> /dev/null
	running=
}

# What User-Mode Linux says where it cannot save the host's XSAVE area, which
# kills its process 1 at once.
uml_xsave='fp_?regs|fp[ _]registers|xsave|xstate|Attempted to kill init! exitcode=0x0000000b'

# Why system $1 has no results, in one line; $2 is its output, $3 its complaints.
system_complaint() {
	if [[ $1 = uml* ]] && cat "$3" "$2" | grep -aqiE "$uml_xsave"; then
		echo "this host's XSAVE area is larger than User-Mode Linux's buffer"
	else
		cat "$3" "$2" | tr -d '\r' | grep -av '^ *$' | tail -n 1
	fi
}
