# SPDX-License-Identifier: GPL-2.0-or-later
#
# in_drgn.py - a vmcore in drgn: tasks, log, modules and stacks are what the guest says.
#
# usage: drgn -c CORE -s VMLINUX in_drgn.py CORE live|panic GUEST-OUTPUT LOOP.KO
#
# GUEST-OUTPUT has the guest's "ps -o pid,comm" lines. Runs: in drgn, which defines prog.
import contextlib
import io
import os
import re
import runpy
import sys

from drgn.helpers.linux import for_each_task, get_dmesg, list_for_each_entry

sys.dont_write_bytecode = True
sys.path.insert(0, "tests/vmcore")  # drgn does not add the script's own folder
import expected
from expected import expect, expect_tasks

what, output, module_file = sys.argv[2:]  # drgn-cpus.py wants the first, too
said = open(output).read()
tasks = {task.pid.value_(): task for task in for_each_task(prog)}
names = {str(pid): task.comm.string_().decode() for pid, task in tasks.items()}
expect_tasks(said, names)

log = get_dmesg(prog).decode()
expect("log", "a line for the log" in log and "Linux version" in log, log)

modules = {module.name.string_().decode(): module
           for module in list_for_each_entry("struct module", prog["modules"].address_of_(), "list")}
expect("mod", "loop" in modules, modules)
prog.load_debug_info([module_file])
layout = modules["loop"].core_layout
address = prog["loop_ctl_fops"].address_
base, size = layout.base.value_(), layout.size.value_()
expect("symbols of a module", base <= address < base + size, hex(address))

sleeper = [task for pid, task in tasks.items() if names[str(pid)] == "sleep"]
stack = str(prog.stack_trace(sleeper[0]))
expect("bt of a sleeping task",
       re.search(r"schedule.*nanosleep.*do_syscall_64.*entry_SYSCALL_64", stack, re.S), stack)

# pid 1 is a task's, in the notes of CPUs too
stack = str(prog.stack_trace(1))
expect("bt of init, which sleeps", re.search("schedule.*do_syscall_64", stack, re.S), stack)

# one CPU is in a user's loop, or it has crashed and the other was stopped
cpus = io.StringIO()
with contextlib.redirect_stdout(cpus):
    runpy.run_path("guest-arch/scripts/drgn-cpus.py", {"prog": prog})
cpus = cpus.getvalue()
stacks = dict(re.findall(r"^CPU \d+: (\d+) .*\n((?:#.*\n)*)", cpus, re.M))
expect("each CPU", len(re.findall("^CPU ", cpus, re.M)) == 2, cpus)
if what == "panic":
    expect("bt of the crash", any(re.search(r"panic.*sysrq_handle_crash.*vfs_write.*do_syscall_64",
                                            stack, re.S) for stack in stacks.values()), cpus)
    expect("bt of the other CPU", "stop_this_cpu" in cpus, cpus)
else:
    loop = re.search(r"^loop ([0-9]+)$", said, re.M).group(1)
    expect("bt of a running task", "#0" in stacks.get(loop, "") and "schedule" not in stacks[loop], cpus)
    expect("the same by its number", str(prog.stack_trace(int(loop))) in cpus, cpus)
sys.stdout.flush()
os._exit(expected.failed)  # drgn has a name of its own for SystemExit
