# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# installed.sh - what "make install" leaves works without the rest of the tree: it boots
# the kernel that was installed, builds one, and boots that from then on.
#
# The build itself, of minutes, is one of check-long (INSTALLED_BUILD=1); else make only says
# what it would do.
#
# Sourced by run.sh.

inst=$(realpath "$work")/faults/installed
rm -rf "$inst"
mkdir -p "$inst/home"
err=$inst/err judged_since=$(seconds)
inst_program=$inst/usr/bin/umvmm inst_source=$inst/usr/share/umvmm/source
inst_guest=$inst/home/.local/share/umvmm/guest

# inst_env [NAME=VALUE…] COMMAND…: of a user who has a home, and stands elsewhere.
inst_env() { (cd / && env -u XDG_DATA_HOME -u MAKEFLAGS HOME="$inst/home" "$@" 9>&-); }

inst_boots() {
	[ "$(inst_env timeout -k 5 100 "$inst_program" run -e 'echo here' < /dev/null 2> "$err")" = here ]
}

inst_install() {
	make --no-print-directory O="$O" PREFIX=/usr DESTDIR="$inst" install > "$err" 2>&1 9>&- &&
		diff -r guest-arch "$inst_source/guest-arch" > "$err" 2>&1
}
inst_again() {
	touch "$inst_source/guest-arch/patches/0000-of-an-older-umvmm.patch"
	inst_install
}

# inst_would DATA [NAME=VALUE]: a build for a user whose data are there runs what is installed.
inst_would() {
	local data=$1 variable
	shift
	inst_env MAKEFLAGS=-n "$@" "$inst_program" build -f debug > "$err" 2>&1 || return
	for variable in "O='$data'" "KDIR=''" "WRAPPER='$data/afterburn/as'" \
		"FRAGMENT='$(realpath "$inst_source")/guest-arch/config/debug.config "; do
		grep -qF "$variable" "$err" && continue
		echo "    no $variable"
		return 1
	done
	[ -d "$data" ]
}

inst_crash() {
	[ ! -e "$O/crash/crash" ] || { # Debian's is another one
		inst_env "$inst/usr/bin/umvmm-crash" --version > "$err" 2>&1 &&
			grep -q '^crash 8' "$err" && ! grep -qi preload "$err"
	}
}

inst_prefers_own() {
	mkdir -p "$inst_guest"
	echo 'no kernel' > "$inst_guest/vmlinux"
	told 125 "$inst_guest/vmlinux" inst_env "$inst_program" run -e true
}
inst_nowhere() { told 125 'HOME is not set' env -u HOME -u XDG_DATA_HOME "$inst_program" build; }
inst_relative() { told 125 'HOME is not set' env -u HOME XDG_DATA_HOME=data "$inst_program" build; }
inst_no_room() {
	touch "$inst/file"
	told 125 "$inst/file/umvmm: Not a directory" inst_env XDG_DATA_HOME="$inst/file" "$inst_program" build
}
# Somebody else's, or on a file system that is read-only.
inst_read_only() {
	local folder status
	for folder in umvmm umvmm/guest umvmm/guest/.lock; do
		mkdir -p "$inst/locked/umvmm/guest" "$inst/locked/umvmm/afterburn"
		touch "$inst/locked/umvmm/guest/.lock"
		chmod a-w "$inst/locked/$folder"
		told 125 "$inst/locked/$folder/?: Permission denied" \
			by_mode env XDG_DATA_HOME="$inst/locked" "$inst_program" build
		status=$?
		chmod u+w "$inst/locked/$folder"
		[ $status = 0 ] || return
	done
}
inst_without_source() {
	rm -rf "$inst_source"
	told 125 'make install puts it there' inst_env "$inst_program" build
}

# The default kernel, from its archive, as by a user who has only what is installed.
inst_build() {
	inst_env "$inst_program" build > "$err" 2>&1 && [ -e "$inst_guest/vmlinux" ] && inst_boots
}

judged installed "make install" "" inst_install
judged installed "make install again" "" inst_again
judged installed "installed: boot" "" inst_boots
judged installed "installed: crash" "" inst_crash
judged installed "installed: build" "" inst_would "$inst/home/.local/share/umvmm"
judged installed "installed: XDG_DATA_HOME" "" inst_would "$inst/data/umvmm" XDG_DATA_HOME="$inst/data"
judged installed "installed: the user's kernel" "" inst_prefers_own
rm -rf "$inst/home/.local"
judged installed "installed: no home" "" inst_nowhere
judged installed "installed: a relative folder" "" inst_relative
judged installed "installed: no folder" "" inst_no_room
judged installed "installed: a folder that is read-only" "" inst_read_only
if [ -n "${INSTALLED_BUILD-}" ]; then
	judged installed "installed: a whole build" "" inst_build
fi
judged installed "installed: without sources" "" inst_without_source
rm -rf "$inst"
