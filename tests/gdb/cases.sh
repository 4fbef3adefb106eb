# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# cases.sh - gdb from the first instruction to the last, and what goes wrong.
#
# Sourced by suite.sh. Each case_NAME makes its guest, and returns 0 if all went well; what
# it prints is its log.

vmlinux=$O/guest/vmlinux
gdb=(timeout -k 5 120 gdb -nx -q -batch -iex "set confirm off" -iex "set remotetimeout 30")

# debugged_run LIMIT ARGS…: a VM, in the mode that is tested unless ARGS say otherwise.
debugged_run() {
	local limit=$1
	shift
	vm_start "$limit" run $case_options "$@"
}

# running NAME: gdb can connect.
running() {
	soon vm_listed "$1" && return
	echo "$1 does not run"
	return 1
}

# said REGEX FILE: the file has such a line.
said() {
	grep -Eq -- "$1" "$2" && return
	echo "expected: $1; got:"
	cat "$2"
	return 1
}

# ended STATUS: the VM has this one, and nothing is left.
ended() {
	local status
	wait "$vm_pid"
	status=$?
	[ $status = "$1" ] && vm_gone && return
	echo "status $status, not $1"
	return 1
}

# -S: the first instruction, the kernel's start, power-off.
case_from_the_start() {
	debugged_run 180 -n held -S --gdb tcp:0 -c 2 -e 'exit 3' < /dev/null > "$out" 2>&1
	gdb_wait 'waits for gdb: umvmm gdb held' "$out" || return
	local port
	port=$(sed -n 's/.*target remote 127.0.0.1:\([0-9]*\)$/\1/p' "$out")
	"${gdb[@]}" "$vmlinux" -ex "target remote 127.0.0.1:$port" -ex 'p $rip' \
		-ex 'info threads' -ex 'thbreak *start_kernel' -ex continue -ex 'info symbol $pc' \
		-ex 'tbreak *kernel_init' -ex continue -ex 'info threads' -ex continue \
		< /dev/null > "$out.gdb" 2>&1
	cat "$out.gdb"
	said '= .* 0x1000000$' "$out.gdb" &&
		said 'CPU#1 .not started' "$out.gdb" && said 'start_kernel in section' "$out.gdb" &&
		said 'hit Temporary breakpoint 2' "$out.gdb" && said 'exited normally' "$out.gdb" &&
		ended 3
}

# -s: port 1234 of this host alone, unless somebody has it.
case_port_1234() {
	debugged_run 180 -n debugged -S -s -e 'exit 5' < /dev/null > "$out" 2>&1
	soon test -s "$out" || return
	if grep -q 'tcp:1234: Address already in use' "$out"; then
		ended 125
		return
	fi
	grep -q ' 0100007F:04D2 00000000:0000 0A' /proc/net/tcp || { echo "it listens elsewhere"; return 1; }
	"${gdb[@]}" "$vmlinux" -ex 'target remote 127.0.0.1:1234' -ex 'tbreak *start_kernel' -ex continue \
		-ex 'x/s &linux_banner' -ex detach < /dev/null > "$out.gdb" 2>&1
	said 'Linux version' "$out.gdb" && ended 5
}

# A socket of one's own; another user of the host may not use it.
case_own_socket() {
	local path=$XDG_RUNTIME_DIR/own.sock
	debugged_run 180 -S --gdb "unix:$path" -e 'exit 4' < /dev/null > "$out" 2>&1
	gdb_wait 'waits for gdb' "$out" || return
	[ "$(stat -c %a "$path")" = 600 ] || { echo "mode $(stat -c %a "$path")"; return 1; }
	if [ "$(id -u)" = 0 ]; then
		chmod 711 "$XDG_RUNTIME_DIR"
		setpriv --reuid=54321 --regid=54321 --clear-groups /usr/bin/python3 -c '
import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$path" > "$out.other" 2>&1
		chmod 700 "$XDG_RUNTIME_DIR"
		said 'Permission denied' "$out.other" || return
		# even if it has got at the socket
		chmod 711 "$XDG_RUNTIME_DIR" && chmod 666 "$path"
		setpriv --reuid=54321 --regid=54321 --clear-groups /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(10)
try:
	s.sendall(b"$?#3f")
	print("got", s.recv(100))
except OSError:
	print("got b\"\"")' "$path" > "$out.other" 2>&1
		chmod 700 "$XDG_RUNTIME_DIR"
		said '^got b..$' "$out.other" || return
	fi
	"${gdb[@]}" "$vmlinux" -ex "target remote $path" -ex detach < /dev/null
	ended 4 && [ ! -e "$path" ]
}

