"""The package in analysis/: numbers, table, figures, command, notebook."""

import io
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import h5py
import numpy as np
from samples import KINDS, ROOT, sample

import aasim
from aasim import figures, ranking, stores, tables, timelines


def run(*arguments, code=None, **environment):
    command = [sys.executable, *(["-c", code] if code else ["-m", "aasim"]), *arguments]
    return subprocess.run(command, capture_output=True, text=True,
                          env=dict(os.environ, PYTHONPATH=str(ROOT / "analysis"), **environment))


class Loading(unittest.TestCase):
    def test_names(self):
        r = aasim.load(pathlib.Path(sample()))
        self.assertEqual(r.designs, ["one-region", "active-passive", "active-active"])
        self.assertEqual(r.populations, ["new-york", "frankfurt", "tokyo", "são-paulo"])
        self.assertEqual(r.classes, ["browse", "order"])
        self.assertEqual(r.regions, ["us-east-1", "eu-west-1", "ap-northeast-1"])
        self.assertEqual(r.attrs["root_seed"], 42)
        self.assertIn("3 designs, 4 replications", repr(r))

    def test_groups_are_datasets_like_xarrays_own(self):
        import xarray

        r = aasim.load(sample())
        for group in ("summary", "replications", "latency", "timeseries", "stores", "replication", "recovery", "served", "events"):
            theirs = xarray.open_dataset(sample(), group=group, engine="h5netcdf").load()
            ours = getattr(r, group)
            self.assertEqual(set(ours.coords), set(theirs.coords), group)
            for name in theirs.variables:
                self.assertEqual(ours[name].dims, theirs[name].dims, name)
                if theirs[name].dtype.kind == "f":
                    np.testing.assert_array_equal(ours[name].values, theirs[name].values, name)
                else:
                    self.assertEqual(ours[name].values.tolist(), theirs[name].values.tolist(), name)

    def test_without_xarray_groups_are_dictionaries(self):
        done = run(sample(), code="import sys; sys.modules['xarray'] = None; import aasim\n"
                                  "r = aasim.load(sys.argv[1]); print(type(r.summary).__name__,"
                                  " r.summary['value'].shape, len(r.cdf(0)[0]) > 100, '<table' in r._repr_html_())")
        self.assertEqual(done.stdout, "dict (3, 13) True True\n", done.stderr)

    def test_what_is_no_results_file(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "x.h5")
            with self.assertRaises(FileNotFoundError):
                aasim.load(path)
            pathlib.Path(path).write_text("no HDF5")
            with self.assertRaisesRegex(aasim.ResultsError, "cannot be read as HDF5"):
                aasim.load(path)
            with h5py.File(path, "w"):
                pass
            with self.assertRaisesRegex(aasim.ResultsError, "not a results file"):
                aasim.load(path)
            for attribute, value, words in (("complete", 0, "not complete"),
                                            ("aasim_schema_version", 99, "layout version 99")):
                shutil.copy(sample(), path)
                with h5py.File(path, "a") as file:
                    file.attrs[attribute] = value
                with self.assertRaisesRegex(aasim.ResultsError, words):
                    aasim.load(path)

    def test_unknown_names_say_what_there_is(self):
        r = aasim.load(sample())
        for question in (lambda: r.cdf("two-regions"), lambda: r.cdf(0, "mars"), lambda: r.cdf(0, None, "x"),
                         lambda: r.compare("cost"), lambda: r.timeline("x")):
            with self.assertRaisesRegex(KeyError, "there are: "):
                question()
        with self.assertRaises(AttributeError):
            r.nothing


class Numbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.r = aasim.load(sample())

    def test_tries_by_endpoint(self):
        served, canary = self.r.groups["served"], self.r.endpoints.index("us-east-1/canary")
        self.assertEqual(self.r.endpoints[:2], self.r.regions[:2])
        self.assertTrue(np.isnan(served["tries"][0, :, canary]).all())
        tries = np.nansum(served["tries"][2], axis=0)
        self.assertGreater(tries[canary], 0)
        self.assertAlmostEqual(tries[canary] / (tries[canary] + tries[0]), 0.1, delta=0.02)
        self.assertEqual(np.nansum(served["answers"]), np.nansum(served["count"]))

    def test_cdf(self):
        latency, share = self.r.cdf("active-active", "tokyo", "browse")
        self.assertEqual(share[-1], 1)
        self.assertTrue((np.diff(latency) > 0).all() and (np.diff(share) >= 0).all())
        everyone = self.r.counts("active-active").sum()
        parts = sum(self.r.counts("active-active", p, c).sum() for p in self.r.populations for c in self.r.classes)
        self.assertEqual(everyone, parts)

    def test_quantiles_agree_with_the_simulator(self):
        # The sample's summary holds the quantiles of "browse" in the first replication; here all four.
        s = self.r.groups["summary"]
        for p, population in enumerate(self.r.populations):
            for i, q in enumerate(s["quantile"][:4]):
                ours = self.r.quantile(q, 2, population, "browse")
                self.assertLess(abs(ours / s["latency"][2, p, i] - 1), 0.05, (population, q))

    def test_no_verdict_without_a_value_of_the_baseline(self):
        rows = self.r.compare("stale_read_ratio")
        self.assertTrue(np.isnan(rows[0]["value"]) and not np.isnan(rows[1]["value"]))
        self.assertEqual([row["verdict"] for row in rows], ["baseline", "not_compared", "not_compared"])
        block = next(b for b in tables.text(self.r).split("\n\n") if b.startswith("Stale reads"))
        for words in ("better", "worse", "distinguishable", "compared"):
            self.assertNotIn(words, block)
        self.assertIn("n/a", block.splitlines()[1])
        self.assertRegex(block.splitlines()[2], r"\d \[|\d  +\[")  # the value stays
        figure = figures.comparison(self.r, ["stale_read_ratio"])
        marks = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
        self.assertEqual([line.get_markerfacecolor() for line in marks], [figures.GREY] * 2)

    def test_timeline(self):
        line = self.r.timeline("one-region")
        self.assertEqual(line["time"].shape, (180,))
        np.testing.assert_array_equal(line["started"], sum(line[o] for o in self.r.outcomes))
        inside = (line["time"] >= 600) & (line["time"] < 1200)
        self.assertLess(line["mean"][inside].max(), 0.05)
        self.assertGreater(line["mean"][~inside].min(), 0.99)
        self.assertTrue((line["p05"] <= line["mean"]).all() and (line["mean"] <= line["p95"]).all())
        alone = sum(self.r.timeline("one-region", p)["started"] for p in self.r.populations)
        np.testing.assert_array_equal(alone, line["started"])

    def test_compare(self):
        rows = self.r.compare("availability")
        self.assertEqual([row["verdict"] for row in rows], ["baseline", "better", "better"])
        self.assertTrue(all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows))
        self.assertEqual(rows[1]["difference"], self.r.summary.difference.values[1, 0])
        self.assertEqual(len(self.r.compare()), 13 * 3)

    def test_events(self):
        table = self.r.event_table("active-passive", kinds=("leader_promoted",))
        self.assertEqual(table["time"].tolist(), [700, 701, 702, 703])
        self.assertEqual(set(table["component"]), {"orders/eu-west-1"})
        self.assertEqual(set(table["design"]), {"active-passive"})
        self.assertEqual(len(self.r.event_table()["time"]), 44)
        self.assertEqual(timelines.fault_spans(self.r), [(600.0, 1200.0, "us-east-1 down")])

    def test_failovers(self):
        table = self.r.failover_table("active-passive", "down")
        self.assertEqual(table["detected"].tolist(), [29, 30, 31, 32])
        self.assertEqual(table["balancer_detected"].tolist(), [20, 21, 22, 23])
        self.assertEqual(set(table["fault"]), {"down"})
        self.assertTrue(np.isnan(self.r.failover_table(0)["detected"]).all())
        self.assertEqual(len(self.r.failover_table()["lost"]), 12)
        with self.assertRaisesRegex(KeyError, "no fault 'up'; there are: down"):
            self.r.failover_table(0, "up")

    def test_what_failures_cost(self):
        table = self.r.exposure_table("active-active")
        self.assertEqual(table["writes"].tolist(), [3, 4, 5, 6])
        self.assertEqual([round(age, 3) for age in table["age"]], [0.5, 0.6, 0.7, 0.8])
        self.assertEqual((set(table["store"]), set(table["region"]), set(table["fault"])),
                         ({"carts"}, {"us-east-1"}, {"down"}))
        self.assertEqual(len(self.r.exposure_table()["time"]), 8)
        self.assertEqual(len(self.r.exposure_table("one-region")["time"]), 0)
        with self.assertRaisesRegex(KeyError, "no fault 'up'; there are: down"):
            self.r.exposure_table(None, "up")
        table = self.r.convergence_table("active-passive", "down")
        self.assertEqual(table["healed"].tolist(), [1200] * 4)
        np.testing.assert_array_equal(table["converged"], [1202, 1202, 1202, np.nan])
        self.assertEqual((set(table["from"]), set(table["to"])), ({"eu-west-1"}, {"us-east-1"}))
        self.assertEqual(aasim.load(sample("silent")).exposure_table()["fault"].size, 0)

    def test_ways_cleared_together_belong_to_a_fault(self):
        table = {"design": ["d"] * 3, "store": ["s"] * 3, "fault": ["a", "b", "a"], "replication": [0] * 3,
                 "healed": np.array([100.0] * 3), "converged": np.array([101.0, 103.0, 102.0])}
        first, after = stores._together(table)
        self.assertEqual((first.tolist(), after.tolist()), ([0, 1], [2, 3]))

    # By hand, with the formulas of sim/measure/estimate.h.
    def test_intervals_of_shares_are_over_replications(self):
        part, whole = np.array([[10, 20, 30], [0, 0, 0], [5, 5, 5]]), np.array([[100] * 3, [10, 0, 20], [50] * 3])
        low, high = stores.ratio_interval(part, whole, 0.95)
        half = 4.302652729911275 * np.sqrt(2 / 3 * 0.005)  # left out: 0.25, 0.2, 0.15
        angle, turn = np.arcsin(np.sqrt(0.2)), half / (2 * np.sqrt(0.16))
        self.assertAlmostEqual(low[0], np.sin(max(angle - turn, 0)) ** 2)
        self.assertAlmostEqual(high[0], np.sin(angle + turn) ** 2)
        self.assertEqual(low[1], 0)
        self.assertAlmostEqual(high[1], 1 - 0.025 ** (1 / 30))
        self.assertTrue(0.05 < low[2] < 0.1 < high[2] < 0.17)  # all alike: the exact bound
        one = stores.ratio_interval([[1]], [[2]], 0.95)
        self.assertTrue(np.isnan(one).all())
        self.assertTrue(np.isnan(stores.ratio_interval([[0, 0]], [[0, 0]], 0.95)).all())

    def test_t_visibility_is_that_of_all_replications(self):
        shown, g = stores.t_visibility(self.r), self.r.groups["stores"]
        self.assertEqual(shown.reads.shape, (3, 2, g["since_lo"].size))
        self.assertEqual(shown.reads.sum().item(), g["since_write"].sum())
        self.assertEqual(shown.stale.sum().item(), g["since_write_stale"].sum())
        known = shown.where(shown.reads > 0, drop=True)
        inside = (known.low <= known.probability) & (known.probability <= known.high)
        self.assertTrue(inside.values[np.isfinite(known.probability.values)].all())

    def test_drain(self):
        drain = self.r.drain("active-passive", "down")
        self.assertEqual((drain["since"][0], drain["until"][0]), (-300, 0))
        self.assertAlmostEqual(drain["share"]["cached"][0], 0.51)
        self.assertAlmostEqual(drain["share"]["stretched"][-1], 0.10)
        self.assertEqual(set(drain["attempts"]), {400})


