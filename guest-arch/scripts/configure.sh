#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# configure.sh - make .config: fragments on top of allnoconfig or of a person's own
# configuration, and on top of all what umvmm needs.
#
# usage: CC= LLVM= configure.sh [-c CONFIG] TREE OBJ WRAPPER_DIR FRAGMENT…
#
# Runs: on the build host. A later fragment overrides an earlier one; an empty
# WRAPPER_DIR leaves the assembler wrapper out. CONFIG is a file, .config or defconfig, or
# a target of the kernel's make (x86_64_defconfig, tinyconfig). CC and LLVM are as for the
# kernel's make, empty if not given.
#
# Must hold: fails if a line of a fragment or of guest-arch/config/need.config did not make
# it into .config: a misspelt or impossible option must not go unnoticed. CONFIG gives way;
# what umvmm takes away from it is told, with the cause. An error is one line.
set -eu

config=
if [ "$1" = -c ]; then
	config=$2
	shift 2
fi
tree=$1 obj=$2 wrapper=$3
shift 3
need=$(dirname "$0")/../config/need.config
all=$obj/umvmm.config
needs=$obj/umvmm.needs
tab=$(printf '\t')

die() {
	echo "configure: $*" >&2
	exit 1
}

# kconfig TARGET…: the kernel's own. That a line overrides another's choice is meant.
kconfig() {
	make -s -C "$tree" O="$obj" ${CC:+CC="$CC"} ${LLVM:+LLVM="$LLVM"} "$@" 2> "$all.said" || {
		cat "$all.said" >&2
		return 1
	}
	grep -v 'warning: override: ' "$all.said" >&2 || :
}

