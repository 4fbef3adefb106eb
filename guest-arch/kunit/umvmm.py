# SPDX-License-Identifier: GPL-2.0-or-later
"""umvmm.py - lets the kernel's kunit.py build for umvmm, and run under it.

usage, in a kernel's tree with umvmm's patches:
	tools/testing/kunit/kunit.py run --qemu_config=.../guest-arch/kunit/umvmm.py

Runs: in kunit.py, as one of its configurations for QEMU; what it starts for one is
qemu-system-umvmm, beside this file. $UMVMM names the program, if not that of this tree or
installation. The assembler wrapper is one that "make" or "umvmm build" has made.
"""
import os
import shutil
import sys

from qemu_config import QemuArchParams

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA = os.environ.get('XDG_DATA_HOME') or os.path.expanduser('~/.local/share')

# Sections of our own configuration without which no kernel runs under umvmm, or only slowly.
SECTIONS = ('General', 'Processors and time',
            'What ring 3 cannot give or what only slows it down', 'Buses and firmware')


def first(paths, what):
    for path in paths:
        if path and os.path.exists(path):
            return os.path.realpath(path)
    sys.exit(f'umvmm.py: {what}')


def sections():
    """Those lines of base.config. A comment behind an empty line begins a section."""
    wanted, last, lines = False, '', []
    with open(os.path.join(ROOT, 'guest-arch/config/base.config'), encoding='utf-8') as f:
        for line in f.read().split('\n'):
            if line.startswith('#') and not last:
                wanted = line[2:] in SECTIONS
            elif wanted and line.startswith('CONFIG_'):
                lines.append(line)
            last = line
    return '\n'.join(lines)


umvmm = first([os.environ.get('UMVMM'), os.path.join(ROOT, 'build/umvmm'),
               os.path.join(ROOT, '../../../bin/umvmm'), shutil.which('umvmm')],
              'there is no umvmm: set UMVMM to the program')
wrapper = first([os.path.join(os.path.dirname(umvmm), 'afterburn/as'),
                 os.path.join(DATA, 'umvmm/afterburn/as')],
                'there is no assembler wrapper: type umvmm build')
os.environ['UMVMM'] = umvmm
os.environ['PATH'] = HERE + os.pathsep + os.environ['PATH']

QEMU_ARCH = QemuArchParams(linux_arch='x86_64',
                           kconfig=f'''{sections()}
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
CONFIG_X86_VSYSCALL_EMULATION=n
CONFIG_UMVMM_AS="{os.path.dirname(wrapper)}"''',
                           qemu_arch='umvmm',
                           kernel_path='vmlinux',
                           kernel_command_line='console=ttyS0',
                           extra_qemu_params=[])
