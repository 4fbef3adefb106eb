# SPDX-License-Identifier: GPL-2.0-or-later
#
# crash.mk - build $(O)/crash/crash: Debian's crash, and lowhalf.so for our kernel.
#
# Included by the top GNUmakefile, which sets O. docs/debugging.md tells what for. Where
# the crash that it is made for is installed, make builds it, too.

CRASH_DEFS := /usr/include/crash/defs.h
CRASH_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -shared -DX86_64 \
	-Iguest-arch/include

.PHONY: crash
crash: $(O)/crash/crash
ifneq ($(filter 8.0.2%,$(shell dpkg-query -W -f '$${Version}' crash 2> /dev/null)),)
all: crash
endif

$(O)/crash/crash: guest-arch/crash/crash.sh $(O)/crash/lowhalf.so
	$(call say,CRASH,$@)
	$(Q)install -m 755 $< $@

# crash's own header comes with the program, so another crash means another lowhalf.so.
$(O)/crash/lowhalf.so: guest-arch/crash/lowhalf.c guest-arch/include/umvmm/abi.h \
		$(wildcard $(CRASH_DEFS))
	@mkdir -p $(@D)
	@[ -e $(CRASH_DEFS) ] || { echo "A package is missing. Type:"; \
		echo "sudo apt-get update && sudo apt-get install -y --no-install-recommends crash"; exit 1; }
	$(call say,CRASH,$@)
	$(Q)$(CC) $(CRASH_CFLAGS) -o $@ $<
