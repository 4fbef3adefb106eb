#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inspect.py - looks at what umvmm ps and umvmm bt have printed, for inspect.sh.
#
# usage: inspect.py tasks TOLD PS-T PS		what sleepers.c has told, against umvmm ps
#        inspect.py tasks_json PS-T--JSON PS-T		the same list, as JSON and for a person
#        inspect.py stacks TOLD BT-A VMLINUX	the same, against umvmm bt NAME -a
#        inspect.py tasks_under_load PS-T PS COUNT	the former against COUNT from under load
#        inspect.py stacks_under_load BT-A VMLINUX BT COUNT BT-A COUNT	likewise
#        inspect.py stops SOCKET freeze|gdb	a client that has the VM stopped until its input ends
#        inspect.py ends UMVMM NAME before|meanwhile	the VM ends while umvmm bt waits, or looks
#
# PS and BT hold what one or many runs have printed. The status is 0 if all is right; else
# there is a line for each thing that is not, up to ten.
import collections
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys

import freeze

wrong = 0


def expect(good, text):
    global wrong
    if not good:
        wrong += 1
        if wrong <= 10:
            print("    " + text)


# ---- what the guest has told ----

class Task:
    pass


def printable(name):
    return "".join(c if " " <= c <= "~" else "?" for c in name)


def told(path):
    """By pid; kernel threads have brackets round their names."""
    tasks, t = {}, None
    text = open(path, errors="replace").read()
    # a name may have a line of its own
    for part in re.split(r"^task ", text, flags=re.M)[1:]:
        t = Task()
        t.pid = int(part.split("\n", 1)[0])
        part = part.replace("\nstat 1)", "\n1)")
        m = re.search(r"^stat \d+ \((.*)\) (\w) ([-\d ]*)$", part, re.M | re.S)
        if not m:
            continue  # it had just ended
        t.name, t.state = printable(m[1]), m[2]
        rest = m[3].split()
        t.ppid, t.cpu = int(rest[0]), int(rest[35])
        t.kernel = int(rest[5]) & 0x200000
        t.uid = int(re.search(r"^status Uid:\s+\d+\s+(\d+)", part, re.M)[1])
        m = re.search(r"^status VmRSS:\s+(\d+) kB", part, re.M)
        t.rss = int(m[1]) if m else 0
        t.stack = re.findall(r"^stack \[<0>\] (.*)$", part, re.M)
        if t.kernel:
            t.name = "[" + t.name[:15] + "]"
        tasks[t.pid] = t
    return tasks


def comes_and_goes(name):
    return name.startswith("[kworker/")


# ---- umvmm ps ----

PS = re.compile(r" *(\d+) (?: *(\d+) )? *(\d+) +(\d+) +(\d+) (\w)([* ]) +(\d+) "
                r"+(\d+:\d\d\.\d\d) +(yes|no|-) (.*)")


HEADER = {True: "  PID  TGID  PPID   UID CPU S   RSS KiB    TIME WALL COMMAND",
          False: "  PID  PPID   UID CPU S   RSS KiB    TIME WALL COMMAND"}


def listed(lines, threads):
    tasks = {}
    for line in lines:
        m = PS.fullmatch(line)
        if not m or bool(m[2]) != threads:
            expect(False, "not understood: %s" % line)
            continue
        t = Task()
        t.pid, t.ppid, t.uid, t.cpu, t.rss = int(m[1]), int(m[3]), int(m[4]), int(m[5]), int(m[8])
        t.tgid = int(m[2] or m[1])
        t.state, t.runs, t.wall, t.name = m[6], m[7] == "*", m[10], m[11]
        t.seconds = int(m[9].split(":")[0]) * 60 + float(m[9].split(":")[1])
        expect(t.pid not in tasks, "twice: %s" % line)
        tasks[t.pid] = t
    return tasks


def lists(paths, threads):
    """One for each run."""
    found = []
    for path in paths:
        for line in open(path).read().splitlines():
            if line == HEADER[threads]:
                found.append([])
            elif found:
                found[-1].append(line)
            else:
                expect(False, "before the header: " + line)
    return [listed(lines, threads) for lines in found]


SLEEPERS = """in_pause S, in_nanosleep S, in_poll S, in_read S, in_futex S, in_wait S, child S,
in_vfork D, of_vfork S, zombie Z, stopped T, traced t, other_user S, large S, a b) R?[31m?1 S,
threads S, thread_0 S, thread_1 S, thread_2 S, thread_3 S, thread_4 S, leaderless Z, follower S,
init S, exec S"""
THREADS = {"thread_%d" % i: "threads" for i in range(5)}
THREADS["follower"] = "leaderless"


def sleepers():
    return dict(re.sub(r"\s+", " ", s).strip().rsplit(" ", 1) for s in SLEEPERS.split(","))


