# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.py - what the checks in this folder use.
#
# Runs: in gdb, connected to a guest in which tests/gdb/debuggee runs for ever, with a
# thread for each CPU. CHECK_CPUS is their number, CHECK_DEBUGGEE the program's file. A
# check that fails ends gdb with status 1.
import os
import subprocess
import time
import traceback

import gdb

CPUS = int(os.environ["CHECK_CPUS"])
DEBUGGEE = os.environ["CHECK_DEBUGGEE"]
WINDOW, MONITOR, WINDOW_END = 0x68000000, 0x7b800000, 0x7be00000
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


class Watchdog:
    """
    A process that types Ctrl-C when a time is over. Not a thread: gdb's own handlers
    must not run in one of Python's, and gdb must not end beside one.
    """
    PROGRAM = """
import os, select, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
limit, text = None, ""
while True:
    if not select.select([sys.stdin], [], [], limit)[0]:
        os.kill(int(sys.argv[1]), signal.SIGINT)
        limit = None
        continue
    more = os.read(0, 64).decode()
    if not more:
        break
    *lines, text = (text + more).split("\\n")
    if lines:
        limit = None if lines[-1] == "off" else float(lines[-1])
"""

    def __init__(self):
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-c", self.PROGRAM, str(os.getpid())], stdin=subprocess.PIPE)

    def tell(self, what):
        os.write(self.process.stdin.fileno(), f"{what}\n".encode())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


WATCHDOG = Watchdog()


def interrupt_after(seconds):
    """As a person who types Ctrl-C."""
    WATCHDOG.tell(seconds)


def go(line="continue"):
    """Why gdb has stopped again: an event of gdb's."""
    stops = []
    gdb.events.stop.connect(stops.append)
    run(line)
    gdb.events.stop.disconnect(stops.append)
    return stops[-1]


def resume(line="continue", limit=30):
    """The first of the breakpoints that were hit. The check fails if none is."""
    interrupt_after(limit)
    event = go(line)
    WATCHDOG.tell("off")
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
        WATCHDOG.end()
        gdb.execute("quit 1")
    WATCHDOG.end()
    gdb.execute("quit 0")
