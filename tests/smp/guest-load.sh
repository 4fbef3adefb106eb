# SPDX-License-Identifier: GPL-2.0-or-later
# Runs: in the guest, by sh, with a number of seconds. Forks, executes, pipes,
# copies and changes mappings on all CPUs, and checks every result.
end=$(($(date +%s) + $1))
cd /tmp || exit

pipes() {
	local want got n=0
	want=$(seq 1 200 | md5sum)
	while [ "$(date +%s)" -lt $end ]; do
		got=$(seq 1 200 | cat | tr a b | cat | md5sum)
		[ "$got" = "$want" ] || { echo "pipes: $got instead of $want"; return 1; }
		n=$((n + 1))
	done
	echo "pipes $1: $n"
}

copies() {
	local n=0
	dd if=/dev/urandom of=random.$1 bs=64k count=8 2> /dev/null
	while [ "$(date +%s)" -lt $end ]; do
		dd if=random.$1 of=copy.$1 bs=4k 2> /dev/null
		cmp random.$1 copy.$1 || return 1
		rm copy.$1
		n=$((n + 1))
	done
	echo "copies $1: $n"
}

jobs=
for i in 1 2 3 4 5 6; do pipes $i & jobs="$jobs $!"; done
for i in 1 2; do copies $i & jobs="$jobs $!"; done
/smp/storm "$1" & jobs="$jobs $!"
status=0
for job in $jobs; do wait "$job" || status=1; done
if dmesg | grep -E 'BUG|Oops|WARNING|soft lockup|stalls on|Call Trace'; then status=1; fi
exit $status
