# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# python - Python counts, sorts, matches and formats the words of 40,000 lines.
#
# Packages: python3 coreutils
# Needs: python3 cat
export PYTHONHOME=$PROGRAMS/python

work() {
	python3 -S -c '
import collections, json, re, sys
count = collections.Counter()
total = 0
for line in open(sys.argv[1]):
    number, *words = line.split()
    count.update(words)
    total += int(number) if re.match(r"[0-9]+[02468] ", line) else 1
best = sorted(count.items(), key=lambda item: (-item[1], item[0]))
print(len(json.loads(json.dumps(best))), best[0][1], total)
' "$D/words.txt"
}

check() {
	expect "words, count of the first, sum" "$(cat out)" "1961 485 9925359971"
}
