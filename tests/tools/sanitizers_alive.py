"""Proves that the sanitizers report: runs programs with planted faults and fails when one goes unnoticed.

usage: sanitizers_alive.py address|thread BUILD_DIRECTORY
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PLANTED = {
    "address": {"test_leak": "LeakSanitizer", "test_overflow": "AddressSanitizer: heap-buffer-overflow",
                "test_signed": "signed integer overflow"},
    "thread": {name: "ThreadSanitizer: data race" for name in ("race", "engine_stranger", "engine_barrier")},
}


def report_of(program):
    """What the sanitizers wrote while the program ran."""
    with tempfile.TemporaryDirectory() as folder:
        where = f"log_path={folder}/log"
        env = dict(os.environ, ASAN_OPTIONS=f"{where}:detect_leaks=1", UBSAN_OPTIONS=where,
                   TSAN_OPTIONS=f"{where}:ignore_noninstrumented_modules=1", OMP_NUM_THREADS="2")
        try:
            output = subprocess.run([program], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                    timeout=20).stdout
        except subprocess.TimeoutExpired as late:  # threads that lost each other may wait for ever
            output = late.stdout or b""
        logs = [p.read_text(errors="replace") for p in pathlib.Path(folder).iterdir()]
        return "\n".join(logs), output.decode(errors="replace")


def main():
    kind, build = sys.argv[1], pathlib.Path(sys.argv[2])
    silent = 0
    for program, expected in PLANTED[kind].items():
        logs, output = report_of(build / "tests/tools/planted" / program)
        # gcc's UBSan ignores log_path: it prints, and ends the test, which then fails.
        if expected not in logs and not ("[FAIL]" in output and "runtime error:" in output):
            silent += 1
            print(f"FAIL planted fault {program}: no report \"{expected}\"\n{logs[:2000]}\n{output[:2000]}")
    if not silent:
        print(f"ok   sanitizers report {', '.join(PLANTED[kind])} when planted")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
