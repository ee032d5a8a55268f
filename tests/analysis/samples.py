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