case_inherited() {
	timeout -k 5 120 python3 tests/gdb/inherit.py "$umvmm"
}

# gdb's kill, monitor quit and reset, and what the guest does itself.
case_ends() {
	debugged_run 180 -n debugged -e 'sleep 100' < /dev/null > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex kill || return
	ended 0 || return
	debugged_run 180 -n debugged -e 'sleep 100' < /dev/null > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex 'monitor quit'
	ended 0 || return
	debugged_run 180 -n debugged -e 'sleep 100' < /dev/null > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex 'monitor reset'
	ended 125 && said "rebooted before the command's end" "$out" || return
	debugged_run 180 -n debugged -e 'read line; echo c > /proc/sysrq-trigger' < "$input" > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex 'break *panic' -ex "shell echo go > '$input'" -ex continue -ex 'info symbol $pc' -ex detach
	said 'panic in section' "$log" && ended 124
}

# It ends under gdb's hands: while it stands still, while it runs, and before gdb comes.
case_dying() {
	local stop="shell '$umvmm' stop debugged"
	debugged_run 180 -n debugged -e 'sleep 100' < /dev/null > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex "$stop" -ex stepi -ex 'info threads'
	said 'Target disconnected|connection closed' "$log" && said 'No threads' "$log" && ended 0 || return
	debugged_run 180 -n debugged -e 'sleep 100' < /dev/null > "$out" 2>&1
	running debugged && gdb_batch 30 debugged -ex "shell (sleep 0.3; '$umvmm' stop debugged) &" -ex continue
	said 'connection closed' "$log" && ended 0 || return
	refuses 125 'no such VM runs' gdb debugged
}

# A guest that has panicked and is kept: gdb looks at it, and ends it.
case_after_panic() {
	debugged_run 180 -n debugged -c 2 --on-panic hang -e 'echo c > /proc/sysrq-trigger' \
		< /dev/null > "$out" 2>&1
	gdb_wait 'the VM is kept' "$out" || return
	gdb_batch 30 debugged -ex 'info threads' -ex 'x/s &linux_banner' -ex 'monitor info registers' -ex kill
	said 'CPU#1' "$log" && said 'Linux version' "$log" && ended 124
}

# The same, until gdb has looked; a dump does not count, nor does a gdb of before.
case_until_gdb() {
	debugged_run 90 -n debugged --on-panic gdb -e 'echo ready; read line; echo c > /proc/sysrq-trigger' \
		< "$input" > "$out" 2>&1
	gdb_wait ready "$out" && gdb_batch 30 debugged -ex 'p $rip' -ex detach || return
	echo go > "$input"
	gdb_wait 'waits for gdb' "$out" && "$umvmm" dump debugged "$out.core" && rm "$out.core" &&
		sleep 0.3 && "$umvmm" list | grep -q '^debugged' || return
	gdb_batch 30 debugged -ex 'x/s &linux_banner' -ex detach
	said 'Linux version' "$log" && ended 124
}

# text FILE: the kernel's text in a vmcore, as it runs.
text() {
	python3 - "$1" "$vmlinux" <<-'PYTHON'
		import subprocess, struct, sys
		at = {name: int(value, 16) for value, _, name in (line.split() for line in
		      subprocess.run(["nm", sys.argv[2]], capture_output=True, text=True).stdout.splitlines())
		      if name in ("_stext", "_etext")}
		with open(sys.argv[1], "rb") as f:
		    head = f.read(4096)
		    for i in range(struct.unpack_from("<H", head, 56)[0]):
		        kind, _, offset, va, _, size = struct.unpack_from("<IIQQQQ", head, 64 + 56 * i)
		        if kind == 1 and va <= at["_stext"] < va + size:
		            f.seek(offset + at["_stext"] - va)
		            sys.stdout.buffer.write(f.read(at["_etext"] - at["_stext"]))
	PYTHON
}

