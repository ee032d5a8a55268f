"""Runs test programs and scripts, some at a time, and prints a line for each and a sum.

What can be given: Criterion programs, plain programs (under threads/: the exit code is the one case), *.py (unittest),
*.bats, *.sh (cases as TAP lines "ok ..." / "not ok ...", else the exit code). All run in the repository's root with
AASIM holding the path of the tested variant's command. The last line is "N passed, N failed"; the exit code is 1 when any failed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

TIMEOUT_S = 900
# Long ones first, so that a core is not left alone with one of them at the end.
SLOW_FIRST = ("analysis", "cli", "determinism", "validation", "golden", "tooling", "results")


def command_for(path, tap):
    if path.endswith(".py"):
        folder, name = os.path.split(path)
        return [sys.executable, "-m", "unittest", "discover", "-s", folder, "-p", name]
    if path.endswith(".bats"):
        return ["bats", "--tap", path]
    if path.endswith(".sh"):
        return ["bash", path]
    if "/threads/" in path:
        return [path]
    return [path, "--jobs", "1", f"--tap={tap}"]


def count_tap(text):
    """(passed, failed) by TAP lines; a case of the plan that never reported has failed."""
    passed = len(re.findall(r"^ok\b", text, re.M))
    failed = len(re.findall(r"^not ok\b", text, re.M))
    plan = re.search(r"^1\.\.(\d+)", text, re.M)
    if plan:
        failed += max(0, int(plan.group(1)) - passed - failed)
    return passed, failed


def count_unittest(text):
    ran = re.search(r"^Ran (\d+) tests?", text, re.M)
    if not ran:
        return 0, 1
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", text))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
    return int(ran.group(1)) - bad - skipped, bad


def environment(build):
    env = dict(os.environ, AASIM=str(build / "aasim"), AASIM_BUILD=str(build), LC_ALL="C.UTF-8")
    env["PYTHONPATH"] = "analysis"
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env["MPLBACKEND"] = "Agg"
    # make's own variables would reach the makes that tests may start.
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "NO_COLOR"):
        env.pop(name, None)
    return env


def run_one(path, env):
    """(path, passed, failed, seconds, output)"""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        tap = os.path.join(scratch, "tap")
        try:
            done = subprocess.run(command_for(path, tap), env=dict(env, TMPDIR=scratch), timeout=TIMEOUT_S,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, code = done.stdout.decode(errors="replace"), done.returncode
        except subprocess.TimeoutExpired as late:
            output = (late.stdout or b"").decode(errors="replace") + f"\nno end after {TIMEOUT_S} s\n"
            code = -1
        tap_text = pathlib.Path(tap).read_text(errors="replace") if os.path.exists(tap) else output
    if path.endswith(".py"):
        passed, failed = count_unittest(output)
    else:
        passed, failed = count_tap(tap_text)
    if (code != 0 or "runtime error:" in output) and failed == 0:
        failed, output = 1, output + f"\nexit code {code}\n"
    if passed + failed == 0 and (path.endswith(".sh") or "/threads/" in path):
        passed = 1
    if passed + failed == 0 and "skipped=" not in output:
        failed, output = 1, output + "\nno test in it\n"
    return path, passed, failed, time.monotonic() - start, output


def report(result, build):
    path, passed, failed, seconds, output = result
    name = os.path.relpath(path, build / "tests") if path.startswith(str(build)) else os.path.relpath(path, "tests")
    state = "FAIL" if failed else "ok"
    print(f"{state:4} {name:44} {passed:5d} passed{f', {failed} failed' if failed else ''}  {seconds:6.1f} s",
          flush=True)
    if failed:
        print("     | " + output.rstrip().replace("\n", "\n     | "), flush=True)


def sanitizer_logs(folder):
    """Number of sanitizer reports; prints their beginnings."""
    logs = sorted(p for p in folder.iterdir() if p.stat().st_size > 0)
    for log in logs:
        print(f"FAIL sanitizer report {log}\n     | " + "\n     | ".join(log.read_text(errors="replace").splitlines()[:25]))
    return len(logs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--sanitizer-logs", type=pathlib.Path)
    parser.add_argument("tests", nargs="*")
    args = parser.parse_args()

    env = environment(args.build)
    if args.sanitizer_logs:
        shutil.rmtree(args.sanitizer_logs, ignore_errors=True)
        args.sanitizer_logs.mkdir(parents=True)
        where = f"log_path={args.sanitizer_logs.resolve()}/log"
        env["ASAN_OPTIONS"] = f"{where}:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
        known = pathlib.Path(__file__).resolve().with_name("lsan.supp")
        env["LSAN_OPTIONS"] = f"suppressions={known}:print_suppressions=0"
        env["UBSAN_OPTIONS"] = f"{where}:print_stacktrace=1"
        env["TSAN_OPTIONS"] = f"{where}:ignore_noninstrumented_modules=1"

    def slow(path):
        return next((i for i, word in enumerate(SLOW_FIRST) if f"/{word}/" in path), len(SLOW_FIRST))

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = [pool.submit(run_one, path, env) for path in sorted(args.tests, key=slow)]
        for done in concurrent.futures.as_completed(waiting):
            report(done.result(), args.build)
            passed += done.result()[1]
            failed += done.result()[2]
    if args.sanitizer_logs:
        failed += sanitizer_logs(args.sanitizer_logs)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
