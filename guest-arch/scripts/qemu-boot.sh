#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# qemu-boot.sh - boot the guest kernel on emulated hardware and run a command.
#
# usage: qemu-boot.sh [-c CPUS] [-m MIB] [-t SECONDS] [-d GUEST_DIR] [-i ARCHIVE]
#                     [-a APPEND] [-s | -o FILE COMMAND | COMMAND [EXPECTED]]
#
# Boots GUEST_DIR/bzImage (default build/guest) with its initramfs under QEMU's
# TCG, runs COMMAND (a shell line; by default one that names the CPUs) with the
# exec protocol of guest-arch/initramfs/exec.c, and compares what it prints with
# EXPECTED. The command gets this script's text "ping\n" as standard input. With
# -s it types into the interactive shell on ttyS0 instead; with -o what COMMAND
# prints goes to FILE, and only its status is looked at. ARCHIVE is unpacked
# behind the initramfs.
#
# Exits 0 if the output and the status are right, 1 if not, 2 on wrong usage.
#
# Must hold: the same image that umvmm loads is tested, with no change.
set -u

cpus=1 mem=512 limit=120 dir=build/guest append= shell= archive=/dev/null output=
while getopts c:m:t:d:a:i:o:s opt; do
	case $opt in
	c) cpus=$OPTARG ;;
	m) mem=$OPTARG ;;
	i) archive=$OPTARG ;;
	o) output=$OPTARG ;;
	t) limit=$OPTARG ;;
	d) dir=$OPTARG ;;
	a) append=$OPTARG ;;
	s) shell=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
command='nproc; read -r line; echo "got $line"'
expected=$cpus$'\n''got ping'
if [ $# -gt 0 ]; then
	command=$1
	expected=${2-}
fi

tmp=$(mktemp -d)
qemu=
finish() {
	[ -z "$qemu" ] || kill "$qemu" 2>/dev/null
	rm -rf "$tmp"
}
trap finish EXIT

# One thread for all CPUs: with one for each a CPU of QEMU 7.2 may go on executing an INT3
# that another has patched away, which Linux, that finds none there, tries for ever.
machine=(qemu-system-x86_64 -accel tcg,thread=single -cpu max -m "$mem" -smp "$cpus"
	-display none -monitor none -nic none -no-reboot
	-kernel "$dir/bzImage" -initrd "$tmp/initrd")

fail() {
	echo "qemu-boot: $1" >&2
	echo "--- the console's last lines:" >&2
	tail -n 30 "$tmp/console" >&2
	exit 1
}

if [ "$shell" ]; then
	cp "$dir/initramfs.cpio.gz" "$tmp/initrd"
	mkfifo "$tmp/s0.in" "$tmp/s0.out"
	exec 5<>"$tmp/s0.in" 6<>"$tmp/s0.out"
	"${machine[@]}" -append "console=ttyS0 umvmm.rows=33 umvmm.cols=77 $append" \
		-chardev "pipe,id=s0,path=$tmp/s0" -serial chardev:s0 &
	qemu=$!
	cat <&6 > "$tmp/console" &
	reader=$!
	for ((i = 0; i < limit * 5; i++)); do
		grep -q '~ # ' "$tmp/console" && break
		sleep 0.2
	done
	echo 'stty size; sleep 0 & wait; echo job $?; exit' >&5
	for ((i = 0; i < limit * 5; i++)); do
		kill -0 "$qemu" 2>/dev/null || break
		sleep 0.2
	done
	sleep 0.2
	kill "$reader"
	kill -0 "$qemu" 2>/dev/null && fail "no power-off after the shell's exit"
	qemu=
	grep -q '^33 77' "$tmp/console" || fail "the shell's window size is wrong"
	grep -q '^job 0' "$tmp/console" || fail "the shell did not run the command"
	echo "qemu-boot: shell on $cpus CPU(s): ok"
	exit 0
fi

# What the manager does: a second archive with /.umvmm/exec, appended. It says
# "ready" on the control line, since a line drops what comes before it is open.
mkdir -p "$tmp/tree/.umvmm"
printf '#!/bin/sh\necho ready >/dev/ttyS3\n%s\n' "$command" > "$tmp/tree/.umvmm/exec"
chmod 0755 "$tmp/tree/.umvmm/exec"
(cd "$tmp/tree" && printf '.umvmm\n.umvmm/exec\n' |
	cpio --quiet -o -H newc -R 0:0) > "$tmp/exec.cpio"
cat "$dir/initramfs.cpio.gz" "$archive" "$tmp/exec.cpio" > "$tmp/initrd"

mkfifo "$tmp/s1.in" "$tmp/s1.out" "$tmp/s3.in" "$tmp/s3.out"
exec 5<>"$tmp/s1.in" 6<>"$tmp/s1.out" 7<>"$tmp/s3.in" 8<>"$tmp/s3.out"
cat <&6 > "${output:-$tmp/stdout}" &
out_reader=$!
cat <&8 > "$tmp/status" &
status_reader=$!
timeout "$limit" "${machine[@]}" -append "console=ttyS0 $append" \
	-serial "file:$tmp/console" \
	-chardev "pipe,id=s1,path=$tmp/s1" -serial chardev:s1 \
	-serial "file:$tmp/stderr" \
	-chardev "pipe,id=s3,path=$tmp/s3" -serial chardev:s3 &
qemu=$!
for ((i = 0; i < limit * 5; i++)); do
	grep -q '^ready' "$tmp/status" && break
	kill -0 "$qemu" 2>/dev/null || break
	sleep 0.2
done
printf 'ping\n' >&5
printf 'eof 5\n' >&7
wait "$qemu"
rc=$?
qemu=
sleep 0.2
kill "$out_reader" "$status_reader"
[ "$rc" -ne 124 ] || fail "no power-off within $limit s"
[ "$output" ] || [ "$(cat "$tmp/stdout")" = "$expected" ] ||
	fail "expected '$expected', got '$(cat "$tmp/stdout")' (stderr: $(cat "$tmp/stderr"))"
[ "$(cat "$tmp/status")" = $'ready\n0' ] || fail "control line: '$(cat "$tmp/status")'"
echo "qemu-boot: command on $cpus CPU(s): ok"