# well_formed FILE: nothing but lines of a configuration.
well_formed() {
	[ -f "$1" ] || die "$1: no such file"
	line=$(LC_ALL=C awk '
		!/^[ \t\r]*(#.*)?$/ && !/^CONFIG_[A-Za-z0-9_]+=([ymn]|-?[0-9]+|0[xX][0-9A-Fa-f]+|".*")?[ \t\r]*$/ {
			print NR
			exit
		}' "$1")
	[ -z "$line" ] || die "$1:$line: no line of a configuration"
}

# words FILE…: "NAME VALUE" of each symbol; the last word on it wins, and stands where that stood:
# of a choice, too, Kconfig takes what is said last.
words() {
	LC_ALL=C sed -n -e 's/[ \t\r]*$//' -e 's/^# \(CONFIG_[A-Za-z0-9_]*\) is not set$/\1 n/p' \
		-e 's/^\(CONFIG_[A-Za-z0-9_]*\)=\(.*\)$/\1 \2/p' "$@" |
	LC_ALL=C awk '{ name[NR] = $1; last[$1] = NR; sub(/^[^ ]* /, ""); value[NR] = $0 }
	     END { for (i = 1; i <= NR; i++) if (last[name[i]] == i) print name[i] " " value[i] }'
}

# lines: words as lines of .config.
lines() { sed 's/ /=/'; }

# need_words: NAME, VALUE and the cause, by tabs, of each line in need.config.
need_words() {
	awk '
	/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { print $2 "\tn\t" cause; next }
	/^CONFIG_/ { at = index($0, "="); print substr($0, 1, at - 1) "\t" substr($0, at + 1) "\t" cause; next }
	/^# / { cause = cause (cause == "" ? "" : " ") substr($0, 3); next }
	{ cause = "" }' "$need"
}

# host_words WORDS: the same for what WORDS ask for, but this host or tree cannot give.
host_words() {
	if grep -qx 'CONFIG_DEBUG_INFO_BTF y' "$1" && ! command -v pahole > /dev/null; then
		echo "CONFIG_DEBUG_INFO_BTF${tab}n${tab}pahole is not installed: apt-get install dwarves"
	fi
	sed -n 's/^\(CONFIG_SYSTEM_TRUSTED_KEYS\|CONFIG_SYSTEM_REVOCATION_KEYS\) "\(..*\)"$/\1 \2/p' "$1" |
	while read -r name file; do
		[ -e "$file" ] || (cd "$tree" && [ -e "$file" ]) ||
			echo "$name${tab}\"\"${tab}there is no $file in the tree"
	done
}

# missing WORDS: those of the needs that WORDS do not fulfil: NAME VALUE CAUSE HAVE.
missing() {
	awk -F '\t' '
	NR == FNR { at = index($0, " "); have[substr($0, 1, at - 1)] = substr($0, at + 1); next }
	{
		is = $1 in have ? have[$1] : "n"
		if (is == $2 || ($2 ~ /^[0-9]+$/ && is ~ /^[0-9]+$/ && is + 0 >= $2 + 0)) next
		print $0 "\t" is
	}' "$1" "$needs"
}

# contradicts FILE: a line of a fragment that says the opposite of what is needed is an error.
contradicts() {
	words "$1" > "$all.words"
	missing "$all.words" | while IFS=$tab read -r name value cause is; do
		grep -q "^$name " "$all.words" || continue
		[ "$value" = n ] && value="it off" || value="$value"
		echo "$1: $name=$is: umvmm needs $value: $cause"
	done > "$all.bad"
	[ -s "$all.bad" ] || return 0
	more=$(($(wc -l < "$all.bad") - 1))
	die "$(head -n 1 "$all.bad")$([ $more = 0 ] || echo " (and $more more)"); what is to give way belongs to -c, CONFIG="
}

# without_effect FILE…: lines that did not make it into .config, as one.
without_effect() {
	words "$obj/.config" > "$all.words"
	words "$@" | awk '
	{ at = index($0, " "); name = substr($0, 1, at - 1); value = substr($0, at + 1) }
	NR == FNR { have[name] = value; next }
	(name in have ? have[name] : "n") != value {
		printf "%s%s", n++ ? ", " : "", value == "n" ? name " should be off" : name "=" value
	}' "$all.words" -
}

# needed WORDS: lines for what WORDS of a configuration lack, and for all that has to be off.
needed() {
	{ missing "$1"; awk -F '\t' '$2 == "n"' "$needs"; } | awk -F '\t' '{ print $1 "=" $2 }'
	echo "CONFIG_UMVMM_AS=\"$wrapper\""
}

# told: what .config lacks of the one before, and has on top of it.
told() {
	words "$obj/.config" > "$all.words"
	awk -F '\t' -v name="$config" -v list="$obj/umvmm.off" '
	function add(text, word) { sub(/^CONFIG_/, "", word); return text (text == "" ? "" : " ") word }
	FILENAME == ARGV[1] { needs[n_needs++] = $1; cause[$1] = $3; next }
	{ at = index($0, " "); symbol = substr($0, 1, at - 1); value = substr($0, at + 1) }
	FILENAME == ARGV[2] { was[symbol] = value; if (value != "n" && value != "\"\"") order[n++] = symbol; next }
	{ is[symbol] = value }
	END {
		for (i = 0; i < n_needs; i++) {
			s = needs[i]
			before = s in was ? was[s] : "n"
			after = s in is ? is[s] : "n"
			if (before == after) continue
			if (after == "n" || after == "\"\"") {
				if (!(cause[s] in off)) causes[n_causes++] = cause[s]
				off[cause[s]] = add(off[cause[s]], s)
				print s > list
			} else
				on = add(on, s)
		}
		for (i = 0; i < n; i++) {
			s = order[i]
			if (s in cause || was[s] !~ /^[ym]$/ || (s in is && is[s] ~ /^[ym]$/)) continue
			print s > list
			if (s !~ /^CONFIG_(HAVE|ARCH|CC|GENERIC)_/ && n_with++ < 16) with_ = add(with_, s)
		}
		if (on != "") print "guest: " name ": umvmm needs and sets " on
		for (i = 0; i < n_causes; i++)
			print "guest: " name ": umvmm takes away " off[causes[i]] ": " causes[i]
		if (n_with)
			print "guest: " name ": with these go " with_ (n_with > 16 ? " and " n_with - 16 " more: " list : "")
	}' "$needs" "$all.before" "$all.words"
}

# start: .config as the person has it, fragments included.
start() {
	case $config in
	*/* | *.*) ;;
	defconfig | *_defconfig | tinyconfig | all*config)
		if [ ! -e "$config" ]; then
			kconfig "$config" > /dev/null 2>&1 || die "$config: the kernel's make does not know it"
			echo CONFIG_64BIT=y > "$all.bad" # tinyconfig says no
			words "$all.bad" "$@" | lines > "$all.new"
			[ -n "$(without_effect "$all.new")" ] || return 0
			words "$obj/.config" "$all.new" | lines > "$all.bad"
			mv "$all.bad" "$obj/.config"
			kconfig olddefconfig
			return
		fi
		;;
	esac
	well_formed "$config"
	grep -q '^CONFIG_' "$config" || die "$config: there is no configuration in it"
	arch=$(sed -n 's|^# Linux/\([^ ]*\) .* Kernel Configuration$|\1|p' "$config")
	[ "${arch:-x86}" = x86 ] || die "$config is a configuration for $arch; umvmm runs kernels for x86-64"
	words "$config" "$@" > "$all.words"
	! grep -qx 'CONFIG_64BIT n' "$all.words" ||
		die "$config is a configuration for 32 bit; umvmm runs 64-bit kernels: CONFIG_64BIT=y"
	lines < "$all.words" > "$obj/.config"
	kconfig olddefconfig
}

# tools: what the configuration wants at the end of the build, and the host lacks.
tools() {
	while read -r name program package; do
		! grep -qx "$name=y" "$obj/.config" || command -v "$program" > /dev/null ||
			die "$name needs $program, which is not installed: apt-get install $package"
	done << END
CONFIG_MODULE_SIG openssl openssl
CONFIG_KERNEL_BZIP2 bzip2 bzip2
CONFIG_KERNEL_LZ4 lz4 lz4
CONFIG_KERNEL_LZO lzop lzop
CONFIG_KERNEL_ZSTD zstd zstd
END
}

mkdir -p "$obj"
trap 'rm -f "$all".[a-z]* "$needs"' EXIT
rm -f "$obj/umvmm.off"
need_words > "$needs"
for fragment; do
	well_formed "$fragment"
done
words "$@" /dev/null > "$all.words"
host_words "$all.words" >> "$needs"
for fragment; do
	contradicts "$fragment"
done

if [ -z "$config" ]; then
	words "$@" > "$all.before"
	needed "$all.before" > "$all.new"
	lines < "$all.before" | cat - "$all.new" > "$all.bad"
	words "$all.bad" | lines > "$all"
	kconfig KCONFIG_ALLCONFIG="$all" allnoconfig
else
	start "$@" /dev/null
	words "$obj/.config" > "$all.before"
	host_words "$all.before" >> "$needs"
	needed "$all.before" > "$all"
	words "$obj/.config" "$all" | lines > "$all.new"
	mv "$all.new" "$obj/.config"
	kconfig olddefconfig
	told
fi
bad=$(without_effect "$all" "$@")
[ -z "$bad" ] || die "without effect${config:+ on top of $config}: $bad"
tools
