# SPDX-License-Identifier: GPL-2.0-or-later
#
# breakpoints.py - software breakpoints in the kernel and in a process, and steps.
import os
import sys
sys.path.insert(0, os.path.dirname(__file__))
from lib import *


def kernel():
    run("break *__x64_sys_getppid")
    for _ in range(30):
        resume()
        assert pc() == address("__x64_sys_getppid"), hex(pc())
    run("delete")


def each_cpu():
    """Its timer's interrupt comes to every CPU."""
    run("break *asm_sysvec_apic_timer_interrupt")
    seen = set()
    for _ in range(500):
        resume()
        seen.add(gdb.selected_thread().num)
        if len(seen) == CPUS:
            break
    run("delete")
    assert len(seen) == CPUS, f"threads {seen}"


def in_and_out():
    """On the kernel's way in, where its stack is not yet there, and at its last instruction."""
    for name in ["entry_SYSCALL_64", "entry_SYSCALL_64_after_hwframe", "asm_exc_page_fault",
                 "native_irq_return_iret", "__switch_to_asm"]:
        run(f"break *{name}")
        for _ in range(20):
            resume()
            assert pc() == address(name), hex(pc())
        # one step from there, on whichever CPU that is
        run("stepi")
        assert pc() != address(name)
        run("delete")
    go_to_debuggee()
    run("break *asm_exc_nmi")
    for _ in range(3):
        run("monitor nmi")
        resume()
        assert pc() == address("asm_exc_nmi"), hex(pc())
        run("delete")
        go_to_debuggee()
        run("break *asm_exc_nmi")
    run("delete")


def hidden():
    """Nobody sees the INT3s, and what is written beside them stays."""
    before = memory(address("__x64_sys_getppid"), 16)
    run("break *__x64_sys_getppid")
    resume()
    run("set breakpoint always-inserted on")
    assert memory(address("__x64_sys_getppid"), 16) == before
    run("set breakpoint always-inserted off")
    run("delete")


def conditional():
    """gdb looks at it at each hit, and lets the guest go on."""
    run("set $hits = 0")
    run("break *__x64_sys_getppid if ($hits++, $hits % 10 == 0)")
    for i in range(1, 4):
        resume()
        assert value("$hits") == 10 * i, value("$hits")
    run("delete")


def in_user():
    """By address: debuggee runs on every CPU, in one address space or several."""
    go_to_debuggee()
    marker = user("marker")
    run(f"break *{marker}")
    last = None
    for _ in range(20):
        resume()
        assert pc() == marker and value("$cs") & 3 == 3
        assert value("$rdi") != last or CPUS > 1, "a turn of the loop"
        last = value("$rdi")
    run("delete")


def steps():
    """From the kernel to user code and into the kernel again; interrupts are held back."""
    first, last = address("__irqentry_text_start"), address("__irqentry_text_end")
    for _ in range(10):
        go_to_debuggee()
        user_steps = came_back = 0
        for _ in range(200):
            before = pc()
            run("stepi")
            rip = pc()
            assert not first <= rip < last, f"{before:#x}: stepped into an interrupt: {rip:#x}"
            assert not MONITOR <= rip < WINDOW_END, f"{before:#x}: stepped into the monitor"
            user_steps += not in_kernel(rip)
            came_back += user_steps and in_kernel(rip)
        if came_back:
            return
        # the scheduler had something else in mind
    raise AssertionError("never from a system call to user code and back")


def steps_with_interrupts():
    """On request; then a step ends before a handler's first instruction, and they go on from there."""
    first, last = address("__irqentry_text_start"), address("__irqentry_text_end")
    timer = address("asm_sysvec_apic_timer_interrupt")
    go_to_debuggee()
    run("monitor nmi")
    run("stepi")
    assert in_kernel(pc()) and pc() != address("asm_exc_nmi"), "it is held back"
    run("monitor interrupts on")
    run("stepi")
    assert pc() == address("asm_exc_nmi"), hex(pc())
    go_to_debuggee()  # its handler goes on for long
    met = set()
    for _ in range(3000):
        before = pc()
        run("stepi")
        rip = pc()
        assert not MONITOR <= rip < WINDOW_END, f"{before:#x}: stepped into the monitor"
        if first <= rip < last and not first <= before < last:
            met.add(rip)
            if rip == timer:
                break
            run("tbreak *__x64_sys_getppid")
            resume()
    assert timer in met, f"no timer's interrupt in so many steps, but {[hex(m) for m in met]}"
    for _ in range(100):
        run("stepi")
    run("monitor interrupts off")


def function_end():
    """finish needs nothing but the stack: the frame of a system call's function."""
    go_to_debuggee()
    caller = value("*(unsigned long *)$sp")
    run(f"tbreak *{caller} if $sp == {value('$sp') + 8}")
    resume()
    assert pc() == caller
    assert value("$rax") > 0, "the parent's process id"


def many():
    """More at once than there are debug registers."""
    names = ["__x64_sys_getpid", "__x64_sys_getuid", "__x64_sys_read", "__x64_sys_write",
             "__x64_sys_openat", "__x64_sys_close", "__x64_sys_execve", "do_exit",
             "__x64_sys_getppid"]
    for name in names:
        run(f"break *{name}")
    for _ in range(5):
        resume()
        assert pc() in [address(name) for name in names]
    run("delete")


check(kernel, each_cpu, in_and_out, hidden, conditional, in_user, steps, steps_with_interrupts, function_end, many)