# detached_bench: the time that some thousand system calls, faults and switches take, in
# hundredths of a second. 0.89 s must not become the octal number 089.
detached_bench='t() { sed "s/ .*//; s/[.]//; s/^0*//" /proc/uptime; }; a=$(t); i=0
	while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done
	dd if=/dev/zero of=/dev/null bs=1 count=300000 2> /dev/null; b=$(t); echo ticks $((b - a))'

# text_rests: Linux has changed it for the last time, it seems; $out.text is what it is.
text_rests() {
	mv "$out.text" "$out.earlier"
	sleep 0.5
	"$umvmm" dump -f debugged "$out.core" && text "$out.core" > "$out.text" &&
		cmp -s "$out.text" "$out.earlier"
}

# After gdb has been everywhere, the text is what it was, and nothing is slower than in a
# guest that it has never seen (the ratio is printed; it is not judged).
case_detached() {
	local ticks=() i
	for i in never before; do
		debugged_run 600 -n debugged -e "(while :; do cat /proc/uptime > /dev/null; done) &
			loop=\$!; echo ready; read line; kill \$loop; $detached_bench" < "$input" > "$out" 2>&1
		gdb_wait ready "$out" || return
		if [ $i = before ]; then
			: > "$out.text"
			soon text_rests || return
			gdb_batch 120 debugged -ex 'break vfs_read' -ex 'break vfs_write' -ex 'hbreak schedule' \
				-ex 'rbreak ^do_sys_[a-z]*$' -ex continue -ex stepi -ex stepi -ex continue -ex detach
			said 'Breakpoint|breakpoint' "$log" || return
			"$umvmm" dump -f debugged "$out.core" && text "$out.core" | cmp - "$out.text" || return
			[ "$(wc -c < "$out.text")" -gt 1000000 ] || return
		fi
		echo go > "$input"
		ended 0 || return
		ticks+=("$(sed -n 's/^ticks //p' "$out")")
	done
	rm -f "$out.core" "$out.text" "$out.earlier"
	echo "hundredths of a second, never attached and detached: ${ticks[*]}"
	mode="$mode, speed $(awk -v a="${ticks[0]}" -v b="${ticks[1]}" 'BEGIN { printf "%.2f", a / b }')"
}

# A guest that ends in a triple fault stands still before it does.
case_triple_fault() {
	debugged_run 180 -n debugged -k "$O/tests/bare/triple_fault" -m 64M -S < /dev/null > "$out" 2>&1
	gdb_wait 'waits for gdb' "$out" || return
	"${gdb[@]}" -ex "target remote $XDG_RUNTIME_DIR/umvmm/debugged.gdb" -ex continue -ex 'p $rip' \
		-ex 'monitor info registers' -ex continue < /dev/null > "$out.gdb" 2>&1
	cat "$out.gdb"
	said 'umvmm: triple fault; the VM ends when it goes on' "$out.gdb" &&
		said 'received signal SIGABRT' "$out.gdb" &&
		said 'terminated with signal SIGABRT' "$out.gdb" &&
		ended "$(value tests/bare/triple_fault.c status 0)"
}

# gdb dies with breakpoints set, in the middle of a guest that meets them.
case_gdb_killed() {
	debugged_run 180 -n debugged -e 'read line; for i in $(seq 300); do cat /proc/uptime; done > /dev/null
		exit 5' < "$input" > "$out" 2>&1
	running debugged || return
	timeout -k 5 120 "$umvmm" gdb debugged -- -nx -batch -ex 'break *do_sys_openat2' \
		-ex 'hbreak *__x64_sys_read' -ex "shell echo go > '$input'" -ex continue -ex continue \
		-ex 'watch *(unsigned long *)&jiffies_64' -ex continue -ex 'shell kill -9 $PPID' < /dev/null
	ended 5
}

