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
import types
import unittest

sys.path.insert(0, os.path.dirname(__file__))
import h5py
import numpy as np
import xarray
from madesweeps import grid_of, made, noisy
from samples import ROOT, sample, sweep_of
from scipy import stats

import aasim
from aasim import sweepfigures, sweeptables, tables, tradeoffs

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
        self.assertEqual((s.design, s.derived), ("grid", ["queue"]))
        self.assertIn("24 points (24 done), 3 replications", repr(s))

    def test_direction_is_that_of_the_file(self):
        directions = {metric: self.s.direction(metric) for metric in self.s.metrics}
        self.assertEqual([m for m in directions if directions[m] > 0], ["availability", "user_uptime"])
        self.assertEqual(set(directions.values()), {1, -1})
        self.assertEqual((self.s.direction("available"), self.s.direction("headroom")), (1, -1))
        coordinates = self.s.data.sel(metric="user_uptime")
        self.assertEqual((coordinates.metric_direction.item(), coordinates.metric_units.item()), (1, "1"))
        s = made(np.random.default_rng(1).normal(size=(20, 2, 3)), np.arange(20)[:, None], metrics=["speed", "price"])
        best = tradeoffs.never_beaten(s.values("speed")[0], s.values("price")[0], 1, -1)
        self.assertEqual(tradeoffs.front(s, "speed", "price")[0].tolist(), best.tolist())

    def test_what_objectives_judge(self):
        self.assertEqual(self.s.judged, {"available": "availability", "fast": "latency_p99_s"})
        columns = self.s.groups["summary"]
        self.assertEqual(list(columns["objective_population"]), ["all", "all"])
        self.assertEqual([self.s.goal(o) for o in self.s.objectives], ["Availability at least 99 %", "p99 latency at most 400 ms"])
        with self.assertRaisesRegex(KeyError, "no objective 'slow'"):
            self.s.goal("slow")
        self.assertIn("`available` asks for Availability at least 99 %; `fast` is not looked at.", tradeoffs.reading(self.s, "headroom"))
        self.assertEqual(list(columns["objective_low"]), [0.99, -np.inf])
        self.assertEqual(list(columns["objective_high"]), [np.inf, 0.4])

    def test_sensitivity(self):
        self.assertIsNone(self.s.sensitivity)
        for kind, names in (("saltelli", {k + e for k in ("first", "total") for e in ("", "_ci_low", "_ci_high")}),
                            ("morris", {"mu", "mu_star", "sigma", "effects"})):
            s = aasim.load_sweep(sweep_of(kind))
            self.assertEqual((set(s.sensitivity.data_vars), s.design), (names, kind))
            for name in names:
                self.assertEqual(s.sensitivity[name].dims, ("files", "metric", "parameter"))
                np.testing.assert_array_equal(s.sensitivity[name].values, s.groups["sensitivity"][name])
            self.assertEqual(s.sensitivity.sizes["files"], len(s.cases))

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
            for group, name in (("points", "n_parameters"), ("points", "design"), ("summary", "metric_direction")):
                shutil.copy(self.path, path)
                with h5py.File(path, "a") as file:
                    del (file[group].attrs if group == "points" else file[group])[name]
                with self.assertRaisesRegex(aasim.ResultsError, f"has no {name}: an older aasim merged it"):
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

    def test_points_that_there_are_not(self):
        self.assertEqual(self.s.difference("availability", 0, 23), self.s.difference("availability", 0, np.int64(23)))
        for a, b, point in ((0, 24, 24), (310, 0, 310), (0, -1, -1)):
            with self.assertRaisesRegex(IndexError, f"^there is no point {point}: the sweep has 24$"):
                self.s.difference("availability", a, b)

    def test_labels_have_four_digits(self):
        for label, text in (("538.7298334620742300 s", "538.7 s"), ("0.014375 s", "0.01438 s"), ("5 s", "5 s"), ("1234567", "1234567"),
                            ("12345.678", "12346"), ("99.9995 %", "99.9995 %"), ("99.46123 %", "99.4612 %"), ("12.34567 %", "12.35 %"),
                            ("1.234567e-07 s", "1.235e-07 s"), ("v1.23456.7", "v1.23456.7"),
                            ("{mean: 1.23456 ms}", "{mean: 1.235 ms}")):
            self.assertEqual(tables.rounded(label), text)
        s = aasim.load_sweep(sweep_of("saltelli"))
        self.assertGreater(max(len(label) for label in s.labels("work")), 9)  # as in the scenario
        self.assertRegex(s.label("work", 3), r"^0\.0\d{1,4} s$")
        self.assertIn(f"work {s.label('work', 3)}", s.describe(3))

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
        s = made(noisy(np.arange(6)), np.column_stack([settings, settings[:, 0] * settings[:, 1]]), n_parameters=2)
        self.assertEqual((s.parameters, s.fixed, s.derived), (["a", "b"], ["c"], ["c"]))
        self.assertEqual(made(noisy(np.arange(6)), settings).derived, [])

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

    def test_neighbours_by_chance_are_no_base(self):
        for design, has_base in (("grid", True), ("one-at-a-time", True), ("sobol", False), ("random", False), ("zip", False),
                                 ("morris", False)):
            s = made(self.values, self.settings, design=design)
            self.assertEqual((tradeoffs.base_point(s, 0) is not None, bool(tradeoffs.effects(s, "availability"))),
                             (has_base, has_base), design)
            text = tradeoffs.reading(s, "a")
            self.assertEqual("around" in text, has_base, design)
            self.assertEqual("whatever the others are" in text, design == "grid", design)

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


