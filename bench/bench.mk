# SPDX-License-Identifier: GPL-2.0-or-later
#
# bench.mk - measure umvmm beside native Linux and its peers.
#
# Included by the top GNUmakefile, which sets O.
#
#   make bench                       everything, two rounds; less than half an hour
#   make bench BENCH_FLAGS='-r 1'    one round; see bench/run for the others
#   make bench BENCH_ROWS='null ctx' only these rows
#   make bench-late                  how late calls with a timeout return
#   make bench-programs              only build what is measured
#   make bench-deps                  install the programs that are measured, and the peers
#
# BENCH_NEEDS= takes umvmm and the guest as they are. What has not been built or
# installed (qemu-system-x86, user-mode-linux, programs) is named and left out. docs/bench.md tells
# what each row is.

O ?= build
BUSYBOX ?= /bin/busybox
BENCH_CFLAGS ?= -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror
BENCH_FLAGS ?=
BENCH_ROWS ?=
BENCH_NEEDS ?= all guest

BENCH_LAT := $(filter-out bench/lat/true.c,$(wildcard bench/lat/*.c))
BENCH_WHOLE := $(wildcard bench/whole/*.c)
BENCH_ROWS_WHOLE := $(wildcard bench/whole/rows/*.sh)
BENCH_PROGRAMS := $(addprefix $(O)/bench/,lat late true sh as)
BENCH_PACKAGES = $(sort qemu-system-x86 user-mode-linux \
	$(shell sed -n 's/^\# Packages: //p' $(BENCH_ROWS_WHOLE)))

.PHONY: bench bench-late bench-deps bench-programs clean-bench

bench: $(BENCH_NEEDS) bench-programs
	bench/run -o $(O) $(BENCH_FLAGS) $(BENCH_ROWS)

bench-late: $(BENCH_NEEDS) bench-programs
	@O='$(O)' bench/late.sh

bench-deps:
	@$(MAKE) --no-print-directory deps PACKAGES='$(BENCH_PACKAGES)'

bench-programs: $(BENCH_PROGRAMS) $(O)/bench/bench.cpio $(O)/bench/programs.cpio $(O)/bench/busy

$(O)/bench/lat: $(BENCH_LAT) bench/await.c $(wildcard bench/*.h bench/lat/*.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_CFLAGS) -static -pthread -s -o $@ $(BENCH_LAT) bench/await.c

$(O)/bench/true: bench/lat/true.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_CFLAGS) -static -s -o $@ $<

$(O)/bench/as $(O)/bench/busy $(O)/bench/late: $(O)/bench/%: bench/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_CFLAGS) -static -s -o $@ $<

$(O)/bench/whole: $(BENCH_WHOLE) bench/await.c bench/await.h bench/whole/whole.h
	@mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_CFLAGS) -static -s -o $@ $(BENCH_WHOLE) bench/await.c

# What is installed may change: pack looks whether all is as it was.
.PHONY: bench-pack
bench-pack: $(O)/bench/whole
$(O)/bench/programs.cpio: bench-pack
	$(Q)bench/whole/pack $(O)/bench

# The shell of the guest's initramfs, so that fork_sh runs the same one everywhere.
$(O)/bench/sh: $(BUSYBOX)
	@mkdir -p $(@D)
	$(Q)install -m 0755 $< $@

$(O)/bench/bench.cpio: $(BENCH_PROGRAMS)
	$(Q)rm -rf $(O)/bench/tree
	$(Q)mkdir -p $(O)/bench/tree/bench
	$(Q)cp $(BENCH_PROGRAMS) $(O)/bench/tree/bench
	$(Q)cd $(O)/bench/tree && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0 > ../bench.cpio
	$(Q)rm -rf $(O)/bench/tree

clean-bench:
	rm -rf $(O)/bench
