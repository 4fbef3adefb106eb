# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# git - git init, add, commit, change, diff, commit and log of a tree of 300 files.
#
# Packages: git coreutils
# Needs: git rm cp cat tail
prepare() {
	cat > .gitconfig <<-END
		[user]
			name = nobody
			email = nobody@example.org
		[maintenance]
			auto = 0
		[gc]
			auto = 0
	END
}
before() { rm -rf r; cp -r "$D" r; }

work() {
	export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'
	cd r || return
	git init -q -b main --template=
	git add -A
	git commit -q -m first
	for i in 0 1 2 3 4 5 6 7 8 9; do
		echo changed >> tree/d$i/f$i.txt
		git diff --stat
		git commit -q -a -m "change $i"
	done
	git status --short
	git log --stat --oneline
	git rev-parse HEAD
}

check() {
	expect "the last commit" "$(tail -n 1 out)" a6e93c0cf17a47919d0dddd7d6492bafce92a054
	git -C r fsck --no-progress --strict >&2
}
