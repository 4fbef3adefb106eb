#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# host.sh - a host with protection keys: boots a stock Debian kernel under QEMU's
# TCG, puts umvmm and its guest into it, and runs a shell script there.
#
# usage: O=BUILD tests/pku/host.sh [-t SECONDS] [-c CPUS] [-a APPEND] -k KERNEL
#                                  SCRIPT [FILE…]
#
# Runs: on any machine with QEMU, as an ordinary user. SCRIPT runs as process 1's
# child, by BusyBox' shell, in /umvmm, where there are umvmm, vmlinux,
# initramfs.cpio.gz and the FILEs, as root; there is also "user", whose folder is
# /tmp/user. Its output is ours, its exit status too; 126 if the host did not come to
# its end.
#
# Must hold: nothing of this machine but the named files gets into that host.
set -u

O=${O:-build} limit=300 cpus=1 append= kernel=
while getopts t:c:a:k: opt; do
	case $opt in
	t) limit=$OPTARG ;;
	c) cpus=$OPTARG ;;
	a) append=$OPTARG ;;
	k) kernel=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] && [ -r "$kernel" ] || { sed -n 's/^# usage: //p' "$0" >&2; exit 2; }
script=$1
shift

tmp=$(mktemp -d)
qemu= reader=
finish() {
	[ -z "$qemu" ] || kill "$qemu" 2> /dev/null
	[ -z "$reader" ] || kill "$reader" 2> /dev/null
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# What the program needs: the libraries at the paths that its linker says.
root=$tmp/root
mkdir -p "$root"/{bin,dev,etc,proc,sys,tmp,umvmm}
printf '%s\n' root:x:0:0::/:/bin/sh user:x:1000:1000::/tmp/user:/bin/sh > "$root/etc/passwd"
cp "${BUSYBOX:-/bin/busybox}" "$root/bin/busybox"
cp "$O/umvmm" "$O/guest/initramfs.cpio.gz" "$root/umvmm/"
# without its symbols: they are two thirds of it
strip -o "$root/umvmm/vmlinux" "$O/guest/vmlinux"
for lib in $(ldd "$O/umvmm" | grep -o '/[^ ]*'); do
	install -D "$lib" "$root$lib"
done
[ $# = 0 ] || cp -r "$@" "$root/umvmm/"
cp "$script" "$root/umvmm/script"

cat > "$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp TERM=dumb XDG_RUNTIME_DIR=/tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mkdir -p /dev/shm
mount -t tmpfs -o mode=1777 shm /dev/shm
mkdir -m 700 /tmp/user
chown user /tmp/user
stty -F /dev/ttyS1 raw
cd /umvmm
sh ./script > /dev/ttyS1 2>&1 < /dev/null
echo "host-status $?" > /dev/ttyS1
poweroff -f
INIT
chmod 755 "$root/init"
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$tmp/initrd"

# On a busy machine emulated clocks are late: the kernel shall not test them
# (tsc=reliable, no_timer_check). smap=off: before QEMU 9.1 an IRETQ in ring 3 reads
# its frame with the kernel's rights.
mkfifo "$tmp/out"
timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,la57=off,smap=off -m 2G \
	-smp "$cpus" -display none -monitor none -nic none -no-reboot \
	-kernel "$kernel" -initrd "$tmp/initrd" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr tsc=reliable no_timer_check $append" \
	-serial "file:$tmp/console" -chardev "file,id=out,path=$tmp/out" -serial chardev:out &
qemu=$!
# the last line is the script's status
tee "$tmp/all" < "$tmp/out" | sed -u '/^host-status [0-9]*$/d' &
reader=$!
wait "$qemu"
rc=$?
qemu=
wait "$reader"
reader=
status=$(sed -n 's/^host-status //p' "$tmp/all" | tail -n 1)
if [ -z "$status" ]; then
	[ $rc = 124 ] && echo "host.sh: no end within $limit s" >&2
	echo "host.sh: the host's console:" >&2
	tail -n 20 "$tmp/console" >&2
	exit 126
fi
exit "$status"
