#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# seeds.py - writes a corpus to begin with: a folder for each fuzzer.
#
# usage: seeds.py DIR
#
# The kernel is as small as can be: one segment, a note with a site of each
# form that the rewriter knows, packed in each way that Python can.
import gzip
import lzma
import os
import struct
import sys

TEXT = 0x69000000
NOP = b"\x90"
SITES = [
    b"\xfa" + NOP * 11,              # cli
    b"\xfb" + NOP * 6,               # sti
    b"\xf4" + NOP * 6,               # hlt behind it: a pair
    b"\x9c" + NOP * 6,               # pushfq
    b"\x9d" + NOP * 6,               # popfq
    b"\x48\xcf" + NOP * 5,           # iretq
    b"\x48\x0f\x07" + NOP * 4,       # sysretq
    b"\x0f\x01\xf8" + NOP * 55,      # swapgs
    b"\x0f\x30" + NOP * 5,           # wrmsr
    b"\x0f\x20\xd8" + NOP * 4,       # mov %cr3, %rax
    b"\x0f\x22\xdf" + NOP * 4,       # mov %rdi, %cr3
    b"\x0f\x01\x38" + NOP * 4,       # invlpg (%rax)
    b"\xec" + NOP * 6,               # in
    b"\x8c\xc8" + NOP * 7,           # mov %cs, %eax
    b"\x0f\x01\x14\x25" + bytes(4) + NOP * 4,  # lgdt, trapping
]


def note(addresses, note_vaddr):
    """One note; each site's address is relative to its own entry."""
    desc = b""
    for address, length in addresses:
        here = note_vaddr + 12 + 8 + len(desc)
        desc += struct.pack("<iBBH", address - here, length, 0, 0)
    return struct.pack("<III", 6, len(desc), 1) + b"umvmm\0\0\0" + desc


def text_and_sites(base):
    text, sites = b"", []
    for site in SITES:
        sites.append((base + len(text), len(site)))
        text += site
    return text + NOP * 8, sites


def elf():
    text, sites = text_and_sites(TEXT)
    names = b"\0.note.umvmm\0.shstrtab\0.altinstr_replacement\0"
    offset = 64 + 56
    note_vaddr = TEXT + len(text)
    sites_note = note(sites, note_vaddr)
    body = text + sites_note
    shoff = offset + len(body) + len(names)
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 2, 62, 1, 0x1000000, 64, shoff, 0, 64, 56, 1, 64, 4, 2)
    segment = struct.pack("<IIQQQQQQ", 1, 5, offset, TEXT, 0x1000000, len(body), 8192, 4096)

    def section(name, kind, flags, address, at, size):
        return struct.pack("<IIQQQQIIQQ", name, kind, flags, address, at, size, 0, 0, 4, 0)

    return (head + segment + body + names + section(0, 0, 0, 0, 0, 0)
            + section(1, 7, 2, note_vaddr, offset + len(text), len(sites_note))
            + section(13, 3, 0, 0, offset + len(body), len(names))
            + section(23, 1, 6, note_vaddr + 4096, offset, 8))


def bzimage(payload):
    image = bytearray(1024)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", image, 0x206, 0x20F)
    struct.pack_into("<II", image, 0x248, 0, len(payload))
    return bytes(image) + payload


def zstd(data):
    """One frame with one raw block: RFC 8878, 3.1.1."""
    return (b"\x28\xb5\x2f\xfd" + b"\xa0" + struct.pack("<I", len(data))
            + struct.pack("<I", 1 | len(data) << 3)[:3] + data)


def patch(offset, data):
    """A step of tests/fuzz/hosted.h."""
    return struct.pack("<HB", offset, len(data)) + data


def frames():
    """Hand-offs with a signal frame in the mailbox (umvmm/monitor/context/sibling.h)."""
    box, stack, gate = 0x7FDF0000, 0x4000, 0x1400
    si, uc, fp = stack, stack + 0x1000, stack + 0x1800
    args = struct.pack("<QQQ", 11, box + si, box + uc)
    frame = patch(uc + 224, struct.pack("<Q", box + fp))
    bad_fpu = patch(fp + 24, b"\xff" * 8) + patch(fp + 512, b"\xff" * 64)
    segments = patch(56, b"\xff" * 24)
    return [args + frame, args + frame + bad_fpu, args + frame + segments,
            args + patch(gate + 24, b"\xff" * 8) + patch(gate + 512, b"\xff" * 64),
            args + patch(uc + 224, struct.pack("<Q", box + 0x7FC0))]


