#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""suites.py - which modules are KUnit suites, and how many each has.

usage: suites.py KERNEL-TREE CONFIG MODULES

Runs: on the host. Prints "MODULE COUNT" for each module below MODULES that has suites; its section
.kunit_test_suites is an array of pointers to them. An option of CONFIG that is m and needs KUnit
(the tree's Kconfig files say so), but of which no such module was built, is an error: status 1.
"""
import os
import re
import subprocess
import sys

POINTER = 8
SECTION = re.compile(r'\.kunit_test_suites\s+PROGBITS\s+\S+\s+\S+\s+([0-9a-f]+)')
NEEDS_KUNIT = re.compile(r'^\s+(depends on|default|tristate|bool)\b.*\bKUNIT(_ALL_TESTS)?\b')


def files(tree, names):
    for folder, folders, found in os.walk(tree):
        if folder == tree:
            folders[:] = [f for f in folders if f not in ('Documentation', 'tools', '.git')]
        for name in found:
            if name.startswith(names):
                with open(os.path.join(folder, name), encoding='utf-8', errors='replace') as f:
                    yield f.read()


def suites(modules):
    """{module: number of suites}"""
    paths = [os.path.join(folder, name) for folder, _, names in os.walk(modules)
             for name in names if name.endswith('.ko')]
    found = {}
    for path in paths:
        sections = subprocess.run(['readelf', '-SW', path], check=True, capture_output=True, text=True)
        match = SECTION.search(sections.stdout)
        if match:
            found[os.path.basename(path)[:-3]] = int(match[1], 16) // POINTER
    return found


def options(tree, config):
    """Those that are m and need KUnit."""
    with open(config, encoding='utf-8') as f:
        modular = set(re.findall(r'^CONFIG_(\w+)=m$', f.read(), re.M))
    needing = set()
    for text in files(tree, 'Kconfig'):
        name = None
        for line in text.split('\n'):
            match = re.match(r'\s*(?:menu)?config (\w+)$', line)
            if match:
                name = match[1]
            elif name in modular and name != 'KUNIT' and NEEDS_KUNIT.match(line):
                needing.add(name)
    return needing


def objects(tree, wanted):
    """{option: its modules}"""
    found = {name: set() for name in wanted}
    for text in files(tree, ('Makefile', 'Kbuild')):
        for name, rest in re.findall(r'^obj-\$\(CONFIG_(\w+)\)\s*\+?=(.*)$',
                                     text.replace('\\\n', ' '), re.M):
            if name in found:
                found[name].update(re.findall(r'([\w-]+)\.o\b', rest))
    return found


def main():
    tree, config, modules = sys.argv[1:]
    have = suites(modules)
    missing = False
    for option, names in sorted(objects(tree, options(tree, config)).items()):
        if not names & have.keys():
            missing = True
            print(f'CONFIG_{option}: no module with a KUnit suite was built of it', file=sys.stderr)
    for name, count in sorted(have.items()):
        print(name, count)
    return 1 if missing or not have else 0


if __name__ == '__main__':
    sys.exit(main())
