# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# configure.sh - "make guest CONFIG=FILE" and "umvmm build -c": a person's own configuration
# gets what umvmm needs, what that takes away is told with its cause, and what cannot be is
# one line. Nothing is built here; tests/fragments does that.
#
# Each run of Kconfig takes seconds. make check-long (CONFIGURE_LONG=1) has more of them.
#
# Sourced by run.sh.

conf=$(realpath "$work")/faults/configure
rm -rf "$conf"
mkdir -p "$conf/obj"
conf_umvmm=$(realpath "$umvmm")
conf_src=$(realpath "$O")/guest/linux-src conf_as=$(realpath "$O")/afterburn
err=$conf/err judged_since=$(seconds)

# conf_run ARGS…: configure.sh; what it says is in $err.
conf_run() { CC=gcc LLVM='' guest-arch/scripts/configure.sh "$@" > "$err" 2>&1 9>&-; }
# conf_on CONFIG FRAGMENT…
conf_on() { conf_run -c "$1" "$conf_src" "$conf/obj" "$conf_as" "${@:2}"; }
# conf_says REGEX: one line does.
conf_says() {
	grep -Eq "$1" "$err" && return
	echo "    nothing says '$1':"
	return 1
}
# conf_has LINE…: .config does; of NAME=n it has no other.
conf_has() {
	local line
	for line; do
		case $line in
		*=n) ! grep -q "^CONFIG_${line%=n}=" "$conf/obj/.config" ;;
		*) grep -qxF "CONFIG_$line" "$conf/obj/.config" ;;
		esac && continue
		echo "    not so: $line"
		return 1
	done
}
conf_good() { conf_has UMVMM_GUEST=y "UMVMM_AS=\"$conf_as\"" PARAVIRT=n EFI=n RELOCATABLE=n; }

# What make guest has built is as it would be again.
conf_default() {
	conf_run "$conf_src" "$conf/obj" "$conf_as" guest-arch/config/base.config && [ ! -s "$err" ] &&
		diff <(grep -v UMVMM_AS "$O/guest/linux-obj/.config") \
			<(grep -v UMVMM_AS "$conf/obj/.config") > "$err"
}
conf_defconfig() {
	local word
	conf_on x86_64_defconfig && conf_good && conf_has 64BIT=y SMP=y E1000E=y SERIAL_8250_NR_UARTS=32 || return
	for word in PARAVIRT X86_INTEL_MEMORY_PROTECTION_KEYS 'RELOCATABLE RANDOMIZE_BASE .*' \
		PAGE_TABLE_ISOLATION 'EFI .*' 'KEXEC HIBERNATION' IA32_EMULATION; do
		conf_says "^guest: x86_64_defconfig: umvmm takes away $word: [^:]" || return
	done
	conf_says '^guest: x86_64_defconfig: umvmm needs and sets .*UMVMM_GUEST' &&
		conf_says '^guest: x86_64_defconfig: with these go .*KVM_GUEST' &&
		! grep -v '^guest: x86_64_defconfig: ' "$err"
}
conf_tiny() {
	conf_on tinyconfig && conf_good &&
		conf_has 64BIT=y SERIAL_8250_CONSOLE=y UNWINDER_ORC=y MODULES=n NET=n SERIAL_8250_NR_UARTS=5
}