def tasks(told_path, threads_path, processes_path):
    guest = told(told_path)
    (all_,), (processes,) = lists([threads_path], True), lists([processes_path], False)
    names = {t.name: t for t in all_.values()}
    for name, state in sleepers().items():
        t = names.get(name)
        expect(t and t.state == state, "%s: %s, not %s" % (name, t and t.state, state))
        expect(not t or not t.runs, "%s sleeps, and runs" % name)
    for name, leader in THREADS.items():
        expect(names[name].tgid == names[leader].pid, "%s is not of %s" % (name, leader))
    expect(names["other_user"].uid == 1234, "other_user has uid %d" % names["other_user"].uid)
    expect(8192 <= names["large"].rss < 9000, "large has %d KiB" % names["large"].rss)
    expect(names["[kthreadd]"].ppid == 0, "[kthreadd] has a parent")
    at_rest = sleepers().keys() - {"init", "exec", "in_pause"}
    for pid in sorted(guest.keys() | all_.keys()):
        g, t = guest.get(pid), all_.get(pid)
        if comes_and_goes((g or t).name):
            continue
        if not g or not t:
            expect(False, "%d %s: only %s names it" % (pid, (g or t).name,
                                                       "the guest" if g else "ps -T"))
            continue
        expect((g.name, g.ppid, g.uid) == (t.name, t.ppid, t.uid),
               "%d: ps has %s %d %d, the guest %s %d %d" % (pid, t.name, t.ppid, t.uid,
                                                            g.name, g.ppid, g.uid))
        if g.name in at_rest:
            expect((g.state, g.cpu, g.rss) == (t.state, t.cpu, t.rss),
                   "%s: ps has %s %d %d, the guest %s %d %d" % (t.name, t.state, t.cpu, t.rss,
                                                                g.state, g.cpu, g.rss))
        if g.kernel:
            expect(t.rss == 0, "%s has memory" % t.name)
    for pid in sorted(all_.keys() | processes.keys()):
        a, p = all_.get(pid), processes.get(pid)
        if comes_and_goes((a or p).name):
            continue
        expect(bool(p) == (a is not None and a.tgid == pid),
               "%d: only %s names it" % (pid, "ps" if p else "ps -T"))
        if p and a:
            expect((p.name, p.state, p.ppid) == (a.name, a.state, a.ppid),
                   "%d: ps and ps -T differ" % pid)
    expect(len(guest) > 40, "only %d tasks were told" % len(guest))


