# SPDX-License-Identifier: GPL-2.0-or-later
#
# drgn-cpus.py - what each CPU of a vmcore does: its task, and the stack from the
# registers in the file.
#
# usage: drgn -c CORE -s VMLINUX guest-arch/scripts/drgn-cpus.py CORE
#
# Runs: in drgn, which defines prog.
#
# drgn 0.0.27 and later show the same by prog.stack_trace(task). Debian 12's 0.0.22 takes
# registers for a task's by its process id: not for an idle CPU's, as 0 would be that of
# several, of which gdb shows the last only.
import struct
import sys

import drgn
from drgn.helpers.linux import per_cpu

PT_NOTE = 4
NT_PRSTATUS = 1
PR_REG = 112  # in struct elf_prstatus


def notes(path):
    """(type, descriptor) of each note of an ELF file with one note segment, the first."""
    with open(path, "rb") as core:
        core.seek(64)
        kind, _, offset, _, _, size = struct.unpack("<IIQQQQ", core.read(40))
        assert kind == PT_NOTE
        core.seek(offset)
        data = core.read(size)
    at = 0
    while at < len(data):
        name_size, size, kind = struct.unpack_from("<III", data, at)
        at += 12 + (name_size + 3 & ~3)
        yield kind, data[at:at + size]
        at += size + 3 & ~3


size = drgn.sizeof(prog.type("struct pt_regs"))
status = [desc for kind, desc in notes(sys.argv[1]) if kind == NT_PRSTATUS]
for cpu, desc in enumerate(status):
    regs = drgn.Object.from_bytes_(prog, "struct pt_regs", desc[PR_REG:PR_REG + size])
    if regs.ip:
        task = per_cpu(prog["runqueues"], cpu).curr
        print(f"CPU {cpu}: {task.pid.value_()} {task.comm.string_().decode(errors='replace')}")
        print(prog.stack_trace(regs))
