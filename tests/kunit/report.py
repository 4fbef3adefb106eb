#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""report.py - the results of KUnit suites that were loaded as modules, a line for each case.

usage: report.py KERNEL-TREE KNOWN LIST < OUTPUT

Runs: on the host. LIST is what suites.py has printed, OUTPUT what the driver has. The log of each
module is read by the kernel's own parser. Prints "PASS|FAIL|SKIP MODULE SUITE.CASE". A module that
was not loaded, or of which the log has no end, or fewer suites than it has, or a suite without
cases, has failed. A case that the file KNOWN names is skipped if it fails, and has failed if it
passes. Status 0 if something has passed and nothing has failed.
"""
import os
import re
import sys

results = sys.stdout
sys.stdout = open(os.devnull, 'w', encoding='utf-8')  # the parser prints in its own way
sys.path.insert(0, os.path.join(sys.argv[1], 'tools/testing/kunit'))
from kunit_parser import TestStatus, parse_run_tests  # noqa: E402

WORDS = {TestStatus.SUCCESS: 'PASS', TestStatus.SKIPPED: 'SKIP'}
count = {'PASS': 0, 'FAIL': 0, 'SKIP': 0, 'known': 0}
with open(sys.argv[2], encoding='utf-8') as file:
    known = {line.strip() for line in file if not line.startswith('#')}


def say(word, module, name):
    name = re.sub(r'\s+', '_', name)
    if f'{module} {name}' in known and word != 'SKIP':
        count['known'] += 1
        word = 'SKIP' if word == 'FAIL' else 'FAIL'
    count[word] += 1
    print(word, module, name, file=results)


def leaves(module, test, name):
    for sub in test.subtests:
        path = f'{name}.{sub.name or "(missing)"}'
        if sub.subtests:
            leaves(module, sub, path)
        else:
            say(WORDS.get(sub.status, 'FAIL'), module, path)


def judge(module, suites, lines, status):
    # a module's suites come without the head that those of a kernel have
    log = parse_run_tests(['KTAP version 1', f'1..{suites}'] + lines)
    failed, before = count['FAIL'], count['FAIL'] + count['known']
    for suite in log.subtests:
        name = suite.name or '(missing)'
        if not suite.subtests:
            say('FAIL', module, f'{name}.(ran_nothing)')
        leaves(module, suite, name)
        # what a suite says of itself may be worse than its cases: its own initialisation
        if suite.subtests and not suite.ok_status() and count['FAIL'] + count['known'] == before:
            say('FAIL', module, f'{name}.(suite)')
    if status is None:
        say('FAIL', module, '(cut_off)')
    elif status != '0':
        say('FAIL', module, '(not_loaded)')
    elif (log.counts.errors or len(log.subtests) != suites) and count['FAIL'] == failed:
        say('FAIL', module, '(log)')


def main():
    logs, ends, lines = {}, {}, []
    for line in sys.stdin.read().split('\n'):
        words = line.split(' ')
        if words[0] == 'START' and len(words) == 2:
            lines = logs[words[1]] = []
        elif words[0] == 'END' and len(words) == 3:
            ends[words[1]] = words[2]
        else:
            lines.append(re.sub(r'^\[ *[0-9]+\.[0-9]+\] ', '', line))
    with open(sys.argv[3], encoding='utf-8') as f:
        for line in f:
            module, suites = line.split()
            if module in logs:
                judge(module, int(suites), logs[module], ends.get(module))
            else:
                say('FAIL', module, '(not_run)')
    return 0 if count['PASS'] and not count['FAIL'] else 1


sys.exit(main())