def hand_offs():
    """Runs of the user (an even byte, then is `pending` set?) and orders (odd)."""
    order, run, forged = b"\1\0\5", b"\0\1", bytes(19)
    return [order + run + b"\1" + forged, (order + b"\1\2\7") * 3 + run + b"\0\1" + b"\1" + forged,
            run + b"\x43\x0a" + bytes(18) + b"\3\0\6\1" * 4,
            b"\0\0" + (b"\xc3\x0a" + bytes(18) + b"\1\0\5\1") * 70, order * 45 + run]


def log_patches():
    """Patches of the log's rings (tests/fuzz/log.c): offset, length, bytes."""
    def word(at, value):
        return struct.pack("<HB", at, 8) + struct.pack("<Q", value & (1 << 64) - 1)
    return [b"", word(0x1018, 107), word(0x1000, 20), word(0x1048, -8), word(0x2008, 1),
            word(0x2010, 0x1100) + word(0x3010, 0xffff), word(0x1040, 31) + word(0x2010, 1 << 31),
            struct.pack("<HB", 0x9018 + 10, 4) + b"9999", word(0x9000, 11 | 5000 << 32)]


def exec_steps():
    """Sessions of umvmm exec (tests/fuzz/exec.c): a kind, a number, a length, bytes."""
    def step(kind, number=0, data=b""):
        return bytes([kind, number, len(data)]) + data

    def frame(what, session, data=b""):
        return struct.pack("<BBH", what, session, len(data)) + data
    start = step(1) + step(2, 0) + step(3, 0, frame(2, 0, b"ls\0") + frame(3, 0)) + step(6)
    return [start + step(0, 0, frame(8, 0, b"out") + frame(10, 0, b"\0")) + step(6) + step(4, 0, b""),
            start + step(2, 0) + step(6) + step(6) + step(2, 1), start + step(1) + step(6),
            start + step(5, 0) + step(3, 0, frame(4, 0, b"in")) + step(6) + step(5, 2, b"x") + step(6),
            (step(1) + b"".join(step(2, i) for i in range(8)) +
             step(0, 0, frame(8, 5, bytes(240))) * 100 + step(6))]


def linux_patches():
    """Patches of a fake guest (tests/unit/fake_linux.h, whose .c checks these addresses)."""
    virt, vmalloc, task, tasks_at, sp_at = 0x40000000, 0x680000000000, 0xA0, 0x20, 0x70
    note, btf, tables, num_syms, token_index = 0x1000, 0x2000, 0x3000, 0x7080, 0x7090
    names, orcs, stack, module, registers = 0x7F90, 0x8390, 0x9000, 0xB000, 0x10000 - 2 * 232

    def word(at, value):
        return patch(at, struct.pack("<Q", value & (1 << 64) - 1))

    leader, init = 5 * task, task
    # a stack on which an interrupt's registers lead to themselves
    loop, asm_nmi = stack + 4096 + 256, virt + 0xC900
    endless = (word(init + sp_at, vmalloc + 256 - 56) + word(loop - 8, asm_nmi + 1)
               + word(loop + 128, asm_nmi) + word(loop + 136, 16) + word(loop + 152, vmalloc + 256))
    every_orc = [patch(orcs + 6 * i + 4, struct.pack("<H", bits)) for i, bits in
                 ((1, 4), (1, 6), (5, 9), (5, 8), (1, 5 | 256), (1, 5 | 512), (9, 5 | 4 << 4))]
    return every_orc + [
        b"", endless, patch(btf + 12, struct.pack("<I", 20)), patch(btf + 0xA00, b"\0" * 200),
        patch(note + 24 + 14, b"SYMBOL(prb)"), patch(note + 4, b"\xff\x0f"),
        patch(btf + 28, struct.pack("<II", 4 << 24 | 2, 8)), patch(btf + 24, b"\xff" * 200),
        word(init + 0x88, virt + init + 0x20), patch(init + 0x80, b"\xff" * 16),
        word(tables + 8 * 0xD0, tables | 1),
        word(tables + 4096, 0x81), word(tables + 3 * 4096, 0x3001),
        patch(num_syms, struct.pack("<I", 1 << 20)), patch(names, b"\xff\xff"),
        patch(token_index, bytes(200)),
        word(init + tasks_at, virt + leader + tasks_at),
        word(leader + tasks_at + 16, virt + init + tasks_at + 16),
        word(init + sp_at, vmalloc + 0x100), word(init + sp_at, virt + stack),
        patch(init + sp_at + 8, b"\x1b[31m\xff"), patch(stack, struct.pack("<Q", virt) * 31),
        word(module + 8, vmalloc + 0x10008), word(module + 8, virt + module + 8),
        word(module + 0x50, vmalloc), patch(module + 0x68, b"\xff" * 8),
        patch(module + 0x18, b"\x1b" * 56), patch(registers, b"\xff" * 136),
        patch(registers + 128, b"\x10"), word(registers + 32, 0x800)]


