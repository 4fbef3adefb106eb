# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # build, guest, dir, tmp: bench/run
#
# systems.bash - what can be measured, and the command that starts each.
#
# Sourced by bench/run. The VMs get the same kernel, the same initramfs and the
# same two archives on top: bench.cpio with the programs, and one with the
# command, which the guest's process 1 finds as /.umvmm/exec. User-Mode Linux
# is a kernel of its own, and its process 1 is a script, as it has no ttyS1.
#
# Must hold: the programs measured are the same files everywhere. The command's
# standard output is the system's, possibly among the kernel's own messages.

UML=${UML:-linux.uml}
QEMU=${QEMU:-qemu-system-x86_64}
bench_mem=512

# Succeeds, with the reason on standard output, if that system cannot run.
system_missing() {
	local file
	case $1 in
	native) set -- "$1" ;;
	umvmm*) set -- "$1" "$build/umvmm" "$guest/vmlinux" "$guest/initramfs.cpio.gz" ;;
	qemu) set -- "$1" "$guest/bzImage" "$guest/initramfs.cpio.gz" ;;
	uml) set -- "$1" "$guest/initramfs.cpio.gz" ;;
	*) echo "no such system"; return 0 ;;
	esac
	for file in "$dir/lat" "$dir/bench.cpio" "${@:2}"; do
		[ -e "$file" ] || { echo "$file is not built"; return 0; }
	done
	case $1 in
	umvmm:*pku*)
		# refused before it looks for the kernel
		"$build/umvmm" run --isolation pku -k /nonexistent > /dev/null 2>&1 < /dev/null
		[ $? != 2 ] || { echo "the CPU has no protection keys"; return 0; }
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
	cat "$guest/initramfs.cpio.gz" "$dir/bench.cpio" "$tmp/exec.cpio" > "$tmp/initrd"
}

# The last CPU that this shell may use: the first takes most interrupts.
bench_cpu() {
	taskset -cp $$ | grep -o '[0-9]*$'
}

# Set the array command so that it runs shell line $2 in system $1, and env.
system_command() {
	local options
	case $1 in
	native)
		command=(taskset -c "$(bench_cpu)" sh -c "${2//\/bench\//$dir/}")
		;;
	umvmm*)
		options=${1#umvmm}
		options=${options#:}
		read -ra options <<< "${options//,/ }"
		command=("$build/umvmm" run -i "$guest/initramfs.cpio.gz" -i "$dir/bench.cpio"
			-m "${bench_mem}M" "${options[@]}" -e "$2")
		;;
	qemu)
		peer_initrd "$2"
		# shellcheck disable=SC2054
		command=("$QEMU" -accel tcg -cpu max -m "$bench_mem" -smp 1
			-object "memory-backend-memfd,id=mem,size=${bench_mem}M"
			-machine memory-backend=mem
			-display none -monitor none -nic none -no-reboot
			-kernel "$guest/bzImage" -initrd "$tmp/initrd" -append console=ttyS0
			-serial "file:$tmp/console"
			-chardev stdio,id=out,signal=off -serial chardev:out
			-serial null -serial null)
		;;
	uml)
		peer_initrd "$2"
		# shellcheck disable=SC2054
		command=(env TMPDIR=/dev/shm "$UML" "mem=${bench_mem}M" "uml_dir=$tmp/uml"
			"initrd=$tmp/initrd" rdinit=/.umvmm/uml con=null con0=fd:0,fd:1
			quiet loglevel=0)
		;;
	esac
}

uml_amx="this CPU has AMX: its XSAVE area is larger than User-Mode Linux's buffer"

# Run it to its end. The limit is for a system that hangs.
system_run() {
	local command
	system_command "$1" "$2"
	timeout -k 5 600 "${command[@]}" < /dev/null
}

# What User-Mode Linux says where it cannot save the host's XSAVE area, which
# kills its process 1 at once.
uml_xsave='fp_?regs|fp[ _]registers|xsave|xstate|Attempted to kill init! exitcode=0x0000000b'

# Why there are no results, in one line.
system_complaint() {
	if [ "$1" = uml ] && cat "$2.err" "$2.log" | grep -aqiE "$uml_xsave"; then
		echo "this host's XSAVE area is larger than User-Mode Linux's buffer"
	else
		cat "$2.err" "$2.log" | tr -d '\r' | grep -av '^ *$' | tail -n 1
	fi
}
