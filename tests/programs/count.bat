@rem SPDX-License-Identifier: GPL-2.0-or-later
@echo off
set n=0
for /l %%i in (1,1,200) do set /a n+=%%i > nul
echo sum %n% of %OS%
