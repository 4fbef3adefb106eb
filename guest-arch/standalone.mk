# SPDX-License-Identifier: GPL-2.0-or-later
#
# standalone.mk - the guest's build without the rest of the tree: what umvmm build runs,
# and all that is installed for it.
#
#   make -f guest-arch/standalone.mk O=DIR guest		from the folder above

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

# as in GNUmakefile: another compiler would mean another kernel
ifeq ($(origin CC),default)
CC := gcc
endif

include guest-arch/afterburn/afterburn.mk
include guest-arch/guest.mk
