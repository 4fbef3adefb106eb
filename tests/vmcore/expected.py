# SPDX-License-Identifier: GPL-2.0-or-later
#
# expected.py - what the checks of a vmcore share: they compare what a debugger finds in it
# with what the guest has said.
#
# Imported by in_crash.py and in_drgn.py.
import re

failed = 0


def expect(name, condition, seen):
    """A line for each check; what was seen, where it does not hold."""
    global failed
    print(f"{name}: {'ok' if condition else 'WRONG'}")
    if not condition:
        failed = 1
        print(seen)


def expect_tasks(said, names):
    """The guest's "ps -o pid,comm" lines, and names by process id (both text)."""
    processes = dict(re.findall(r"^ *([0-9]+) (\S+)$", said, re.M))
    # ps itself is gone; behind a kworker's name the guest says what it works on
    missing = {pid: name for pid, name in processes.items()
               if name != "ps" and not name.startswith(names.get(pid, "?"))}
    expect("ps", len(processes) > 10 and len(missing) < 3, (missing, names))
