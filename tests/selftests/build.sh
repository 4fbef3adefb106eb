#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh - builds the kernel's own test programs and packs them for the guest.
#
# usage: O=BUILD JOBS=N tests/selftests/build.sh
#
# Runs: on the host, from the top of the tree, after "make guest", whose source
# tree it reads. Makes in $O/selftests: selftests.cpio, with /selftests/COLLECTION/
# and bash and the libraries that the programs use, and tools.cpio, with gdb and
# stress-ng.
#
# Must hold: nothing is written into the source tree; a program that does not
# compile stops the build, so that none is left out unseen.
set -eu

O=$(realpath "${O:-build}")
out=$O/selftests
src=$O/guest/linux-src
tests=$src/tools/testing/selftests
log=$out/build.log
tools="/usr/bin/gdb /usr/bin/stress-ng"
collections="x86 timers sigaltstack ptrace seccomp futex clone3 breakpoints rseq
	membarrier vDSO syscall_user_dispatch proc exec vm kcmp mincore pidfd timens"

sum() { sha256sum | cut -d ' ' -f 1; }
built=$({ cat "$0" "$O/guest/.source.stamp"; "${CC:-gcc}" --version; } | sum)
packed=$({ echo "$built"; cat tests/selftests/*; ls -lL --time-style=+%s $tools; } | sum)
[ "$(cat "$out/.packed" 2> /dev/null)" != "$packed" ] || exit 0

fail() {
	tail -n 20 "$log" >&2
	echo "selftests: $1 (log: $log)" >&2
	exit 1
}

if [ "$(cat "$out/.built" 2> /dev/null)" != "$built" ]; then
	rm -rf "$out"
	mkdir -p "$out/bin"
	echo "selftests: building the kernel's test programs (log: $log)"
	make -s -C "$src" O="$out/headers" headers >> "$log" 2>&1 || fail "headers"
	# mrelease_test does not include what has its system call's number.
	for name in $collections; do
		mkdir -p "$out/bin/$name"
		make -s -C "$tests/$name" -j"${JOBS:-$(nproc)}" OUTPUT="$out/bin/$name" \
			CC="${CC:-gcc}" KHDR_INCLUDES="-isystem $out/headers/usr/include" \
			EXTRA_CFLAGS="-include asm/unistd.h" >> "$log" 2>&1 || fail "$name"
	done
	echo "$built" > "$out/.built"
fi

rm -rf "$out/selftests" "$out/tools"
mkdir -p "$out/selftests/selftests"
# Programs, with what they find beside them; strip what is not a script.
cp -a "$out/bin/." "$out/selftests/selftests/"
cp -a "$tests/ftrace" "$out/selftests/selftests/"
cp -a "$tests/rseq/run_param_test.sh" "$out/selftests/selftests/rseq/"
find "$out/selftests/selftests" -type f -perm -u+x | while read -r path; do
	case $(head -c 4 "$path" | od -An -c) in
	*E*L*F*) strip "$path" ;;
	esac
done

# libraries ROOT FILE: what FILE is linked with.
libraries() {
	ldd "$2" 2> /dev/null | grep -o '/[^ ]*' | while read -r lib; do
		[ -e "$1$lib" ] || install -D "$lib" "$1$lib"
	done
}

# pack ROOT: into ROOT.cpio, of a size that another archive may follow.
pack() {
	chmod -R u+w "$1"
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) |
		gzip -1 > "$1.cpio"
	truncate -s %4 "$1.cpio"
	rm -rf "$1"
}

# A shell and a program that the tests take for the usual ones, what pthread_exit
# loads, and a file that is no program.
install -D /bin/bash "$out/selftests/bin/bash"
install /bin/dash "$out/selftests/bin/sh"
install /bin/true "$out/selftests/bin/true"
install -D /lib/x86_64-linux-gnu/libgcc_s.so.1 -t "$out/selftests/lib/x86_64-linux-gnu"
cp "$tests/exec/Makefile" "$out/selftests/selftests/exec/"
for path in bash sh true; do
	libraries "$out/selftests" "$out/selftests/bin/$path"
done
find "$out/selftests" -type f -perm -u+x | while read -r path; do
	libraries "$out/selftests" "$path"
done
install tests/selftests/driver "$out/selftests/selftests/"
install tests/selftests/with "$out/selftests/selftests/vm/"
install -D tests/selftests/tracing -t "$out/selftests/selftests/kernel"
install tests/selftests/module tests/selftests/torture "$out/selftests/selftests/kernel"
pack "$out/selftests"

for path in $tools; do
	install -D "$path" "$out/tools/bin/${path##*/}"
	libraries "$out/tools" "$path"
done
install /lib/x86_64-linux-gnu/libthread_db.so.1 "$out/tools/lib/x86_64-linux-gnu/"
# gdb's Python does not start without its encodings, nor gdb without its own part;
# it converts names to UTF-32.
(cd / && find usr/lib/python3*/{encodings,collections,re,json,importlib} usr/share/gdb/{python,syscalls} \
	usr/lib/python3*/*.py usr/lib/locale/C.utf8 usr/lib/x86_64-linux-gnu/gconv/{gconv-modules*,UTF-32.so} \
	-type f ! -name '*.pyc' ! -name 'test*' | cpio --quiet -pdm "$out/tools")
mkdir -p "$out/tools/selftests/tools"
install tests/selftests/gdb_batch "$out/tools/selftests/tools/"
"${CC:-gcc}" -std=gnu11 -Wall -Wextra -Werror -O1 -g -o "$out/tools/selftests/tools/debuggee" \
	tests/selftests/debuggee.c
pack "$out/tools"
echo "$packed" > "$out/.packed"
