#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh - runs one fuzz target on its seeds and what it has found before.
#
# usage: tests/fuzz/run.sh TARGET [libFuzzer options]
set -eu
cd "$(dirname "$0")/../.."
fuzz=${O:-build}/fuzz
target=$1
shift
mkdir -p "$fuzz/corpus/$target" "$fuzz/failed" "$fuzz/none"
regress=tests/fuzz/regress/$target
[ -d "$regress" ] || regress=$fuzz/none
# A size that a file claims is no memory yet: no limit on it.
exec "$fuzz/$target" -max_len=8192 -timeout=5 -rss_limit_mb=4096 -malloc_limit_mb=2048 \
	-artifact_prefix="$fuzz/failed/$target-" -print_final_stats=1 "$@" \
	"$fuzz/corpus/$target" "$fuzz/seeds/$target" "$regress"
