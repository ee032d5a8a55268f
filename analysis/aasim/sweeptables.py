"""All points of a sweep as plain text that fits a terminal, and the indices of designs that have them."""

import math
import textwrap

import numpy as np

from . import tables, tradeoffs

__all__ = ["text"]

WIDTH = 100  # of lines, in characters
_LABEL = 30  # a longer text in a cell is cut
_GAP = "  "
_TOO_WIDE = 0.5  # an index with a longer interval says nothing


# ---- cells


def _cut(label):
    return label if len(label) <= _LABEL else label[:_LABEL - 1] + "…"


def _number(values, factor, unit):
    """'99.47 [99.45, 99.49]' of (value, low, high): the interval's half has two digits, the value at most four.

    Percentages from 90 on have as many as the interval asks for.
    """
    value, low, high = (factor * float(v) for v in values)
    if math.isnan(value):
        return "n/a"
    known = not (math.isnan(low) or math.isnan(high))
    digits = tables.decimals(value, (high - low) / 2 if known else math.nan)
    if not (unit == "%" and value >= 90) and value != 0:
        digits = min(digits, max(0, 3 - math.floor(math.log10(abs(value)))))
    shown = [f"{v:,.{digits}f}" for v in ((value, low, high) if known else (value,))]
    return f"{shown[0]} [{shown[1]}, {shown[2]}]" if known else shown[0]


def _quantity(sweep, name):
    """A column of a metric or of an objective's chance: (heading, cells)."""
    factor, unit = tables.shown(name) if name in sweep.metrics else (100, "%")
    heading = tables.title(name) if name in sweep.metrics else f"meets {name}"
    columns = sweep.values(name)
    cells = [_number([column[p] for column in columns], factor, unit) if sweep.status[p] == "done" else sweep.status[p]
             for p in range(sweep.n_points)]
    return heading + (f" ({unit})" if unit else ""), cells


# ---- columns


def _chosen(sweep, metrics):
    """(metrics, objectives) to show. metrics: names, None: availability and what objectives judge."""
    if metrics is None:
        metrics = [m for m in sweep.metrics if m == "availability" or m in sweep.judged.values()]
    for metric in metrics:
        sweep.check(metric)
    return list(dict.fromkeys(metrics)), [o for o in sweep.objectives if sweep.judged.get(o, metrics[0]) in metrics]


def _settings(sweep):
    """What tells points apart, and what follows from it: a list of (heading, cells)."""
    points = sweep.groups["points"]
    files = [(what, [str(name) for name in points[key][points[key + "_index"]]]) for what, key in
             (("design", "topology"), ("workload", "workload"), ("fault plan", "fault_plan"))]
    values = [(name, [sweep.label(name, p) for p in range(sweep.n_points)])
              for name in dict.fromkeys([*sweep.parameters, *sweep.fixed])]
    return [(heading, [_cut(cell) for cell in cells]) for heading, cells in (*files, *values)]


def _split(columns, rows):
    """Columns (heading, cells) that differ in these rows, and in words what the others are in all of them."""
    varied = [c for c in columns if len({c[1][r] for r in rows}) > 1]
    return varied, [f"{heading} {cells[rows[0]]}" for heading, cells in columns if len({cells[r] for r in rows}) == 1]


def _layout(column):
    """Lines of a column: its heading in as many as it takes for the width of the cells, then the cells."""
    heading, cells = column
    width = max(len(text) for text in (*cells, *heading.split()))
    return textwrap.wrap(heading, max(1, width), break_long_words=False, break_on_hyphens=False), cells, width


def _block(columns):
    """Lines of columns side by side; each is (lines of the heading, cells, width)."""
    height = max(len(heading) for heading, _, _ in columns)
    padded = [([""] * (height - len(heading)) + heading + list(cells), width) for heading, cells, width in columns]
    return [_GAP.join(f"{lines[k]:<{width}}" for lines, width in padded).rstrip() for k in range(len(padded[0][0]))]


def _blocks(left, columns):
    """The table as lists of lines, one below the other when it is wider than a line.

    left: columns that begin each of them, unless these take half of a line: then only the first, the number.
    """
    left, columns = [_layout(c) for c in left], [_layout(c) for c in columns]

    def room(some):
        return sum(width + len(_GAP) for _, _, width in some)

    if room(left) > WIDTH / 2:
        left, columns = left[:1], [*left[1:], *columns]
    blocks = [list(left)]
    for column in columns:
        if len(blocks[-1]) > len(left) and room(blocks[-1]) + column[2] > WIDTH:
            blocks.append(list(left))
        blocks[-1].append(column)
    return [_block(block) for block in blocks]


# ---- indices


