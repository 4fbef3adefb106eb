# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# mem_file.sh - which files --mem-file takes: nobody else may read, write or shorten the
# guest's memory, and nothing but a guest's memory is lost.
#
# Sourced by run.sh.

mem=$(mktemp -d "$work/mem.XXXXXX")
err=$work/told
judged_since=$(seconds)
# mem_run FILE: a guest that ends at once, by itself.
mem_run() { "$umvmm" run --mem-file "$1" -m 64M -k "$O/tests/hostile/tables" -p case=ltr_nowhere; }
refused() { told 125 "$1" mem_run "$2"; }
taken() { mem_run "$1" < /dev/null > "$work/told" 2>&1; }

(umask 0 && : > "$mem/mode")
echo precious > "$mem/full"
chmod 600 "$mem/full"
(umask 077 && : > "$mem/linked")
ln "$mem/linked" "$mem/other"
mkdir "$mem/dir"
ln -s dir "$mem/link"
ln -s full "$mem/last"
mkfifo "$mem/fifo"
judged mem_file "mem-file: a new one" "" taken "$mem/new"
if setfattr -n user.test -v 1 "$mem/new" 2> /dev/null ||
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.test", b"1")' "$mem/new" 2> /dev/null; then
	judged mem_file "mem-file: once more" "" taken "$mem/new"
fi
judged mem_file "mem-file: mode 0666" "" refused 'chmod 600' "$mem/mode"
judged mem_file "mem-file: not empty" "" refused 'holds something' "$mem/full"
judged mem_file "mem-file: unchanged" "" grep -q precious "$mem/full"
judged mem_file "mem-file: hard link" "" refused 'hard link' "$mem/linked"
judged mem_file "mem-file: link" "" refused 'symbolic links' "$mem/last"
judged mem_file "mem-file: through a link" "" refused 'symbolic links' "$mem/link/file"
judged mem_file "mem-file: fifo" "" refused 'ordinary' "$mem/fifo"
if [ "$(id -u)" = 0 ]; then
	(umask 077 && : > "$mem/strangers")
	chown 12345 "$mem/strangers"
	judged mem_file "mem-file: a stranger's" "" refused 'somebody else' "$mem/strangers"
fi
rm -rf "$mem"
