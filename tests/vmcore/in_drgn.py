# SPDX-License-Identifier: GPL-2.0-or-later
#
# in_drgn.py - a vmcore in drgn: tasks, log, modules and stacks are what the guest says.
#
# usage: drgn -c CORE -s VMLINUX in_drgn.py CORE live|panic GUEST-OUTPUT LOOP.KO
#
# GUEST-OUTPUT has the guest's "ps -o pid,comm" lines. Runs: in drgn, which defines prog.
import os
import re
import sys

from drgn.helpers.linux import for_each_task, get_dmesg, list_for_each_entry

sys.dont_write_bytecode = True
# drgn does not add the script's own folder
sys.path[:0] = ["guest-arch/scripts", "tests/vmcore"]
import expected
from expected import expect, expect_tasks

stacks = __import__("drgn-cpus").stacks

core, what, output, module_file = sys.argv[1:]
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

# one CPU is in a user's loop, or it has crashed and the other was stopped
running = {cpu: (task.pid.value_(), str(stack)) for cpu, task, stack in stacks(prog, core)}
all_stacks = "\n".join(stack for pid, stack in running.values())
expect("registers of each CPU", len(running) == 2, running)
if what == "panic":
    expect("bt of the crash", re.search(r"panic.*sysrq_handle_crash.*vfs_write.*do_syscall_64",
                                        all_stacks, re.S), all_stacks)
    expect("bt of the other CPU", "stop_this_cpu" in all_stacks, all_stacks)
else:
    loop = int(re.search(r"^loop ([0-9]+)$", said, re.M).group(1))
    expect("bt of a running task", loop in [pid for pid, stack in running.values()] and
           "schedule" not in all_stacks.split("#1")[0], running)
sys.stdout.flush()
os._exit(expected.failed)  # drgn has a name of its own for SystemExit
