#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tool.sh - the kernel's kunit.py builds a kernel with suites in it for umvmm, and runs them there;
# by guest-arch/kunit/umvmm.py.
#
# usage: O=BUILD tests/kunit/tool.sh KERNEL-TREE
#
# Runs: on the host, from the top of the tree. KERNEL-TREE has umvmm's patches; nothing is written
# there. The kernel is kept in BUILD/tests/kunit, so that the next run takes seconds.
set -u
O=$(realpath "${O:-build}")
tree=$1
out=$O/tests/kunit
here=$PWD
status=0
mkdir -p "$out/linux"
export UMVMM=$O/umvmm PYTHONDONTWRITEBYTECODE=1
cat > "$out/kunitconfig" << 'EOF'
CONFIG_KUNIT=y
CONFIG_KUNIT_EXAMPLE_TEST=y
CONFIG_KUNIT_TEST=y
CONFIG_LIST_KUNIT_TEST=y
EOF

# tool COMMAND ARGUMENTS…: its output is in $out/said
tool() {
	(cd "$tree" && timeout -k 5 800 tools/testing/kunit/kunit.py "$1" \
		--qemu_config="$here/guest-arch/kunit/umvmm.py" --build_dir="$out/linux" \
		--kunitconfig="$out/kunitconfig" "${@:2}") < /dev/null > "$out/said" 2>&1
}

# expect NAME STATUS REGEX: what the last one has said
expect() {
	[ "$got" = "$2" ] && grep -aqE "$3" "$out/said" && return
	echo "$1: status $got, not $2 with '$3':"
	tail -n 25 "$out/said"
	status=1
}

tool run --jobs="$(nproc)"
got=$?
expect "all suites" 0 'Ran [0-9]{2,} tests: passed: [0-9]{2,}'
expect "list" 0 '\[PASSED\] list_test_list_init'
tool exec 'list-kunit-test.list_test_list_add*'
got=$?
expect "some cases" 0 'Ran 2 tests: passed: 2'
tool exec no-such-suite
got=$?
expect "nothing to run" 1 '.'
tool exec --qemu_args='-k /nonexistent'
got=$?
expect "a machine that does not start" 1 'nonexistent'
exit $status
