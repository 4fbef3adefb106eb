#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh - what "make guest" does; see guest-arch/guest.mk.
#
# usage: O= CC= LLVM= JOBS= KDIR= CONFIG= FRAGMENT= WRAPPER= TARBALL= BUSYBOX= build.sh
#
# Runs: on the build host, from the top of the tree.
#
# Must hold: each step has a stamp with a checksum of all that it depends on,
# and is skipped when that did not change. A step that fails leaves no stamp.
set -eu

for path in "$O" "$KDIR"; do
	case $path in
	*[[:space:]:]*)
		echo "guest: $path: Linux cannot be built where a path has blanks or colons;" \
			"use another folder: make O=DIR, KDIR=DIR" >&2
		exit 1
		;;
	esac
done

# What the kernel's make would miss in the middle of its work.
installed() { # PROGRAM PACKAGES
	command -v "$1" > /dev/null || {
		echo "guest: $1 is not installed: apt-get install $2" >&2
		exit 1
	}
}
prefix='' suffix=''
case $LLVM in
*/) prefix=$LLVM ;;
-*) suffix=$LLVM ;;
esac
if [ -n "$LLVM" ]; then
	for program in clang ld.lld llvm-ar llvm-nm llvm-objcopy llvm-objdump llvm-readelf llvm-strip llc; do
		installed "$prefix$program$suffix" "clang$suffix lld$suffix llvm$suffix"
	done
	compiler=${CC:-${prefix}clang$suffix}
else
	installed "${CC%% *}" "${CC%% *}"
	compiler=$CC
fi
# A kernel without notes would be refused by umvmm run, after minutes. clang has an assembler
# of its own, unless it is told otherwise, as the kernel's patches do.
external=
case $compiler in *clang*) external=-fno-integrated-as ;; esac
probe=$(mktemp)
trap 'rm -f "$probe"' EXIT
[ -z "$WRAPPER" ] || {
	echo cli | $compiler -B"${WRAPPER%/*}" $external -c -x assembler -o "$probe" - 2> /dev/null &&
		grep -q note.umvmm "$probe"
} || {
	echo "guest: $compiler does not use the assembler wrapper $WRAPPER, so umvmm could not run" \
		"its kernel: build it by gcc or clang" >&2
	exit 1
}

