"""Figures of a sweep: heat maps, fronts, tornadoes, sensitivity; the numbers are those of sweeps.py and tradeoffs.py.

Each function returns a matplotlib Figure, or None when the sweep has nothing to draw; save_all writes all of them.
"""

import os

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import tables, tradeoffs
from .look import GREY, PALETTE, header, new, nines, nothing, short, styled

__all__ = ["heat_map", "pareto", "save_all", "sensitivity", "tornado"]

MARKERS = "os^DvPX"
_PRINTED_CELLS = 120  # a panel with more of them shows colours only


def _heading(sweep, name):
    """Title of a quantity with its unit."""
    if name not in sweep.metrics:
        return f"chance of '{name}' (%)" if name in sweep.objectives else name
    unit = tables.shown(name)[1]
    return tables.title(name) + (f" ({unit})" if unit else "")


def _factor(sweep, name):
    return tables.shown(name)[0] if name in sweep.metrics else 100 if name in sweep.objectives else 1


def _counts(sweep):
    """How much was simulated, in a few words."""
    lacking, n = (sweep.status != "done").sum(), sweep.n_replications
    return (f"{sweep.n_points} points, {n} replication{'s' if n > 1 else ''} each"
            + (f", {lacking} without results" if lacking else ""))


def _line(sweep):
    """What was simulated, in one line."""
    return f"{sweep.attrs['title']} · {_counts(sweep)}"


# ---- scales


def _is_wide(values):
    """Whether positive numbers differ so much that a plain scale would hide the small ones."""
    return values.size > 0 and values.min() > 0 and values.max() / values.min() > 5


def _has_nines(sweep, name):
    """Whether a metric is a share of which larger is better, so that distances to 1 matter."""
    return name in sweep.metrics and tables.shown(name)[1] == "%" and sweep.direction(name) > 0


def _transform(sweep, name, values):
    """(kind, function) of the scale that suits a quantity: "nines", "log" or "linear". values: in its own unit.

    Nines end one above the best value that is not 1, where 1 is put.
    """
    known = values[np.isfinite(values)]
    below = known[known < 1]
    if _has_nines(sweep, name) and below.size and _is_wide(np.maximum(1 - known, 1e-12)):
        top = float(nines(below.max())) + (1 if below.size < known.size else 0.2)
        return "nines", lambda v: np.minimum(nines(v), top)
    return ("log", np.log10) if _is_wide(known) and name not in sweep.objectives else ("linear", np.asarray)


_ROUND_SHARES = (0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9998, 0.9999, 0.99999, 1 - 1e-6, 1)


def _ticks(kind, function, ends, most=8):
    """Round numbers between the two ends of a scale, in the quantity's own unit, at most so many of them."""
    low, high = ends
    if low == high:
        return np.array([low])  # the one value there is
    if kind == "nines":
        marks = np.array(_ROUND_SHARES)
    elif kind == "log":
        marks = np.array([m * 10.0 ** e for e in range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
                          for m in (1, 2, 3, 5)])
    else:
        marks = ticker.MaxNLocator(min(5, most), steps=(1, 2, 2.5, 5, 10)).tick_values(low, high)
    slack = 1e-9 * (high - low)
    marks = marks[(marks >= low - slack) & (marks <= high + slack)]
    room, kept = (function(high) - function(low)) / most, []
    for mark in marks[::-1]:  # the good end of nines has the marks that matter
        if not kept or function(kept[-1]) - function(mark) >= room:
            kept.append(mark)
    return np.array(kept[::-1] if kept else [low, high])


def _number(value):
    return f"{float(f'{value:.8g}'):,.6g}"


def _labelled(axis, which, marks, labels):
    """Marks with their labels, upright below an axis where they would overlap."""
    crowded = which == "x" and max(map(len, labels)) > 6
    getattr(axis, f"set_{which}ticks")(marks, labels, **({"rotation": 90} if crowded else {}))


# ---- heat maps


