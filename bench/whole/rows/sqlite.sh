# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# sqlite - SQLite, a file on a tmpfs: transactions of one row, then many rows, an index, selects.
#
# Packages: sqlite3 coreutils
# Needs: sqlite3 rm cat head sha256sum cut
prepare() {
	{
		echo 'create table t (id integer primary key, k integer, v text);'
		i=0
		while [ $i -lt 400 ]; do
			echo "insert into t (k, v) values ($((i * 7919 % 1000)), 'value $i');"
			i=$((i + 1))
		done
		echo 'with recursive n (i) as (select 400 union all select i + 1 from n where i < 40399)
			insert into t (k, v) select i * 7919 % 1000, '"'value '"' || i from n;
			create index by_k on t (k);
			select count(*), sum(id), count(distinct k) from t;
			update t set v = v || '"'x'"' where k < 100;'
		i=0
		while [ $i -lt 400 ]; do
			echo "select count(*), sum(length(v)) from t where k = $i;"
			i=$((i + 1))
		done
	} > script
}
before() { rm -f db db-journal; }

work() {
	sqlite3 -batch -bail db < script
}

check() {
	expect "the table" "$(head -n 1 out)" "40400|816100200|1000"
	expect "the selects' digest" "$(digest out)" 526bca28954e6ccf
	expect "the file" "$(sqlite3 db 'pragma integrity_check')" ok
}
