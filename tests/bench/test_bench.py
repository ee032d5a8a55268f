"""The benches run in their quick form, and leave rows that can be read: finite figures, verdicts that fit the targets."""

import csv
import math
import os
import pathlib
import subprocess
import tempfile
import unittest

BENCH = pathlib.Path(os.environ["AASIM_BUILD"], "tests/bench/bench").resolve()
COLUMNS = ["bench", "variant", "size", "rounds", "median", "low", "high", "unit", "reference", "ratio", "ratio_low", "ratio_high", "target",
           "met"]


def run(*arguments):
    return subprocess.run([BENCH, *arguments], capture_output=True, text=True)


def holds(row):
    """Whether the row's figures reach its target, by the text of the target."""
    what, relation, bound = "median", *row["target"].split()[-2:]
    if row["target"] == "holds 1":
        return float(row["ratio_low"]) <= 1 <= float(row["ratio_high"])
    if row["target"].startswith("ratio"):
        what = "ratio"
    return float(row[what]) >= float(bound) if relation == ">=" else float(row[what]) <= float(bound)


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            cls.done = run("--quick", "--out", f"{folder}/deep/er")
            files = sorted(pathlib.Path(folder, "deep/er").glob("*.csv"))
            cls.tables = {file.stem: list(csv.reader(file.read_text().splitlines())) for file in files}

    def rows(self):
        for name, (_, *lines) in self.tables.items():
            for line in lines:
                yield name, dict(zip(COLUMNS, line, strict=True))

    def test_all_ran(self):
        self.assertEqual(self.done.returncode, 0, self.done.stdout + self.done.stderr)
        names = [line.split()[0] for line in run("--list").stdout.splitlines()]
        self.assertGreater(len(names), 5)
        self.assertEqual(sorted(names), sorted(self.tables))
        for name, lines in self.tables.items():
            self.assertEqual(lines[0], COLUMNS, name)
            self.assertGreater(len(lines), 1, name)

    def test_figures_are_finite_and_in_order(self):
        for name, row in self.rows():
            self.assertEqual(row["bench"], name)
            self.assertTrue(row["variant"] and row["unit"], row)
            self.assertGreaterEqual(int(row["rounds"]), 1)
            self.assertTrue(math.isfinite(float(row["median"])), row)
            self.assertTrue(float(row["low"]) <= float(row["median"]) <= float(row["high"]), row)
            ratios = [row["ratio_low"], row["ratio"], row["ratio_high"]]
            self.assertEqual(bool(row["reference"]), all(ratios), row)
            if row["reference"]:
                self.assertTrue(0 < float(ratios[0]) <= float(ratios[1]) <= float(ratios[2]) < math.inf, row)
            else:
                self.assertEqual(ratios, ["", "", ""], row)

    def test_verdicts_fit_the_targets(self):
        n = 0
        for _, row in self.rows():
            if row["target"]:
                n += 1
                self.assertEqual(row["met"], "yes" if holds(row) else "no", row)
            else:
                self.assertEqual(row["met"], "", row)
        self.assertGreater(n, 10)

    def test_tables_fit_the_screen(self):
        for line in self.done.stdout.splitlines()[:-1]:  # the last one names the folder
            self.assertLessEqual(len(line), 100, line)

    def test_mistakes_are_refused(self):
        self.assertEqual(run("--only", "phold,nothing").returncode, 64)
        self.assertEqual(run("--only", "").returncode, 64)
        self.assertEqual(run("--fast").returncode, 64)
        self.assertEqual(run("--probe", "nothing", "1").returncode, 64)