class Ranking(unittest.TestCase):
    def ranked(self, values):
        """Ranks of three designs with these availabilities by replication."""
        r = aasim.load(sample())
        m = list(r.groups["replications"]["metric"]).index("availability")
        r.groups["replications"]["value"][:, :, m] = values
        r.groups["summary"]["value"][:, r.metrics.index("availability")] = np.mean(values, axis=1)
        return {row["design"]: (row["best"], row["worst"]) for row in ranking.ranking(r)}

    def test_designs_that_differ_have_a_rank_each(self):
        base = np.array([0.90, 0.91, 0.92, 0.93])
        got = self.ranked([base, base + 0.05 + 1e-4 * np.arange(4), base + 0.02 + 2e-4 * np.arange(4)])
        self.assertEqual(list(got.values()), [(1, 1), (2, 2), (3, 3)])
        self.assertEqual(list(got), [aasim.load(sample()).designs[i] for i in (1, 2, 0)])

    def test_designs_that_cannot_be_told_apart_share_ranks(self):
        base = np.array([0.90, 0.91, 0.92, 0.93])
        got = self.ranked([base, base + np.array([0.01, -0.01, 0.011, -0.01]), base - 0.05 - 1e-4 * np.arange(4)])
        self.assertEqual(sorted(got.values()), [(1, 2), (1, 2), (3, 3)])

    def test_equal_designs_share_all_ranks(self):
        self.assertEqual(set(self.ranked(np.full((3, 4), 0.9)).values()), {(1, 3)})

    def test_figure(self):
        self.assertEqual(ranking.ranks([aasim.load(sample())]).savefig(io.BytesIO(), format="png"), None)
        with self.assertRaisesRegex(ValueError, "different designs"):
            ranking.ranks([aasim.load(sample()), aasim.load(sample("single"))])


