# SPDX-License-Identifier: GPL-2.0-or-later
# The monitor: freestanding, linked at a fixed address, no libc, no FPU. Its unwind tables are
# not loaded (monitor.lds).
MON_DIR := umvmm/monitor
MON_ROOMS := entry redirect cpu paravirt devices debugger context mmu report
MON_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -ffreestanding -nostdlib \
	-fno-stack-protector -fno-pie -mno-red-zone -mgeneral-regs-only -mcmodel=small \
	-fcf-protection=none -fno-tree-loop-distribute-patterns -fno-strict-aliasing \
	-fno-omit-frame-pointer -fasynchronous-unwind-tables -fno-jump-tables \
	-Iguest-arch/include -Iumvmm/include -Iguest-arch/afterburn -I$(O)/monitor \
	-iquote $(MON_DIR)
MON_SRC := $(wildcard $(MON_DIR)/*.c $(MON_ROOMS:%=$(MON_DIR)/%/*.c)) $(addprefix guest-arch/afterburn/,sens.c note.c rewrite.c)
MON_ASM := $(wildcard $(MON_DIR)/*.S $(MON_ROOMS:%=$(MON_DIR)/%/*.S))
MON_OBJ := $(patsubst %.c,$(O)/monitor/%.o,$(MON_SRC)) $(patsubst %.S,$(O)/monitor/%.o,$(MON_ASM))

$(O)/monitor/offsets.h: $(MON_DIR)/offsets/offsets.c $(wildcard umvmm/include/*.h) \
		$(addprefix $(MON_DIR)/context/,context.h sibling.h) \
		$(MON_DIR)/cpu/segments.h \
		$(addprefix $(MON_DIR)/entry/,pku.h signal.h)
	@mkdir -p $(@D)
	@$(CC) $(MON_CFLAGS) -S -o $(O)/monitor/offsets.s $<
	@sed -n 's/^->\([A-Z0-9_]*\) \$$\([-0-9]*\).*/#define \1 \2/p' $(O)/monitor/offsets.s > $@

$(O)/monitor/%.o: %.c $(O)/monitor/offsets.h
	@mkdir -p $(@D)
	$(if $(V),,@echo "  MON     $<")
	$(if $(V),,@)$(CC) $(MON_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/monitor/%.o: %.S $(O)/monitor/offsets.h
	@mkdir -p $(@D)
	$(if $(V),,@echo "  MON     $<")
	$(if $(V),,@)$(CC) $(MON_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/umvmm-monitor.elf: $(MON_OBJ) $(MON_DIR)/monitor.lds
	$(if $(V),,@echo "  LD      $@")
	$(if $(V),,@)$(LD) -nostdlib -static -z noexecstack --no-warn-rwx-segments --build-id=none --eh-frame-hdr -T $(MON_DIR)/monitor.lds -o $@ $(MON_OBJ)

-include $(MON_OBJ:.o=.d)
