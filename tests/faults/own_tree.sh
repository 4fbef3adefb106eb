# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# own_tree.sh - "make guest KDIR=TREE": the patches get into a person's tree, stay up
# to date there, and leave what is the person's; or one line says which does not fit.
#
# The trees here have only the files that the patches touch.
#
# Sourced by run.sh.

own=$work/faults/own_tree
own_src=$O/guest/linux-src
rm -rf "$own"
mkdir -p "$own/bin/scripts" "$own/plain"
cp guest-arch/scripts/own-tree.sh "$own/bin/scripts/"
cp -r guest-arch/patches "$own/bin/patches"
# as they are patched, and as they were before
(cd "$own_src" && { echo Makefile
	sed -n 's/^+++ b\///p' "$OLDPWD"/guest-arch/patches/*.patch | sort -u
} | cpio --quiet -pdm "$OLDPWD/$own/patched")
cp -a "$own/patched/." "$own/plain/"
for patch in $(tac guest-arch/patches/series); do
	patch -d "$own/plain" -p1 -R -s -E --no-backup-if-mismatch < "guest-arch/patches/$patch"
done

# own_case NAME STATUS REGEX: runs own-tree.sh on $own/tree. With status 1 nothing has
# changed, and there is one line; with 0 the tree is as the one that make guest unpacks,
# but for $own/mine, a patch of the person's.
own_case() {
	local start status lines log=$own/log problem=
	start=$(seconds)
	rm -rf "$own/before"
	cp -a "$own/tree" "$own/before"
	by_mode "$own/bin/scripts/own-tree.sh" "$own/tree" > "$log" 2>&1
	status=$?
	lines=$(wc -l < "$log")
	[ $status = "$2" ] && [ "$lines" = 1 ] && grep -Eq "^guest: .*$3" "$log" ||
		problem="status $status, $lines lines, expected $2 and one with '$3'"
	if [ "$2" = 0 ]; then
		rm -rf "$own/wanted"
		cp -a "$own/patched" "$own/wanted"
		[ ! -s "$own/mine" ] || patch -s -d "$own/wanted" -p1 < "$own/mine"
		diff -r -x .git -x .umvmm-patches "$own/wanted" "$own/tree" >> "$log" ||
			problem="$problem; the tree is wrong"
	else
		diff -r -x .umvmm-patches "$own/before" "$own/tree" >> "$log" ||
			problem="$problem; the tree has changed"
	fi
	if [ -z "$problem" ]; then
		report "$1" "status $2" PASS "$(since "$start")"
		return
	fi
	sed 's/^/    /' "$log" | head -n 20
	echo "    $problem"
	report "$1" "status $2" FAIL "$(since "$start")" "tests/run.sh faults own_tree"
}

# own_tree FROM: a new tree; its patches and the series are the present ones.
own_tree() {
	rm -rf "$own/tree" "$own/bin/patches"
	cp -a "$own/$1" "$own/tree"
	cp -r guest-arch/patches "$own/bin/patches"
	: > "$own/mine"
}

# own_edit FILE SED: the person's own change, also into $own/mine.
own_edit() {
	cp "$own/tree/$1" "$own/old"
	sed -i "$2" "$own/tree/$1"
	diff -u --label "a/$1" --label "b/$1" "$own/old" "$own/tree/$1" > "$own/mine"
}

# The series now: how many, and which comes last.
own_count=$(wc -l < guest-arch/patches/series) own_last=$(tail -n 1 guest-arch/patches/series)

# own_amend: an older series: the first line that 0015 adds was another, the last was not yet.
own_amend() {
	sed -i '0,/^+[^+]/s/^+\([^+].*\)/+\1 \/* once *\//' "$own/bin/patches"/0015-*.patch
	rm "$own/bin/patches/$own_last"
	sed -i '$d' "$own/bin/patches/series"
}

own_tree plain
own_case "own tree: unpatched" 0 "applied $own_count of"
own_case "own tree: again" 0 'has the umvmm patches already'
own_edit arch/x86/kernel/traps.c '1a /* mine */'
own_case "own tree: edited since" 0 'has the umvmm patches already'

own_tree patched
own_case "own tree: patched by hand" 0 'has the umvmm patches already'
own_tree patched
patch -d "$own/tree" -p1 -R -s -E --no-backup-if-mismatch < "guest-arch/patches/$own_last"
own_case "own tree: patched by hand, old" 0 'applied 1 of'

# a series that grew and changed; a person's commits on top
own_tree plain
own_amend
"$own/bin/scripts/own-tree.sh" "$own/tree" > /dev/null
cp -r "$own/tree" "$own/older"
rm -rf "$own/bin/patches"
cp -r guest-arch/patches "$own/bin/patches"
own_edit arch/x86/kernel/traps.c '1a /* mine */'
(cd "$own/tree" && git init -q && git add -f . &&
	git -c user.name=t -c user.email=t@t commit -qm mine) > /dev/null 2>&1
own_case "own tree: older patches, commits" 0 "took $((own_count - 15)) older patches out and applied $((own_count - 14)) of"

# the patches were left behind by a checkout of what was before
own_tree plain
cp -r "$own/older/.umvmm-patches" "$own/tree/"
own_case "own tree: patches gone again" 0 'took 0 older patches out and applied'

# in the middle of another repository, where git apply does nothing and says so to nobody
own_tree plain
git init -q "$own"
own_case "own tree: inside a repository" 0 "applied $own_count of"
rm -rf "$own/.git"

own_tree plain
sed -i 's/TASK_SIZE_MAX/TASK_SIZE_MOST/' "$own/tree/arch/x86/mm/fault.c"
own_case "own tree: patch does not apply" 1 '0001-.* does not apply to arch/x86/mm/fault.c in '
own_tree plain
rm "$own/tree/lib/strnlen_user.c"
own_case "own tree: file is missing" 1 '0003-.* does not apply to lib/strnlen_user.c in '
own_tree older
cp -r "$own/older/.umvmm-patches" "$own/tree/"
sed -i '0,/once/s/.*once.*//' "$own/tree/arch/x86/include/asm/"*.h "$own/tree/arch/x86/mm/"*.[ch]
own_case "own tree: patched place edited" 1 'has an older 0015-.* has been changed since'
own_tree patched
sed -i 's/umvmm_detect/umvmm_look/' "$own/tree/arch/x86/kernel/cpu/umvmm.c"
own_case "own tree: other patches" 1 'has other umvmm patches than these'
own_tree plain
sed -i 's/^PATCHLEVEL = 1/PATCHLEVEL = 6/' "$own/tree/Makefile"
own_case "own tree: Linux 6.6" 1 'is Linux 6\.6'
own_tree plain
chmod a-w "$own/tree/arch/x86/Kconfig"
own_case "own tree: a file that is read-only" 1 'arch/x86/Kconfig cannot be written'
own_tree plain
chmod a-w "$own/tree"
own_case "own tree: read-only" 1 'tree cannot be written'
chmod u+w "$own/tree" "$own/before"
own_tree plain
touch "$own/tree/.config"
own_case "own tree: built in place" 1 'mrproper'
rm "$own/tree/arch/x86/Kconfig"
own_case "own tree: no kernel" 1 'not a kernel source tree'
rm -rf "$own"
