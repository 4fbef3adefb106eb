#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# client.py - a gdb that misbehaves, and one that asks for much.
#
# usage: client.py SOCKET CASE
#
# SOCKET is a path or a TCP port. Runs: on the host. The cases are the functions at the end;
# what they must not harm is the guest, which the suite looks at.
import os
import random
import socket
import sys
import time


class Gdb:
    def __init__(self, where, acks=False):
        self.where = where
        if where.isdigit():
            self.socket = socket.create_connection(("127.0.0.1", int(where)))
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(where)
        self.socket.settimeout(20)
        self.left = b""
        if not acks:
            assert self.ask("QStartNoAckMode") == b"OK"

    def send(self, data):
        data = data if isinstance(data, bytes) else data.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 255))

    def answer(self):
        """A frame's data, run lengths as they are; b"" when the connection has ended."""
        while self.left.count(b"#") == 0 or len(self.left) < self.left.index(b"#") + 3:
            more = self.socket.recv(1 << 20)
            if not more:
                return b""
            self.left += more
        end = self.left.index(b"#")
        frame, self.left = self.left[:end], self.left[end + 3:]
        return frame[frame.index(b"$") + 1:]

    def ask(self, data):
        self.send(data)
        return self.answer()

    def close(self):
        self.socket.close()


def expand(frame):
    """A frame's data without run lengths and escapes."""
    data, at = bytearray(), 0
    while at < len(frame):
        if frame[at] == ord("}"):
            data.append(frame[at + 1] ^ 0x20)
            at += 2
        elif frame[at] == ord("*"):
            data += data[-1:] * (frame[at + 1] - 29)
            at += 2
        else:
            data.append(frame[at])
            at += 1
    return data


def attach(where):
    gdb = Gdb(where)
    assert gdb.ask("?").startswith(b"T05"), "no stop"
    return gdb


def refused(where):
    """The second is told, the first goes on undisturbed."""
    first = attach(where)
    second = Gdb(where, acks=True)
    answer = second.ask("qSupported")
    assert b"another gdb is attached" in answer, answer
    assert second.answer() == b""
    # many, some of which say nothing
    silent = [Gdb(where, acks=True) for _ in range(20)]
    assert first.ask("qC").startswith(b"QC")
    for gdb in silent:
        gdb.close()
    assert first.ask("D") == b"OK"
    # and now there is room
    third = None
    for _ in range(100):
        third = Gdb(where, acks=True)
        answer = third.ask("qSupported")
        if b"PacketSize" in answer:
            break
        third.close()
        time.sleep(0.02)
    assert b"PacketSize" in answer, answer
    third.close()


def killed(where):
    """Dies in the middle of whatever."""
    for last in (b"", b"$", b"$m41000000,1", b"$m41000000,1#", b"\3", b"$vCont;c#a8",
                 b"$vCont;c#a8\3", b"$Z0,41000000,1#00$vCont;s:1#00", b"$qRcmd,696e666f20746c62#00"):
        gdb = attach(where)
        gdb.socket.sendall(last)
        gdb.close()
    gdb = attach(where)
    assert gdb.ask("D") == b"OK"


def garbage(where):
    """Bytes without sense, and packets that are nearly right."""
    source = random.Random(1)
    for _ in range(200):
        gdb = Gdb(where, acks=True)
        gdb.socket.sendall(source.randbytes(source.randrange(2000)))
        gdb.close()
    letters = "?gGpPmMxXzZcCsSvqQTHD!"
    for _ in range(20):
        gdb = attach(where)
        for _ in range(50):
            data = source.choice(letters) + "".join(
                source.choice("0123456789abcdef,;:=-vC") for _ in range(source.randrange(24)))
            if data[0] not in "DcsCSv": # these end the conversation
                gdb.send(data)
        gdb.close()
    gdb = attach(where)
    gdb.socket.sendall(b"$" + b"m" * 1000000 + b"#00")
    assert b"too long" in gdb.answer()
    assert gdb.ask("D") == b"OK"


def deaf(where):
    """Asks for much and reads nothing; the guest stands still, and goes on afterwards."""
    gdb = attach(where)
    gdb.socket.settimeout(0.3)
    try:
        for _ in range(100000):
            gdb.send("m41000000,10000")
    except TimeoutError:
        pass
    else:
        raise AssertionError("all was taken")
    gdb.close()
    gdb = attach(where)
    assert gdb.ask("D") == b"OK"


def bulk(where):
    """16 MiB of the guest's memory in bytes and in digits: all of it, and the same."""
    gdb = attach(where)
    gdb.send("qRcmd," + "space physical".encode().hex())
    while gdb.answer() != b"OK":
        pass
    size, step = 16 << 20, 0x10000
    for at in range(0x1000000, 0x1000000 + size, step):
        plain = expand(gdb.ask(f"x{at:x},{step:x}"))
        digits = expand(gdb.ask(f"m{at:x},{step:x}"))
        assert len(plain) == 1 + step and len(digits) == 2 * step, (at, plain[:20], digits[:20])
        assert plain[1:] == bytes.fromhex(digits.decode()), at
    assert gdb.ask("D") == b"OK"


def cycles(where):
    """Sets a breakpoint on the way of every open(), meets it, takes it out and steps on, as
    often as CHECK_CYCLES says; interrupts come all the while. The text is then as before."""
    address, count = int(os.environ["CHECK_ADDRESS"], 16), int(os.environ["CHECK_CYCLES"])
    gdb = attach(where)
    text = gdb.ask(f"m{address:x},40")
    place = f"{address:x},1"
    start = time.time()
    for i in range(count):
        assert gdb.ask("Z0," + place) == b"OK"
        stop = gdb.ask("vCont;c")
        assert stop.startswith(b"T05") and b"swbreak" in stop, (i, stop)
        thread = stop.split(b"thread:")[1].split(b";")[0].decode()
        assert gdb.ask("z0," + place) == b"OK"
        stop = gdb.ask(f"vCont;s:{thread}")
        assert stop.startswith(b"T05") and b"swbreak" not in stop, (i, stop)
    print(f"{count} times: {(time.time() - start) / count * 1e6:.0f} us each")
    assert gdb.ask(f"m{address:x},40") == text
    assert gdb.ask("D") == b"OK"


def reset(where):
    attach(where).send("qRcmd," + "reset".encode().hex())


CASES = (refused, killed, garbage, deaf, bulk, cycles, reset)

if __name__ == "__main__":
    next(case for case in CASES if case.__name__ == sys.argv[2])(sys.argv[1])
