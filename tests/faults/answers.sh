# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# answers.sh - what umvmm's commands do with an answer that no VM gives, on the socket by which
# they ask one.
#
# Sourced by run.sh.
judged_since=$(seconds) err=/dev/null
judged answers "answers of no VM" "" python3 tests/faults/answers.py "$umvmm"