def _axes_of_map(sweep, x, y):
    """(x, y, rows) parameters of a heat map: those with the most levels, unless named; rows is None or the next."""
    by_size = sorted(sweep.parameters, key=lambda p: -len(sweep.levels(p)[1]))
    for name in (x, y):
        if name is not None and name not in sweep.parameters:
            raise KeyError(f"no parameter {name!r}; there are: {', '.join(sweep.parameters)}")
    free = [p for p in by_size if p not in (x, y)]
    x = x or (free.pop(0) if free else None)
    y = y or (free.pop(0) if free else None)
    return (x, y, free[0] if free else None) if y else None


def _points_of_map(sweep, axes, case, level):
    """Rows of the points of a panel, (y, x) int, -1 where there is none; what else varies stays at its middle."""
    x, y, rows = axes
    here = sweep.case == case
    for name in sweep.parameters:
        index, levels, _ = sweep.levels(name)
        if name == rows:
            here = here & (index == level)
        elif name not in (x, y):
            here = here & (index == (len(levels) - 1) // 2)
    cells = np.full((len(sweep.levels(y)[1]), len(sweep.levels(x)[1])), -1)
    found = np.flatnonzero(here)
    cells[sweep.levels(y)[0][found], sweep.levels(x)[0][found]] = found
    return cells


def _cell_text(value, factor, has_nines):
    """A value in a cell of a map: three digits; of an availability more, the more nines it has."""
    if has_nines and value < 1:
        nine = int(-np.log10(1 - value))  # how many it has
        return f"{100 * value:.{min(5, max(1, nine + (nine == 1)))}f}"
    shown = value * factor
    return f"{shown:,.0f}" if abs(shown) >= 1000 else f"{float(f'{shown:.3g}'):g}"


def _mark_cells(axis, sweep, cells, objective, is_light):
    """Crosses where no history met the objective, open triangles where only some did."""
    met, histories = sweep.met(objective)
    for (row, column), point in np.ndenumerate(cells):
        if point < 0 or sweep.status[point] != "done" or met[point] == histories[point]:
            continue
        color = "black" if is_light[row, column] else "white"
        axis.plot(column - 0.36, row + 0.34, marker="x" if met[point] == 0 else "^", markersize=3.6, color=color,
                  markerfacecolor="none", markeredgewidth=0.9, linestyle="none", gid=f"{'un' if met[point] == 0 else 'half'}met")


def _draw_map(axis, sweep, cells, name, look):
    """One panel; look: dict with the colour map, its norm, the scale's function, the objective."""
    values = np.where(cells >= 0, sweep.values(name)[0][cells], np.nan)
    values = np.where(np.isin(cells, np.flatnonzero(sweep.status == "done")), values, np.nan)
    colors = np.ma.masked_invalid(look["function"](values))
    axis.imshow(colors, cmap=look["map"], norm=look["norm"], aspect="auto", origin="lower")
    rgba = look["map"](look["norm"](colors))
    is_light = (rgba[..., :3] @ (0.299, 0.587, 0.114) > 0.5) | np.isnan(values)
    for (row, column), point in np.ndenumerate(cells) if cells.size <= _PRINTED_CELLS else ():
        if point >= 0:
            text = _cell_text(values[row, column], look["factor"], _has_nines(sweep, name)) if np.isfinite(values[row, column]) else (
                "–" if sweep.status[point] == "done" else sweep.status[point])
            axis.text(column, row - 0.06, text, ha="center", va="center", fontsize=6.5,
                      color="black" if is_light[row, column] else "white")
    if look["objective"] is not None:
        _mark_cells(axis, sweep, cells, look["objective"], is_light)
    axis.grid(visible=False)
    axis.tick_params(length=0)


def _map_look(sweep, name, all_cells, objective):
    """Colours that all panels have in common: bright is good."""
    shown = np.unique(np.concatenate([cells.reshape(-1) for cells in all_cells]))
    values = sweep.values(name)[0][shown[shown >= 0]]
    values = values[np.isfinite(values) & (sweep.status[shown[shown >= 0]] == "done")]
    if values.size == 0:
        return None
    kind, function = _transform(sweep, name, values)
    low, high = function(values.min()), function(values.max())
    pad = 0 if high > low else 0.5
    colors = matplotlib.colormaps["cividis" if sweep.direction(name) > 0 else "cividis_r"].copy()
    colors.set_bad("white")
    return {"kind": kind, "function": function, "norm": Normalize(low - pad, high + pad), "map": colors,
            "objective": objective, "factor": _factor(sweep, name), "ends": (values.min(), values.max())}


def _color_bar(figure, axes, sweep, name, look):
    bar = figure.colorbar(matplotlib.cm.ScalarMappable(look["norm"], look["map"]), ax=axes, aspect=30, pad=0.015)
    height = figure.get_size_inches()[1]
    marks = _ticks(look["kind"], look["function"], look["ends"], most=int(max(2, 3.5 * height)))
    bar.set_ticks(look["function"](marks), labels=[_number(m * look["factor"]) for m in marks])
    bar.set_label(f"{_heading(sweep, name)}\nbright is good", fontsize=8)
    bar.outline.set_visible(False)
    bar.ax.minorticks_off()


def _map_keys(objective):
    if objective is None:
        return []
    look = {"color": "black", "markerfacecolor": "none", "linestyle": "none", "markersize": 5}
    return [Line2D([], [], marker="x", label=f"no history met '{objective}'", **look),
            Line2D([], [], marker="^", label="some did", **look),
            Patch(facecolor="#E8D65C", label="no mark: all did")]


def _marked(sweep, name, objective):
    """Objective whose cells are marked: the one named (""; None), else that on this metric, else the first."""
    if objective is not None or not sweep.objectives:
        return objective or None
    return next((o for o in sweep.objectives if name in (o, sweep.judged.get(o))), sweep.objectives[0])


def has_map(sweep):
    """Whether the points fill a grid: all combinations of values, or those that the constraints of a `grid` left.

    Of the latter at least half of the combinations.
    """
    try:
        shape, flat = sweep.cells()
    except ValueError:
        return False
    return flat.size * (2 if sweep.design == "grid" else 1) >= np.prod(shape)


@styled
def heat_map(sweep, metric="availability", x=None, y=None, objective=None):
    """A metric over two parameters: a column of panels a case, a row a level of the third parameter, one colour scale.

    metric: or an objective (its chance). x, y: parameters, default those with the most levels; more than three: the
    others at their middle levels. objective: whose cells are marked where not all histories met it; default that on
    the metric, or the first of the study, "" for none. None when fewer than two parameters vary or no shown point has
    a value. KeyError for unknown names, ValueError for points that do not fill a grid.
    """
    sweep.values(metric)
    if not has_map(sweep):
        raise ValueError(f"{sweep.path} has no heat map: its points do not fill a grid")
    axes_of_map = _axes_of_map(sweep, x, y)
    objective = _marked(sweep, metric, objective)
    if axes_of_map is None:
        return None
    x, y, rows = axes_of_map
    levels = range(len(sweep.levels(rows)[1])) if rows else (0,)
    cells = [[_points_of_map(sweep, axes_of_map, case, level) for case in range(len(sweep.cases))] for level in levels]
    look = _map_look(sweep, metric, [c for row in cells for c in row], objective)
    if look is None:
        return None
    height, width = cells[0][0].shape
    figure, axes = new(len(cells), len(sweep.cases), ((0.44 * width + 0.35) * len(sweep.cases) + 1.7,
                                                     max(1.5, (0.3 * height + 0.5) * len(cells) + 0.5)), sharex=True, sharey=True)
    for r, row in enumerate(cells):
        for c, panel in enumerate(row):
            _draw_map(axes[r, c], sweep, panel, metric, look)
            third = f"{rows} {sweep.levels(rows)[2][r]}" if rows else ""
            axes[r, c].set_title(short(sweep.cases[c]) if not rows else f"{short(sweep.cases[c])}, {third}", fontsize=8.5)
    _labelled(axes[0, 0], "x", range(width), sweep.levels(x)[2])
    _labelled(axes[0, 0], "y", range(height), sweep.levels(y)[2])
    figure.supxlabel(x, fontsize=9)
    figure.supylabel(y, fontsize=9)
    _color_bar(figure, axes, sweep, metric, look)
    others = [p for p in sweep.parameters if p not in axes_of_map]
    held = "".join(f" · {p} {sweep.levels(p)[2][(len(sweep.levels(p)[1]) - 1) // 2]}" for p in others)
    header(figure, f"{_heading(sweep, metric)} over {x} and {y}", _line(sweep) + held, _map_keys(objective))
    return figure


# ---- fronts


def _inverse(kind):
    if kind == "nines":
        return lambda v: 1 - 10.0 ** -np.asarray(v, dtype=float)
    return lambda v: 10.0 ** np.asarray(v, dtype=float)


def _scale_axis(axis, which, sweep, name, columns):
    """Scale, limits, marks and label of one axis ("x" or "y"). columns: (value, low, high), each (n,), as shown."""
    factor = _factor(sweep, name)
    values = columns[0] / factor
    kind, function = _transform(sweep, name, values)
    getattr(axis, f"set_{which}label")(_heading(sweep, name), fontsize=9)
    if kind == "linear":
        axis.ticklabel_format(axis=which, useOffset=False)
    else:
        _bend_axis(axis, which, values, (kind, function, factor))
    if name in sweep.parameters and len(sweep.levels(name)[1]) <= 8 and np.isfinite(sweep.settings(name)).all():
        getattr(axis, f"set_{which}ticks")(*sweep.levels(name)[1:])


def _bend_axis(axis, which, values, scale):
    """Gives an axis a scale of (kind, function, factor of what is shown), with marks at round numbers."""
    kind, function, factor = scale
    getattr(axis, f"set_{which}scale")("function", functions=(
        lambda v: function(np.maximum(np.asarray(v, dtype=float), 1e-12) / factor), lambda v: factor * _inverse(kind)(v)))
    ends = function(np.array([values.min(), values.max()]))
    pad = 0.06 * (ends[1] - ends[0])
    getattr(axis, f"set_{which}lim")(factor * _inverse(kind)(ends[0] - pad), factor * _inverse(kind)(ends[1] + pad))
    marks = _ticks(kind, function, (values.min(), values.max()))
    getattr(axis, f"set_{which}ticks")(factor * marks, [_number(factor * m) for m in marks])
    getattr(axis, f"{which}axis").set_minor_locator(ticker.NullLocator())


def _draw_bars(axis, x, y, points, color):
    """Thin intervals of some points; x, y: (value, low, high) in the units shown."""
    for (value, low, high), (other, _, _), is_x in ((x, y, True), (y, x, False)):
        wide = points[high[points] > low[points]]
        draw = axis.hlines if is_x else axis.vlines
        draw(other[wide], low[wide], high[wide], color=color, linewidth=0.6, alpha=0.55, zorder=2)


def _draw_case(axis, x, y, groups, look):
    """Marks of one case: `groups` are rows beaten, open, on the front."""
    color, marker = look
    styles = ({"markerfacecolor": "none", "markeredgecolor": color, "alpha": 0.45, "markersize": 4.5, "zorder": 3},
              {"markerfacecolor": color, "markeredgecolor": "none", "alpha": 0.6, "markersize": 5.5, "zorder": 4},
              {"markerfacecolor": color, "markeredgecolor": "black", "markersize": 8, "zorder": 6})
    for points, style in zip(groups, styles):
        axis.plot(x[0][points], y[0][points], linestyle="none", marker=marker, markeredgewidth=0.9, **style)
        _draw_bars(axis, x, y, points, color)


def _join_front(axis, x, y, points, x_direction):
    """Stairs through the front: what is reachable at each x."""
    order = points[np.lexsort((y[0][points], x[0][points]))]
    axis.plot(x[0][order], y[0][order], color="#222222", linewidth=0.9, zorder=5,
              drawstyle="steps-post" if x_direction < 0 else "steps-pre", gid="front")


def _draw_front(axis, sweep, pair, among):
    """One panel; returns in words how many points are on the front, and how many may be."""
    x, y = ([_factor(sweep, name) * column for column in sweep.values(name)] for name in pair)
    shown = among & (sweep.status == "done") & np.isfinite(x[0]) & np.isfinite(y[0])
    if not shown.any():
        nothing(axis, "no point has both values")
        axis.set(xticks=[], yticks=[])
        return ""
    is_front, is_open = tradeoffs.front(sweep, *pair, among)
    topology = sweep.groups["points"]["topology_index"]
    for t in range(len(sweep.topologies)):
        mine = shown & (topology == t)
        groups = [np.flatnonzero(mine & g) for g in (~is_open, is_open & ~is_front, is_front)]
        _draw_case(axis, x, y, groups, (PALETTE[t % len(PALETTE)], MARKERS[t % len(MARKERS)]))
    _join_front(axis, x, y, np.flatnonzero(is_front), sweep.direction(pair[0]))
    for which, name, columns in (("x", pair[0], x), ("y", pair[1], y)):
        _scale_axis(axis, which, sweep, name, [column[shown] for column in columns])
    return f"{is_front.sum()} of {shown.sum()} on the front, {(is_open & ~is_front).sum()} not to be told from it"


def _front_keys(sweep):
    keys = [Line2D([], [], linestyle="none", marker=MARKERS[t % len(MARKERS)], color=PALETTE[t % len(PALETTE)], label=short(n))
            for t, n in enumerate(sweep.topologies)]
    look = {"linestyle": "none", "marker": "o", "color": GREY}
    return [*keys, Line2D([], [], markeredgecolor="black", markersize=8, label="front", **look),
            Line2D([], [], markeredgecolor="none", markersize=5.5, label="not to be told from it", **look),
            Line2D([], [], markerfacecolor="none", markersize=4.5, label="beaten", **look)]


@styled
def pareto(sweep, x="downtime_min", y="latency_p99_s", objective=None):
    """All points by two quantities, with their intervals; the points that no other beats in both are joined.

    x, y: metrics, objectives, parameters (such as the number of servers: files hold no money) or added costs. A panel
    for each workload and fault plan. Filled without an edge: the intervals cannot tell it from the front. objective:
    only points of which all histories met it. KeyError for unknown names; None when no point has both.
    """
    among = (sweep.status == "done") & np.isfinite(sweep.values(x)[0]) & np.isfinite(sweep.values(y)[0])
    among = among if objective is None else among & tradeoffs.always_met(sweep, objective)
    if not among.any():
        return None
    groups = list(dict.fromkeys(indices[1:] for indices in sweep.case_indices))
    figure, axes = new(1, len(groups), (max(7.6, 4.6 * len(groups)), 4.4))
    words = []
    for axis, group in zip(axes[0], groups):
        mine = np.isin(sweep.case, [c for c, indices in enumerate(sweep.case_indices) if indices[1:] == group])
        words.append(_draw_front(axis, sweep, (x, y), among & mine))
        if len(groups) > 1:
            axis.set_title("\n".join([short(f"{sweep.workloads[group[0]]} · {sweep.fault_plans[group[1]]}", 40), words[-1]]))
    names = [_heading(sweep, name).split(" (")[0] for name in (y, x)]
    title = f"{names[0]} against {names[1].lower()}"
    title = title if objective is None else f"{title}, where all histories met '{objective}'"
    line = f"{100 * sweep.level:g} % intervals · {_counts(sweep)}"
    header(figure, title, line if len(groups) > 1 else f"{words[0]} · {line}", _front_keys(sweep))
    return figure


# ---- tornado


def _draw_effect(axis, row, effect, factor):
    change = factor * effect["change"]
    for end, color, is_first in ((0, PALETTE[5], True), (-1, PALETTE[1], False)):
        value, low, high = change[end]
        axis.barh(row, value, height=0.56, color=color, edgecolor="white", linewidth=0.6, zorder=2,
                  gid="first" if is_first else "last")
        if high > low:
            axis.plot([low, high], [row, row], color="#222222", linewidth=1.3, zorder=4, solid_capstyle="butt")
    between = change[1:-1, 0]
    axis.plot(between, np.full(between.size, row), linestyle="none", marker="|", markersize=9, color="#222222",
              markeredgewidth=0.8, zorder=5)
    left, right = min(0, *change[:, 0]), max(0, *change[:, 0])
    texts = {True: [], False: []}
    for value, label in sorted(((change[end, 0], effect["labels"][end]) for end in (0, -1)), key=lambda end: end[0]):
        texts[value < 0].append(label)  # two on one side: as far to the left or right as they belong
    for is_left, labels in texts.items():
        axis.annotate(" / ".join(labels), (left if is_left else right, row), xytext=(-4 if is_left else 4, 9),
                      textcoords="offset points", ha="right" if is_left else "left", va="center", fontsize=7.5,
                      color="#444444", annotation_clip=False)


def _draw_tornado(axis, sweep, metric, case, found):
    base = tradeoffs.base_point(sweep, case)
    axis.set_title(short(sweep.cases[case]))
    if not found:
        nothing(axis, "no points around a base point have results")
        axis.set_yticks([])
        return
    factor = _factor(sweep, metric)
    for row, effect in enumerate(found):
        _draw_effect(axis, row, effect, factor)
    axis.axvline(0, color="#222222", linewidth=1, zorder=3)
    axis.set_yticks(range(len(found)), [e["parameter"] for e in found])
    axis.set_ylim(len(found) - 0.4, -0.6)
    axis.grid(axis="y", visible=False)
    axis.tick_params(axis="y", length=0)
    axis.margins(x=0.18)
    axis.xaxis.set_major_locator(ticker.MaxNLocator(5, steps=(1, 2, 2.5, 5, 10)))
    value = tradeoffs.text(sweep, metric, [column[base] for column in sweep.values(metric)])[0]
    axis.set_xlabel(f"{sweep.describe(base)}: {value}", fontsize=8)


@styled
def tornado(sweep, metric="availability"):
    """What each parameter does by itself around a base point: a panel a case, the largest effect on top.

    Bars go from the metric at the parameter's first level to that at its last one, against the base point
    (tradeoffs.base_point), with intervals paired by replication; small strokes are the levels between. None of
    designs other than `one-at-a-time` and `grid`, and when no two points differ in one parameter only.
    """
    sweep.values(metric)
    found = [tradeoffs.effects(sweep, metric, case) for case in range(len(sweep.cases))]
    if not any(found):
        return None
    columns = min(3, len(found))
    rows = -(-len(found) // columns)
    tallest = max(len(effects) for effects in found)
    figure, axes = new(rows, columns, (3.5 * columns + 0.6, rows * (0.52 * tallest + 0.8) + 0.2))
    for case, axis in enumerate(axes.flat):
        if case < len(found):
            _draw_tornado(axis, sweep, metric, case, found[case])
        else:
            axis.set_visible(False)
    unit = tables.shown(metric)[1]
    unit = {"%": "percentage points"}.get(unit, unit)
    keys = [Patch(color=PALETTE[5], label="at the lowest value"), Patch(color=PALETTE[1], label="at the highest"),
            Line2D([], [], color="#222222", linewidth=1.3, label=f"{100 * sweep.level:g} % interval of the difference"),
            Line2D([], [], color="#222222", linestyle="none", marker="|", markersize=9, label="values between")]
    header(figure, f"One at a time: change of {tables.title(metric).lower()}" + (f" ({unit})" if unit else ""),
           f"against the point named below each panel, paired by replication · {_counts(sweep)}", keys)
    return figure


# ---- sensitivity


def _draw_sobol(axis, group, files, m):
    names = list(group["parameter"])
    for shift, kind, color, marker in ((-0.14, "first", PALETTE[0], "o"), (0.14, "total", PALETTE[1], "s")):
        value, low, high = (group[kind + end][files, m] for end in ("", "_ci_low", "_ci_high"))
        at = np.arange(len(names)) + shift
        axis.hlines(at, low, high, color=color, linewidth=1.6)
        axis.plot(value, at, linestyle="none", marker=marker, color=color, markersize=6, gid=kind)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.axvline(0, color="#222222", linewidth=0.8)
    axis.set_xlabel("share of the variance", fontsize=8.5)
    return np.isfinite(group["first"][files, m]).any() or np.isfinite(group["total"][files, m]).any()


def _draw_morris(axis, group, files, m, factor):
    names = list(group["parameter"])
    strength, spread = factor * group["mu_star"][files, m], factor * group["sigma"][files, m]
    for k, name in enumerate(names):
        axis.plot(strength[k], spread[k], linestyle="none", marker=MARKERS[k % len(MARKERS)], markersize=7,
                  color=PALETTE[k % len(PALETTE)], gid=name)
        axis.annotate(short(name), (strength[k], spread[k]), xytext=(6, 5), textcoords="offset points", fontsize=8)
    top = np.nanmax([*strength, *spread, 0], initial=0)
    if top > 0:
        axis.plot([0, top], [0, top], color=GREY, linewidth=0.8, linestyle=(0, (3, 3)), zorder=1)
    axis.margins(0.14)
    for one in (axis.xaxis, axis.yaxis):
        one.set_major_locator(ticker.MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
    axis.set_xlabel("mean size of the effect, mu*", fontsize=8.5)
    axis.set_ylabel("its standard deviation, sigma", fontsize=8.5)
    return np.isfinite(strength).any()


@styled
def sensitivity(sweep, metric="availability"):
    """Sobol indices of a `saltelli` design with intervals, or mu* and sigma of a `morris` design: a panel a case.

    None when the file has neither, or nothing of them for this metric. KeyError for an unknown metric.
    """
    sweep.values(metric)
    if "sensitivity" not in sweep.groups:
        return None
    group = sweep.groups["sensitivity"]
    m, is_sobol = list(group["metric"]).index(metric), "first" in group
    n, rows_each = len(sweep.cases), len(group["parameter"])
    columns = min(3, n)
    rows = -(-n // columns)
    figure, axes = new(rows, columns, (3.6 * columns + 0.5, rows * (max(1.6, 0.5 * rows_each + 0.9) if is_sobol else 3.0)))
    drawn = []
    for case, axis in enumerate(axes.flat):
        if case >= n:
            axis.set_visible(False)
            continue
        axis.set_title(short(sweep.cases[case]))
        drawn.append(_draw_sobol(axis, group, case, m) if is_sobol else
                     _draw_morris(axis, group, case, m, _factor(sweep, metric)))
        if not drawn[-1]:
            nothing(axis, "no variance, no shares" if is_sobol else "no numbers")
    if not any(drawn):
        return None
    unit = {"%": "percentage points"}.get(tables.shown(metric)[1], tables.shown(metric)[1])
    keys = [Line2D([], [], color=PALETTE[0], marker="o", label="first order: by itself"),
            Line2D([], [], color=PALETTE[1], marker="s", label="total: with all interactions")] if is_sobol else [
        Line2D([], [], color=GREY, linestyle=(0, (3, 3)), linewidth=0.8,
               label="sigma = mu*: above it, not linear or interacting")]
    title = f"What decides {tables.title(metric).lower()}" + (f" ({unit})" if unit and not is_sobol else "")
    intervals = f"{100 * sweep.level:g} % intervals · " if is_sobol else ""
    header(figure, title, intervals + _line(sweep), keys)
    return figure


# ---- all of them


def _all_figures(sweep, metric, cost):
    if has_map(sweep):
        yield "heat-map", heat_map(sweep, metric)
    yield "pareto", pareto(sweep, "downtime_min" if metric.startswith("latency_") else "latency_p99_s", metric)
    if cost is not None:
        yield "pareto-cost", pareto(sweep, cost, metric)
    yield "tornado", tornado(sweep, metric)
    yield "sensitivity", sensitivity(sweep, metric)


def save_all(sweep, directory, file_format="png", dpi=150, metric="availability", cost=None):
    """Writes every figure of a metric into the directory (made when missing). Yields the paths as they are written.

    One front is of the metric and p99 latency; of a latency and downtime. cost: parameter or added cost that stands
    for money; with it there is a front of cost and metric. KeyError for unknown names before anything is written,
    OSError when a file cannot be written.
    """
    sweep.check(metric, cost)
    os.makedirs(directory, exist_ok=True)
    for name, figure in _all_figures(sweep, metric, cost):
        if figure is not None:
            path = os.path.join(directory, f"{name}.{file_format}")
            dates = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
            figure.savefig(path, dpi=dpi, metadata=dates[file_format])
            yield path
