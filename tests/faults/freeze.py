#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# freeze.py - a client that freezes a VM, as umvmm dump and umvmm bt do.
#
# usage: freeze.py SOCKET SECONDS waits|dies	then it ends, or is killed
import os
import signal
import socket
import sys
import time


def freeze(path):
    """The socket, which holds the VM until it is closed, and the guest's memory."""
    while True:  # a manager waits a moment only for what its client has to say
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
        try:
            s.send(b"freeze\n")
            text, fds, _, _ = socket.recv_fds(s, 4096, 1)
            if fds:
                break
            if text:
                sys.exit("    no memory: %r" % text)
        except (BrokenPipeError, ConnectionResetError):
            pass
    if not s.recv(1):  # the registers: it has stopped
        sys.exit("    no registers")
    return s, fds[0]


def main(path, seconds, end):
    held, memory = freeze(path)
    try:
        os.write(memory, b"x")
        sys.exit("    the guest's memory can be written")
    except OSError:
        pass
    print("frozen", flush=True)
    time.sleep(float(seconds))
    if end == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    held.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
