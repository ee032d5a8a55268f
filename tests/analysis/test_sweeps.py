"""Merged sweeps: loading, grids, fronts, effects, figures, the command, the notebook.

Numbers are checked on sweeps made up in memory, against definitions written out here and against scipy; the file on
real sweeps of tests/cli/tiny.
"""

import itertools
import json
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
import xarray
from matplotlib.colors import to_rgba
from samples import ROOT, sample, sweep_of
from scipy import stats

import aasim
from aasim import sweepfigures, tradeoffs
from aasim.results import Group

METRICS = ["availability", "downtime_min", "latency_p99_s"]


def made(values, settings, topology=None, met=None, names=("a", "b", "c"), level=0.95, study=""):
    """A Sweep of made up numbers. values: (point, metric, replication); settings: (point, parameter)."""
    values, settings = np.asarray(values, dtype=float), np.asarray(settings, dtype=float)
    n, n_metrics, n_replications = values.shape
    topology = np.zeros(n, dtype=int) if topology is None else np.asarray(topology)
    done = np.isfinite(values).any(axis=(1, 2))
    spread = values.std(axis=2, ddof=1) if n_replications > 1 else np.full((n, n_metrics), np.nan)
    half = stats.t.ppf((1 + level) / 2, max(1, n_replications - 1)) * spread / np.sqrt(n_replications)
    met = np.zeros(n, dtype=int) if met is None else np.asarray(met)
    chance = np.where(done, met / n_replications, np.nan)
    zero = np.zeros(n, dtype=int)
    groups = {
        "points": {"point": np.arange(n), "topology": np.array([f"design-{t}" for t in range(topology.max() + 1)], dtype=object),
                   "workload": np.array(["load"], dtype=object), "fault_plan": np.array(["none"], dtype=object),
                   "topology_index": topology, "workload_index": zero, "fault_plan_index": zero,
                   "parameter": np.array(names[:settings.shape[1]], dtype=object), "value": settings,
                   "label": np.array([[f"{v:g}" for v in row] for row in settings], dtype=object),
                   "status": np.where(done, 0, 1), "message": np.array([""] * n, dtype=object),
                   "replications_done": np.where(done, n_replications, 0), "events": zero, "identity": zero},
        "summary": {"metric": np.array(METRICS[:n_metrics], dtype=object), "objective": np.array(["good"], dtype=object),
                    "value": values.mean(axis=2), "value_ci_low": values.mean(axis=2) - half,
                    "value_ci_high": values.mean(axis=2) + half, "met": met[:, None],
                    **{name: chance[:, None] for name in ("chance", "chance_ci_low", "chance_ci_high")}},
        "metrics": {"value": values, "replication": np.arange(n_replications)}, "inputs": {"study": study},
    }
    return aasim.Sweep("made.h5", {"title": "made up", "interval_level": level, "n_replications": n_replications},
                       {name: Group(arrays=arrays) for name, arrays in groups.items()})


def grid_of(*levels):
    return np.array(list(itertools.product(*levels)), dtype=float)


def noisy(means, n=5, seed=1):
    """(point, 1, replication) values around means."""
    means = np.asarray(means, dtype=float)
    draws = np.random.default_rng(seed)
    return (means[:, None] + 0.1 * draws.normal(size=n) + 0.01 * draws.normal(size=(means.size, n)))[:, None, :]


