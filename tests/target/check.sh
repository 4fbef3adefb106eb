#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh - passes when driver and debuggee both say that they have passed.
#
# usage: check.sh DRIVER run ARGS…
out=$("$@" 2>&1 < /dev/null)
status=$?
echo "$out"
[ $status = 0 ] || exit $status
case $out in *"target: passed"*) ;; *) exit 1 ;; esac
case $out in *"debuggee ok"*) ;; *) exit 1 ;; esac
