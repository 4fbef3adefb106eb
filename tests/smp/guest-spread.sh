# SPDX-License-Identifier: GPL-2.0-or-later
# Runs: in the guest, by sh, with the number of CPUs. Each CPU runs what is bound
# to it, takes interrupts, and answers to NMIs.
cpus=$1

# COUNT NAME CPU: a line of /proc/interrupts.
count() { awk -v name="$1:" -v cpu="$2" '$1 == name { print $(cpu + 2) }' /proc/interrupts; }

i=0
while [ $i -lt "$cpus" ]; do
	mask=$(printf %x $((1 << i)))
	timer=$(count LOC $i)
	# field 39 of stat: the CPU it last ran on; 0.2 s of work
	on=$(taskset "$mask" sh -c 'n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done
		cut -d " " -f 39 /proc/$$/stat')
	[ "$on" = $i ] || { echo "CPU $i: ran on CPU $on"; exit 1; }
	[ "$(count LOC $i)" -gt "$timer" ] || { echo "CPU $i: no timer interrupts"; exit 1; }
	i=$((i + 1))
done
[ "$cpus" = 1 ] && exit 0

i=0
while [ $i -lt "$cpus" ]; do
	taskset "$(printf %x $((1 << i)))" sh -c 'while :; do :; done' &
	busy="${busy-} $!"
	i=$((i + 1))
done
sleep 1
echo l > /proc/sysrq-trigger
sleep 1
kill $busy
i=0
while [ $i -lt "$cpus" ]; do
	# the CPU that asked is not interrupted
	[ "$(count NMI $i)" = 0 ] && quiet="${quiet-} $i"
	i=$((i + 1))
done
set -- ${quiet-}
[ $# -le 1 ] || { echo "no NMI on CPUs $*"; exit 1; }
awk '/^ *(RES|CAL):/ { for (i = 2; i <= NF; i++) n += $i } END { exit n == 0 }' /proc/interrupts || {
	echo "no interrupts between CPUs"
	exit 1
}
