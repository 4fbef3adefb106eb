#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# many.py - runs many hostile guests, each in a VM of its own, two at a time.
#
# usage: many.py UMVMM DIR calls|jump|scribble COUNT SEED TEXT TEXT_END
#
# DIR holds the guests; the monitor's text lies from TEXT to TEXT_END. Each VM must end by itself, or at once when its manager
# is asked to (SIGTERM), with a status of umvmm/base/exit.h; the manager must not die
# of a signal, no process may be left, and a bystander process and a file must
# stay as they are. Prints what failed and how to run it again.
import atexit
import concurrent.futures
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

RUNS = {"calls": 0.5, "jump": 0.5, "scribble": 0.6}  # seconds before it is asked to end
CALLS = 470  # system call numbers, a few behind the last
SETS = 15    # of calls.c
PATIENCE = 60  # 128 contexts that all run leave the manager little time
PARTS = ["rings", "vcpu", "header", "own", "all", "end", "zygote", "table"]


def session(leader):
    """Processes of a session, zombies too."""
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            found.append(int(pid))
    return found


def explained(status, text):
    """The guest may end with any status of its own; ours have a message."""
    return status not in (123, 124, 125) or "umvmm: " in text


def left_behind(leader):
    """What is wrong if processes of that session are still there after two seconds; ends them."""
    for _ in range(40):
        left = session(leader)
        if not left:
            return []
        time.sleep(0.05)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    return [f"processes are left: {left}"]


def attempt(umvmm, guest, what, params, modes):
    command = [umvmm, "run", "-k", f"{guest}/{what}", "-m", "64M", "-c",
               "2" if what == "scribble" else "1", "--huge", "off", *modes, "-p", params]
    start = time.monotonic()
    vm = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, start_new_session=True)
    wrong = []
    out = b""
    asked = False
    try:
        out = vm.communicate(timeout=RUNS[what])[0]
    except subprocess.TimeoutExpired:
        asked = True
        vm.terminate()
        try:
            out = vm.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            wrong.append("does not end when asked")
            for pid in session(vm.pid):
                os.kill(pid, signal.SIGKILL)
            vm.communicate()
    text = out[-2000:].decode(errors="replace")
    if vm.returncode < 0:
        wrong.append(f"the manager died of signal {-vm.returncode}")
    elif not asked and not explained(vm.returncode, text):
        wrong.append(f"status {vm.returncode} without a message")
    wrong += left_behind(vm.pid)
    return wrong, " ".join(command), text[-300:], vm.returncode, time.monotonic() - start


def main():
    umvmm, guest, what, count, seed = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    text, text_end = (int(a, 0) for a in sys.argv[6:8])
    rnd = random.Random(seed)
    bystander = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    atexit.register(bystander.kill)
    with tempfile.NamedTemporaryFile(prefix="umvmm-hostile-") as victim:
        victim.write(b"untouched\n")
        victim.flush()
        before = os.stat(victim.name)
        jobs = []
        for i in range(count):
            if what == "calls":
                nr = (i * (CALLS // count) if count < CALLS else i) % CALLS
                jobs.append(f"nr={nr} set={rnd.randrange(SETS)} at={rnd.randrange(200)} "
                            f"pid={bystander.pid} file={victim.name} "
                            f"text={text:#x} text_end={text_end:#x}")
            elif what == "jump":
                at = text + i * (text_end - text) // count + rnd.randrange(
                    max(1, (text_end - text) // count))
                jobs.append(f"at={at:#x} seed={rnd.randrange(1 << 30)}")
            else:
                jobs.append(f"what={PARTS[i % len(PARTS)]} seed={rnd.randrange(1 << 30)}")
        modes = [["--redirect", rnd.choice(["gate", "sigsys", "ptrace"]),
                  "--virt", rnd.choice(["trap", "afterburn"])] for _ in jobs]
        failed = 0
        seen = {}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for wrong, command, said, status, _ in pool.map(
                    lambda job, mode: attempt(umvmm, guest, what, job, mode), jobs, modes):
                seen[status] = seen.get(status, 0) + 1
                if wrong:
                    failed += 1
                    print(f"{'; '.join(wrong)}: {command}\n{said}")
        after = os.stat(victim.name)
        with open(victim.name, "rb") as f:
            if f.read() != b"untouched\n" or (before.st_mode, before.st_nlink) != (
                    after.st_mode, after.st_nlink):
                failed += 1
                print("the file outside was changed")
    if bystander.poll() is not None:
        failed += 1
        print(f"the process outside died: {bystander.returncode}")
    print(f"{count} guests, seed {seed}, {failed} wrong; statuses "
          + ", ".join(f"{s}: {n}" for s, n in sorted(seen.items())))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
