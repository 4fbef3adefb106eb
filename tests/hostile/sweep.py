#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sweep.py - user code jumps to one byte of the monitor after the other (sweep.c).
#
# usage: sweep.py UMVMM GUEST ISOLATION FROM TO STEP SEED [OPTION…]
#
# With --isolation split one VM must survive all of it. Else a jump may end its VM,
# with a status of umvmm/base/exit.h and a message, or it must end at once when its manager
# is asked to; the next VM goes on behind that jump. No process may be left. A few
# VMs run at a time: most wait. Prints what failed and how to run it again.
import concurrent.futures
import os
import selectors
import signal
import subprocess
import sys
import time

import many

QUIET = 1.0  # seconds without a jump: it never comes back
QUIET_SPLIT = 20.0  # there each comes back; a busy host may take its time
OUTPUT_MAX = 1 << 20
VMS = 3 * len(os.sched_getaffinity(0))
LANES = 64  # some parts take much longer than others


class Sweep:
    def __init__(self, umvmm, guest, isolation, step, seed, options):
        self.command = [umvmm, "run", "-k", guest, "-m", "64M", "--huge", "off",
                        "--isolation", isolation, *options]
        self.one = isolation == "split"
        self.quiet = QUIET_SPLIT if self.one else QUIET
        self.step = step
        self.seed = seed
        self.ends = {}
        self.jumps = 0
        self.wrong = []

    def run(self, start, end):
        """One VM, from START on. The address behind the last jump that it has made."""
        params = f"from={start:#x} to={end:#x} step={self.step} seed={self.seed + start}"
        command = [*self.command, "-p", params]
        vm = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True)
        out, asked = watch(vm, self.quiet)
        text = (out[0][-500:] + b"\n" + out[1][-500:]).decode(errors="replace")
        boots = out[0].split(b"^")
        first = boots[1] if len(boots) > 1 else b""
        dots = len(first) - len(first.lstrip(b"."))
        complete = vm.returncode == 0 and b"\nswept " in first and b"passed" in first
        self.jumps += dots
        wrong = many.left_behind(vm.pid)
        if vm.returncode < 0:
            wrong.append(f"the manager died of signal {-vm.returncode}")
        elif not asked and not complete and not many.explained(vm.returncode, text):
            wrong.append(f"status {vm.returncode} without a message")
        if self.one and not complete:
            wrong.append(f"status {vm.returncode}: the guest did not survive")
        self.count("reset" if len(boots) > 2 else "asked to end" if asked
                   else "complete" if complete else kind(text))
        for w in wrong:
            self.wrong.append(f"{w}: {' '.join(command)}\n{text[-300:]}")
        return end if complete else start + max(dots, 1) * self.step

    def count(self, what):
        self.ends[what] = self.ends.get(what, 0) + 1

    def lane(self, start, end):
        while start < end and len(self.wrong) < 10:
            start = self.run(start, end)


def kind(text):
    """What the last message says, without its numbers."""
    lines = [line for line in text.splitlines() if line.startswith("umvmm: ")]
    return lines[-1][7:].split(" at rip")[0].split(" (")[0] if lines else "silent"


def watch(vm, quiet):
    """Reads until the VM has ended; one that is quiet, talks for ever or boots again is asked to."""
    out = {vm.stdout: b"", vm.stderr: b""}
    asked = None
    with selectors.DefaultSelector() as wait:
        for stream in out:
            wait.register(stream, selectors.EVENT_READ)
        while wait.get_map():
            ready = wait.select(quiet)
            for key, _ in ready:
                data = os.read(key.fd, 65536)
                if not data:
                    wait.unregister(key.fileobj)
                elif len(out[key.fileobj]) < OUTPUT_MAX:
                    out[key.fileobj] += data
            if not asked and (not ready or len(out[vm.stdout]) >= OUTPUT_MAX
                              or out[vm.stdout].count(b"^") > 1):
                vm.terminate()
                asked = time.monotonic()
            elif asked and time.monotonic() - asked > many.PATIENCE:
                os.killpg(vm.pid, signal.SIGKILL)
    vm.wait()
    return list(out.values()), asked is not None


def main():
    umvmm, guest, isolation = sys.argv[1:4]
    start, end, step, seed = (int(a, 0) for a in sys.argv[4:8])
    sweep = Sweep(umvmm, guest, isolation, step, seed, sys.argv[8:])
    began = time.monotonic()
    lane = end - start if sweep.one else max((end - start) // LANES // step, 1) * step
    with concurrent.futures.ThreadPoolExecutor(VMS) as pool:
        for done in [pool.submit(sweep.lane, at, min(at + lane, end))
                     for at in range(start, end, lane)]:
            done.result()
    for w in sweep.wrong:
        print(w)
    print(f"{sweep.jumps} jumps, seed {seed}, {time.monotonic() - began:.1f} s; ends of VMs: "
          + ", ".join(f"{e}: {n}" for e, n in sorted(sweep.ends.items())))
    return bool(sweep.wrong)


if __name__ == "__main__":
    sys.exit(main())