# A distribution's: hypervisors, files that the source does not have, what wants pahole.
conf_distribution() {
	cat > "$conf/debian" << END
# Linux/x86 6.1.99 Kernel Configuration
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PARAVIRT=y
CONFIG_ACPI=y
CONFIG_PCI=y
CONFIG_PCI_MSI=y
CONFIG_SMP=y
CONFIG_EXPERT=y
CONFIG_XEN=y
CONFIG_HYPERV=m
CONFIG_VIRTUALIZATION=y
CONFIG_HIGH_RES_TIMERS=y
CONFIG_KVM=m
CONFIG_MODULES=y
CONFIG_MODULE_SIG=y
CONFIG_NET=y
CONFIG_BPF_SYSCALL=y
CONFIG_SYSTEM_TRUSTED_KEYS="debian/certs/none.pem"
# CONFIG_DEBUG_INFO_NONE is not set
CONFIG_DEBUG_INFO_DWARF4=y
CONFIG_DEBUG_INFO_BTF=y
CONFIG_AMD_MEM_ENCRYPT=y
END
	mkdir -p "$conf/bin"
	ln -sf /bin/true "$conf/bin/openssl"
	echo CONFIG_HZ_300=y > "$conf/hz.config"
	PATH=$conf/bin:$PATH conf_on "$conf/debian" "$conf/hz.config" && conf_good &&
		conf_has HYPERV=n XEN=n KVM=m HZ_300=y MODULE_SIG=y AMD_MEM_ENCRYPT=n 'SYSTEM_TRUSTED_KEYS=""' &&
		conf_says ': umvmm takes away HYPERV: ' && conf_says 'with these go .*XEN' &&
		conf_says 'takes away SYSTEM_TRUSTED_KEYS: there is no debian/certs/none.pem' || return
	if command -v pahole > /dev/null; then
		conf_has DEBUG_INFO_BTF=y
	else
		conf_has DEBUG_INFO_BTF=n && conf_says 'takes away DEBUG_INFO_BTF: pahole is not installed'
	fi
}

# By the kernel's own tools.
conf_merge() {
	make -s -C "$conf_src" O="$conf/obj" x86_64_defconfig > "$err" 2>&1 9>&- &&
		"$conf_src/scripts/kconfig/merge_config.sh" -m -O "$conf/obj" "$conf/obj/.config" \
			guest-arch/config/need.config > "$err" 2>&1 9>&- &&
		make -s -C "$conf_src" O="$conf/obj" olddefconfig > "$err" 2>&1 9>&- &&
		conf_has UMVMM_GUEST=y PARAVIRT=n EFI=n RELOCATABLE=n E1000E=y
}

# conf_refused REGEX ARGS…: fails, with one line.
conf_refused() {
	local regex=$1
	shift
	! conf_run "$@" && [ "$(wc -l < "$err")" = 1 ] && conf_says "^configure: .*$regex"
}
conf_bad_config() {
	local base="$conf_src $conf/obj $conf_as"
	printf 'CONFIG_NET=y\n# CONFIG_64BIT is not set\n' > "$conf/32bit"
	echo '# Linux/arm64 6.1.99 Kernel Configuration' > "$conf/arm64"
	echo CONFIG_NET=y >> "$conf/arm64"
	echo '# nothing' > "$conf/empty"
	conf_refused '32bit is a configuration for 32 bit; .*CONFIG_64BIT=y' -c "$conf/32bit" $base &&
		conf_refused 'arm64 is a configuration for arm64' -c "$conf/arm64" $base &&
		conf_refused 'empty: there is no configuration' -c "$conf/empty" $base &&
		conf_refused 'nowhere: no such file' -c "$conf/nowhere" $base &&
		conf_refused "$O/umvmm:1: no line of a configuration" -c "$O/umvmm" $base
}
conf_bad_fragment() {
	local base="$conf_src $conf/obj $conf_as guest-arch/config/base.config"
	echo CONFIG_PARAVIRT=y > "$conf/paravirt"
	printf 'CONFIG_NET=y\n\nPARAVIRT=y\n' > "$conf/line"
	printf 'CONFIG_SERIAL_8250_NR_UARTS=4\nCONFIG_KEXEC=y\n' > "$conf/two"
	conf_refused 'paravirt: CONFIG_PARAVIRT=y: umvmm needs it off: .*instructions' $base "$conf/paravirt" &&
		conf_refused 'two: CONFIG_.*: umvmm needs .* \(and 1 more\); .*-c' $base "$conf/two" &&
		conf_refused 'paravirt: CONFIG_PARAVIRT=y: ' -c tinyconfig $base "$conf/paravirt" &&
		conf_refused 'line:3: no line of a configuration' $base "$conf/line" &&
		conf_refused 'defconfig: CONFIG_.*more\); what is to give way belongs to -c' $base \
			"$conf_src/arch/x86/configs/x86_64_defconfig"
}