# A kernel module's first instruction.
case_module() {
	debugged_run 90 -n debugged -e 'read line; modprobe loop && exit 6' < "$input" > "$out" 2>&1
	running debugged && gdb_batch 120 debugged -ex 'tbreak *do_init_module' \
		-ex "shell echo go > '$input'" -ex continue \
		-ex 'tbreak *do_one_initcall' -ex continue -ex 'tbreak *$rdi' -ex continue -ex 'x/i $pc' \
		-ex 'stepi' -ex 'p $rip' -ex detach
	said 'Temporary breakpoint 3, 0x0*7' "$log" && ended 6
}

# A guest's program, by its own symbols: stopped, and looked at in its address space.
case_user_program() {
	local program=$O/tests/gdb/debuggee
	debugged_run 180 -n debugged -i "$O/guest/initramfs.cpio.gz" -i "$O/tests/gdb.cpio" \
		-e '(while :; do /bin/true; done) & loop=$!; debuggee 1000000000 & child=$!
		echo ready; read line; kill $loop $child; exit 9' < "$input" > "$out" 2>&1
	gdb_wait ready "$out" || return
	gdb_batch 120 debugged -ex "add-symbol-file $program" -ex 'tbreak *__x64_sys_getppid' -ex continue \
		-ex 'break marker' -ex continue -ex 'bt 2' -ex 'set $space = $cr3' -ex 'set $turn = counter' \
		-ex 'ignore 2 100' -ex continue -ex 'p counter - $turn' -ex 'delete' \
		-ex 'tbreak *__x64_sys_execve' -ex continue -ex 'eval "monitor space %#lx", $space' \
		-ex 'p counter - $turn > 100' -ex detach
	said '^#1 .* work \(' "$log" && said '^\$1 = 101$' "$log" && said '^\$2 = 1$' "$log" || return
	echo go > "$input"
	ended 9
}

# As on a host whose debug registers do not work.
case_no_debug_registers() {
	debugged_run 180 -n debugged -c 2 --debug-registers off -i "$O/guest/initramfs.cpio.gz" \
		-i "$O/tests/gdb.cpio" -e 'debuggee 1000000000 2 & child=$!
		echo ready; read line; kill $child; debuggee 5000 2 && exit 8' < "$input" > "$out" 2>&1
	gdb_wait ready "$out" || return
	CHECK_CPUS=2 CHECK_DEBUGGEE=$O/tests/gdb/debuggee \
		gdb_batch 120 debugged -x tests/gdb/checks/hardware.py || return
	echo go > "$input"
	ended 8
}

case_nmi() {
	# not while Linux changes its text: it ignores NMIs then
	debugged_run 180 -n debugged -e 'echo ready; read line; dmesg | grep -c "NMI received for unknown reason 00" ; exit 7' \
		< "$input" > "$out" 2>&1
	gdb_wait ready "$out" || return
	gdb_batch 30 debugged -ex 'monitor nmi' -ex detach
	echo go > "$input"
	ended 7 && said '^[1-9]' "$out"
}

# busiest MANAGER: sets context to that which has run for long, longer than the boot took.
busiest() {
	local time
	read -r context time < <(ps --ppid "$1" -o pid=,cputimes= --sort=-cputimes | sed -n 1p)
	[ "${time:-0}" -ge 2 ]
}

# gdb on a context, without the stub: the signals of the monitor pass by.
case_plain_gdb() {
	local manager
	debugged_run 180 -n debugged --isolation none -i "$O/guest/initramfs.cpio.gz" -i "$O/tests/gdb.cpio" \
		-e 'debuggee 1000000000 & echo ready; read line; exit 10' < "$input" > "$out" 2>&1
	gdb_wait ready "$out"
	manager=$("$umvmm" list | sed -n 's/^debugged *\([0-9]*\) .*/\1/p')
	soon busiest "$manager"
	timeout -k 5 120 gdb -nx -q -batch -ix tracer/gdb/gdbinit -p "$context" "$vmlinux" \
		-ex 'hbreak *__x64_sys_getppid' -ex continue -ex 'info symbol $pc' -ex delete -ex detach \
		< /dev/null > "$out.gdb" 2>&1
	cat "$out.gdb"
	echo go > "$input"
	# what gdb finds when it attaches may be such a signal
	said '__x64_sys_getppid in section' "$out.gdb" &&
		! sed '1,/^Hardware assisted/d' "$out.gdb" | grep 'received signal' && ended 10
}

