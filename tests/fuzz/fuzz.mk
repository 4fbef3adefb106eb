# SPDX-License-Identifier: GPL-2.0-or-later
#
# fuzz.mk - build and run the fuzzers (libFuzzer, with address and undefined
# behaviour sanitizers).
#
# Included by tests.mk.
#
#	make fuzz		each target for FUZZ_SECONDS (60)
#	make check-fuzz		each target for a short, fixed number of runs
#
# An input that fails is kept in $(O)/fuzz/failed; once it is understood it goes
# to tests/fuzz/regress/TARGET and is run by every make check.

FUZZ := $(O)/fuzz
FUZZ_TARGETS := $(filter-out quiet,$(basename $(notdir $(wildcard tests/fuzz/*.c))))
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang
# Depths of the stack are kept in thread-local memory, and targets load FS.
FUZZ_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-sanitize-coverage=stack-depth
# What the targets reach of the program; fail.c is replaced.
FUZZ_SRC := $(addprefix umvmm/base/,elf.c file.c escape.c) \
	$(addprefix umvmm/boot/,config.c kernel.c elf.c vmlinux.c bzimage.c decompress.c load.c sites.c \
	bootparams.c entry.c cmdline.c script.c cpio.c quote.c) \
	$(addprefix umvmm/cmd/,args.c options.c) \
	$(addprefix umvmm/control/,gdb_socket.c registry.c) \
	umvmm/host/cpu.c \
	$(addprefix umvmm/streams/,console.c control_line.c ring.c exec_mux.c outlet.c) \
	$(addprefix umvmm/inspect/,guestmem.c vmcoreinfo.c printk.c elfcore.c btf.c layout.c \
	kallsyms.c modules.c linux.c tasks.c unwind.c returns.c backtrace.c) \
	physmem/physmem.c physmem/tables.c tests/fuzz/quiet.c tests/gdb/fake_target.c \
	tests/unit/fake_linux.c \
	$(addprefix tracer/gdb/,answer.c breaks.c hex.c link.c memory.c commands.c commands_info.c \
	commands_pages.c packet.c packets.c query.c registers.c run.c stub.c text.c thread.c vm_end.c \
	walk.c) \
	$(addprefix guest-arch/afterburn/,sens.c note.c rewrite.c)
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(FUZZ)/obj/%.o)

.PHONY: fuzz check-fuzz tests-fuzz
tests-fuzz: $(FUZZ_TARGETS:%=$(FUZZ)/%) $(FUZZ)/seeds/stamp

$(FUZZ)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(FUZZ_CC) $(CPPFLAGS_ALL) -iquote umvmm/monitor $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_TARGETS:%=$(FUZZ)/%): $(FUZZ)/%: $(FUZZ)/obj/tests/fuzz/%.o $(FUZZ_OBJ)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

$(FUZZ)/seeds/stamp: tests/fuzz/seeds.py
	@rm -rf $(@D)
	$(Q)python3 tests/fuzz/seeds.py $(@D)
	@touch $@

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_TARGETS:%=$(FUZZ)/obj/tests/fuzz/%.d)

fuzz: deps-check
	@$(MAKE) --no-print-directory tests-fuzz
	@for t in $(FUZZ_TARGETS); do \
		O='$(O)' tests/fuzz/run.sh $$t -max_total_time=$(FUZZ_SECONDS) || exit 1; done

check-fuzz: deps-check
	@$(MAKE) --no-print-directory tests-fuzz
	@$(TESTS_RUN) fuzz
