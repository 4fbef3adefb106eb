# SPDX-License-Identifier: GPL-2.0-or-later
#
# guest.mk - build the guest: kernel, modules, initramfs.
#
# Included by the top GNUmakefile, which sets O.
#
#   make guest                       Debian's 6.1 with guest-arch/patches
#   make guest FRAGMENT=FILE…        the same with more configuration on top
#                                    (guest-arch/config/debug.config, …)
#   make guest CONFIG=FILE           your own configuration, .config or defconfig, or what
#                                    the kernel's make knows (x86_64_defconfig, tinyconfig),
#                                    in place of ours; guest-arch/config/need.config comes
#                                    on top, and what that takes away is told
#   make guest LLVM=1                by clang and lld (LLVM=-15, LLVM=/DIR/: as for the
#                                    kernel's make)
#   make guest KDIR=TREE             your own 6.1 tree, built where it is (objects
#                                    under $(O)); our patches are added first, or
#                                    brought up to date; your changes stay
#   make guest-NAME                  as make guest with FRAGMENT=guest-arch/config/
#                                    NAME.config, from the same source, but under
#                                    $(O)/fragment/NAME: nothing of the default
#                                    guest is built anew or replaced
#   make guest AFTERBURN=0           with the stock assembler: for bisecting on
#                                    QEMU only, umvmm refuses the result
#   make check-guest                 boot it on emulated hardware
#   make clean-guest                 remove it, sources included
#
# Products: $(O)/guest/vmlinux, bzImage, initramfs.cpio.gz, modules/ and all of these
# in modules.cpio. For your own modules: make -C $(O)/guest/linux-obj M=$PWD.

O ?= build
GUEST_TARBALL ?= /usr/src/linux-source-6.1.tar.xz
BUSYBOX ?= /bin/busybox
JOBS ?= $(shell nproc)
KDIR ?=
CONFIG ?=
FRAGMENT ?=
LLVM ?=
AFTERBURN ?= 1

GUEST_WRAPPER := $(if $(filter 0,$(AFTERBURN)),,$(O)/afterburn/as)
# With LLVM=1 the kernel's make knows its compiler, unless it was named as well.
GUEST_CC = $(if $(LLVM),$(if $(filter command,$(firstword $(origin CC))),$(CC)),$(CC))
GUEST_VERIFY := $(if $(GUEST_WRAPPER),$(O)/afterburn/verify)
GUEST_INIT := $(addprefix guest-arch/initramfs/,init.c child.c exec.c agent.c winsize.c)
GUEST_INIT_CFLAGS ?= -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -Iguest-arch/include

.PHONY: guest check-guest clean-guest

guest: $(GUEST_WRAPPER) $(GUEST_VERIFY) $(O)/guest/init
	@O='$(abspath $(O))' CC='$(GUEST_CC)' LLVM='$(LLVM)' JOBS='$(JOBS)' KDIR='$(KDIR)' \
		CONFIG='$(CONFIG)' FRAGMENT='$(FRAGMENT)' WRAPPER='$(abspath $(GUEST_WRAPPER))' \
		TARBALL='$(GUEST_TARBALL)' BUSYBOX='$(BUSYBOX)' \
		guest-arch/scripts/build.sh

$(O)/guest/init: $(GUEST_INIT) guest-arch/initramfs/init.h guest-arch/include/umvmm/exec.h
	@mkdir -p $(@D)
	$(CC) $(GUEST_INIT_CFLAGS) -static -s -o $@ $(GUEST_INIT)

GUEST_FRAGMENTS := $(filter-out base need,$(basename $(notdir $(wildcard guest-arch/config/*.config))))
.PHONY: $(GUEST_FRAGMENTS:%=guest-%)
$(GUEST_FRAGMENTS:%=guest-%): guest-%: guest
	@$(MAKE) --no-print-directory O='$(O)/fragment/$*' KDIR='$(abspath $(O))/guest/linux-src' \
		FRAGMENT='guest-arch/config/$*.config' GUEST_WRAPPER='$(GUEST_WRAPPER)' \
		GUEST_VERIFY='$(GUEST_VERIFY)' guest

check-guest: guest
	guest-arch/scripts/qemu-boot.sh -d $(O)/guest
	guest-arch/scripts/qemu-boot.sh -d $(O)/guest -c 2
	guest-arch/scripts/qemu-boot.sh -d $(O)/guest -s

clean-guest:
	rm -rf $(O)/guest
