# SPDX-License-Identifier: GPL-2.0-or-later
#
# hardware.py - hardware breakpoints and watchpoints, in the debug registers or without.
import os
import sys
sys.path.insert(0, os.path.dirname(__file__))
from lib import *


def execute():
    run("hbreak *__x64_sys_getppid")
    for _ in range(10):
        assert resume().type == gdb.BP_HARDWARE_BREAKPOINT
        assert pc() == address("__x64_sys_getppid"), hex(pc())
    run("delete")


def write():
    """The kernel's clock: whoever counts it, this address changes."""
    run("watch *(unsigned long *)&jiffies_64")
    old = value("*(unsigned long *)&jiffies_64")
    for _ in range(3):
        assert resume().type == gdb.BP_HARDWARE_WATCHPOINT
        assert value("*(unsigned long *)&jiffies_64") > old
        old = value("*(unsigned long *)&jiffies_64")
    run("delete")


def access():
    run("rwatch *(unsigned int *)&panic_on_oops")
    run("awatch *(unsigned long *)&jiffies_64")
    assert resume().type == gdb.BP_ACCESS_WATCHPOINT
    run("delete")


def of_length():
    """No CPU has one of 16 bytes, nor have we."""
    run("watch *(char (*)[16])&jiffies_64")
    text = complains("continue")
    assert "aborted" in text or "Could not insert" in text, text
    run("delete")


def of_user():
    go_to_debuggee()
    watched = user("watched")
    run(f"watch *(unsigned long *){watched}")
    for _ in range(3):
        assert resume().type == gdb.BP_HARDWARE_WATCHPOINT
        assert value("$cs") & 3 == 3
    run("delete")


def all_four():
    """Each of them hits; there is no fifth."""
    go_to_debuggee()
    places = [f"*(unsigned long *){user('watched')}", f"*(unsigned long *){user('counter')}"]
    numbers = []
    for place in places:
        numbers.append(gdb.Breakpoint(place, gdb.BP_WATCHPOINT, gdb.WP_WRITE))
    run("hbreak *__x64_sys_getppid")
    run(f"hbreak *{user('marker')}")
    hit = [0, 0, 0, 0]
    for _ in range(40):
        resume()
        for i in range(2):
            hit[i] = numbers[i].hit_count
        hit[2] += pc() == address("__x64_sys_getppid")
        hit[3] += pc() == user("marker")
    assert all(hit), f"hits {hit}"
    run("hbreak *do_exit")
    text = complains("continue")
    assert "aborted" in text or "too many hardware breakpoints" in text, text
    run("delete")


check(execute, write, access, of_length, of_user, all_four)
