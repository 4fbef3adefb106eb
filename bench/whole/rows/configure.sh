# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# configure - what a configure script does: tries of the compiler, sed, grep, expr.
#
# Packages: dash gcc libc6-dev coreutils grep sed binutils
# Needs: gcc as ld cat grep sed expr rm mkdir
files() { compiler_files; }

try_header() {
	echo "#include <$1>" > conftest.c
	if gcc -c conftest.c 2> conftest.err; then
		echo "#define HAVE_$(echo "$1" | sed 'y/abcdefghijklmnopqrstuvwxyz./ABCDEFGHIJKLMNOPQRSTUVWXYZ_/') 1"
	else
		grep -q 'No such file' conftest.err || fail "gcc: $(cat conftest.err)"
		echo "/* no $1 */"
	fi
	rm -f conftest.o conftest.err
}

try_function() {
	cat > conftest.c <<-END
		char $1(void);
		int main(void) { return $1(); }
	END
	if gcc -o conftest -fno-builtin conftest.c 2> conftest.err; then
		echo "#define HAVE_$1 1"
	else
		grep -q 'undefined reference' conftest.err || fail "gcc: $(cat conftest.err)"
		echo "/* no $1 */"
	fi
	rm -f conftest conftest.err
}

work() {
	for name in stdio.h stdlib.h string.h nothere.h; do
		try_header $name
	done
	for name in printf getpid nothere; do
		try_function $name
	done
	n=0
	while [ "$n" -lt 40 ]; do
		n=$(expr "$n" + 1)
		case $(echo "line @N@ of @N@" | sed "s/@N@/$n/g") in
		"line $n of $n") ;;
		*) fail "sed" ;;
		esac
	done
	echo "/* $n */"
}

check() {
	expect "what there is" "$(grep -c '^#define HAVE_' out)" 5
	expect "what there is not" "$(grep -c '^/\* no nothere' out)" 2
	grep -q '^/\* 40 \*/$' out || fail "the loop ended early"
}