def _effect_row(sweep, kinds, at, metric):
    """Cells of one parameter of a `morris` design: mean effects with Student's t intervals over the trajectories."""
    from scipy import stats  # slow to start, and not needed for other designs
    group, factor = sweep.groups["sensitivity"], tables.shown(metric)[0]
    mu, mu_star, sigma = (factor * float(group[kind][at]) for kind in kinds)
    n = int(group["effects"][at])
    if n < 2 or math.isnan(sigma):
        return [f"{v:.3g}" for v in (mu, mu_star, sigma)] + [""]
    wide = stats.t.ppf((1 + sweep.level) / 2, n - 1) / math.sqrt(n)
    squares = sigma ** 2 * (n - 1) / n + mu ** 2  # mean square of the effects
    sd_star = math.sqrt(max(0, squares - mu_star ** 2) * n / (n - 1))
    cells = [f"{v:.3g} ± {wide * sd:.2g}" if sd > 0 else f"{v:.3g}" for v, sd in ((mu, sigma), (mu_star, sd_star))]
    return [*cells, f"{sigma:.3g}", "few trajectories" if n < 10 else ""]


def _index_row(group, kinds, at):
    """Cells of one parameter: each kind of index with its interval where there is one, and whether it is too wide."""
    cells, widest = [], 0
    for kind in kinds:
        value = [group[kind + end][at] for end in ("", "_ci_low", "_ci_high")] if kind + "_ci_low" in group else [
            group[kind][at], math.nan, math.nan]
        if math.isnan(value[1]):
            cells.append("n/a" if math.isnan(value[0]) else f"{value[0]:.4g}")
        else:
            cells.append("{:.2f} [{:.2f}, {:.2f}]".format(*(round(v, 2) + 0.0 for v in value)))
            widest = max(widest, value[2] - value[1])
    return [*cells, "too few points" if widest > _TOO_WIDE else ""]


def _indices(sweep, metrics):
    """Lines with the indices of some metrics; none when the file has none of them."""
    group = sweep.groups.get("sensitivity")
    if group is None:
        return []
    is_sobol = "first" in group
    kinds = ("first", "total") if is_sobol else ("mu", "mu_star", "sigma")
    rows = []
    for case, metric in ((c, m) for c in range(len(sweep.cases)) for m in metrics):
        m = sweep.metrics.index(metric)
        if np.isfinite(group[kinds[-1]][case, m]).any():
            unit = tables.shown(metric)[1]
            heading = metric if is_sobol else tables.title(metric) + (f" ({unit})" if unit else "")
            rows += [[sweep.cases[case], heading, str(name), *(_index_row(group, kinds, (case, m, k)) if is_sobol else
                                                               _effect_row(sweep, kinds, (case, m, k), metric))]
                     for k, name in enumerate(group["parameter"])]
    if not rows:
        return []
    names = ("first order", "total") if is_sobol else ("mu", "mu*", "sigma")
    headings = ("", "metric", "parameter", *names, "")
    columns = [(heading, [_cut(row[k]) for row in rows]) for k, heading in enumerate(headings)]
    title = (f"Sobol indices, shares of the variance with {100 * sweep.level:g} % intervals:" if is_sobol else
             f"Elementary effects over the whole range, means over trajectories with {100 * sweep.level:g} % intervals:")
    return ["", title, *_block([_layout(c) for c in columns])]


# ---- all of it


def _wrapped(line):
    return textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def text(sweep, metrics=None):
    """All points as plain text of at most 100 columns: a line a point, what was varied, metrics, chances of objectives.

    What is equal in all points stands once above the table; columns that find no room are in a table below, by the
    numbers of the points. metrics: names, default availability and what objectives judge. Intervals are in brackets;
    below are the indices of `saltelli` and `morris` designs. KeyError for an unknown metric.
    """
    metrics, objectives = _chosen(sweep, metrics)
    everywhere = range(sweep.n_points)
    left, equal = _split(_settings(sweep), everywhere)
    shown = [_quantity(sweep, name) for name in (*metrics, *objectives)]
    if (sweep.status == "done").all():
        shown, same = _split(shown, everywhere)
        equal += same
    lines = _wrapped(f"{sweep.attrs['title']}: {tradeoffs.says_points(sweep)}")
    lines += _wrapped(f"In all points: {', '.join(equal)}.") if equal else []
    for objective in objectives:
        lines += _wrapped(f"'{objective}' asks for: {sweep.goal(objective)}.")
    number = ("point", [str(p) for p in everywhere])
    for block in _blocks([number, *left], shown):
        lines += ["", *block]
    messages = sweep.groups["points"]["message"]
    for p in np.flatnonzero(sweep.status == "failed"):
        lines += ["", *_wrapped(f"Point {p} failed: {messages[p]}")]
    return "\n".join([*lines, *_indices(sweep, metrics)])
