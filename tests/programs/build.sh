#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh - makes and packs the programs of suite.sh for a guest.
#
# usage: O=BUILD tests/programs/build.sh [long]
#
# Runs: on the host, from the top of the tree. Makes $O/programs/root, with all that the
# programs need below it, $O/programs/list and $O/programs/programs.cpio. With "long" also
# what is large. What is not installed is left out of the archive, and named in
# $O/programs/missing.
#
# The list has a line for each run: NAME STATUS SECONDS REGEX COMMAND, by tabs. The command ends
# with this status, and says what matches.
set -eu

O=$(realpath "${O:-build}")
out=$O/programs
root=$out/root
here=tests/programs
cflags="-std=gnu11 -O1 -g -Wall -Wextra -Werror"
rm -rf "$out"
mkdir -p "$root/programs"
: > "$out/list" > "$out/missing"

row() { # name status seconds regex command
	printf '%s\t%s\t%s\t%s\t%s\n' "$@" >> "$out/list"
}

# with_libraries FILE…: what these need to be run.
with_libraries() {
	local lib
	for lib in $(ldd "$@" | grep -o '/[^ ]*[^: ]'); do
		[ -e "$root$lib" ] || [ "${lib#"$out"}" != "$lib" ] || install -D "$lib" "$root$lib"
	done
}

# take FILE…: a file or folder of this host, where it is.
take() {
	local path
	for path; do
		mkdir -p "$root${path%/*}"
		cp -aL "$path" "$root$path"
	done
}

# ---- sanitizers ----