def words(*args):
    return b"\0".join(a.encode() for a in args) + b"\0"


GDB = [
    "?", "qSupported:xmlRegisters=i386", "qXfer:features:read:target.xml:0,ffb",
    "qfThreadInfo", "qThreadExtraInfo,2", "qC", "Hg2", "Hc-1", "T1", "g", "p10",
    "P10=0000004100000000", "G" + "00" * 40, "m41000000,40", "x41000000,40",
    "M41000000,2:abcd", "X41000000,2:ab", "Z0,41000000,1", "Z1,41000010,1", "Z2,41000020,8",
    "z0,41000000,1", "vCont?", "vCont;c", "vCont;s:1;c", "vCont;r41000000,41000010:2", "s", "c",
    "QStartNoAckMode", "D", "k", "vKill;1",
] + ["qRcmd," + line.encode().hex() for line in (
    "help", "info registers", "info tlb", "info mem 0x1000", "info contexts", "stats",
    "translate 0x41000000", "space physical", "space 0x1000", "space current", "nmi", "reset")]


def sent(*pieces):
    """What a gdb sends (text), and events of the guest (numbers)."""
    out = b""
    for piece in pieces:
        if isinstance(piece, int):
            out += bytes([piece])
        else:
            data = b"$" + piece.encode() + b"#00" if piece != "\3" else b"\3"
            while data:
                out += bytes([min(len(data), 0xdf)]) + data[:0xdf]
                data = data[0xdf:]
    return out


def main():
    kernel = elf()
    size = struct.pack("<I", len(kernel))
    text, sites = text_and_sites(0x74000000)
    length = struct.pack("<H", len(text))
    a_note = text + note(sites, 0x74100000)
    corpus = {
        "kernel": [kernel, bzimage(gzip.compress(kernel)),
                   bzimage(lzma.compress(kernel, check=lzma.CHECK_CRC32) + size),
                   bzimage(zstd(kernel) + size)],
        "note": [b"\0" + length + a_note, b"\1" + length + a_note],
        "streams": [b"".join(struct.pack("<BBH", 0, c, 0) for c in b"ready\n255\n")
                    + struct.pack("<BBH", 3, 0, 4096),
                    b"".join(struct.pack("<BBH", 0, c, 0) for c in b"Kernel panic - not syncing\n")
                    + struct.pack("<BBH", 3, 0, 100),
                    struct.pack("<BBHBBHBBH", 1, 255, 65535, 3, 0, 4096, 5, 65, 200)],
        "log": log_patches(),
        "exec": exec_steps(),
        "linux": linux_patches(),
        "sibling_frame": frames(),
        "sibling": hand_offs(),
        "options": [words("-m", "1G", "-c", "2", "-e", "echo 'a b'"),
                    words("--virt", "trap", "--redirect", "ptrace", "--isolation", "pku", "-v"),
                    words("-n", "a", "-i", "x", "-i", "y", "-p", "quiet", "--", "ls", "it's"),
                    words("--mem-file", "f", "--huge", "off", "--poll", "off", "--affinity", "0,2-3", "-k", "v"),
                    words("-s", "-S"), words("--gdb", "tcp:1", "-n", "x"),
                    words("--gdb", "unix:/x"), words("--gdb", "fd:3")],
        # each packet alone; a whole session; each event in the middle of a run
        "gdb_stub": [sent("?", packet) for packet in GDB] + [sent(*GDB[:-4])]
               + [sent("Z0,410000f0,1", "vCont;c", e, "vCont;c", "\3", "g", "D")
                  for e in range(0xe0, 0x100)],
    }
    for target, inputs in corpus.items():
        folder = os.path.join(sys.argv[1], target)
        os.makedirs(folder, exist_ok=True)
        for i, data in enumerate(inputs):
            with open(os.path.join(folder, f"seed-{i}"), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