# The kernel's own commands, and source lines: with the kernel of make guest-debug.
case_kernel_scripts() {
	local guest=$O/fragment/debug/guest
	debugged_run 120 -n debugged -c 2 -k "$guest/vmlinux" -i "$guest/initramfs.cpio.gz" \
		-e 'modprobe loop; echo ready; read line; modprobe tun; read line; exit 11' < "$input" > "$out" 2>&1
	gdb_wait ready "$out" || { cat "$out"; return 1; }
	gdb_batch 100 debugged -ex lx-version -ex lx-lsmod -ex lx-ps -ex lx-dmesg -ex lx-cpus \
		-ex 'p $lx_per_cpu("runqueues", 1).cpu' -ex 'break do_exit' \
		-ex "lx-symbols $guest" -ex 'info symbol lo_ioctl' -ex detach
	said '^Linux version 6.1' "$log" && said '^0x6[0-9a-f]* *loop ' "$log" &&
		said ' 1 *init$' "$log" && said '^\[.*Linux version' "$log" &&
		said 'Online CPUs *: .0, 1.' "$log" && said '^\$1 = 1$' "$log" &&
		said 'file .*kernel/exit.c, line' "$log" && said 'loading @0x6.*loop.ko' "$log" &&
		said '^lo_ioctl in section' "$log" || return
	# a module that is loaded later
	gdb_batch 100 debugged -ex "lx-symbols $guest" -ex 'tbreak do_exit' -ex "shell echo go > '$input'" -ex continue \
		-ex 'info symbol tun_net_open' -ex 'p $lx_current().comm' -ex detach
	said 'loading @0x6.*tun.ko' "$log" && said '^tun_net_open in section' "$log" && said '"modprobe' "$log" || return
	gdb_batch 100 debugged -ex 'break do_exit' -ex "shell echo go > '$input'" -ex continue -ex 'p $lx_current().comm' -ex 'bt 3' -ex detach
	said '^\$1 = "' "$log" && said '^#1 .*do_group_exit .*exit.c' "$log" && ended 11
}

# A break and a key come to the console's line, and Linux takes them for what they are.
case_sysrq() {
	debugged_run 180 -n debugged -e 'echo ready; read line; until dmesg | grep "sysrq: HELP"; do sleep 0.1; done
		cat /proc/tty/driver/serial; exit 12' \
		< "$input" > "$out" 2>&1
	gdb_wait ready "$out" || return
	gdb_batch 30 debugged -ex 'monitor sysrq h' -ex detach
	echo go > "$input"
	ended 12 && said '^0:.* brk:1 ' "$out" && said 'sysrq: HELP' "$out"
}

# refuses STATUS REGEX COMMAND…: umvmm ends so, with one line.
refuses() {
	local want=$1 regex=$2 status
	shift 2
	timeout -k 5 120 "$umvmm" "$@" < /dev/null > "$out.refused" 2>&1
	status=$?
	[ $status = "$want" ] && [ "$(wc -l < "$out.refused")" = 1 ] && said "$regex" "$out.refused" && return
	echo "umvmm $*: status $status, not $want"
	return 1
}

