# SPDX-License-Identifier: GPL-2.0-or-later
#
# in_crash.py - a vmcore in crash: what its commands show is what the guest says.
#
# usage: in_crash.py CRASH VMLINUX CORE live|panic GUEST-OUTPUT LOOP.KO
#
# GUEST-OUTPUT has what suite.sh lets the guest say.
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import expected
from expected import expect, expect_tasks

crash, vmlinux, core, what, output, module_file = sys.argv[1:]
said = open(output).read()


def guest(pattern):
    found = re.search(pattern, said, re.M)
    if not found:
        sys.exit(f"the guest has not said {pattern}:\n{said}")
    return found.group(1)


def run(*commands):
    """What each of the commands shows: crash writes it to files."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, str(i)) for i in range(len(commands))]
        lines = "".join(f"{command} > {file}\n" for command, file in zip(commands, files)) + "quit\n"
        done = subprocess.run([crash, "-s", vmlinux, core], input=lines, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            sys.exit(f"crash ended with {done.returncode}:\n{done.stdout}")
        return [open(file).read() if os.path.exists(file) else done.stdout for file in files]


loop = guest("^loop ([0-9]+)$")
shell = guest("^shell ([0-9]+)$")
sleeper = guest("^sleep ([0-9]+)$")
base = int(guest("^loop [0-9]+ .* 0x([0-9a-f]+)$"), 16)
memory = int(guest("^MemTotal: *([0-9]+) kB$"))

system, ps, log, mod, symbols, sleeps, cpus, info, slabs, task, banner = run(
    "sys", "ps", "log", "mod", f"mod -s loop {module_file}", f"bt {sleeper}", "bt -a", "kmem -i",
    "kmem -s", f"task -R pid,comm {shell}", "sym linux_banner")

expect("sys", re.search(r"RELEASE: 6\.1\.[0-9]+", system) and re.search(r"CPUS: 2\b", system),
       system)

# [>] PID PPID CPU TASK ST %MEM VSZ RSS COMM
rows = [(mark, pid, int(address, 16), name) for mark, pid, address, name in re.findall(
    r"^(.) +([0-9]+) +-?[0-9]+ +[0-9]+ +([0-9a-f]+) .* \[?(\S+?)\]?$", ps, re.M)]
names = {pid: name for _, pid, _, name in rows}
expect_tasks(said, names)
running = [pid for mark, pid, _, _ in rows if mark == ">"]
expect("ps: what runs", len(running) == 2 and loop in running, ps)
expect("log", "a line for the log" in log and "Linux version" in log, log)

row = re.search(r"^ *[0-9a-f]+ +loop +([0-9a-f]+) +([0-9]+)", mod, re.M)
expect("mod", row and int(row.group(1), 16) == base, mod)
expect("mod -s", module_file in symbols, symbols)
expect("bt of a sleeping task", re.search(
    r"schedule at.*nanosleep at.*do_syscall_64 at.*entry_SYSCALL_64_after_hwframe at", sleeps, re.S),
    sleeps)
if what == "panic":
    expect("sys: PANIC", re.search(r"PANIC: .*sysrq triggered crash", system), system)
    expect("bt -a: the crash", re.search(
        rf"PID: {shell} .* panic at.*sysrq_handle_crash at.*vfs_write at.*do_syscall_64 at",
        cpus, re.S), cpus)
    expect("bt -a: the other CPU", re.search(rf"PID: {loop} .*stop_this_cpu", cpus, re.S), cpus)
else:
    # the loop is in user code; crash shows what was left on its kernel stack
    expect("bt -a", re.search(rf"^PID: {loop} ", cpus, re.M) and "failed" not in cpus and
           len(re.findall("^ #0 .* at [0-9a-f]+$", cpus, re.M)) == 2 and
           ("swapper" not in cpus or "do_idle at" in cpus), cpus)

total = re.search(r"TOTAL MEM +([0-9]+)", info)
expect("kmem -i", total and abs(int(total.group(1)) * 4 - memory) < memory // 50, info)
row = re.search(r"^[0-9a-f]+ +([0-9]+) +([0-9]+) +[0-9]+ +[0-9]+ +[0-9]+k +task_struct$", slabs, re.M)
expect("kmem -s", row and int(row.group(1)) > 1000 and int(row.group(2)) >= len(rows) - 2, slabs)
expect("task", re.search(rf"pid = {shell},?\s", task) and 'comm = "' in task, task)

# an address of each kind: image, direct map, modules; and memory that is there twice
image = int(re.match("[0-9a-f]+", banner).group(), 16)
thread = {pid: address for _, pid, address, _ in rows}[sleeper]
stack = re.search(r"#0 \[([0-9a-f]+)\]", sleeps)
places = [image, thread, base, int(stack.group(1), 16) & ~0xfff]
physical = [re.search(rf"^{place:x} +([0-9a-f]+)", shown, re.M)
            for place, shown in zip(places, run(*[f"vtop {place:x}" for place in places]))]
expect("vtop", all(physical), places)
physical = [int(found.group(1), 16) for found in physical if found]
expect("vtop: image and direct map", physical[:2] == [image - 0x68000000, thread - (0x6500 << 32)],
       (places, physical))
read = run(*[f"rd {place:x} 16" for place in places], *[f"rd -p {place:x} 16" for place in physical])
words = [re.findall(r": +([0-9a-f]{16}) ([0-9a-f]{16})", shown) for shown in read]
expect("rd", words[0] and words[:4] == words[4:], read)

fields, text, found, mapped = run(
    f"struct task_struct.pid,tgid {thread:x}", "dis do_nanosleep", f"sym {base:x}",
    f"kmem {thread:x}")
expect("struct", f"pid = {sleeper}," in fields, fields)
expect("dis", "<do_nanosleep>:" in text and "ret" in text and text.count("\n") > 20, text)
expect("sym", "loop" in found, found)
expect("kmem ADDRESS", "task_struct" in mapped and f"PID: {sleeper}" in mapped, mapped)
sys.exit(expected.failed)
