# SPDX-License-Identifier: GPL-2.0-or-later
#
# basics.py - threads, registers, memory.
import os
import sys
sys.path.insert(0, os.path.dirname(__file__))
from lib import *


def threads():
    found = gdb.selected_inferior().threads()
    assert sorted(t.num for t in found) == list(range(1, CPUS + 1)), found
    for thread in found:
        thread.switch()
        assert WINDOW <= pc() < MONITOR or pc() < WINDOW or pc() >= WINDOW_END, hex(pc())
        assert value("$cr3") & ~0xfff, "no page tables"
    text = run("info threads")
    assert "CPU#0 [" in text and f"CPU#{CPUS - 1} [" in text, text


def registers():
    go_to_debuggee()
    assert value("$cs") & 3 == 0
    assert value("$cr0") & 0x80000001 == 0x80000001
    assert value("$cr4") & 0x20 and value("$efer") & 0x500 == 0x500
    assert value("$gs_base") and value("$k_gs_base") != value("$gs_base")
    # the system call's number and its frame's user stack
    regs = value("$rdi")
    assert value(f"*(unsigned long *)({regs} + 15 * 8)") == 110, "getppid"
    before = value("$rbx")
    run("set $rbx = 0x123456789abcdef0")
    run("info registers")
    assert value("$rbx") == 0x123456789abcdef0
    run(f"set $rbx = {before}")
    run("set $xmm15.v2_int64[1] = 0x1122334455667788")
    assert value("$xmm15.v2_int64[1]") == 0x1122334455667788
    run("p $st0")
    run("p $mxcsr")
    assert "cannot be changed" in complains("set $cr3 = 1")
    run("set $xmm15.v2_int64[1] = 0")
    run("stepi")
    assert value("$rbx") == before


def kernel_memory():
    banner = address("linux_banner")
    assert memory(banner, 17) == b"Linux version 6.1", memory(banner, 17)
    assert "Linux version" in run("x/s &linux_banner")
    old = value("*(int *)&panic_timeout")
    run("set *(int *)&panic_timeout = 4711")
    assert value("*(int *)&panic_timeout") == 4711
    run(f"set *(int *)&panic_timeout = {old}")
    assert "Cannot access memory" in complains("x/x 0x7fc00000"), "the monitor is no guest memory"
    assert "Cannot access memory" in complains("x/x 0x10")
    # over the border between what is mapped and what is not
    text = run("x/3i do_sys_openat2")
    assert "do_sys_openat2" in text, text


def user_memory():
    go_to_debuggee()
    assert memory(user("marker"), 4) != b"\xcc" * 4
    before = value(f"*(long *){user('counter')}")
    for _ in range(3):
        resume_to_marker()
    assert value(f"*(long *){user('counter')}") > before


def resume_to_marker():
    run(f"tbreak *{user('marker')}")
    resume()
    assert pc() == user("marker")


check(threads, registers, kernel_memory, user_memory)
