# SPDX-License-Identifier: GPL-2.0-or-later
#
# control.py - Ctrl-C, one thread alone, monitor commands, address spaces.
import os
import sys
sys.path.insert(0, os.path.dirname(__file__))
from lib import *


def interrupts():
    for i in range(5):
        interrupt_after(0.1 + 0.05 * i)
        event = go()
        assert isinstance(event, gdb.SignalEvent) and event.stop_signal == "SIGINT", vars(event)


def one_alone():
    """scheduler-locking: the others stay."""
    go_to_debuggee()
    run("set scheduler-locking on")
    here = gdb.selected_thread().num
    others = {t.num: None for t in gdb.selected_inferior().threads() if t.num != here}
    for num in others:
        run(f"thread {num}")
        others[num] = (pc(), value("$sp"))
    run(f"thread {here}")
    interrupt_after(0.2)
    go()
    for num, where in others.items():
        run(f"thread {num}")
        assert (pc(), value("$sp")) == where, "it ran"
    run("set scheduler-locking replay")
    run(f"thread {here}")


def monitor():
    assert "info contexts" in run("monitor help")
    assert "umvmm " in run("monitor info version")
    text = run("monitor info registers")
    assert f"rip={pc():016x}" in text, text
    assert " runs" in run("monitor info contexts")
    assert "fill" in run("monitor stats")
    assert "unknown" in run("monitor nonsense")
    banner = address("linux_banner")
    text = run(f"monitor translate {banner:#x}")
    physical = int(text.split("physical ")[1].split(",")[0], 16)
    virtual = memory(banner, 64)
    assert "physical" in run("monitor space physical")
    assert memory(physical, 64) == virtual
    cr3 = value("$cr3")
    run(f"monitor space {cr3:#x}")
    assert memory(banner, 64) == virtual
    run("monitor space current")
    assert memory(banner, 64) == virtual
    assert "is not mapped" in run("monitor translate 0x10")
    ranges = [line.split()[0].split("-") for line in run("monitor info mem").splitlines()]
    assert any(int(a, 16) <= banner < int(b, 16) for a, b in ranges), "the kernel's text"
    page = f"{physical & ~0xfff:016x}"
    text = run("monitor info tlb")
    assert len(text.splitlines()) >= len(ranges)


check(interrupts, one_alone, go_to_debuggee, monitor)
