# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# redis - redis-benchmark: 12,000 requests of ten clients to a Redis over the loopback.
#
# The server is a program of the package redis-tools, which is another one by another
# name; so no server has to be installed, and none is started on the host.
#
# Packages: redis-tools coreutils grep
# Needs: redis-benchmark redis-cli redis-check-rdb ln sleep grep
port=$((20000 + PPID % 20000))

prepare() { ln -s /usr/bin/redis-check-rdb redis-server; }

before() {
	redis-cli -p $port shutdown nosave > /dev/null 2>&1 || :
	./redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no > server.log 2>&1 &
	i=0
	until [ "$(redis-cli -p $port ping 2> /dev/null)" = PONG ]; do
		i=$((i + 1))
		[ $i -lt 300 ] || fail "redis-server does not come up"
		sleep 0.1
	done
	redis-cli -p $port config resetstat > /dev/null
}

work() {
	redis-benchmark -p $port -c 10 -n 4000 -t set,get,incr -q
}

check() {
	redis-cli -p $port info commandstats > stats
	for command in set get incr; do
		grep -q "^cmdstat_$command:calls=4000," stats || fail "not 4000 times $command"
	done
	expect "the counter" "$(redis-cli -p $port get counter:__rand_int__)" 4000
	redis-cli -p $port shutdown nosave
}
