#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# exec_terminal.py - umvmm exec -t on a terminal of its own.
#
# usage: exec_terminal.py UMVMM NAME CASE
#
# Run by exec.sh. Ends with 0, or says what was expected and what came.

import errno
import fcntl
import os
import select
import signal
import struct
import sys
import termios
import time

umvmm, name, case = sys.argv[1:4]
LIMIT = 60


class Terminal:
    """umvmm exec -t COMMAND, as the leader of a session with this terminal."""

    def __init__(self, *command, rows=33, cols=99):
        self.fd, slave = os.openpty()
        self.seen = b""
        self.resize(rows, cols)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(slave, fd)
            os.environ["TERM"] = "of-this-test"
            os.execv(umvmm, [umvmm, "exec", "-t", name, "--", *command])
        self.slave = slave

    def resize(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type(self, data):
        os.write(self.fd, data)

    def read(self, seconds):
        """False at the end of the time."""
        if not select.select([self.fd], [], [], seconds)[0]:
            return False
        try:
            self.seen += os.read(self.fd, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        return True

    def expect(self, text):
        """What comes behind it is kept for the next time."""
        end = time.monotonic() + LIMIT
        while text not in self.seen:
            if not self.read(end - time.monotonic() if end > time.monotonic() else 0):
                sys.exit(f"expected {text!r}; got {self.seen[-300:]!r}")
        before, self.seen = self.seen.split(text, 1)
        return before

    def ends(self, *statuses):
        if self.slave is not None:
            os.close(self.slave)
        end = time.monotonic() + LIMIT
        while True:
            pid, got = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                sys.exit("umvmm exec -t goes on")
            self.read(0.05)
        status = os.waitstatus_to_exitcode(got)
        if status not in statuses:
            sys.exit(f"status {status}, not {statuses}; {self.seen[-300:]!r}")

    def restored(self):
        if termios.tcgetattr(self.slave) != self.before:
            sys.exit("the terminal is not as it was before")


def shell():
    """A login's terminal: its size and type, interrupts, status; ours is as it was."""
    t = Terminal("sh")
    t.type(b"tty; echo $TERM; stty size\r")
    t.expect(b"\n/dev/pts/")
    t.expect(b"\nof-this-test\r\n33 99\r\n")
    t.resize(44, 111)
    t.type(b"until stty size | grep '^44 111'; do sleep 0.1; done\r")
    t.expect(b"\n44 111\r\n")
    t.type(b"sh -c 'echo sle''eps; exec sleep 1000'\r")
    t.expect(b"\nsleeps\r\n")
    t.type(b"\x03")
    t.type(b"echo li''ves $?\r")
    t.expect(b"\nlives 130\r\n")
    t.type(b"exit 7\r")
    end = time.monotonic() + LIMIT
    while termios.tcgetattr(t.slave) != t.before and time.monotonic() < end:
        t.read(0.05)
    t.restored()
    t.ends(7)


def keys():
    """Ctrl-a: to the guest, the help, and out."""
    t = Terminal("sh", "-c", "stty raw -echo; echo up; head -c 6 | cat -v; head -c 1 | cat -v; sleep 4321")
    t.expect(b"up")
    t.type(b"x\x01ay\x01\x01z\x01b!")
    t.expect(b"x^Ay^Az!")
    t.type(b"\x01?")
    t.expect(b"Ctrl-a x quits, Ctrl-a a sends Ctrl-a, Ctrl-a ? is this help\r\n")
    t.type(b"\x03")
    t.expect(b"^C")
    t.type(b"\x01x")
    t.ends(129)


def output():
    """All of it, in order: more than may be under way."""
    t = Terminal("sh", "-c", "seq 1 5000; echo done")
    text = t.expect(b"done\r\n")
    if text != b"".join(b"%d\r\n" % i for i in range(1, 5001)):
        sys.exit(f"output is lost or out of order: {len(text)} bytes")
    t.ends(0)


def hangup():
    """Our terminal goes away: so does the command's."""
    t = Terminal("sh", "-c", "echo up; sleep 4321")
    t.expect(b"up")
    os.close(t.slave)
    t.slave = None
    os.close(t.fd)
    t.fd = os.open("/dev/null", os.O_RDONLY)
    t.read = lambda seconds: time.sleep(seconds)
    t.ends(129, 125)  # 125: its last output was still to be written


globals()[case]()
