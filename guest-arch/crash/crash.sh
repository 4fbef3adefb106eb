#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# crash.sh - Debian's crash with lowhalf.so, which lies beside this script.
#
# usage: crash VMLINUX VMCORE, and all that crash(8) has
set -eu

crash=/usr/bin/crash
[ -x $crash ] || { echo "$0: $crash is missing: install Debian's package crash" >&2; exit 1; }
exec env LD_PRELOAD="$(dirname "$(readlink -f "$0")")/lowhalf.so" $crash "$@"
