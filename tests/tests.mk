# SPDX-License-Identifier: GPL-2.0-or-later
#
# tests.mk - build and run the tests.
#
# Included by the top GNUmakefile, which sets O.
#
#	make check		everything below but check-long
#	make check-unit		tests/unit: parts of the program, by Check
#	make check-guest	tests/guest: user space, natively and in the modes of this host
#	make check-bare		tests/bare: small freestanding guests
#	make check-hostile	tests/hostile: guests that mean harm
#	make check-fuzz		tests/fuzz: bad files and bytes, made by libFuzzer
#	make check-faults	tests/faults: bad input, bad luck, exit codes
#	make check-kunit	the kernel's own KUnit suites, as modules of the default guest
#	make check-long		the stress test for an hour (SECONDS=3600), the kernel's own
#				tests that take long, the guest suite in all modes, kernels
#				of other configurations (x86_64_defconfig, tinyconfig, Debian's)
#				and by clang, jumps of user code to every byte
#				of the monitor, vmcores in drgn and crash, a kernel
#				built by an installed umvmm
#
# The last line says "N passed, N failed". A single test again:
# tests/run.sh --mode "afterburn gate none 1" guest cow

TESTS := $(O)/tests
TESTS_CFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror
TESTS_RUN = O='$(O)' tests/run.sh