class Tables(unittest.TestCase):
    def test_html(self):
        r = aasim.load(sample())
        html = r._repr_html_()
        for availability in r.summary.value.sel(metric="availability").values:
            self.assertIn(f"<td>{math.floor(1000 * availability) / 10:.1f}", html)
        self.assertEqual(html.count("<tr>"), 4)
        self.assertIn('class="aasim-better"', html)
        self.assertIn("n/a", html)

    def test_names_are_escaped(self):
        r = aasim.load(sample())
        r.designs = ["<script>", "b & c", "d"]
        self.assertNotIn("<script>", r._repr_html_())
        self.assertIn("b &amp; c", r._repr_html_())

    def test_digits_follow_the_interval(self):
        self.assertEqual(tables.decimals(99.98, 0.012), 3)
        self.assertEqual(tables.decimals(947, 55), 0)
        self.assertEqual(tables.decimals(0.0012, math.nan), 5)
        self.assertEqual(tables.decimals(0, math.nan), 0)

    def test_one_replication_says_so(self):
        text = tables.text(aasim.load(sample("single")))
        self.assertIn("One replication gives no intervals", text)
        self.assertNotIn("nan", text)

    def test_nothing_happened(self):
        self.assertNotIn("nan", tables.text(aasim.load(sample("silent"))))


# Of these nothing is known in such a file.
NOT_DRAWN = {
    "silent": {"failover-chain", "drain", "data-recovery", "t-visibility", "write-fates", "store-latency",
               "replication-lag", "replication-backlog"},
    "single": {"differences", "data-recovery", "replication-lag", "replication-backlog"},
}


class Figures(unittest.TestCase):
    def test_every_kind_of_file_is_drawn(self):
        for kind in KINDS:  # without requests or events, one design and replication, endless names
            with self.subTest(kind=kind), tempfile.TemporaryDirectory() as directory:
                paths = list(figures.save_all(aasim.load(sample(kind)), directory, dpi=40))
                missing = set(figures.FIGURES) - {pathlib.Path(path).stem for path in paths}
                self.assertEqual(missing, NOT_DRAWN.get(kind, set()))
                for path in paths:
                    self.assertEqual(pathlib.Path(path).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_equal_results_give_equal_files(self):
        for file_format in ("png", "pdf"):
            with tempfile.TemporaryDirectory() as directory:
                r = aasim.load(sample())
                first = {os.path.basename(p): pathlib.Path(p).read_bytes()
                         for p in figures.save_all(r, directory, file_format, dpi=40)}
                for path in figures.save_all(r, directory, file_format, dpi=40):
                    self.assertEqual(first[os.path.basename(path)], pathlib.Path(path).read_bytes(), path)

    def test_a_choice_of_designs_and_populations(self):
        r = aasim.load(sample())
        self.assertEqual(len(figures.latency_cdf(r, ["tokyo"]).axes), 1)
        self.assertEqual(len(figures.availability_timeline(r, ["active-active", "one-region"]).axes), 3)
        self.assertEqual(len(figures.comparison(r, ["availability"]).axes), 1)
        with self.assertRaises(KeyError):
            figures.failures(r, ["nowhere"])

    def test_a_notebook_shows_them(self):
        self.assertEqual(figures.served(aasim.load(sample()))._repr_png_()[1:4], b"PNG")


class Command(unittest.TestCase):
    def test_figures(self):
        with tempfile.TemporaryDirectory() as directory:
            out = os.path.join(directory, "new", "figures")
            done = run("figures", sample(), "--out", out, "--dpi", "40")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(done.stdout.split()), sorted(os.path.join(out, f) for f in os.listdir(out)))

    def test_table(self):
        done = run("table", sample())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Availability (%)", done.stdout)

    def test_exit_codes(self):
        self.assertEqual(run("table", "/nowhere.h5").returncode, 66)
        self.assertEqual(run("table", __file__).returncode, 65)
        self.assertEqual(run("figures", sample(), "--out", "/proc/figures").returncode, 73)
        self.assertEqual(run("paint").returncode, 2)
        for done in (run("table", "/nowhere.h5"), run("table", __file__)):
            self.assertEqual(len(done.stderr.splitlines()), 1)


class Notebook(unittest.TestCase):
    path = ROOT / "notebooks" / "compare-designs.ipynb"

    def test_it_is_stored_without_outputs(self):
        for cell in json.loads(self.path.read_text())["cells"]:
            self.assertEqual((cell.get("outputs", []), cell.get("execution_count")), ([], None))

    def test_it_runs(self):
        with tempfile.TemporaryDirectory() as directory:
            # A first python3 on the PATH that is none must not matter.
            fake = pathlib.Path(directory) / "bin" / "python3"
            fake.parent.mkdir()
            fake.write_text("#!/bin/sh\nexit 1\n")
            fake.chmod(0o755)
            done = subprocess.run([ROOT / "analysis" / "run_notebook.sh", self.path, sample(), directory + "/out"],
                                  env=dict(os.environ, PATH=f"{fake.parent}:{os.environ['PATH']}"),
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            cells = json.loads(pathlib.Path(done.stdout.strip()).read_text())["cells"]
        shown = [set(output["data"]) for cell in cells for output in cell.get("outputs", [])]
        self.assertEqual(sum("image/png" in s for s in shown), 8)
        self.assertIn("text/html", shown[0])


if __name__ == "__main__":
    unittest.main()
