#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# applets.sh - shell pipelines, sort, checksums, tar, gzip and many short
# processes, by whatever sh and tools there are (busybox in the guest).
#
# Flags: timeout=60
set -u
dir=$(mktemp -d /tmp/appletsXXXXXX)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
bad=0
expect() { # what, wanted, got
	[ "$2" = "$3" ] && return
	echo "$1: expected '$2', got '$3'"
	bad=1
}

expect "pipeline" 50 "$(seq 1 1000 | grep 5 | sed 's/5/x/g' | sort -r | head -n 50 | wc -l | tr -d ' ')"
expect "sort" "$(seq 1 2000 | md5sum)" "$(seq 1 2000 | sort -r | sort -n | md5sum)"
expect "awk" 500500 "$(seq 1 1000 | awk '{ s += $1 } END { print s }')"
mkdir -p a/b/c
i=0
while [ $i -lt 40 ]; do
	seq $i $((i + 200)) > "a/b/c/file$i"
	i=$((i + 1))
done
before=$(find a -type f | sort | xargs cat | md5sum)
tar cf - a | gzip > a.tar.gz
mkdir out && gzip -dc a.tar.gz | tar xf - -C out
expect "tar and gzip" "$before" "$(cd out && find a -type f | sort | xargs cat | md5sum)"
dd if=/dev/urandom of=random bs=65536 count=32 2> /dev/null
cp random copy
expect "sha256sum" "$(sha256sum < random)" "$(cat copy | cat | cat | sha256sum)"
expect "cmp" 0 "$(cmp random copy; echo $?)"
n=0
while [ $n -lt 30 ]; do
	n=$(expr $n + 1)
done
expect "expr" 30 "$n"
(exit 42)
expect "status" 42 $?
expect "background" "1 2 3" "$( (echo 1; (sleep 0.1; echo 2) & wait; echo 3) | tr '\n' ' ' | sed 's/ $//')"
expect "kill" 143 "$(sh -c 'kill -TERM $$'; echo $?)"
exit $bad
