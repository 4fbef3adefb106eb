# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # dir: bench/run
#
# rows.bash - which rows there are, and which were asked for.
#
# Sourced by bench/run. Kinds: micro (bench/lat), whole (bench/whole), smp (those
# of bench/whole that need two CPUs), machine (machine.bash).
#
# Must hold: the lists come from the programs themselves, so that a new row needs
# no change here.

declare -A known chosen

# What is measured beside busy neighbours.
busy_rows="pipe fork_exit hackbench boot_user boot_off"

rows_find() {
	local file name
	known[micro]=$([ ! -x "$dir/lat" ] || "$dir/lat" -l | cut -d ' ' -f 1)
	known[machine]="boot_user boot_off mem_guest mem_host idle_cpu mem_guest_20p mem_host_20p"
	for file in "$here"/whole/rows/*.sh; do
		name=${file##*/}
		name=${name%.sh}
		if grep -q '^# CPUs: 2' "$file"; then
			known[smp]+=" $name"
		else
			known[whole]+=" $name"
		fi
	done
}

# rows_match NAME: the rows that begin so, or those of a kind, with their kinds.
rows_match() {
	local kind row
	for kind in micro whole smp machine; do
		for row in ${known[$kind]}; do
			[[ $kind = "$1" || $row = "$1"* ]] && echo "$kind $row"
		done
	done
}

rows_known() { [ -n "$1" ] && [ -n "$(rows_match "$1")" ]; }

rows_list() {
	local kind row
	for kind in micro whole smp machine; do
		for row in ${known[$kind]}; do
			echo "$kind $row"
		done
	done
}

# rows_choose NAME…: what rows_for will say; all if there is none.
rows_choose() {
	local name kind row
	[ $# -gt 0 ] || set -- micro whole smp machine
	while read -r kind row; do
		chosen[$kind]+=" $row"
	done < <(for name; do rows_match "$name"; done | awk '!seen[$0]++')
}

# rows_for KIND BUSY: those to measure; with BUSY only those that are measured beside neighbours. A
# program that is not installed has no file among those packed.
rows_for() {
	local row rows=
	for row in ${chosen[$1]-}; do
		[ -n "$2" ] && [[ " $busy_rows " != *" $row "* ]] && continue
		[[ $1 = whole || $1 = smp ]] && [ ! -e "$dir/programs/rows/$row.sh" ] && continue
		rows+=" $row"
	done
	echo "$rows"
}

# rows_take KIND: of the lines "name value unit" those that were asked for (a row's second line has
# a name that begins with the row's), with the kind behind them. lat takes beginnings of names, too.
rows_take() {
	awk -v kind="$1" -v rows="${chosen[$1]-}" '
		BEGIN { n = split(rows, row); for (i = 1; i <= n; i++) want[row[i]] }
		{ name = $1; sub(/_speedup$/, "", name) }
		name in want { print $1, $2, $3, kind }'
}
