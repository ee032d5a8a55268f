"""Runs the same program from several builds and compares what they print, line by line.

usage: compare_builds.py PROGRAM PROGRAM...

Says which lines differ first, and between which builds. Exit code 1 when a build differs, fails or prints nothing.
"""

import concurrent.futures
import itertools
import os
import subprocess
import sys


def lines_of(program):
    """What the program printed, or None when it failed."""
    done = subprocess.run([program], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"FAIL {program}: exit code {done.returncode}\n{done.stderr[:2000]}")
        return None
    return done.stdout.splitlines()


def first_difference(first, other):
    """(number, line, line) of the first lines that differ, None when there are none."""
    pairs = itertools.zip_longest(first, other, fillvalue="nothing")
    return next(((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b), None)


def main():
    programs = sys.argv[1:]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        printed = dict(zip(programs, pool.map(lines_of, programs)))
    failed = sum(lines is None for lines in printed.values())
    first = printed[programs[0]] or []
    if not first:
        print(f"FAIL {programs[0]} printed nothing")
        failed += 1
    for program in programs[1:]:
        difference = first_difference(first, printed[program] or [])
        if difference:
            number, a, b = difference
            print(f"FAIL line {number} differs\n     | {a}    {programs[0]}\n     | {b}    {program}")
            failed += 1
    if not failed:
        print(f"ok   {len(first)} lines are the same from {len(programs)} builds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