def tasks_json(json_path, threads_path):
    """What does not change in a guest at rest; the kernel's own threads may come and go."""
    (threads,) = lists([threads_path], True)
    found = {}
    for t in json.load(open(json_path)):
        name = "[%s]" % t["name"] if t["kernel"] else t["name"]
        expect(type(t["runs"]) is bool and t["time_ns"] >= 0, "%s: %s" % (name, t))
        found[t["pid"]] = (name, t["tgid"], t["ppid"], t["uid"], t["rss"] // 1024, t["wall"])
    for pid in found.keys() | threads.keys():
        t = threads.get(pid)
        text = t and (t.name, t.tgid, t.ppid, t.uid, t.rss, t.wall)
        expect(found.get(pid) == text or comes_and_goes((found.get(pid) or text)[0]),
               "%d: JSON has %s, the list %s" % (pid, found.get(pid), text))


def tasks_under_load(before_path, path, count):
    """Who was there before is there in each, and as it was; others come, go and run."""
    (before,), runs = lists([before_path], True), lists([path], True)
    asleep = [t for t in before.values() if t.name in sleepers() and t.name not in ("init", "exec")]
    expect(len(asleep) >= 20, "only %d tasks to look for" % len(asleep))
    seconds = {}
    for run in runs:
        for t in asleep:
            u = run.get(t.pid)
            expect(u and (u.name, u.state, u.tgid, u.ppid, u.rss) ==
                   (t.name, t.state, t.tgid, t.ppid, t.rss),
                   "%d %s is not there, or has changed" % (t.pid, t.name))
        for u in run.values():
            if u.name == "dd":
                seconds.setdefault(u.pid, []).append(u.seconds)
    for times in seconds.values():
        expect(times == sorted(times) and times[-1] > times[0], "time of dd: %s" % times)
    expect(len(seconds) == 2, "%d dd run" % len(seconds))
    pids = {pid for run in runs for pid in run}
    expect(len(pids) > len(before) + 10, "nothing is started: %d tasks in all" % len(pids))
    running = sum(any(t.runs for t in run.values()) for run in runs)
    expect(running * 2 > len(runs), "something runs in %d of %d" % (running, len(runs)))
    expect(len(runs) == int(count), "%d lists" % len(runs))


# ---- umvmm bt ----

FRAME = re.compile(r"  #(\d+) +0x([0-9a-f]{16}) (\? )?"
                   r"(?:(\S+)\+0x([0-9a-f]+)/0x([0-9a-f]+)( \[\w+\])?|(\(no symbol\)))")
USER = re.compile(r"  user code at rip 0x([0-9a-f]+), rsp 0x[0-9a-f]+")


class Stack:
    def __init__(self, head):
        self.head = head
        m = re.fullmatch(r"(?:CPU (\d+): )?task (\d+) (.*), state (.)", head)
        self.cpu, self.name, self.state = m and m[1], m and m[3], m and m[4]
        self.pid = m and int(m[2])
        self.frames = []  # (ip, name, text, exact, unsure)
        self.user = None
        self.lines = []


def stacks_of(*paths):
    """Each line is one that is known."""
    found, s, interrupted = [], None, True
    for line in (line for path in paths for line in open(path).read().splitlines()):
        if line.startswith(("CPU ", "task ")):
            s, interrupted = Stack(line), True
            found.append(s)
            # a CPU that was not given time to stop
            expect(s.name or re.fullmatch(r"CPU \d+: it does not stop: no registers", line),
                   "head: " + line)
            continue
        if not s:
            expect(False, "before all stacks: " + line)
            continue
        s.lines.append(line)
        frame, user = FRAME.fullmatch(line), USER.fullmatch(line)
        if frame:
            expect(int(frame[1]) == len(s.frames) and not s.user, "out of order: " + line)
            s.frames.append((int(frame[2], 16), frame[4] or frame[8], line.split(None, 2)[2],
                             interrupted, bool(frame[3])))
            interrupted = False
        elif user:
            s.user = int(user[1], 16)
        elif line == "  --- interrupted ---":
            expect(s.frames and not interrupted, "interrupted before all frames")
            interrupted = True
        else:
            expect(line == "  (it has ended)" and s.state in "ZX" and not s.frames,
                   "not understood: " + line)
    return found


class Vmlinux:
    """The kernel's text, as it is in the file, and its functions' names."""

    def __init__(self, path):
        self.data = open(path, "rb").read()
        at, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.segments = []
        for i in range(count):
            kind, _, offset, va, _, filled = struct.unpack_from("<IIQQQQ", self.data,
                                                                at + i * size)
            if kind == 1:
                self.segments.append((va, offset, filled))
        self.symbols = {}
        for line in subprocess.check_output(["nm", path], text=True).splitlines():
            self.symbols[line[19:]] = int(line[:16], 16)

    def bytes(self, va, size):
        for start, offset, filled in self.segments:
            if start <= va < start + filled:
                return self.data[offset + va - start:offset + va - start + size]
        return b""

    def within(self, va, *sections):
        return any(self.symbols["__%s_start" % s] <= va < self.symbols["__%s_end" % s]
                   for s in sections)

    def returns_to(self, va):
        """Does a call end before VA? One through a thunk is patched, at boot, to a shorter one."""
        b = self.bytes(va - 7, 7)
        return len(b) == 7 and (0xe8 in (b[2], b[5], b[4]) or
                                any(b[i] == 0xff and b[i + 1] >> 3 & 7 == 2 for i in range(6)))


# Where stacks begin, beside user code.
ORIGINS = {"ret_from_fork", "secondary_startup_64_no_verify"}
# /proc/PID/stack has no frames of the scheduler's.
HIDDEN = "sched_text", "lock_text"


def stacks(told_path, bt_path, vmlinux):
    guest, kernel = told(told_path), Vmlinux(vmlinux)
    found = {s.pid: s for s in stacks_of(bt_path)}
    compared = 0
    for pid, g in guest.items():
        if comes_and_goes(g.name):
            continue
        s = found.get(pid)
        if not s:
            expect(False, "bt -a has no %d %s" % (pid, g.name))
            continue
        expect(s.name == g.name, "%d is %s, not %s" % (pid, s.name, g.name))
        if g.state == "Z":
            expect(not s.frames and not s.user and s.lines, "%s has a stack" % g.name)
            continue
        expect(bool(s.user) == (not g.kernel), "%s: %s" % (g.name, s.lines[-1:]))
        if g.state == "R" or g.kernel and (s.state == "R" or g.name.startswith("[rcu_")):
            continue  # told that itself; is up, or was meanwhile
        ours = [f[2] for f in s.frames if not kernel.within(f[0], *HIDDEN)]
        expect(ours == g.stack, "%s: bt has %s, the guest %s" % (g.name, " ".join(ours),
                                                                 " ".join(g.stack)))
        expect([f[1] for f in s.frames[:2]] == ["__schedule", "schedule"],
               "%s does not sleep" % g.name)
        compared += 1
    expect(compared > 30, "only %d stacks were compared" % compared)
    for pid, s in found.items():
        expect(pid in guest or comes_and_goes(s.name), "%d %s: only bt -a has it" % (pid, s.name))
    check(found.values(), kernel)


def check(found, kernel):
    """What holds for each stack: each frame has a name and is certain, the caller's are behind
    a call, and it begins where stacks begin."""
    for s in found:
        above = None
        for ip, name, text, exact, unsure in s.frames:
            expect(name != "(no symbol)" and not unsure, "%s: %s" % (s.head, text))
            # umvmm_relax: a call that is put there at boot (patch 0018)
            expect(exact or "[" in text or kernel.returns_to(ip) or name in ORIGINS or
                   above == "umvmm_relax", "%s: nothing calls to %s" % (s.head, text))
            above = name
        if s.frames and not s.user:
            ip, name, text, exact, _ = s.frames[-1]
            # or in entry code, before its registers are where others are
            expect(name in ORIGINS or (exact and kernel.within(ip, "entry_text")),
                   "%s: no beginning:\n%s" % (s.head, "\n".join(s.lines)))


def stacks_under_load(before_path, vmlinux, cpus_path, cpus_count, all_path, all_count):
    found = stacks_of(cpus_path, all_path)
    check(found, Vmlinux(vmlinux))
    asleep = {s.pid: s for s in stacks_of(before_path)
              if s.name in sleepers() and s.name not in ("init", "exec")}
    expect(len(asleep) >= 20, "only %d tasks to look for" % len(asleep))
    met = collections.Counter()
    for s in found:
        if s.pid in asleep:
            met[s.pid] += 1
            expect(s.lines == asleep[s.pid].lines and not s.cpu, "%s has moved" % s.head)
    expect(set(met.values()) == {int(all_count)} and len(met) == len(asleep),
           "sleepers: %s" % met)
    cpus = [s for s in found if s.cpu or not s.name]
    silent = sum(not s.name for s in cpus)
    # a host with much else to do may not run a CPU for two seconds, which is what bt waits
    expect(silent * 50 <= len(cpus), "%d of %d CPUs did not stop" % (silent, len(cpus)))
    expect(len(cpus) >= int(cpus_count), "%d stacks of CPUs" % len(cpus))
    names = {f[1] for s in cpus for f in s.frames}
    expect(len(names) >= 5, "only these functions: %s" % names)
    expect("do_syscall_64" in names, "nobody makes system calls")
    expect(any(s.user and not s.frames for s in cpus), "no user code runs")


# ---- clients ----

def asks(path, question, end):
    """A connection to PATH, and what came behind the question until END matches."""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.send(question)
    answer = b""
    while not re.search(end, answer):
        more = s.recv(4096)
        expect(more, "no answer but %r" % answer)
        answer += more
    return s, answer


def stops(path, how):
    if how == "freeze":
        held, _ = freeze.freeze(path)
    else:
        held, answer = asks(path, b"$?#3f", rb"\$.*#..")
        while b"$T" not in answer:  # who has stopped it before is not quite gone
            held.close()
            held, answer = asks(path, b"$?#3f", rb"\$.*#..")
    print("stopped", flush=True)
    sys.stdin.read()
    held.close()


def has_memory(pid):
    fds = "/proc/%d/fd/" % pid
    try:
        return any("memfd" in os.readlink(fds + fd) for fd in os.listdir(fds))
    except OSError:
        return False


def bytes_read(pid):
    return int(open("/proc/%d/io" % pid).read().split()[1])


def ends(umvmm, name, when):
    """before: nobody stops it, but it has the guest's memory. meanwhile: it is halted when it
    has read some of that, until the VM is no more."""
    bt = subprocess.Popen([umvmm, "bt", name, "-a"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    message = {"before": "the VM does not answer: it ends, or its tracer is stopped",
               "meanwhile": "the VM has ended meanwhile"}[when]
    while bt.poll() is None:
        if when == "before" and has_memory(bt.pid):
            break
        if when == "meanwhile" and bytes_read(bt.pid) > 100000:
            bt.send_signal(signal.SIGSTOP)
            break
    stop = subprocess.run([umvmm, "stop", name])
    bt.send_signal(signal.SIGCONT)
    output, status = bt.communicate()[0], bt.returncode
    expect(stop.returncode == 0, "stop: status %d" % stop.returncode)
    expect(status == 125 and output == "umvmm: %s: %s\n" % (name, message),
           "status %d: %s" % (status, output))


globals()[sys.argv[1]](*sys.argv[2:])
if wrong > 10:
    print("    and %d more" % (wrong - 10))
sys.exit(wrong > 0)