sanitized() { # compiler sanitizer, then: bug status regex …
	local compiler=$1 sanitizer=$2 name=$2-$1
	shift 2
	$compiler $cflags -fPIE -pie -fsanitize="$sanitizer" -fno-sanitize-recover=all \
		-o "$root/programs/$name" $here/planted.c -pthread
	with_libraries "$root/programs/$name"
	row "$name clean" 0 60 '^done$' "/programs/$name clean"
	while [ $# -gt 0 ]; do
		row "$name $1" "$2" 60 "$3" "/programs/$name $1"
		shift 3
	done
}

for compiler in gcc clang; do
	sanitized $compiler address overflow 1 'AddressSanitizer: heap-buffer-overflow' \
		after-free 1 'AddressSanitizer: heap-use-after-free' \
		leak 1 'AddressSanitizer: 100 byte'
	sanitized $compiler thread race 66 'ThreadSanitizer: data race' \
		after-free 66 'ThreadSanitizer: heap-use-after-free'
	sanitized $compiler undefined shift 1 'runtime error: shift exponent 32'
	sanitized $compiler leak leak 23 'LeakSanitizer: 100 byte'
done
sanitized clang memory uninitialised 1 'MemorySanitizer: use-of-uninitialized-value'

clang $cflags -fsanitize=fuzzer,address -o "$root/programs/fuzzer" $here/fuzzed.c
clang $cflags -DBUG -fsanitize=fuzzer,address -o "$root/programs/fuzzer-bug" $here/fuzzed.c
with_libraries "$root/programs/fuzzer"
row 'fuzzer clean' 0 60 '^Done 20000 runs' '/programs/fuzzer -seed=1 -runs=20000'
row 'fuzzer bug' 77 60 'deadly signal' \
	'/programs/fuzzer-bug -seed=1 -runs=1000000 -exact_artifact_path=/dev/null'

# ---- valgrind: the symbols of the dynamic linker and of the C library belong to it ----

gcc $cflags -o "$root/programs/plain" $here/planted.c -pthread
symbols=
for library in $(ldd "$root/programs/plain" | grep -o '/[^ ]*'); do
	id=$(readelf -n "$library" | sed -n 's/ *Build ID: //p')
	symbols="$symbols /usr/lib/debug/.build-id/${id:0:2}/${id:2}.debug"
done
if ls /usr/bin/valgrind.bin $symbols > /dev/null; then
	with_libraries "$root/programs/plain" /usr/bin/valgrind.bin
	take /usr/bin/valgrind.bin $symbols /usr/libexec/valgrind/{memcheck,helgrind}-amd64-linux \
		/usr/libexec/valgrind/vgpreload_{core,memcheck,helgrind}-amd64-linux.so \
		/usr/libexec/valgrind/default.supp
	memcheck="/usr/bin/valgrind.bin --error-exitcode=9 --leak-check=full /programs/plain"
	row 'valgrind clean' 0 60 'ERROR SUMMARY: 0 errors' "$memcheck clean"
	row 'valgrind overflow' 9 60 'Invalid write of size 4' "$memcheck overflow"
	row 'valgrind uninitialised' 9 60 'depends on uninitialised' "$memcheck uninitialised"
	row 'valgrind leak' 9 60 'definitely lost: 100 bytes' "$memcheck leak"
	row 'valgrind race' 9 60 'Possible data race' \
		'/usr/bin/valgrind.bin --tool=helgrind --error-exitcode=9 /programs/plain race'
else
	echo valgrind >> "$out/missing"
fi

# ---- run-time systems: large ----

if [ "${1-}" = long ]; then
	java=$(realpath /usr/bin/java 2> /dev/null || :)
	java=${java%/bin/java}
	if [ -n "$java" ] && [ -e "$java/bin/javac" ]; then
		cp $here/Objects.java "$root/programs/"
		# some of its links lead to packages that need not be there
		take "$java/lib" "$java/conf" "$java/bin/java" 2> /dev/null || :
		rm -f "$root$java"/lib/*.zip
		with_libraries "$java/bin/java" "$java"/lib/server/libjvm.so "$java"/lib/*.so 2> /dev/null
		for collector in Serial Z; do
			row "java $collector" 0 120 '^done$' "$java/bin/java -Xmx128m -XX:+Use${collector}GC /programs/Objects.java"
		done
	else
		echo java >> "$out/missing"
	fi
	if [ -x /usr/bin/node ]; then
		take /usr/bin/node
		with_libraries /usr/bin/node
		cp $here/objects.js "$root/programs/"
		row node 0 120 '^done$' '/usr/bin/node /programs/objects.js'
	else
		echo node >> "$out/missing"
	fi
	# Wine: of its libraries, which fill 600 MB, those that are loaded
	if [ -x /usr/lib/wine/wine64 ] && [ -x /usr/lib/wine/wineserver64 ]; then
		wine=/usr/lib/x86_64-linux-gnu/wine
		windows=wine/drive_c/windows
		cp $here/wine.sh $here/count.bat "$root/programs/"
		export WINEPREFIX=$out/wine
		rm -rf "$WINEPREFIX"
		unset DISPLAY
		/usr/lib/wine/wine64 cmd /c exit
		/usr/lib/wine/wineserver64 -w
		WINEDEBUG=-all,+loaddll /usr/lib/wine/wine64 cmd /c "z:$PWD/$here/count.bat" 2> "$out/loaded"
		/usr/lib/wine/wineserver64 -w
		mkdir -p "$root/programs/$windows/system32"
		cp -a "$out"/wine/*.reg "$out/wine/.update-timestamp" "$out/wine/dosdevices" "$root/programs/wine/"
		for name in ntdll.dll conhost.exe $(grep -o 'Loaded L"[^"]*"' "$out/loaded" | sed 's/.*\\//; s/"//' | sort -u); do
			take "$wine/x86_64-windows/$name"
			[ ! -e "$out/$windows/system32/$name" ] ||
				cp "$out/$windows/system32/$name" "$root/programs/$windows/system32/"
		done
		take /usr/lib/wine/wine64 /usr/lib/wine/wineserver64 $wine/x86_64-unix /usr/share/wine/{nls,wine.inf}
		with_libraries /usr/lib/wine/wine64 /usr/lib/wine/wineserver64 $wine/x86_64-unix/*.so
		rm -rf "$WINEPREFIX"
		row wine 0 200 '^sum 20100 of Windows_NT' /programs/wine.sh
	else
		echo wine >> "$out/missing"
	fi
	if command -v go > /dev/null; then
		go build -o "$root/programs/goroutines" $here/goroutines.go
		go build -race -o "$root/programs/goroutines-race" $here/goroutines.go
		with_libraries "$root/programs/goroutines-race"
		row go 0 60 '^done 0$' /programs/goroutines
		row 'go -race' 66 60 'DATA RACE' '/programs/goroutines-race race'
	else
		echo go >> "$out/missing"
	fi
fi

cat > "$root/programs/driver" <<'END'
#!/bin/sh
# runs the list: lines START NAME, the output, RESULT STATUS SECONDS
tab=$(printf '\t')
export LANG=C
while IFS=$tab read -r name status seconds regex command; do
	echo "START $name"
	start=$(cut -d ' ' -f 1 /proc/uptime)
	timeout -s KILL $((seconds * 2)) $command < /dev/null 2>&1
	status=$?
	echo
	echo "RESULT $status $(awk -v a=$start '{ printf "%.1f", $1 - a }' /proc/uptime)"
done < /programs/list
END
chmod 755 "$root/programs/driver"
cp "$out/list" "$root/programs/"
(cd "$root" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) > "$out/programs.cpio"