class Table(unittest.TestCase):
    def table(self, kind, metrics=None):
        lines = sweeptables.text(aasim.load_sweep(sweep_of(kind)), metrics).splitlines()
        self.assertLessEqual(max(len(line) for line in lines), 100, kind)
        return lines

    def test_all_points(self):
        lines = self.table("grid")
        self.assertEqual(lines[1], "In all points: workload load.")
        heads = [k for k, line in enumerate(lines) if line.startswith("point ")]
        self.assertEqual([lines[k].split()[:2] for k in heads], [["point", "design"]] * len(heads))
        for head in heads:
            rows = lines[head + 1:head + 25]
            self.assertEqual([row.split()[0] for row in rows], [str(p) for p in range(24)])
            self.assertEqual(rows[3].split()[1:7], ["one", "none", "2", "8", "ms", "40"])  # the last is derived
        text = "\n".join(lines)
        for words in ("queue", "Availability (%)", "p99 latency (ms)", "available", "fast"):
            self.assertIn(words, text)
        for words in ("nan", "Downtime", "Sobol"):
            self.assertNotIn(words, text)

    def test_kinds_of_designs(self):
        for kind in ("one-at-a-time", "failover"):
            self.assertNotIn("Elementary", "\n".join(self.table(kind)))
        lines = self.table("one-at-a-time")
        self.assertIn("fault plan outage", lines[1])
        self.assertIn("meets available (%) 0 [0, 71]", lines[1])

    def test_chosen_metrics(self):
        text = "\n".join(self.table("grid", ["user_uptime", "latency_p99_s"]))
        for words, is_there in (("User-uptime (%)", True), ("p99 latency", True), ("fast", True), ("Availability", False),
                                ("available", False)):
            self.assertEqual(words in text, is_there, words)
        with self.assertRaisesRegex(KeyError, "no metric 'speed'; there are: availability"):
            self.table("grid", ["speed"])

    def test_cells(self):
        for values, factor, unit, text in (((0.99473, 0.99352, 0.99594), 100, "%", "99.47 [99.35, 99.59]"),
                                           ((0.9999932, 0.9999901, 0.9999956), 100, "%", "99.99932 [99.99901, 99.99956]"),
                                           ((1.3077, 1.3030, 1.3124), 1000, "ms", "1,308 [1,303, 1,312]"),
                                           ((12.34567, np.nan, np.nan), 1, "", "12.3"), ((np.nan,) * 3, 1, "", "n/a"),
                                           ((0, 0, 0), 1, "", "0 [0, 0]"), ((0.123456, 0.1234559, 0.1234561), 1, "", "0.1235 [0.1235, 0.1235]")):
            self.assertEqual(sweeptables._number(values, factor, unit), text)

    def test_wide_tables_go_on_below(self):
        metrics = ["availability", "downtime_min", "latency_p99_s", "latency_p50_s", "user_uptime"]
        s = made(np.random.default_rng(3).random(size=(4, 5, 5)), grid_of((1, 2), (10.123456, 20)), met=[0, 1, 2, 5],
                 metrics=metrics, directions=[1, -1, -1, -1, 1], judges="availability")
        text = sweeptables.text(s, metrics)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)
        self.assertEqual([line.split()[:3] for line in text.splitlines() if line.startswith("point")], [["point", "a", "b"]] * 2)
        self.assertIn(" 10.12 ", text)
        self.assertIn("design design-0, workload load, fault plan none", text)

    def test_failed_points_say_why(self):
        values = noisy([0.5, 0.6, 0.7])
        values[1] = np.nan
        s = made(values, [[1], [2], [3]])
        s.groups["points"]["message"][1] = "killed by signal 9 " * 9
        lines = sweeptables.text(s).splitlines()
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertEqual(sum(line.startswith("1 ") and "failed" in line for line in lines), 1)
        self.assertEqual(sum(line.startswith("Point 1 failed: killed by signal 9") for line in lines), 1)

    def test_indices(self):
        s = aasim.load_sweep(sweep_of("saltelli"))
        lines = self.table("saltelli", ["latency_p50_s"])
        lines = lines[lines.index("Sobol indices, shares of the variance with 95 % intervals:") + 2:]
        self.assertEqual(len(lines), 4)
        g, m = s.groups["sensitivity"], s.metrics.index("latency_p50_s")
        for line, (case, k) in zip(lines, itertools.product(range(2), range(2))):
            self.assertEqual(line.split()[:3], [s.cases[case], "latency_p50_s", s.parameters[k]])
            self.assertIn(f"{round(g['first'][case, m, k], 2) + 0.0:.2f} [", line)
            width = max((g[kind + "_ci_high"] - g[kind + "_ci_low"])[case, m, k] for kind in ("first", "total"))
            self.assertEqual(line.endswith("too few points"), width > 0.5)
        self.assertTrue(any(line.endswith("too few points") for line in lines))
        self.assertFalse(all(line.endswith("too few points") for line in lines))
        text = "\n".join(self.table("morris"))
        self.assertIn("Elementary effects", text)
        self.assertNotIn("too few", text)
        g = aasim.load_sweep(sweep_of("morris")).groups["sensitivity"]
        row = next(line for line in text.splitlines() if line.startswith("one") and "p99 latency (ms)" in line and "work" in line)
        sigma = 1000 * g["sigma"][0, s.metrics.index("latency_p99_s"), 1]  # of 4 trajectories: t is 3.182
        mean = 1000 * g["mu"][0, s.metrics.index("latency_p99_s"), 1]
        self.assertIn(f"{mean:.3g} ± {3.18245 * sigma / 2:.2g}", row)
        self.assertTrue(row.endswith("few trajectories"))
        self.assertNotIn("± 0 ", text)
        # Of the effects -1, 3, 1, -3: t of 3 degrees is 3.182, the sd of their sizes 1.155.
        group = {"mu": 0.0, "mu_star": 2.0, "sigma": 20 ** 0.5 / 3 ** 0.5, "effects": 4}
        group = {name: np.array(value) for name, value in group.items()}
        cells = aasim.sweeptables._effect_row(types.SimpleNamespace(groups={"sensitivity": group}, level=0.95),
                                        ("mu", "mu_star", "sigma"), (), "downtime_min")
        self.assertEqual(cells[:3], ["0 ± 4.1", "2 ± 1.8", "2.58"])
        self.assertNotIn("Sobol", "\n".join(self.table("saltelli", ["rpo_s"])))  # there are no numbers of it


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
            for option, name in (("--metric", "speed"), ("--metric", "available"), ("--cost", "money"), ("--cost", "fast")):
                empty = os.path.join(directory, "empty")
                done = run("figures", sweep_of("grid"), "-o", empty, "--dpi", "40", option, name)
                self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (2, "", 1), done.stderr)
                self.assertFalse(os.path.exists(empty))
            self.assertEqual(run("figures", sample(), "-o", directory, "--cost", "headroom").returncode, 2)
        done = run("table", sweep_of("grid"), "--metric", "user_uptime", "--metric", "rpo_s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.rstrip("\n"), sweeptables.text(aasim.load_sweep(sweep_of("grid")), ["user_uptime", "rpo_s"]))
        for arguments in ((sweep_of("grid"), "--metric", "speed"), (sample(), "--metric", "availability")):
            done = run("table", *arguments)
            self.assertEqual((done.returncode, done.stdout, len(done.stderr.splitlines())), (2, "", 1), done.stderr)


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
