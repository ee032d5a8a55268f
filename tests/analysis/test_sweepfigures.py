"""Figures of merged sweeps: what is drawn where, of real sweeps of tests/cli/tiny and of made up numbers."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest
import warnings

sys.path.insert(0, os.path.dirname(__file__))
import h5py
import numpy as np
from madesweeps import grid_of, made, noisy
from matplotlib.colors import to_rgba
from samples import sweep_of

import aasim
from aasim import sweepfigures, sweeptables, tradeoffs


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
            self.assertEqual(sweepfigures._cell_text(value, 100, True), text)
        self.assertEqual(sweepfigures._cell_text(1.2345, 1000, False), "1,234")
        for metric, has_nines in (("availability", True), ("user_uptime", True), ("stale_read_ratio", False), ("rpo_s", False)):
            self.assertEqual(sweepfigures._has_nines(self.s, metric), has_nines)

    def test_bright_is_good(self):
        for metric, colors in (("availability", "cividis"), ("user_uptime", "cividis"), ("latency_p99_s", "cividis_r")):
            self.assertEqual(sweepfigures.heat_map(self.s, metric).axes[0].images[0].cmap.name, colors)

    def test_marks_are_those_of_the_objective_on_the_metric(self):
        for metric, objective in (("availability", "available"), ("latency_p99_s", "fast"), ("fast", "fast"),
                                  ("user_uptime", "available")):  # none judges it: the first
            figure = sweepfigures.heat_map(self.s, metric)
            met, histories = self.s.met(objective)
            panels = [axis for axis in figure.axes if axis.images]
            for gid, wanted in (("unmet", met == 0), ("halfmet", (met > 0) & (met < histories))):
                self.assertEqual(sum(len(marks(axis, gid)) for axis in panels), wanted.sum(), metric)
            self.assertTrue(any(f"no history met '{objective}'" in text.get_text() for artist in figure.artists
                                for text in artist.get_texts()))

    def test_only_what_fills_a_grid_has_a_map(self):
        settings = grid_of((1, 2, 3), (10, 20))
        for design, rows, has_map in (("grid", range(6), True), ("zip", range(6), True), ("zip", range(5), False),
                                      ("grid", (0, 1, 3, 5), True),  # constraints left two out
                                      ("grid", (0, 3, 4), True), ("one-at-a-time", (0, 1, 2, 4), False),
                                      ("sobol", (0, 1, 1), False)):
            s = made(noisy(np.arange(len(rows))), settings[list(rows)], design=design)
            self.assertEqual(sweepfigures.has_map(s), has_map, (design, rows))
            if not has_map:
                with self.assertRaisesRegex(ValueError, "do not fill a grid"):
                    sweepfigures.heat_map(s)

    def test_labels_do_not_overlap(self):
        settings = grid_of(np.geomspace(5, 5000, 12) * 1.0001, (10, 20))
        figure = sweepfigures.heat_map(made(noisy(np.arange(24)), settings))
        figure.canvas.draw()
        ticks = figure.axes[0].get_xticklabels()
        self.assertEqual(ticks[3].get_text(), "32.9")
        boxes = [tick.get_window_extent() for tick in ticks]
        self.assertTrue(all(left.x1 < right.x0 for left, right in zip(boxes, boxes[1:])))

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
                  "one-at-a-time": {"pareto", "pareto-cost", "tornado"}}
        for kind, names in wanted.items():
            with self.subTest(kind=kind), tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
                warnings.simplefilter("error")
                paths = list(sweepfigures.save_all(aasim.load_sweep(sweep_of(kind)), directory, dpi=40, cost="headroom"))
                self.assertEqual({pathlib.Path(path).stem for path in paths}, names)
                for path in paths:
                    self.assertEqual(pathlib.Path(path).read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_the_front_follows_the_metric(self):
        for metric, words in (("availability", "Availability against p99 latency"), ("user_uptime", "User-uptime against p99 latency"),
                              ("downtime_min", "Downtime in the run against p99 latency"),
                              ("latency_p50_s", "Median latency against downtime in the run"),
                              ("latency_p99_s", "p99 latency against downtime in the run")):
            figures = dict(sweepfigures._all_figures(self.s, metric, None))
            self.assertEqual(figures["pareto"].texts[0].get_text(), words)

    def test_names_are_checked_before_anything_is_written(self):
        with tempfile.TemporaryDirectory() as directory:
            out = os.path.join(directory, "out")
            for names in ({"metric": "speed"}, {"metric": "available"}, {"cost": "money"}):
                with self.assertRaisesRegex(KeyError, "there are: "):
                    next(sweepfigures.save_all(self.s, out, **names))
            self.assertFalse(os.path.exists(out))

    def test_designs_that_move_several_parameters_have_no_tornado(self):
        settings = grid_of((1, 2, 3), (10, 20))  # a `sobol` design's, rounded, may happen to be neighbours
        self.assertIsNotNone(sweepfigures.tornado(made(noisy(np.arange(6)), settings)))
        self.assertIsNone(sweepfigures.tornado(made(noisy(np.arange(6)), settings, design="sobol")))

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
            self.assertEqual(sum("missing" in line for line in sweeptables.text(s, ["availability"]).splitlines()[1:]), 21)


if __name__ == "__main__":
    unittest.main()
