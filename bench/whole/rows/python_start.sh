# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# python_start - twelve starts of Python, with some modules of its library.
#
# Packages: python3 coreutils
# Needs: python3 cat
export PYTHONHOME=$PROGRAMS/python

work() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		python3 -S -c "import json, re, collections; print(json.dumps([$i, len('x' * $i)]))"
	done
}

check() {
	expect "the output" "$(cat out)" "$(for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "[$i, $i]"; done)"
}
