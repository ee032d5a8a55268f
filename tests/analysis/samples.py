"""Results files for the tests of analysis/, written by the C tests' own maker of result sets."""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "analysis"))
KINDS = ("plain", "silent", "single", "names")
_directory = tempfile.TemporaryDirectory()


def write(kind, path, **environment):
    """Writes the sample to the path; the environment is that of the writing process on top of our own."""
    build = pathlib.Path(os.environ.get("AASIM_BUILD", ROOT / "build" / "test"))
    maker = (ROOT / build / "tests" / "unit" / "results" / "test_resultfile").resolve()
    if not maker.exists():
        raise RuntimeError(f"{maker} is missing: run `make test`, which builds it")
    env = dict(os.environ, AASIM_SYNTHETIC=str(path), AASIM_SYNTHETIC_KIND=kind, **environment)
    done = subprocess.run([maker, "--filter", "resultfile/export"], env=env, capture_output=True, text=True)
    if done.returncode != 0 or not os.path.exists(path):
        raise RuntimeError(f"{maker} wrote no {path}: {done.stdout}{done.stderr}")
    return str(path)


def sample(kind="plain"):
    """Path of a file of this kind, written once a process."""
    path = pathlib.Path(_directory.name) / f"{kind}.h5"
    return str(path) if path.exists() else write(kind, path)


# Studies of tests/cli/tiny: a line of the study after what all of them have, and the values of two parameters.
_TINY = {"grid": ("faults: [none, {tiny}/outage.yaml]\n"
                  "derived: {{queue: {{path: services.web.queue, value: 20 * headroom}}}}",
                  "values: [1, 2, 3]", "values: [5 ms, 8 ms]"),
         "one-at-a-time": ("faults: {tiny}/outage.yaml\ndesign: {{kind: one-at-a-time}}",
                           "values: [2, 1, 3]", "values: [5 ms, 8 ms]"),
         "saltelli": ("faults: {tiny}/outage.yaml\ndesign: {{kind: saltelli, points: 8}}",
                      "from: 1, to: 4", "from: 5 ms, to: 30 ms"),
         "morris": ("faults: {tiny}/outage.yaml\ndesign: {{kind: morris, points: 4}}",
                    "from: 1, to: 4", "from: 5 ms, to: 30 ms")}


def _study(kind):
    """Text of a study, with absolute paths."""
    if kind == "failover":  # the notebook's, with fewer values and minutes
        text = (ROOT / "analysis" / "studies" / "failover-grid.yaml").read_text().replace("../../", f"{ROOT}/")
        shorter = "duration=6 min, warmup=1 min, faults.darkness.at=2 min, faults.darkness.lasts=10 s"
        for old, new in (("duration=90 min", shorter),
                         ("[5 s, 15 s, 60 s, 300 s, 900 s]", "[5 s, 300 s]"), ("[1, 2, 3, 4, 5, 6, 8]", "[2, 3]"),
                         ("replications: 4", "replications: 2"), ("99 %", "97 %")):
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        return text
    lines, headroom, work = _TINY[kind]
    tiny = ROOT / "tests" / "cli" / "tiny"
    return (f"title: A sweep for tests\ntopologies: [{tiny}/one.yaml, {tiny}/two.yaml]\nworkloads: {tiny}/load.yaml\n"
            f"replications: 3\n{lines.format(tiny=tiny)}\nparameters:\n"
            f"  headroom: {{path: services.web.servers_per_zone, {headroom}}}\n"
            f"  work: {{path: services.web.work, {work}}}\nobjectives:\n  available: {{metric: availability, at_least: 99 %}}\n"
            "  fast: {metric: latency_p99_s, at_most: 400 ms}\n")


def sweep_of(kind):
    """Path of the merged file of a small real sweep, made once a process by the command: $AASIM, or build/aasim."""
    path = pathlib.Path(_directory.name) / f"sweep-{kind}.h5"
    if path.exists():
        return str(path)
    aasim = (ROOT / os.environ.get("AASIM", "build/aasim")).resolve()
    if not aasim.exists():
        raise RuntimeError(f"{aasim} is missing: run `make`, which builds it")
    folder, study = path.with_suffix(""), path.with_suffix(".yaml")
    study.write_text(_study(kind))
    env = dict(os.environ, AASIM_TABLES=str(ROOT / "topologies" / "tables"))
    for arguments in (("plan", study, "-o", folder), ("run", folder), ("merge", folder, "-o", path)):
        done = subprocess.run([aasim, "sweep", *arguments, "-q"], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{aasim} sweep {arguments[0]}: {done.stdout}{done.stderr}")
    return str(path)
