# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# command_line.sh - bad options and bad files: the status (umvmm/base/exit.h) and
# one line that says why. Nothing is left behind.
#
# Sourced by run.sh.

# refuse NAME STATUS REGEX ARGS…: umvmm run ARGS ends so, with one line.
refuse() {
	local name=$1 want=$2 regex=$3 start log status lines
	shift 3
	mkdir -p "$work/faults"
	log=$work/faults/${name//[^a-zA-Z0-9]/_}.log
	start=$(seconds)
	vm_start 200 "$@" < /dev/null > "$log.out" 2> "$log"
	wait "$vm_pid"
	status=$?
	lines=$(wc -l < "$log")
	if [ $status = "$want" ] && grep -Eq "^umvmm: .*$regex" "$log" && [ "$lines" = 1 ] &&
		[ ! -s "$log.out" ] && vm_gone; then
		report "$name" "status $want" PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$log" | head -n 10
	echo "    status $status, not $want; $lines lines, expected one with '$regex'"
	report "$name" "status $want" FAIL "$(since "$start")" "$umvmm $*"
}

bad=$work/faults/images
mkdir -p "$bad"
vmlinux=$O/guest/vmlinux
: > "$bad/empty"
head -c 3000000 "$vmlinux" > "$bad/truncated"
head -c 40 "$vmlinux" > "$bad/header"
head -c 100000 "$O/guest/bzImage" > "$bad/bzimage-truncated"
cp "$O/guest/bzImage" "$bad/bzimage-damaged"
dd if=/dev/zero of="$bad/bzimage-damaged" bs=4096 seek=500 count=20 conv=notrunc 2> /dev/null
echo 'this is text' > "$bad/text"
# e_machine (offset 18) of another architecture: AArch64
cp "$vmlinux" "$bad/aarch64"
printf '\267' | dd of="$bad/aarch64" bs=1 seek=18 conv=notrunc 2> /dev/null
# e_entry (offset 24) far away
cp "$vmlinux" "$bad/entry"
printf '\0\0\0\0\0\0\0\1' | dd of="$bad/entry" bs=1 seek=24 conv=notrunc 2> /dev/null
# without and with a damaged note of sites
objcopy --remove-section .note.umvmm "$O/tests/bare/paging" "$bad/no-note" 2> /dev/null
note=$(readelf -SW "$O/tests/bare/paging" | sed -n 's/.*\.note\.umvmm *NOTE *[0-9a-f]* *\([0-9a-f]*\).*/\1/p')
cp "$O/tests/bare/paging" "$bad/note"
# a descriptor size that is larger than the section
printf '\377\377\377\177' | dd of="$bad/note" bs=1 seek=$((16#$note + 4)) conv=notrunc 2> /dev/null
# a site far outside of the image
cp "$O/tests/bare/paging" "$bad/site"
printf '\0\0\0\160' | dd of="$bad/site" bs=1 seek=$((16#$note + 20)) conv=notrunc 2> /dev/null
truncate -s 400M "$bad/initrd"
long=$(head -c 5000 /dev/zero | tr '\0' x)

refuse "no such kernel" 125 'No such file' run -k /nonexistent/vmlinux
refuse "kernel is a directory" 125 'not an ordinary file' run -k /
refuse "kernel is empty" 125 'empty' run -k "$bad/empty"
refuse "kernel is text" 125 'neither' run -k "$bad/text"
refuse "kernel is truncated" 125 'truncated|cut off|damaged' run -k "$bad/truncated"
refuse "kernel's header is truncated" 125 'too short|truncated' run -k "$bad/header"
refuse "bzImage is truncated" 125 'truncated' run -k "$bad/bzimage-truncated"
refuse "bzImage is damaged" 125 'damaged' run -k "$bad/bzimage-damaged"
refuse "kernel for AArch64" 125 'not for x86-64' run -k "$bad/aarch64"
refuse "entry point outside" 125 'entry point' run -k "$bad/entry"
refuse "kernel is an object file" 125 'no linked kernel|program headers' run -k "$O/obj/umvmm/main.o"
refuse "not afterburnt" 125 'not|note' run -k /bin/busybox
refuse "no note" 125 'not|note' run -k "$bad/no-note"
refuse "damaged note" 125 'note' run -k "$bad/note"
refuse "site outside" 125 'site' run -k "$bad/site"
if [ "$(id -u)" != 0 ]; then
	cp "$vmlinux" "$bad/unreadable"
	chmod 0 "$bad/unreadable"
	refuse "unreadable kernel" 125 'Permission denied' run -k "$bad/unreadable"
	rm -f "$bad/unreadable"
fi
refuse "no such initrd" 125 'No such file' run -i /nonexistent/initrd
refuse "initrd larger than memory" 125 'do not fit|room' run -i "$bad/initrd" -m 256M
refuse "memory too small" 2 'too small' run -m 1M
refuse "memory too small for the kernel" 125 'memory|fit' run -m 32M
refuse "no memory" 2 'too small|not a size' run -m 0
refuse "negative memory" 2 'not a size' run -m -5
refuse "memory is a word" 2 'not a size' run -m lots
refuse "memory with junk" 2 'not a size' run -m 256Mx
refuse "too much memory" 2 'more than' run -m 99999999999999G
refuse "more memory than the host" 2 'host has|more than' run -m 16385M
refuse "no CPU" 2 'CPUs' run -c 0
refuse "too many CPUs" 2 'CPUs' run -c 1000
refuse "unknown option" 2 'unknown option' run --frobnicate
refuse "unknown short option" 2 'unknown option' run -Z
refuse "option without value" 2 'value' run -k
refuse "unknown mode" 2 'unknown mode' run --virt magic
refuse "unexpected word" 2 'unexpected' run vmlinux
refuse "-- without a command" 2 'no command' run --
refuse "-e and --" 2 'combined' run -e true -- true
refuse "bad name" 2 'name' run -n ../x
refuse "long command line" 125 'command line' run -p "$long"
refuse "gdb nowhere" 2 'unix:PATH, tcp:PORT or fd:N' run --gdb 1234
refuse "gdb without a path" 2 'no path' run --gdb unix:
refuse "gdb's path too long" 2 'too long for a socket' run --gdb "unix:/$(printf '%0120d' 0)"
refuse "gdb's port is a word" 2 'not a port' run --gdb tcp:localhost
refuse "gdb's port too high" 2 'not a port' run --gdb tcp:65536
refuse "gdb's descriptor is a word" 2 'not a file descriptor' run --gdb fd:x
refuse "gdb twice" 2 'only one of them' run -s --gdb tcp:1
refuse "gdb of nobody" 125 'no such VM' gdb nobody
refuse "unknown subcommand" 2 '' frobnicate
refuse "stop nobody" 125 'no such VM' stop nobody
refuse "build: unknown option" 2 'usage' build -x
refuse "build: a word" 2 'unexpected' build vmlinux
refuse "build: no jobs" 2 'unexpected' build -j 0
refuse "build: no kernel tree" 2 'no Linux source tree' build -C /tmp
refuse "build: no such tree" 2 'No such file' build -C /nonexistent
refuse "build: no such fragment" 2 'No such file' build -f /nonexistent
mkdir "$bad/a b"
refuse "build: a blank" 2 'blanks' build -f "$bad/a b"
cp "$umvmm" "$bad/umvmm"
umvmm=$bad/umvmm refuse "build: a lone program" 125 'nothing to build a kernel with' build

# What is up to date is not built again, from wherever it is asked for.
build_start=$(seconds)
build_program=$(realpath "$umvmm")
if (cd / && "$build_program" build) > "$work/faults/build.log" 2>&1 9>&- &&
	[ "$(wc -l < "$work/faults/build.log")" = 1 ] && grep -q '/guest/vmlinux, ' "$work/faults/build.log"; then
	report "build: nothing to do" "" PASS "$(since "$build_start")"
else
	tail -n 5 "$work/faults/build.log" | sed 's/^/    /'
	report "build: nothing to do" "" FAIL "$(since "$build_start")" "tests/run.sh faults command_line"
fi
rm -rf "$bad"
