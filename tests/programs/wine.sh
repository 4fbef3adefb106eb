#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# wine.sh - a program for Windows, Wine's own cmd.exe, counts.
#
# Runs: in the guest, and natively. The folder of this file has what build.sh has made: a prefix
# of Wine, and count.bat. Nothing of Wine is left running.
folder=$(dirname "$(realpath "$0")")
export WINEPREFIX="$folder/wine" WINEDEBUG=-all WINESERVER=/usr/lib/wine/wineserver64
unset DISPLAY
/usr/lib/wine/wine64 cmd /c "z:$folder/count.bat"
status=$?
"$WINESERVER" -k
exit $status
