# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# make_2cpus - a parallel make of seven files on two CPUs.
#
# CPUs: 2
# Packages: make gcc libc6-dev binutils coreutils
# Needs: make gcc as ld cp rm
. "$PROGRAMS/rows/make.sh"
