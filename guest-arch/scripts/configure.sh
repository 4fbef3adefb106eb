#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# configure.sh - make .config from fragments on top of allnoconfig.
#
# usage: configure.sh TREE OBJ WRAPPER_DIR FRAGMENT…
#
# Runs: on the build host. A later fragment overrides an earlier one; an empty
# WRAPPER_DIR leaves the assembler wrapper out.
#
# Must hold: fails if a line of a fragment did not make it into .config: a
# misspelt or impossible option must not go unnoticed.
set -eu

tree=$1 obj=$2 wrapper=$3
shift 3
all=$obj/umvmm.config

mkdir -p "$obj"
# The last word on each symbol wins.
{ cat "$@"; echo "CONFIG_UMVMM_AS=\"$wrapper\""; } |
	sed -n -e 's/^# \(CONFIG_[A-Za-z0-9_]*\) is not set$/\1 n/p' \
		-e 's/^\(CONFIG_[A-Za-z0-9_]*\)=\(.*\)$/\1 \2/p' |
	awk '{ name = $1; sub(/^[^ ]* /, ""); if (!(name in value)) order[n++] = name; value[name] = $0 }
	     END { for (i = 0; i < n; i++) print order[i] "=" value[order[i]] }' > "$all.new"
mv "$all.new" "$all"

make -s -C "$tree" O="$obj" KCONFIG_ALLCONFIG="$all" allnoconfig

bad=0
while IFS= read -r line; do
	name=${line%%=*} value=${line#*=}
	if [ "$value" = n ]; then
		! grep -q "^$name=" "$obj/.config" || {
			echo "configure: $name should be off" >&2
			bad=1
		}
	elif ! grep -qxF -- "$line" "$obj/.config"; then
		echo "configure: $line has no effect" >&2
		bad=1
	fi
done < "$all"
exit $bad
