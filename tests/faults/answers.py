#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# answers.py - a socket that answers umvmm's commands as no VM would, for answers.sh: each command
# has to end with 125 and one line that says why.
#
# usage: answers.py UMVMM	XDG_RUNTIME_DIR is where VMs are registered
import os
import socket
import subprocess
import sys
import threading

NUMBERS = b"mem 1\nimage_start 1\nimage_end 1\nimage_virt 1\n"
ANSWERS = {
    "one newline": b"\n",
    "no newline": b"name",
    "JSON": b'{"name":"fake","pid":1,"cpus":1,"mem":1,"vcpus":[{"trap":1}]}\n',
    "an open list": b'{"vcpus":[',
    "zeroes": bytes(100),
    "any bytes": bytes(range(256)) * 20,
    "no end of line": b"a" * 70000,
    "many lines": b"a 1\n" * 20000,
    "no numbers": b"pid x\ncpus x\nmem x\nexec x\nvcpu x\nisolation x\nend x\nkernel \nsocket \n",
    "numbers too large": b"pid 99999999999999999999\ncpus -1\nmem 0x10\nexec \n",
    "no vCPU": b"name fake\nisolation none\ntrust_told 0\nmem_resident 0\nchunks_collapsed 0\n"
               b"pages_added 0\ncontexts 1\nend 1\n",
    "too many vCPUs": b"isolation none\n" + b"vcpu 0\n" * 100 + b"end 1\n",
    "a long word": b"isolation " + b"a" * 1000 + b"\nkernel " + b"a" * 9000 + b"\n",
    "numbers, but no memory": NUMBERS,
    "an error": b"error it has none\n",
}
COMMANDS = [["stats", "fake"], ["stats", "--json", "fake"], ["stop", "fake"], ["exec", "fake", "true"],
            ["gdb", "fake"], ["dmesg", "fake"], ["ps", "fake"], ["bt", "fake"]]


def serve(listener, answer):
    try:
        while True:
            s, _ = listener.accept()
            s.recv(64)
            try:
                s.sendall(answer)
            except OSError:
                pass  # it has had enough
            s.close()
    except OSError:
        pass


def main(umvmm):
    folder = os.environ["XDG_RUNTIME_DIR"] + "/umvmm"
    os.makedirs(folder, 0o700, exist_ok=True)
    path, wrong = folder + "/fake.sock", 0
    for name, answer in ANSWERS.items():
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(8)
        thread = threading.Thread(target=serve, args=(listener, answer))
        thread.start()
        for words in COMMANDS + [["list"], ["list", "--json"]]:
            run = subprocess.run([umvmm] + words, stdin=subprocess.DEVNULL, capture_output=True,
                                 timeout=60)
            shown = {"list": b"", "list --json": b"[]\n"}.get(" ".join(words), b"")
            status = 0 if words[0] == "list" else 125
            if run.returncode != status or run.stderr.count(b"\n") != 1 or run.stdout != shown or \
                    not run.stderr.startswith(b"umvmm: "):
                wrong += 1
                print("    %s, answered %s: status %d: %r" % (" ".join(words), name, run.returncode,
                                                               run.stderr[:200] + run.stdout[:200]))
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()
        os.unlink(path)
    return wrong > 0


sys.exit(main(sys.argv[1]))
