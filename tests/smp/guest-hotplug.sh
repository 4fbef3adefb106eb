# SPDX-License-Identifier: GPL-2.0-or-later
# Runs: in the guest, by sh, with a number of rounds: takes every CPU but the
# first off and on again while others work.
cpus=$(nproc)
for i in 1 2; do
	(while :; do echo a | cat > /dev/null; done) & busy="${busy-} $!"
done
n=0
while [ $n -lt "$1" ]; do
	cpu=$((n % (cpus - 1) + 1))
	echo 0 > /sys/devices/system/cpu/cpu$cpu/online || exit 1
	[ "$(nproc)" = $((cpus - 1)) ] || { echo "CPU $cpu is not off"; exit 1; }
	echo 1 > /sys/devices/system/cpu/cpu$cpu/online || exit 1
	[ "$(nproc)" = "$cpus" ] || { echo "CPU $cpu is not on"; exit 1; }
	n=$((n + 1))
done
kill $busy
! dmesg | grep -E 'BUG|Oops|WARNING|soft lockup|stalls on'