# Kconfig drops what it does not know or cannot have, and says nothing. Here it is sed.
conf_dropped() {
	mkdir -p "$conf/tree"
	printf 'olddefconfig:\n\tsed -i "/UMVMM_GUEST\\|NO_SUCH_THING/d" %s\n' "$conf/obj/.config" \
		> "$conf/tree/Makefile"
	echo CONFIG_NET=y > "$conf/own"
	echo CONFIG_NO_SUCH_THING=y > "$conf/unknown"
	! conf_run -c "$conf/own" "$conf/tree" "$conf/obj" "$conf_as" "$conf/unknown" &&
		conf_says '^configure: without effect .*/own: CONFIG_UMVMM_GUEST=y, CONFIG_NO_SUCH_THING=y$'
}

# Compilers that are not there, or do not know what -B is.
conf_compiler() { # REGEX NAME=VALUE…: refused, before anything is written
	local regex=$1
	shift
	! env O="$conf/out" JOBS=1 KDIR= CONFIG= FRAGMENT= TARBALL= BUSYBOX= CC= LLVM= WRAPPER="$conf_as/as" \
		"$@" guest-arch/scripts/build.sh > "$err" 2>&1 9>&- &&
		[ "$(wc -l < "$err")" = 1 ] && conf_says "^guest: $regex" && [ ! -e "$conf/out" ]
}
conf_compilers() {
	mkdir -p "$conf/bin"
	cat > "$conf/bin/own" << 'END'
#!/bin/bash
for word; do
	[[ $word = -B* ]] || words+=("$word")
done
exec gcc "${words[@]}"
END
	chmod +x "$conf/bin/own"
	conf_compiler 'clang-99 is not installed: apt-get install clang-99 lld-99 llvm-99$' LLVM=-99 &&
		conf_compiler 'gcc-none is not installed' CC=gcc-none &&
		conf_compiler "$conf/bin/own does not use the assembler wrapper $conf_as/as" CC="$conf/bin/own"
}

# umvmm build hands on what it was given.
conf_command() {
	local variable
	(cd "$conf" && echo CONFIG_NET=y > .config && env MAKEFLAGS=-n "$conf_umvmm" build -c .config -c x86_64_defconfig \
		LLVM=1 > "$err" 2>&1 9>&-) || return
	for variable in "CONFIG='x86_64_defconfig'" "LLVM='1'" "CC='' "; do
		conf_says "$variable" || return
	done
	(cd "$conf" && env MAKEFLAGS=-n "$conf_umvmm" build -c .config CC='ccache gcc' > "$err" 2>&1 9>&-) &&
		conf_says "CONFIG='$conf/.config'" && conf_says "CC='ccache gcc' LLVM=''" &&
		told 2 'build: no-such: No such file' "$umvmm" build -c no-such &&
		told 2 'build: -c: needs a value; usage: .*-c CONFIG' "$umvmm" build -c &&
		told 2 "build: LLVM=1': unexpected" "$umvmm" build "LLVM=1'" &&
		told 2 'build: ARCH=arm64: unexpected' "$umvmm" build ARCH=arm64
}

judged configure "configure: the default" "" conf_default
judged configure "configure: x86_64_defconfig" "" conf_defconfig
judged configure "configure: tinyconfig" "" conf_tiny
judged configure "configure: a distribution's" "" conf_distribution
judged configure "configure: refused" "" conf_bad_config
judged configure "configure: refused fragments" "" conf_bad_fragment
judged configure "configure: dropped by Kconfig" "" conf_dropped
judged configure "configure: compilers" "" conf_compilers
judged configure "umvmm build -c" "" conf_command
if [ -n "${CONFIGURE_LONG-}" ]; then
	judged configure "configure: merge_config.sh" "" conf_merge
fi
rm -rf "$conf"