guest=$O/guest
scripts=guest-arch/scripts
log=$guest/build.log
wrapper_dir=${WRAPPER:+${WRAPPER%/*}}
mkdir -p "$guest"

# One at a time: two builds in one directory spoil each other.
exec 9> "$guest/.lock"
flock -n 9 || {
	echo "guest: another build in $guest is under way; waiting for it"
	flock 9
}

sum() { sha256sum | cut -d ' ' -f 1; }
fresh() { [ -f "$guest/.$1.stamp" ] && [ "$(cat "$guest/.$1.stamp")" = "$2" ]; }
stamp() { echo "$2" > "$guest/.$1.stamp"; }

# Run the kernel's make; show what it is at, keep what it says.
kmake() {
	[ -t 1 ] && tty=1 || tty=0
	expected=$(cat "$guest/.files.$tag" 2>/dev/null || echo 0)
	set +e
	{ make -C "$src" O="$obj" ${CC:+CC="$CC"} ${LLVM:+LLVM="$LLVM"} LOCALVERSION= -j"$JOBS" "$@" 2>&1
	  echo $? > "$guest/.status"; } | tee -a "$log" |
	awk -v tty="$tty" -v expected="$expected" -v count="$guest/.files.new" '
		/^  (CC|AS|LD|AR|HOSTCC)/ {
			n++
			if (tty || n % 200 == 0) {
				done = expected > n ? sprintf("%3d%%, ", 100 * n / expected) : ""
				line = sprintf("guest: %s%d files, %.50s", done, n, $NF)
				if (tty) printf "\r\033[K%s", line; else print line
				fflush()
			}
		}
		END { if (tty) printf "\r\033[K"; print n + 0 > count }'
	set -e
	if [ "$(cat "$guest/.status")" != 0 ]; then
		echo "guest: the kernel's build failed; the end of $log:" >&2
		tail -n 30 "$log" >&2
		exit 1
	fi
}

# 1. The source.
if [ -n "$KDIR" ]; then
	src=$(cd "$KDIR" && pwd)
	$scripts/own-tree.sh "$src"
	tag=own-$(echo "$src" | sum | cut -c 1-8)
	obj=$guest/linux-$tag
else
	src=$guest/linux-src
	obj=$guest/linux-obj
	tag=linux
	key=$(cat "$TARBALL" guest-arch/patches/* | sum)
	if ! fresh source "$key"; then
		echo "guest: unpacking ${TARBALL##*/} and applying $(grep -c . guest-arch/patches/series) patches"
		rm -rf "$obj"
		$scripts/source.sh "$TARBALL" "$src"
		stamp source "$key"
	fi
fi

# 2. The configuration and the wrapper. Nothing in kbuild depends on what the
# assembler is, so another wrapper means new objects.
key=$(cat ${WRAPPER:+"$WRAPPER"} /dev/null | sum)
if ! fresh "wrapper.$tag" "$key"; then
	rm -rf "$obj"
	stamp "wrapper.$tag" "$key"
fi
fragments=$FRAGMENT config=$CONFIG
[ -n "$config" ] || fragments="guest-arch/config/base.config $FRAGMENT"
[ -f "$config" ] || config=/dev/null
key=$( { echo "$wrapper_dir $CC $LLVM $CONFIG"
	cat $scripts/configure.sh guest-arch/config/need.config "$config" $fragments
	# a person's own tree may have new options
	[ -z "$KDIR" ] || find "$src" -name 'Kconfig*' -type f | LC_ALL=C sort | xargs cat; } | sum)
configured() { echo "$key $(sum < "$obj/.config")"; }
if [ ! -f "$obj/.config" ] || ! fresh "config.$tag" "$(configured)"; then
	$scripts/configure.sh ${CONFIG:+-c "$CONFIG"} "$src" "$obj" "$wrapper_dir" $fragments
	stamp "config.$tag" "$(configured)"
fi

# 3. The kernel and its modules. A person's own tree is always given to make.
key=$(cat "$guest/.wrapper.$tag.stamp" "$guest/.config.$tag.stamp" "$guest/.source.stamp" \
	2>/dev/null | sum)
if [ -n "$KDIR" ] || ! fresh kernel "$tag $key" || [ ! -f "$guest/bzImage" ]; then
	rm -f "$guest/.kernel.stamp" "$guest/.initramfs.stamp"
	: > "$log"
	echo "guest: building $src (log: $log)"
	# the kernel's commands for gdb, where the configuration has them
	gdb=$(grep -qx CONFIG_GDB_SCRIPTS=y "$obj/.config" && echo scripts_gdb || :)
	modules=$(grep -qx CONFIG_MODULES=y "$obj/.config" && echo modules || :)
	kmake bzImage $modules $gdb
	# what the next build of this tree has to do from scratch
	files=$(cat "$guest/.files.new")
	[ "$files" -lt "$expected" ] || echo "$files" > "$guest/.files.$tag"
	if [ -n "$WRAPPER" ]; then
		# A sensitive instruction that is not listed would be silently wrong.
		"$wrapper_dir/verify" "$obj/vmlinux" $(find "$obj" -name '*.ko' | LC_ALL=C sort)
	fi
	rm -rf "$guest/modules"
	mkdir "$guest/modules"
	[ -z "$modules" ] || kmake modules_install INSTALL_MOD_PATH="$guest/modules"
	find "$guest/modules" -type l -delete
	cp "$obj/vmlinux" "$guest/vmlinux.new"
	mv "$guest/vmlinux.new" "$guest/vmlinux"
	cp "$obj/arch/x86/boot/bzImage" "$guest/bzImage"
	# gdb loads vmlinux-gdb.py by itself from beside vmlinux
	rm -rf "$guest/vmlinux-gdb.py" "$guest/scripts"
	if [ -n "$gdb" ]; then
		mkdir -p "$guest/scripts/gdb/linux"
		cp -L "$obj/vmlinux-gdb.py" "$guest/"
		cp -L "$obj"/scripts/gdb/linux/*.py "$guest/scripts/gdb/linux/"
	fi
	stamp kernel "$tag $key"
	[ -n "$WRAPPER" ] || echo "guest: built with the stock assembler: for bare hardware only"
fi

# 4. The initramfs.
key=$(cat "$guest/.kernel.stamp" guest-arch/initramfs/* "$guest/init" "$BUSYBOX" \
	$scripts/initramfs.sh | sum)
if ! fresh initramfs "$key" || [ ! -f "$guest/initramfs.cpio.gz" ]; then
	$scripts/initramfs.sh "$guest/initramfs.cpio.gz" "$obj/usr/gen_init_cpio" \
		"$guest/init" "$BUSYBOX" "$(echo "$guest"/modules/lib/modules/*)"
	stamp initramfs "$key"
fi
echo "guest: $guest/vmlinux, bzImage, initramfs.cpio.gz, modules/"
