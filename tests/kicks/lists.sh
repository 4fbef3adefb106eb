#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lists.sh - the instructions of the gates, for kick_at.
#
# usage: O=BUILD tests/kicks/lists.sh DIR
#
# One-byte nops are left out: where the host has no FSGSBASE they are the rest of another
# instruction (FSGSBASE_OR).
#
# Writes DIR/gates (gates.S up to the plain gates), DIR/rights (rights.S), and
# DIR/rights.must: all of rights.S but the tracer's way in, which is not used here.
set -eu
elf=${O:-build}/umvmm-monitor.elf

# instructions FROM TO: from one symbol to another
instructions() {
	local from to
	from=$(nm "$elf" | awk -v s="$1" '$3 == s { print $1 }')
	to=$(nm "$elf" | awk -v s="$2" '$3 == s { print $1 }')
	objdump -d --no-show-raw-insn --start-address="0x$from" --stop-address="0x$to" "$elf" |
		sed -n '/\tnop *$/d; s/^ *\([0-9a-f]*\):\t.*/\1/p'
}

instructions gate_save_call gate_2 > "$1/gates"
instructions pku_text_start pku_text_end > "$1/rights"
instructions pku_text_start pku_traced > "$1/rights.must"