class Loading(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.path = sweep_of("grid")
        cls.s = aasim.load_sweep(pathlib.Path(cls.path))

    def test_names(self):
        s = self.s
        self.assertEqual((s.topologies, s.workloads, s.fault_plans), (["one", "two"], ["load"], ["none", "outage"]))
        self.assertEqual((s.parameters, s.fixed, s.objectives), (["headroom", "work"], ["queue"], ["available", "fast"]))
        self.assertEqual(s.cases, ["one · none", "one · outage", "two · none", "two · outage"])
        self.assertEqual((s.n_points, s.n_replications, s.level), (24, 3, 0.95))
        self.assertIn("24 points (24 done), 3 replications", repr(s))

    def test_rows_are_those_of_the_file(self):
        data = self.s.data
        with h5py.File(self.path) as file:
            for ours, theirs in (("value", "summary/value"), ("low", "summary/value_ci_low"), ("high", "summary/value_ci_high"),
                                 ("by_replication", "metrics/value"), ("setting", "points/value"),
                                 ("chance", "summary/chance"), ("chance_low", "summary/chance_ci_low"), ("met", "summary/met")):
                np.testing.assert_array_equal(data[ours].values, file[theirs][()], ours)
            names = file["points/topology"].asstr()[:][file["points/topology_index"][:]]
        self.assertEqual(data.topology.values.tolist(), names.tolist())
        self.assertEqual(data.label.values[3].tolist(), ["2", "8 ms", "40"])
        self.assertEqual(data.setting.values[3].tolist(), [2, 0.008, 40])
        self.assertEqual(set(data.status.values), {"done"})
        row = data.isel(point=7).sel(metric="availability")
        self.assertTrue(row.low <= row.value <= row.high)

    def test_groups_are_those_of_xarray(self):
        for engine in ("h5netcdf", "netcdf4"):
            for name, group in self.s.groups.items():
                theirs = xarray.open_dataset(self.path, group=name, engine=engine).load()
                self.assertEqual(set(theirs.variables), set(group.arrays), name)
                for variable in theirs.variables:
                    self.assertEqual(theirs[variable].dims, tuple(group.dims[variable]), variable)
                    np.testing.assert_array_equal(theirs[variable].values, group[variable], f"{engine} {name}/{variable}")

    def test_without_xarray(self):
        code = ("import sys; sys.modules['xarray'] = None; import aasim; s = aasim.load_sweep(sys.argv[1])\n"
                "print(s.n_points, len(s.values('availability')[0]), len(aasim.tradeoffs.effects(s, 'availability', 1)))")
        done = subprocess.run([sys.executable, "-c", code, self.path], capture_output=True, text=True,
                              env=dict(os.environ, PYTHONPATH=str(ROOT / "analysis")))
        self.assertEqual(done.stdout, "24 24 2\n", done.stderr)

    def test_what_is_no_merged_sweep(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "x.h5")
            with self.assertRaises(FileNotFoundError):
                aasim.load_sweep(path)
            pathlib.Path(path).write_text("no HDF5")
            with self.assertRaisesRegex(aasim.ResultsError, "cannot be read as HDF5"):
                aasim.load_sweep(path)
            with h5py.File(path, "w"):
                pass
            with self.assertRaisesRegex(aasim.ResultsError, "not a merged sweep"):
                aasim.load_sweep(path)
            for attribute, value, words in (("complete", 0, "not complete"),
                                            ("aasim_sweep_version", 99, "aasim_sweep_version 99; this package reads version 1")):
                shutil.copy(self.path, path)
                with h5py.File(path, "a") as file:
                    file.attrs[attribute] = value
                with self.assertRaisesRegex(aasim.ResultsError, words):
                    aasim.load_sweep(path)
            shutil.copy(self.path, path)
            with h5py.File(path, "a") as file:
                del file["summary"]
            with self.assertRaisesRegex(aasim.ResultsError, "no group summary"):
                aasim.load_sweep(path)
        with self.assertRaisesRegex(aasim.ResultsError, "not a sweep: aasim.load reads it"):
            aasim.load_sweep(sample())
        with self.assertRaisesRegex(aasim.ResultsError, "sweep: aasim.load_sweep reads it"):
            aasim.load(self.path)

    def test_unknown_names_say_what_there_is(self):
        for question in (lambda: self.s.values("cost"), lambda: self.s.labels("ttl"), lambda: self.s.met("x"),
                         lambda: self.s.difference("available", 0, 1), lambda: tradeoffs.effects(self.s, "availability", "x")):
            with self.assertRaisesRegex(KeyError, "there are: "):
                question()

    def test_costs(self):
        self.s.add_cost("servers", "headroom", {"one": 2, "two": 4})
        value, low, high = self.s.values("servers")
        self.assertEqual(value[0::2].tolist(), [2, 4, 6, 2, 4, 6, 4, 8, 12, 4, 8, 12])
        self.assertTrue(low is value and high is value)
        self.assertEqual(self.s.cost_parameter("servers"), "headroom")
        with self.assertRaises(KeyError):
            self.s.add_cost("servers", "headroom", {"one": 2})


class Grid(unittest.TestCase):
    def test_each_cell_is_its_point(self):
        s = aasim.load_sweep(sweep_of("grid"))
        for name, what, column in (("availability", "value", 0), ("latency_p99_s", "high", 2), ("available", "low", 1)):
            grid = s.grid(name, what)
            self.assertEqual(grid.dims, ("topology", "fault_plan", "headroom", "work"))
            self.assertEqual(grid.shape, (2, 2, 3, 2))
            for p in range(s.n_points):
                row = s.data.isel(point=p)
                cell = grid.sel(topology=str(row.topology.item()), fault_plan=str(row.fault_plan.item()),
                                headroom=row.setting.values[0], work=row.setting.values[1])
                self.assertEqual(cell.item(), s.values(name)[column][p])

    def test_gaps_are_nan(self):
        settings = grid_of((1, 2), (10, 20, 30))[:-1]  # a constraint left one out
        values = noisy(np.arange(5))
        values[2] = np.nan
        s = made(values, settings)
        grid = s.grid("availability")
        self.assertEqual(grid.shape, (1, 2, 3))
        self.assertEqual(np.argwhere(np.isnan(grid.values)).tolist(), [[0, 0, 2], [0, 1, 2]])
        self.assertEqual(s.grid("availability", "point").values.tolist(), [[[0, 1, 2], [3, 4, -1]]])
        with self.assertRaisesRegex(ValueError, "none of value, low, high, point"):
            s.grid("availability", "middle")

    def test_levels_are_in_order_of_numbers(self):
        s = made(noisy([1, 2, 3]), [[30], [5], [10]])
        np.testing.assert_array_equal(s.grid("availability").coords["a"], [5, 10, 30])
        np.testing.assert_allclose(s.grid("availability").values[0], s.values("availability")[0][[1, 2, 0]])

    def test_what_is_no_grid(self):
        draws = np.random.default_rng(3)
        with self.assertRaisesRegex(ValueError, "several points"):
            made(noisy([1, 2]), [[1, 1], [1, 1]]).grid("availability")
        values = draws.integers(30, size=(40, 3))  # of 27 000 combinations
        with self.assertRaisesRegex(ValueError, "is no grid"):
            made(noisy(np.arange(40)), values).grid("availability")

    def test_derived_values_are_no_parameters(self):
        settings = grid_of((1, 2, 3), (10, 20))
        derived = np.column_stack([settings, settings[:, 0] * settings[:, 1]])
        for study in ("parameters: {}\nderived:\n  c: {path: x, value: a * b}\n", "derived: {c: {path: x, value: a}}\n",
                      "derived: # twice\n# comment\n\n  'c' : {path: x, value: a}\nseed: 1\n"):
            s = made(noisy(np.arange(6)), derived, study=study)
            self.assertEqual((s.parameters, s.fixed), (["a", "b"], ["c"]), study)
        for study in ("parameters: {c: {}}\n", "derived: {d: {path: x}}\nparameters:\n  c: 1\n"):
            self.assertEqual(made(noisy(np.arange(6)), derived, study=study).parameters, ["a", "b", "c"], study)

    def test_one_value_is_no_parameter(self):
        s = made(noisy(np.arange(6)), np.column_stack([np.full(6, 7), grid_of((1, 2, 3), (10, 20))]))
        self.assertEqual((s.parameters, s.fixed), (["b", "c"], ["a"]))


class Front(unittest.TestCase):
    @staticmethod
    def beats(p, q):
        """The definition: q is as good as p in both, and better in one; larger is better."""
        return all(b >= a for a, b in zip(p, q)) and any(b > a for a, b in zip(p, q))

    def test_it_is_the_definition(self):
        draws = np.random.default_rng(11)
        for n, top in ((1, 5), (2, 2), (30, 4), (60, 12), (200, 10 ** 6)):  # with many ties, and with none
            for x_sign, y_sign in itertools.product((-1, 1), (-1, 1)):
                x, y = draws.integers(top, size=(2, n)).astype(float)
                wanted = [not any(self.beats((x_sign * x[p], y_sign * y[p]), (x_sign * x[q], y_sign * y[q]))
                                  for q in range(n)) for p in range(n)]
                self.assertEqual(tradeoffs.never_beaten(x, y, x_sign, y_sign).tolist(), wanted, (n, top, x_sign, y_sign))

    def test_what_has_no_value_does_not_belong(self):
        self.assertEqual(tradeoffs.never_beaten([1, np.nan, 0, 5], [1, 0, np.nan, 5]).tolist(), [True, False, False, False])
        self.assertEqual(tradeoffs.never_beaten([np.nan], [1]).tolist(), [False])

    def test_what_intervals_cannot_tell_from_it(self):
        draws = np.random.default_rng(5)
        values = draws.normal(size=(80, 1, 1)) + 0.15 * draws.normal(size=(80, 3, 6))
        values[:, 1] += draws.normal(size=(80, 1))
        values[9] = np.nan
        s = made(values, np.arange(80)[:, None])
        for x, y, sx, sy in (("downtime_min", "latency_p99_s", -1, -1), ("availability", "downtime_min", 1, -1),
                             ("a", "availability", -1, 1)):
            is_front, is_open = tradeoffs.front(s, x, y)
            (x0, xl, xh), (y0, yl, yh) = s.values(x), s.values(y)
            best = [(sx * (xh if sx > 0 else xl)[p], sy * (yh if sy > 0 else yl)[p]) for p in range(80)]
            worst = [(sx * (xl if sx > 0 else xh)[p], sy * (yl if sy > 0 else yh)[p]) for p in range(80)]
            known = [p for p in range(80) if p != 9]
            for p in range(80):
                self.assertEqual(is_front[p], p != 9 and not any(self.beats((sx * x0[p], sy * y0[p]), (sx * x0[q], sy * y0[q]))
                                                                 for q in known))
                self.assertEqual(is_open[p], p != 9 and not any(self.beats(best[p], worst[q]) for q in known))
            self.assertTrue((is_front <= is_open).all() and is_open.sum() > is_front.sum() and not is_open.all())

    def test_without_intervals_only_the_front_is_open(self):
        values = np.random.default_rng(2).normal(size=(40, 3, 1))
        s = made(values, np.arange(40)[:, None])
        is_front, is_open = tradeoffs.front(s, "downtime_min", "latency_p99_s")
        self.assertEqual(is_front.tolist(), is_open.tolist())

    def test_table(self):
        s = made([[[1, 1], [3, 3], [9, 9]], [[1, 1], [1, 1], [20, 20]], [[1, 1], [4, 4], [9.5, 9.5]]], [[1], [2], [3]])
        table = tradeoffs.front_table(s, "downtime_min", "latency_p99_s")
        self.assertEqual(table["a"].tolist(), ["2", "1"])
        self.assertTrue(table["latency_p99_s"][0].startswith("20,000 ms"))


class Effects(unittest.TestCase):
    def setUp(self):
        self.settings = grid_of((1, 2, 4), (10, 20), (5, 6, 7, 8))
        a, b, c = self.settings.T
        self.values = noisy(0.3 * a + 0.001 * b - 0.02 * (c - 6) ** 2)
        self.s = made(self.values, self.settings)

    def row(self, *setting):
        return int(np.flatnonzero((self.settings == setting).all(axis=1))[0])

    def test_base_of_a_grid_is_in_the_middle(self):
        self.assertEqual(self.settings[tradeoffs.base_point(self.s, 0)].tolist(), [2, 10, 6])

    def test_base_of_one_at_a_time_is_where_all_begin(self):
        settings = np.array([[9, 9], [1, 9], [5, 9], [9, 1], [9, 2]])
        self.assertEqual(tradeoffs.base_point(made(noisy(np.arange(5)), settings), 0), 0)
        self.assertEqual(tradeoffs.base_point(made(noisy(np.arange(5)), settings[::-1]), 0), 4)

    def test_without_neighbours_there_is_none(self):
        for settings in ([[1, 1], [2, 2.5], [3, 3], [4, 9]], [[1], [1], [1], [1]]):  # a `zip`; nothing varies
            s = made(noisy(np.arange(4)), settings)
            self.assertIsNone(tradeoffs.base_point(s, 0))
            self.assertEqual(tradeoffs.effects(s, "availability"), [])
            self.assertIsNone(sweepfigures.tornado(s))
            self.assertNotIn("around", tradeoffs.reading(s, "a"))

    def test_designs_that_move_several_at_once_have_no_effects_of_one(self):
        s = made(noisy(np.arange(30)), np.random.default_rng(4).random(size=(30, 3)))
        self.assertEqual(s.parameters, ["a", "b", "c"])
        self.assertEqual(tradeoffs.effects(s, "availability"), [])

    def test_intervals_are_paired(self):
        found = {e["parameter"]: e for e in tradeoffs.effects(self.s, "availability")}
        self.assertEqual(list(found), ["a", "c", "b"])  # swings: 0.9, 0.08, 0.01
        base = self.row(2, 10, 6)
        for parameter, rows in (("a", [(1, 10, 6), (2, 10, 6), (4, 10, 6)]), ("b", [(2, 10, 6), (2, 20, 6)]),
                                ("c", [(2, 10, 5), (2, 10, 6), (2, 10, 7), (2, 10, 8)])):
            effect = found[parameter]
            self.assertEqual(effect["points"].tolist(), [self.row(*r) for r in rows])
            for point, change in zip(effect["points"], effect["change"]):
                wanted = (0, 0, 0) if point == base else self.paired(base, point)
                np.testing.assert_allclose(change, wanted, atol=1e-12)
            np.testing.assert_allclose(effect["swing"], self.paired(effect["points"][0], effect["points"][-1]), atol=1e-12)

    def paired(self, a, b, level=0.95):
        test = stats.ttest_rel(self.values[b, 0], self.values[a, 0])
        interval = test.confidence_interval(level)
        return np.mean(self.values[b, 0] - self.values[a, 0]), interval.low, interval.high

    def test_pairing_is_sharper_than_the_values_own_intervals(self):
        _, low, high = self.s.difference("availability", 0, 23)
        own = [self.s.values("availability")[k][0] for k in (1, 2)]
        self.assertLess(high - low, 0.5 * (own[1] - own[0]))  # what the replications have in common is gone

    def test_missing_replications_are_left_out(self):
        values = noisy([1, 2])
        values[0, 0, 1] = np.nan
        s = made(values, [[1], [2]])
        rest = [0, 2, 3, 4]
        wanted = stats.ttest_rel(values[1, 0, rest], values[0, 0, rest]).confidence_interval(0.95)
        np.testing.assert_allclose(s.difference("availability", 0, 1)[1:], (wanted.low, wanted.high))

    def test_one_replication_has_no_interval(self):
        s = made(self.values[:, :, :1], self.settings)
        mean, low, high = s.difference("availability", 0, 1)
        self.assertEqual((np.isfinite(mean), np.isnan(low), np.isnan(high)), (True, True, True))
        self.assertNotIn("nan", tradeoffs.reading(s, "a"))

    def test_failed_points_are_left_out(self):
        self.values[self.row(4, 10, 6)] = np.nan
        s = made(self.values, self.settings)
        effect = next(e for e in tradeoffs.effects(s, "availability") if e["parameter"] == "a")
        self.assertEqual(effect["labels"], ["1", "2"])

    def test_steps(self):
        steps = tradeoffs.cost_steps(self.s, "a")
        self.assertEqual([(s["from"], s["to"], s["pairs"]) for s in steps], [("1", "2", 8), ("2", "4", 8)])
        value = self.s.grid("availability").values[0]
        for k, step in enumerate(steps):
            change = value[k + 1] - value[k]
            self.assertAlmostEqual(step["least"], change.min())
            self.assertAlmostEqual(step["most"], change.max())


class Cheapest(unittest.TestCase):
    def setUp(self):
        # Two designs: of the first points 1, 2, 3 always meet the objective, of the second none.
        settings = np.concatenate([grid_of((1, 2, 3), (7, 8))] * 2)
        value = [0.1, 0.5, 0.6, 0.7, 0.8, 0.9, 0.2, 0.3, 0.4, 0.9, 0.1, 0.1]
        self.s = made(np.repeat(np.array(value)[:, None, None], 4, axis=2), settings, np.repeat((0, 1), 6),
                      [2, 4, 4, 4, 3, 0, 0, 1, 0, 3, 0, 0])

    def test_the_cheapest_that_always_met(self):
        for cost in ("a", "servers"):
            self.s.add_cost("servers", "a", {"design-0": 6, "design-1": 9})
            table = tradeoffs.cheapest(self.s, cost)
            self.assertEqual(table["case"].tolist(), ["design-0", "design-1"])
            self.assertEqual(table["met"].tolist(), ["always", "no point always; its best: 3 of 4"])
            self.assertEqual(table[["a", "b"]].values.tolist(), [["1", "8"], ["2", "8"]])
            self.assertEqual(table["candidates"].tolist(), [3, 0])
        self.assertEqual(table["servers"].tolist(), ["6", "18"])

    def test_steps_are_those_of_a_case(self):
        for case, ends in ((0, [(0.2, 0.5), (0.2, 0.2)]), (1, [(0.2, 0.6), (-0.8, -0.3)])):
            steps = tradeoffs.cost_steps(self.s, "a", case=case)
            np.testing.assert_allclose([(s["least"], s["most"]) for s in steps], ends)

    def test_among_equally_cheap_ones_the_best(self):
        self.assertEqual(tradeoffs.best_point(self.s, np.array([2, 3, 5]), "a", "availability"), 3)
        self.assertEqual(tradeoffs.best_point(self.s, np.array([2, 3, 5]), None, "availability"), 5)
        self.assertIsNone(tradeoffs.best_point(self.s, np.array([], dtype=int), "a", "availability"))

    def test_reading(self):
        text = tradeoffs.reading(self.s, "a", fronts=[("a", "availability")])
        self.assertIn("12 points with 4 replications each", text)
        self.assertIn("**design-0** meets `good` in all histories at 3 of 6 points; the cheapest by a has a 1, b 8: 50", text)
        self.assertIn("**design-1** meets `good` in all histories at none of 6 points. Its best availability is 90", text)
        self.assertIn("no other point beats 2 of the 12 (design-0 1, design-1 1); 0 more", text)

    def test_effects_that_may_be_none_say_so(self):
        values = np.array([[[0.5, 0.6, 0.7]], [[0.52, 0.57, 0.72]], [[0.9, 0.95, 0.99]]])
        text = tradeoffs.reading(made(values[:2], [[1], [2]]), "a")
        self.assertIn("not distinguishable from none", text)
        self.assertNotIn("not distinguishable", tradeoffs.reading(made(values[[0, 2]], [[1], [2]]), "a"))

    def test_what_was_swept(self):
        lines = tradeoffs.swept(aasim.load_sweep(sweep_of("grid"))).splitlines()
        self.assertEqual(lines, ["- designs (2): one, two", "- workloads (1): load", "- fault plans (2): none, outage",
                                 "- `headroom` (3): 1, 2, 3", "- `work` (2): 5 ms, 8 ms", "- `queue` (3): 20, 40, 60"])

    def test_table_of_all_points(self):
        lines = tradeoffs.table_text(aasim.load_sweep(sweep_of("grid"))).splitlines()
        self.assertEqual(len(lines), 2 + 1 + 24)
        self.assertIn("meets available", lines[2])
        self.assertNotIn("nan", "".join(lines))


def title(axis):
    return axis.get_title(loc="left")


def marks(axis, gid):
    return [line for line in axis.lines if line.get_gid() == gid]


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = aasim.load_sweep(sweep_of("grid"))

    def test_heat_map(self):
        figure = sweepfigures.heat_map(self.s)
        panels = [axis for axis in figure.axes if axis.images]
        self.assertEqual([title(axis) for axis in panels], self.s.cases)
        self.assertEqual(len({axis.images[0].norm for axis in panels}), 1)  # one scale
        met, histories = self.s.met("available")
        for case, axis in enumerate(panels):
            here = self.s.case == case
            self.assertEqual(len(marks(axis, "unmet")), (here & (met == 0)).sum())
            self.assertEqual(len(marks(axis, "halfmet")), (here & (met > 0) & (met < histories)).sum())
            self.assertEqual(len(axis.texts), 6)
        self.assertEqual(sum(len(marks(axis, "unmet")) for axis in panels), 12)  # those with the outage
        unmarked = sweepfigures.heat_map(self.s, "latency_p99_s", x="work", y="headroom", objective="")
        self.assertFalse(any(axis.lines for axis in unmarked.axes if axis.images))
        self.assertEqual(unmarked.axes[0].images[0].get_array().shape, (3, 2))
        with self.assertRaisesRegex(KeyError, "no parameter 'ttl'"):
            sweepfigures.heat_map(self.s, x="ttl")

    def test_cells_hold_their_values(self):
        settings = grid_of((1, 2, 3), (10, 20))
        values = noisy([0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
        values[3] = np.nan
        axis = sweepfigures.heat_map(made(values, settings), objective="").axes[0]
        shown = {text.get_position(): text.get_text() for text in axis.texts}
        for p, (a, b) in enumerate(settings):
            text = shown[(a - 1, b / 10 - 1 - 0.06)]
            self.assertEqual(text, "failed" if p == 3 else f"{100 * values[p].mean():.1f}")
        self.assertTrue(axis.images[0].get_array().mask[1, 1])

    def test_cells_that_do_not_meet_the_objective_are_marked(self):
        s = made(noisy(np.linspace(0.4, 0.6, 6)), grid_of((1, 2, 3), (10, 20)), met=[0, 5, 1, 4, 5, 0])
        axis = sweepfigures.heat_map(s).axes[0]
        for gid, marker, cells in (("unmet", "x", [(0, 0), (2, 1)]), ("halfmet", "^", [(1, 0), (1, 1)])):
            lines = marks(axis, gid)
            self.assertEqual(sorted((round(line.get_xdata()[0]), round(line.get_ydata()[0])) for line in lines), cells)
            self.assertEqual({line.get_marker() for line in lines}, {marker})

    def test_a_third_parameter_is_in_rows(self):
        s = made(noisy(np.linspace(0.4, 0.6, 24)), grid_of((1, 2, 3), (10, 20), (5, 6, 7, 8)))
        figure = sweepfigures.heat_map(s)
        panels = [axis for axis in figure.axes if axis.images]
        self.assertEqual([title(axis) for axis in panels], ["design-0, b 10", "design-0, b 20"])
        np.testing.assert_allclose(panels[1].images[0].get_array().data[0], s.grid("availability").values[0, 0, 1])
        self.assertIsNone(sweepfigures.heat_map(made(noisy([1, 2]), [[1], [2]])))

    def test_digits_of_availability(self):
        for value, text in ((0.17514, "17.5"), (0.5, "50.0"), (0.98987, "98.99"), (0.99247, "99.25"), (0.999914, "99.9914"),
                            (1, "100")):
            self.assertEqual(sweepfigures._cell_text("availability", value, 100), text)
        self.assertEqual(sweepfigures._cell_text("latency_p99_s", 1.2345, 1000), "1,234")

    def test_front(self):
        figure = sweepfigures.pareto(self.s)
        self.assertEqual(len(figure.axes), 2)  # a panel a fault plan: they do not compete
        for plan, axis in enumerate(figure.axes):
            among = self.s.groups["points"]["fault_plan_index"] == plan
            is_front, is_open = tradeoffs.front(self.s, "downtime_min", "latency_p99_s", among)
            (line,) = marks(axis, "front")
            self.assertEqual(len(line.get_xdata()), is_front.sum())
            self.assertIn(f"{is_front.sum()} of 12 on the front, {(is_open & ~is_front).sum()} not to be told", title(axis))
            drawn = sum(len(other.get_xdata()) for other in axis.lines if other is not line)
            self.assertEqual(drawn, 12)
            looks = {(other.get_marker(), other.get_markerfacecolor()) for other in axis.lines
                     if other is not line and other.get_markerfacecolor() != "none"}
            self.assertTrue(all(len({m for m, c in looks if to_rgba(c) == to_rgba(color)}) == 1 for _, color in looks))
        self.assertIsNone(sweepfigures.pareto(self.s, "downtime_min_per_year", "rpo_s", objective="available"))
        with self.assertRaisesRegex(KeyError, "nothing is called 'money'"):
            sweepfigures.pareto(self.s, "money", "availability")

    def test_intervals_are_drawn(self):
        draws = np.random.default_rng(8)
        s = made(draws.normal(size=(7, 3, 4)), np.arange(7)[:, None])
        axis = sweepfigures.pareto(s).axes[0]
        segments = [path for bars in axis.collections for path in bars.get_segments()]
        self.assertEqual(len(segments), 14)
        ends = sorted((tuple(path[:, 0]) for path in segments if path[0, 1] == path[1, 1]))
        _, low, high = s.values("downtime_min")
        np.testing.assert_allclose(ends, sorted(zip(low, high)))
        exact = sweepfigures.pareto(s, "a", "downtime_min").axes[0]
        self.assertEqual(sum(len(bars.get_segments()) for bars in exact.collections), 7)  # a parameter has none

    def test_only_points_that_meet_the_objective(self):
        draws = np.random.default_rng(8)
        s = made(draws.normal(size=(7, 3, 4)), np.arange(7)[:, None], met=[4, 0, 4, 3, 4, 0, 0])
        axis = sweepfigures.pareto(s, objective="good").axes[0]
        shown = sorted(x for line in axis.lines if line.get_gid() != "front" for x in line.get_xdata())
        np.testing.assert_allclose(shown, sorted(s.values("downtime_min")[0][[0, 2, 4]]))

    def test_tornado(self):
        figure = sweepfigures.tornado(self.s)
        panels = [axis for axis in figure.axes if axis.get_visible()]
        self.assertEqual([title(axis) for axis in panels], self.s.cases)
        settings = grid_of((1, 2, 4), (10, 20, 30))
        values = noisy(0.1 * settings[:, 0] - 0.02 * settings[:, 1])
        s = made(values, settings)
        axis = sweepfigures.tornado(s).axes[0]
        self.assertEqual([tick.get_text() for tick in axis.get_yticklabels()], ["b", "a"])
        effects = tradeoffs.effects(s, "availability")
        for row, effect in enumerate(effects):
            for gid, end in (("first", 0), ("last", -1)):
                (bar,) = [b for b in axis.patches if b.get_gid() == gid and abs(b.get_y() + b.get_height() / 2 - row) < 1e-9]
                self.assertAlmostEqual(bar.get_width(), 100 * effect["change"][end, 0])
                self.assertTrue(any(np.allclose(sorted(line.get_xdata()), 100 * effect["change"][end, 1:])
                                    for line in axis.lines if len(line.get_xdata()) == 2 and line.get_ydata()[0] == row))
        self.assertIsNone(sweepfigures.tornado(made(noisy([1, 2, 3]), [[1], [1], [1]])))

    def test_one_at_a_time_begins_at_its_first_values(self):
        s = aasim.load_sweep(sweep_of("one-at-a-time"))
        figure = sweepfigures.tornado(s)
        self.assertTrue(all(axis.get_xlabel().startswith("headroom 2, work 5 ms: ") for axis in figure.axes))
        for case in range(2):
            self.assertEqual({e["parameter"]: e["labels"] for e in tradeoffs.effects(s, "availability", case)},
                             {"headroom": ["1", "2", "3"], "work": ["5 ms", "8 ms"]})

    def test_sensitivity(self):
        s = aasim.load_sweep(sweep_of("saltelli"))
        figure = sweepfigures.sensitivity(s, "latency_p50_s")
        self.assertEqual([title(axis) for axis in figure.axes], ["one", "two"])
        m = s.metrics.index("latency_p50_s")
        for case, axis in enumerate(figure.axes):
            for kind in ("first", "total"):
                (line,) = marks(axis, kind)
                np.testing.assert_array_equal(line.get_xdata(), s.groups["sensitivity"][kind][case, m])
            self.assertEqual([tick.get_text() for tick in axis.get_yticklabels()], ["headroom", "work"])
        s = aasim.load_sweep(sweep_of("morris"))
        figure = sweepfigures.sensitivity(s, "latency_p50_s")
        for case, axis in enumerate(figure.axes):
            for k, parameter in enumerate(s.parameters):
                (line,) = marks(axis, parameter)
                self.assertAlmostEqual(line.get_xdata()[0], 1000 * s.groups["sensitivity"]["mu_star"][case, m, k])
                self.assertAlmostEqual(line.get_ydata()[0], 1000 * s.groups["sensitivity"]["sigma"][case, m, k])
        self.assertIsNone(sweepfigures.sensitivity(self.s))
        for array in ("mu", "mu_star", "sigma"):
            s.groups["sensitivity"][array][:, m] = np.nan
        self.assertIsNone(sweepfigures.sensitivity(s, "latency_p50_s"))

    def test_all_are_written(self):
        wanted = {"grid": {"heat-map", "pareto", "pareto-cost", "tornado"}, "saltelli": {"pareto", "pareto-cost", "sensitivity"},
                  "one-at-a-time": {"heat-map", "pareto", "pareto-cost", "tornado"}}
        for kind, names in wanted.items():
            with self.subTest(kind=kind), tempfile.TemporaryDirectory() as directory:
                paths = list(sweepfigures.save_all(aasim.load_sweep(sweep_of(kind)), directory, dpi=40, cost="headroom"))
                self.assertEqual({pathlib.Path(path).stem for path in paths}, names)
                for path in paths:
                    self.assertEqual(pathlib.Path(path).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_points_without_results(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "partial.h5")
            shutil.copy(sweep_of("grid"), path)
            with h5py.File(path, "a") as file:
                file["points/status"][3:] = 2
                file["points/replications_done"][3:] = 0
                file["summary/met"][3:] = 0
                for name in ("summary/value", "summary/value_ci_low", "summary/value_ci_high", "metrics/value", "summary/chance"):
                    file[name][3:] = np.nan
            s = aasim.load_sweep(path)
            self.assertIn("24 points (3 done)", repr(s))
            self.assertEqual(np.isfinite(s.grid("availability")).sum(), 3)
            self.assertTrue(list(sweepfigures.save_all(s, directory, dpi=40)))
            text = tradeoffs.reading(s, "headroom")
            self.assertIn("21 missing", text)
            self.assertIn("**two · none** has no results", text)
            self.assertEqual(tradeoffs.table_text(s).count("missing\n"), 20)


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "aasim", *arguments], capture_output=True, text=True,
                          env=dict(os.environ, PYTHONPATH=str(ROOT / "analysis")))


class Command(unittest.TestCase):
    def test_figures_and_table(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run("figures", sweep_of("grid"), "-o", directory, "--dpi", "40", "--metric", "latency_p99_s",
                       "--cost", "headroom")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(sorted(done.stdout.split()), sorted(os.path.join(directory, f) for f in os.listdir(directory)))
            self.assertEqual(len(os.listdir(directory)), 4)
            for option, name in (("--metric", "speed"), ("--cost", "money")):
                done = run("figures", sweep_of("grid"), "-o", directory, "--dpi", "40", option, name)
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
            self.assertEqual(run("figures", sample(), "-o", directory, "--cost", "headroom").returncode, 2)
        done = run("table", sweep_of("grid"))
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 27), done.stderr)


class Notebook(unittest.TestCase):
    path = ROOT / "notebooks" / "sweep.ipynb"

    def test_it_is_stored_without_outputs(self):
        for cell in json.loads(self.path.read_text())["cells"]:
            self.assertEqual((cell.get("outputs", []), cell.get("execution_count")), ([], None))

    def test_it_runs_on_a_small_part_of_its_study(self):
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run([ROOT / "analysis" / "run_notebook.sh", self.path, sweep_of("failover"), directory],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            cells = json.loads(pathlib.Path(done.stdout.strip()).read_text())["cells"]
        outputs = [output["data"] for cell in cells for output in cell.get("outputs", [])]
        self.assertGreaterEqual(sum("image/png" in data for data in outputs), 6)
        reading = "".join(outputs[-1]["text/markdown"])
        for design in ("active-passive", "active-active", "active-active-strong"):
            self.assertIn(f"**{design}** meets `available` in all histories at ", reading)


if __name__ == "__main__":
    unittest.main()
