#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh - passes when driver and debuggee both say that they have passed.
#
# usage: check.sh DRIVER run ARGS…
#        TARGET_EXIT=3 check.sh DRIVER run ARGS… (a guest that ends by a triple fault)
out=$("$@" 2>&1 < /dev/null)
status=$?
echo "$out"
case $out in *"target: passed"*) ;; *) exit 1 ;; esac
[ -z "${TARGET_EXIT:-}" ] || { [ $status = 124 ]; exit; }
[ $status = 0 ] || exit $status
case $out in *"debuggee ok"*) ;; *) exit 1 ;; esac