# The kernel's file must be the one that runs.
case_wrong_files() {
	local files=$work/gdb/files id
	rm -rf "$files"
	mkdir -p "$files"
	debugged_run 180 -n debugged -k "$O/guest/bzImage" -e 'read line; exit 8' < "$input" > "$out" 2>&1
	running debugged || return
	id=$(readelf -n "$vmlinux" 2> /dev/null | sed -n 's/.*Build ID: //p')
	strip -o "$files/stripped" "$vmlinux"
	echo text > "$files/text"
	refuses 2 'which VM' gdb &&
		refuses 2 'unknown option; usage' gdb debugged -z &&
		refuses 125 'no such VM runs' gdb nobody &&
		refuses 2 'No such file' gdb debugged -k "$files/missing" &&
		refuses 125 "text: no ELF file; the vmlinux with build id $id" gdb debugged -k "$files/text" &&
		refuses 125 "its build id is [0-9a-f]*, expected is $id" gdb debugged -k /bin/true &&
		refuses 125 "is stripped; .*build id $id" gdb debugged -k "$files/stripped" || return
	# a bzImage: the vmlinux beside it
	gdb_batch 30 debugged -ex 'info symbol $pc' -ex 'info files' -ex detach &&
		said "Symbols from .*guest/vmlinux" "$log" || return
	# a VM that is stopped does not answer, and says nothing wrong
	kill -STOP -- "-$vm_pid"
	refuses 125 'does not answer: it ends, or its umvmm run is stopped' gdb debugged
	local status=$?
	kill -CONT -- "-$vm_pid"
	echo go > "$input"
	ended 8 && return $status
}

# Another VM has the port, or the socket.
case_in_use() {
	local path=$XDG_RUNTIME_DIR/own.sock port=$((20000 + $$ % 10000))
	debugged_run 180 -n debugged --gdb "tcp:$port" -e 'read line; exit 9' < "$input" > "$out" 2>&1
	gdb_wait "$(printf ':%04X' $port)" /proc/net/tcp
	refuses 125 "tcp:$port: Address already in use" run --gdb "tcp:$port" -e true || return
	touch "$path"
	refuses 125 'in use, or another file' run --gdb "unix:$path" -e true || return
	rm "$path"
	refuses 125 'No such file' run --gdb "unix:$XDG_RUNTIME_DIR/no/dir" -e true || return
	refuses 125 'Bad file descriptor' run --gdb fd:77 -e true || return
	refuses 125 'not a socket|operation on non-socket' run --gdb fd:0 -e true || return
	echo go > "$input"
	ended 9
}

# gdb_case NAME MODE OPTIONS: and its report.
gdb_case() {
	local name=$1 mode=$2 case_options=$3 case_start case_status
	gdb_log "$name-${mode//\//-}"
	out=$work/gdb/$name input=$work/gdb/$name.input
	rm -f "$input"
	mkfifo "$input"
	exec 7<> "$input"
	case_start=$(seconds)
	"case_$name" > "$out.log" 2>&1 9>&-
	case_status=$?
	if [ $case_status != 0 ] && [ -n "$vm_pid" ]; then
		vm_kill
		rm -f "$XDG_RUNTIME_DIR"/umvmm/*
	fi
	vm_pid=
	exec 7>&-
	[ $case_status = 0 ] || cat "$log" >> "$out.log" 2> /dev/null
	log=$out.log
	gdb_report "$name" "$mode" "$case_start" $case_status
}

# applies NAME [MODE]: plain gdb looks at a context that nobody traces, and that executes the
# kernel, too; INT3s of its own would be in the guest's memory, which other contexts map.
# Where debug registers do not work anyway, all checks are without.
applies() {
	local name=$1 redirect=${3-} isolation=${4-none}
	[ "$name" != no_debug_registers ] || host_has breakpoints || return
	[ "$name" != plain_gdb ] || { host_has breakpoints && [ "$redirect" != ptrace ] && [ "$isolation" = none ]; }
}

for name in $(declare -F | sed -n 's/^declare -f case_//p'); do
	wanted "$name" || continue
	[ "$name" != kernel_scripts ] || [ -n "${GDB_SCRIPTS-}" ] || continue # make check-long
	if [ -z "${ALL_MODES-}" ]; then
		applies "$name" || { report "$name" gdb SKIP 0; continue; }
		gdb_case "$name" gdb ""
		continue
	fi
	for words in "${GDB_MODES[@]}"; do
		applies "$name" $words && gdb_case "$name" "$(mode_name $words)" "$(mode_options $words)"
	done
done