# A test says in its head how it is linked.
TESTS_GUEST := $(basename $(notdir $(wildcard tests/guest/*.c)))
TESTS_DYNAMIC := $(basename $(notdir $(shell grep -l '^ \* Flags:.*dynamic' tests/guest/*.c)))
TESTS_BARE := $(filter-out lib,$(basename $(notdir $(wildcard tests/bare/*.c))))
TESTS_HOSTILE := $(basename $(notdir $(wildcard tests/hostile/*.c)))
TESTS_UNIT := $(basename $(notdir $(wildcard tests/unit/test_*.c)))

.PHONY: check check-unit check-guest check-bare check-faults check-long
.PHONY: tests-unit tests-guest tests-bare tests-hostile tests-faults tests-kicks tests-target tests-gdb check-hostile
check: deps-check
	@$(MAKE) --no-print-directory all guest
	@$(MAKE) --no-print-directory tests-unit tests-guest tests-bare tests-hostile tests-fuzz \
		tests-faults tests-kicks tests-target tests-gdb bench-programs
	@$(TESTS_RUN) beside:pku unit native bare fuzz modules kunit kicks target qemu wait \
		guest hostile faults smp gdb selftests programs bench stress

check-unit: all
	@$(MAKE) --no-print-directory tests-unit
	@$(TESTS_RUN) unit

# guest.mk's check-guest boots the kernel on QEMU; this adds the tests before.
.PHONY: check-guest-modes
check-guest: check-guest-modes
check-guest-modes: all tests-guest
	@$(TESTS_RUN) native guest

check-bare: all tests-bare
	@$(TESTS_RUN) bare

check-hostile: all tests-hostile
	@$(TESTS_RUN) hostile

check-faults: all tests-bare tests-guest tests-faults
	@$(TESTS_RUN) faults

# The kernel's own unit tests.
.PHONY: check-kunit
check-kunit: all
	@$(MAKE) --no-print-directory guest
	@$(TESTS_RUN) kunit

# Configurations that are not ours, and a compiler: $(O)/fragment/NAME, by make tests-kernel-NAME.
TESTS_KERNELS := defconfig debian tiny llvm
TESTS_KERNEL_defconfig := CONFIG=x86_64_defconfig
TESTS_KERNEL_debian = CONFIG='$(abspath $(O))/fragment/debian.config' FRAGMENT=tests/fragments/debian.config
TESTS_KERNEL_tiny := CONFIG=tinyconfig
TESTS_KERNEL_llvm := LLVM=1
.PHONY: $(TESTS_KERNELS:%=tests-kernel-%)
$(TESTS_KERNELS:%=tests-kernel-%): tests-kernel-%: guest
	@$(MAKE) --no-print-directory O='$(O)/fragment/$*' KDIR='$(abspath $(O))/guest/linux-src' \
		GUEST_WRAPPER='$(GUEST_WRAPPER)' GUEST_VERIFY='$(GUEST_VERIFY)' \
		$(TESTS_KERNEL_$*) guest

# of the package linux-config-6.1
tests-kernel-debian: $(O)/fragment/debian.config
$(O)/fragment/debian.config: /usr/src/linux-config-6.1/config.amd64_none_cloud-amd64.xz
	@mkdir -p $(@D)
	$(Q)xz -dc $< > $@

SECONDS ?= 3600
# what some long tests need, and skip otherwise
check-long: PACKAGES_CHECK += lld llvm linux-config-6.1 openssl golang-go nodejs openjdk-17-jdk-headless wine64
check-long: deps-check
	@$(MAKE) --no-print-directory all crash tests-guest tests-bare tests-hostile tests-gdb
	@$(MAKE) --no-print-directory guest $(GUEST_FRAGMENTS:%=guest-%) $(TESTS_KERNELS:%=tests-kernel-%)
	@ALL_MODES=1 SWEEP=1 STRESS_SECONDS=$(SECONDS) SELFTESTS_LONG=1 GDB_SCRIPTS=1 \
		PROGRAMS_LONG=1 KUNIT_TOOL=1 $(TESTS_RUN) fragments kunit drgn crash gdb native bare guest selftests programs \
		hostile stress
	@INSTALLED_BUILD=1 CONFIGURE_LONG=1 $(TESTS_RUN) faults installed configure

# What the host has; all others need to know.
tests-guest tests-bare tests-unit tests-gdb: $(TESTS)/host/features

$(TESTS)/host/%: tests/host/%.c
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -o $@ $<

# ---- user space ----

tests-guest: $(TESTS_GUEST:%=$(TESTS)/guest/%) $(TESTS)/as

$(TESTS)/as: bench/as.c
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -static -o $@ $<

$(TESTS)/guest/%: tests/guest/%.c $(wildcard tests/guest/*.h) guest-arch/include/umvmm/abi.h
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -Iguest-arch/include $(if $(filter $*,$(TESTS_DYNAMIC)),-fPIE -pie,-fno-pie -no-pie -static) \
		-o $@ $< -pthread

$(TESTS)/guest/threads_dynamic: tests/guest/threads.c

# What guests and monitor share.
TESTS_ABI := $(wildcard umvmm/include/*.h umvmm/monitor/*.h umvmm/monitor/*/*.h guest-arch/include/umvmm/*.h)

# ---- freestanding guests ----

TESTS_BARE_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -nostdlib \
	-fno-stack-protector -fno-pie -no-pie -mno-red-zone -mgeneral-regs-only -mcmodel=small \
	-fcf-protection=none -fno-asynchronous-unwind-tables -static -B$(O)/afterburn/ \
	-Iguest-arch/include

tests-bare: $(TESTS_BARE:%=$(TESTS)/bare/%)

$(TESTS)/bare/%: tests/bare/%.c tests/bare/lib.c tests/bare/entry.S tests/bare/lib.h \
		tests/bare/bare.lds $(O)/afterburn/as $(TESTS_ABI)
	@mkdir -p $(@D)
	$(call say,BARE,$<)
	$(Q)$(CC) $(TESTS_BARE_CFLAGS) -T tests/bare/bare.lds -Wl,--build-id=none \
		-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -o $@ $< tests/bare/lib.c tests/bare/entry.S

# Guests that mean harm; one program has many cases, told by the command line.
tests-hostile: $(TESTS_HOSTILE:%=$(TESTS)/hostile/%) $(TESTS)/hostile/user/jump $(TESTS)/as

$(TESTS)/hostile/%: tests/hostile/%.c $(wildcard tests/hostile/*.h) tests/bare/lib.c tests/bare/entry.S tests/bare/lib.h \
		tests/bare/bare.lds $(O)/afterburn/as $(TESTS_ABI)
	@mkdir -p $(@D)
	$(call say,HOSTILE,$<)
	$(Q)$(CC) $(TESTS_BARE_CFLAGS) -Itests/bare -Itests/hostile -iquote umvmm/monitor -Iumvmm/include -T tests/bare/bare.lds -Wl,--build-id=none \
		-Wl,-z,noexecstack -Wl,--no-warn-rwx-segments -Wl,-z,max-page-size=4096 -o $@ $< tests/bare/lib.c tests/bare/entry.S

$(TESTS)/hostile/user/%: tests/hostile/user/%.c tests/hostile/registers.h
	@mkdir -p $(@D)
	$(call say,HOSTILE,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -fno-pie -no-pie -static -o $@ $<

include tests/fuzz/fuzz.mk

tests-kicks: $(TESTS)/kicks/kick_at $(TESTS)/kicks/cpuid_fault $(TESTS)/kicks/cpuid_user

# static: they also run in the emulated host of tests/pku
$(TESTS)/kicks/%: tests/kicks/%.c tests/kicks/contexts.h tests/guest/test.h
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -static -o $@ $<

tests-gdb: $(TESTS)/gdb/debuggee

$(TESTS)/gdb/debuggee: tests/gdb/debuggee.c
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -fno-pie -no-pie -static -o $@ $< -pthread

tests-faults: $(addprefix $(TESTS)/faults/,worse inject sleepers random scatter touch exceptions) \
	$(TESTS)/hostile/tables

$(addprefix $(TESTS)/faults/,sleepers random scatter touch exceptions): $(TESTS)/faults/%: tests/faults/%.c
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -fno-pie -no-pie -static -o $@ $< -pthread

$(addprefix $(TESTS)/faults/,worse inject): $(TESTS)/faults/%: tests/faults/%.c
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -o $@ $< -lseccomp

# ---- unit tests: linked with all of the program but main.c ----

tests-unit: $(TESTS_UNIT:%=$(TESTS)/unit/%)

.SECONDEXPANSION:
$(TESTS)/libumvmm.a: $$(UMVMM_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rc $@ $^

# fake_target.c is in place of the program's own, which the linker then leaves in the archive.
TESTS_GDB_SESSION := $(addprefix $(TESTS)/unit/,$(basename $(notdir \
	$(shell grep -l '"gdb_session.h"' tests/unit/test_*.c))))
$(TESTS_GDB_SESSION): UNIT_ALSO := tests/unit/gdb_session.c tests/gdb/fake_target.c
$(TESTS_GDB_SESSION): tests/unit/gdb_session.c tests/gdb/fake_target.c tests/gdb/fake_target.h

TESTS_FAKE_GUEST := $(addprefix $(TESTS)/unit/,$(basename $(notdir \
	$(shell grep -l '"fake_guest.h"' tests/unit/*.c))))
$(TESTS_FAKE_GUEST): UNIT_ALSO := tests/unit/fake_linux.c
$(TESTS_FAKE_GUEST): tests/unit/fake_linux.c

$(TESTS)/unit/%: tests/unit/%.c $(wildcard tests/unit/*.h) $(TESTS)/libumvmm.a
	@mkdir -p $(@D)
	$(call say,UNIT,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(TESTS_CFLAGS) -iquote guest-arch/afterburn -iquote umvmm/monitor -o $@ $< $(UNIT_ALSO) \
		$(TESTS)/libumvmm.a $$(pkg-config --libs check) -lZydis $(LIBS)

# ---- umvmm with a debugging test in its tracer ----

tests-target: $(TESTS)/target/driver $(TESTS)/target/debuggee

$(TESTS)/target/driver: tests/target/driver.c tests/target/phases.h $(TESTS_ABI) $(O)/obj/umvmm/main.o \
		$(TESTS)/libumvmm.a
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(TESTS_CFLAGS) -Wl,--wrap=target_setup -o $@ $< \
		$(O)/obj/umvmm/main.o $(TESTS)/libumvmm.a $(LIBS)

# its functions must be where the driver's breakpoints are, and be called
$(TESTS)/target/debuggee: tests/target/debuggee.c tests/target/phases.h
	@mkdir -p $(@D)
	$(call say,TEST,$<)
	$(Q)$(CC) $(TESTS_CFLAGS) -fno-pie -no-pie -static -o $@ $< -pthread
