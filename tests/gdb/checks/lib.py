# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.py - what the checks in this folder use.
#
# Runs: in gdb, connected to a guest in which tests/gdb/debuggee runs for ever, with a
# thread for each CPU. CHECK_CPUS is their number, CHECK_DEBUGGEE the program's file. A
# check that fails ends gdb with status 1.
import os
import signal
import subprocess
import threading
import time
import traceback

import gdb

CPUS = int(os.environ["CHECK_CPUS"])
DEBUGGEE = os.environ["CHECK_DEBUGGEE"]
WINDOW, MONITOR, WINDOW_END = 0x40000000, 0x7f800000, 0x80000000
MASK = (1 << 64) - 1


def run(line):
    return gdb.execute(line, to_string=True)


def value(expression):
    return int(gdb.parse_and_eval(expression)) & MASK


def address(symbol):
    """Of the kernel."""
    return value(f"(unsigned long)&{symbol}")


def user(symbol):
    """Of debuggee."""
    for line in subprocess.check_output(["nm", DEBUGGEE], text=True).splitlines():
        words = line.split()
        if words[-1] == symbol:
            return int(words[0], 16)
    raise AssertionError(f"no {symbol} in {DEBUGGEE}")


def pc():
    return value("$pc")


def in_kernel(rip):
    return WINDOW <= rip < MONITOR


def memory(start, size):
    return bytes(gdb.selected_inferior().read_memory(start, size))


def interrupt_after(seconds):
    """As a person who types Ctrl-C."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def go(line="continue"):
    """Why gdb has stopped again: an event of gdb's."""
    stops = []
    gdb.events.stop.connect(stops.append)
    run(line)
    gdb.events.stop.disconnect(stops.append)
    return stops[-1]


def resume(line="continue", limit=30):
    """The first of the breakpoints that were hit. The check fails if none is."""
    timer = interrupt_after(limit)
    event = go(line)
    timer.cancel()
    if not isinstance(event, gdb.BreakpointEvent):
        raise AssertionError(f"{line}: no breakpoint within {limit} s, but {vars(event)}")
    return event.breakpoint


def complains(line):
    """What a command prints, or its error message."""
    try:
        return run(line)
    except gdb.error as error:
        return str(error)


def go_to_debuggee():
    """The selected CPU runs debuggee, which is making a system call."""
    run("delete")
    run("tbreak *__x64_sys_getppid")
    resume()
    assert pc() == address("__x64_sys_getppid"), hex(pc())


def check(*parts):
    try:
        run("set pagination off")
        run("set confirm off")
        for part in parts:
            start = time.time()
            part()
            print(f"{part.__name__}: {time.time() - start:.1f} s")
        run("detach")
    except BaseException:
        traceback.print_exc()
        print(run("info threads"))
        gdb.execute("quit 1")
    gdb.execute("quit 0")
