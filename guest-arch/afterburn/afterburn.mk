# SPDX-License-Identifier: GPL-2.0-or-later
#
# afterburn.mk - build the assembler wrapper and the verifier.
#
# Included by the top GNUmakefile, which sets O. Use the wrapper with
# gcc -B$(O)/afterburn/ ; run $(O)/afterburn/verify on vmlinux and modules.

O ?= build
AFTERBURN := guest-arch/afterburn
AFTERBURN_CFLAGS ?= -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror
AFTERBURN_CPPFLAGS := -Iguest-arch/include -I$(AFTERBURN)

AFTERBURN_AS := $(addprefix $(AFTERBURN)/as/,main.c scan.c preamble.c mnemonic.c text.c)
AFTERBURN_VERIFY := $(addprefix $(AFTERBURN)/verify/,main.c image.c check.c table.c) \
	$(addprefix $(AFTERBURN)/,note.c)
AFTERBURN_HEADERS := $(wildcard $(AFTERBURN)/*.h $(AFTERBURN)/*/*.h) \
	$(addprefix guest-arch/include/umvmm/,abi.h gates.h)

.PHONY: afterburn
afterburn: $(O)/afterburn/as $(O)/afterburn/verify

# Stripped: another wrapper means another guest kernel, a line number does not.
$(O)/afterburn/as: $(AFTERBURN_AS) $(AFTERBURN_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(AFTERBURN_CFLAGS) $(AFTERBURN_CPPFLAGS) -s -o $@ $(AFTERBURN_AS)

$(O)/afterburn/verify: $(AFTERBURN_VERIFY) $(AFTERBURN_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(AFTERBURN_CFLAGS) $(AFTERBURN_CPPFLAGS) -o $@ $(AFTERBURN_VERIFY) -lZydis
