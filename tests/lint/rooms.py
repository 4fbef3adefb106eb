#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rooms.py - looks whether each folder includes only what it may: docs/tour.md.
#
# usage: tests/lint/rooms.py FOLDER...	at the top of the tree; the folders of the program that a
#					person starts, from the top: each may use those behind it
#
# What all processes share in memory (umvmm/include, guest-arch/include) and the rewriter
# (guest-arch/afterburn) may be used by everybody, and use nothing but each other. The monitor is
# another program: it uses nothing of the others, and nobody uses it. Its rooms have an order of
# their own.
#
# What is left of includes against the order stands below by name, with its reason. One that is
# not needed any more is an error, too, so that the lists stay true.
import os
import re
import sys

BELOW_ALL = ["umvmm/include", "guest-arch/include/umvmm", "guest-arch/afterburn"]

# file, header: why
EXCEPTIONS = {
    ("tracer/ptrace/redirect.c", "tracer/request.h"):
        "the thread that traces a zygote answers the manager itself, when it has attached",
}

# From the top; what lies beside them (main.c) is above all.
MONITOR = "entry redirect cpu paravirt devices debugger context mmu report".split()
# What every room of it knows: a context's state, host calls, instructions as functions.
MONITOR_FACES = ["context/context.h", "context/host.h", "cpu/cpu.h", "cpu/segments.h"]
# header: rooms below it that include it all the same, and why. Instructions, page tables, contexts
# and siblings are one circle: each way out of it ends in resume(), which does not return.
MONITOR_EXCEPTIONS = {
    "entry/signal.h": ("redirect cpu context report",
                       "the host's signal frame holds the registers of what a signal met"),
    "entry/pku.h": ("redirect mmu", "whoever maps memory takes it from users by its key"),
    "entry/text.h": ("cpu", "gates are written once for a host without FSGSBASE"),
    "entry/gates.h": ("context", "the user sibling enters by gates of its own"),
    "entry/registers.h": ("context", "signal frame and struct regs have registers in another order"),
    "redirect/site.h": ("cpu paravirt debugger context",
                        "rewritten sites go with the address space, trust and text they are of"),
    "redirect/site_page.h": ("debugger mmu", "a page may be mapped as a copy with rewritten sites"),
    "cpu/access.h": ("debugger", "a watchpoint asks what an instruction touches"),
    "cpu/bases.h": ("paravirt", "segment bases are left behind where trust ends"),
    "cpu/debug.h": ("debugger context", "a vCPU's debug registers go with its context"),
    "cpu/emulate.h": ("context", "a user sibling's exceptions are emulated by its context"),
    "cpu/exception.h": ("context", "a user sibling's exceptions are the guest's"),
    "cpu/smp.h": ("context", "a vCPU's first context waits for its start-up interrupt"),
    "paravirt/trust.h": ("context", "whether an address space needs a user sibling"),
    "devices/apic.h": ("context", "an interrupt may be pending when a sibling is to run"),
    "debugger/stop.h": ("context report", "a stopped vCPU hands over, and ends, at its stop"),
    "debugger/watch.h": ("context mmu", "a watched page is mapped with fewer rights"),
    "context/sibling.h": ("mmu report", "the user sibling's mappings go with the context's; it must "
                          "not run beside a guest that has ended"),
    "mmu/layout.h": ("report", "user code that jumped into the monitor is the guest's fault"),
}


def includes(path):
    """(header by its path from the top of the tree, line) of what is ours."""
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            m = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not m:
                continue
            quote, name = m.groups()
            where = [""] if quote == "<" else [os.path.dirname(path) + "/", "", "umvmm/monitor/"]
            where += ["umvmm/include/", "guest-arch/include/", "guest-arch/afterburn/"]
            for folder in where:
                found = os.path.normpath(folder + name)
                if os.path.exists(found):
                    yield found, number
                    break


def sources(folder):
    return sorted(folder + "/" + n for n in os.listdir(folder) if n.endswith((".c", ".h", ".S")))


class Check:
    def __init__(self, order):
        self.order = order
        self.used = set()
        self.failed = 0

    def say(self, text):
        print(text)
        self.failed = 1

    def may(self, path, header):
        """None, or what is wrong with it."""
        user, used = os.path.dirname(path), os.path.dirname(header)
        if used in BELOW_ALL or user == used:
            return None
        if user in BELOW_ALL:
            return "everybody uses this file, so it uses nobody"
        if header.startswith("umvmm/monitor/"):
            return "the monitor is another program"
        if used not in self.order:
            return f"{used} is in no list of folders"
        if self.order.index(used) > self.order.index(user):
            return None
        if (path, header) in EXCEPTIONS:
            self.used.add((path, header))
            return None
        return f"{user} is below {used}"

    def may_monitor(self, path, header):
        user = os.path.dirname(path)[len("umvmm/monitor/"):]
        if os.path.dirname(header) in BELOW_ALL or user in ("", "offsets"):
            return None
        if not header.startswith("umvmm/monitor/"):
            return "the monitor is another program"
        name = header[len("umvmm/monitor/"):]
        used = os.path.dirname(name)
        if user == used or name in MONITOR_FACES:
            return None
        if used not in MONITOR:
            return f"{header} is in no room of the monitor"
        if MONITOR.index(used) > MONITOR.index(user):
            return None
        if user in MONITOR_EXCEPTIONS.get(name, ("", ""))[0].split():
            self.used.add((name, user))
            return None
        return f"in the monitor {user} is below {used}"

    def look(self, folder, may):
        for path in sources(folder):
            for header, line in includes(path):
                why = may(path, header)
                if why:
                    self.say(f"{path}:{line}: includes {header}: {why}")

    def folders(self):
        """Each folder with sources is in one of the lists."""
        for top in "umvmm", "tracer", "physmem":
            for folder, _, _ in os.walk(top):
                if sources(folder) and folder not in self.order + BELOW_ALL and \
                        not folder.startswith("umvmm/monitor"):
                    self.say(f"{folder}: is not in UMVMM_DIRS (GNUmakefile)")

    def unused(self):
        for path, header in EXCEPTIONS:
            if (path, header) not in self.used:
                self.say(f"tests/lint/rooms.py: {path} does not include {header} any more")
        for name, (rooms, _) in MONITOR_EXCEPTIONS.items():
            for user in rooms.split():
                if (name, user) not in self.used:
                    self.say(f"tests/lint/rooms.py: monitor/{user} does not include {name} any more")


def main():
    check = Check(sys.argv[1:])
    check.folders()
    for folder in check.order + BELOW_ALL:
        check.look(folder, check.may)
    for room in [""] + MONITOR + ["offsets"]:
        check.look(os.path.normpath("umvmm/monitor/" + room), check.may_monitor)
    check.unused()
    return check.failed


if __name__ == "__main__":
    sys.exit(main())
