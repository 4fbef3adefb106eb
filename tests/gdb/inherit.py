#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# inherit.py - umvmm run --gdb fd:N: with a socket that listens, then with one that is
# connected already.
#
# usage: inherit.py UMVMM
import os
import socket
import subprocess
import sys

from client import Gdb


def run(sock, client):
    vm = subprocess.Popen([sys.argv[1], "run", "-S", "--gdb", f"fd:{sock.fileno()}", "-e", "exit 9"],
                          pass_fds=[sock.fileno()], stdin=subprocess.DEVNULL)
    gdb = Gdb.__new__(Gdb)
    gdb.socket, gdb.left = client, b""
    client.settimeout(20)
    assert gdb.ask("?").startswith(b"T05")
    assert gdb.ask("D") == b"OK"
    assert vm.wait(60) == 9


listening = socket.create_server(("127.0.0.1", 0))
run(listening, socket.create_connection(listening.getsockname()))
ours, theirs = socket.socketpair()
run(theirs, ours)
