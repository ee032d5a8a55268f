"""What a sweep says: points that no other beats, what each parameter does, the cheapest point that is good enough.

Numbers and sentences only; sweepfigures.py draws.
"""

import numpy as np

from . import tables

__all__ = ["base_point", "cheapest", "cost_steps", "effects", "front", "front_table", "never_beaten", "reading",
           "swept", "text"]

# Designs with points that differ from a base point in one parameter, other than by chance.
ONE_AT_A_TIME = ("one-at-a-time", "grid")

# ---- the front


def _is_beaten(best, worst):
    """(n,) bool: rows of `best` (n, 2; larger is better) that some row of `worst` reaches in both and beats in one."""
    order = np.lexsort((-worst[:, 1], -worst[:, 0]))
    first = worst[order, 0]
    highest = np.append(np.maximum.accumulate(worst[order, 1]), -np.inf)  # [k-1]: of the first k; [-1]: of none
    at_least = highest[np.searchsorted(-first, -best[:, 0], side="right") - 1]
    more_than = highest[np.searchsorted(-first, -best[:, 0], side="left") - 1]
    return (at_least > best[:, 1]) | (more_than >= best[:, 1])


def never_beaten(x, y, x_direction=-1, y_direction=-1):
    """(n,) bool: the points that no other reaches in both quantities and beats in one of them.

    x, y: (n,); direction +1: larger is better, -1: smaller is. Points with a NaN never belong.
    """
    good = np.column_stack([x_direction * np.asarray(x, dtype=float), y_direction * np.asarray(y, dtype=float)])
    known = np.isfinite(good).all(axis=1)
    result = np.zeros(known.size, dtype=bool)
    result[known] = ~_is_beaten(good[known], good[known])
    return result


def _good_ends(sweep, name):
    """(value, worst end, best end) of a quantity's interval, each (point,), turned so that larger is better."""
    value, low, high = sweep.values(name)
    low, high = (np.where(np.isnan(bound), value, bound) for bound in (low, high))
    return (value, low, high) if sweep.direction(name) > 0 else (-value, -high, -low)


def front(sweep, x, y, among=None):
    """Points by their place to the front of two quantities: (is_front, is_open), each (point,) bool.

    is_front: no other point is as good in both by the estimates and better in one (the non-dominated set).
    is_open: no other point is so even if its intervals are read at their bad ends and this one's at their good ends:
    these the intervals cannot tell from the front, which is among them. Without intervals both are the same.
    among: (point,) bool, the points to look at; default all.
    """
    use = np.ones(sweep.n_points, dtype=bool) if among is None else np.asarray(among)
    (x_value, x_worst, x_best), (y_value, y_worst, y_best) = _good_ends(sweep, x), _good_ends(sweep, y)
    use = use & (sweep.status == "done") & np.isfinite(x_value) & np.isfinite(y_value)
    value, worst, best = (np.column_stack(pair)[use] for pair in
                          ((x_value, y_value), (x_worst, y_worst), (x_best, y_best)))
    is_front, is_open = np.zeros(use.size, dtype=bool), np.zeros(use.size, dtype=bool)
    is_front[use] = ~_is_beaten(value, value)
    is_open[use] = ~_is_beaten(best, worst)
    return is_front, is_open


# ---- numbers as texts


def text(sweep, name, values):
    """(value, interval) as texts with the unit, of (value, low, high) of a quantity; the interval is "" without one."""
    factor, unit = tables.shown(name) if name in sweep.metrics else (100, "%") if name in sweep.objectives else (1, "")
    value, interval = tables.cell(dict(zip(("value", "ci_low", "ci_high"), values)), factor)
    unit = f" {unit}" if unit and value != "n/a" else ""
    return value + unit, interval + unit if interval else ""


def _quoted(sweep, name, point):
    """'99.47 % [99.45 … 99.49 %]' of a quantity at a point."""
    value, interval = text(sweep, name, [column[point] for column in sweep.values(name)])
    return f"{value} [{interval}]" if interval else value


def front_table(sweep, x, y, among=None):
    """The front of two quantities as a pandas.DataFrame: a row a point, in the order of x; texts with intervals."""
    import pandas

    points = np.flatnonzero(front(sweep, x, y, among)[0])
    points = points[np.argsort(sweep.values(x)[0][points], kind="stable")]
    rows = [{"case": sweep.cases[sweep.case[p]], **{name: sweep.label(name, p) for name in sweep.parameters},
             **{name: _quoted(sweep, name, p) for name in (x, y)}} for p in points]
    return pandas.DataFrame(rows)


def swept(sweep):
    """What was varied, as Markdown: designs, workloads, fault plans, and the levels of each parameter."""
    rows = {"designs": sweep.topologies, "workloads": sweep.workloads, "fault plans": sweep.fault_plans,
            **{f"`{name}`": sweep.levels(name)[2] for name in (*sweep.parameters, *sweep.fixed)}}
    return "\n".join(f"- {what} ({len(names)}): {', '.join(names)}" for what, names in rows.items())


# ---- one parameter at a time


def _neighbours(levels):
    """(n,) int: how many other rows of levels (n, parameter) differ from a row in exactly one column."""
    count = np.zeros(len(levels), dtype=int)
    equal = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    for k in range(levels.shape[1]):
        rest = np.unique(np.delete(levels, k, axis=1), axis=0, return_inverse=True, return_counts=True)
        count += rest[2][rest[1].reshape(-1)] - equal[2][equal[1].reshape(-1)]
    return count


def base_point(sweep, case):
    """The row of a case around which parameters are moved one at a time.

    The row with the most others that differ from it in one parameter: of a `one-at-a-time` design the one that all
    begin at. Of a grid all rows have equally many; then the one nearest to the middle level of each parameter, the
    lower of two middle ones. None for other designs, and when no row differs from another in one parameter only.
    """
    rows = np.flatnonzero(sweep.case == case)
    if sweep.design not in ONE_AT_A_TIME or not sweep.parameters or rows.size < 2:
        return None
    levels = np.column_stack([sweep.levels(name)[0][rows] for name in sweep.parameters])
    count = _neighbours(levels)
    if count.max() == 0:
        return None
    middle = np.array([(len(sweep.levels(name)[1]) - 1) // 2 for name in sweep.parameters])
    far = np.abs(levels - middle).sum(axis=1)
    return int(rows[np.lexsort((far, -count))[0]])


def _rows_around(sweep, base, parameter):
    """The base and rows with results that differ from it in this parameter only: one a level, in order of levels."""
    same = sweep.case == sweep.case[base]
    for other in sweep.parameters:
        if other != parameter:
            index = sweep.levels(other)[0]
            same &= index == index[base]
    rows = np.flatnonzero(same & (sweep.status == "done"))
    rows = np.append(base, rows[rows != base]) if base in rows else rows  # of its own level it is the one
    return rows[np.unique(sweep.levels(parameter)[0][rows], return_index=True)[1]]


def effects(sweep, metric, case=0, base=None):
    """What each parameter does to a metric, the others left as they are at a base point.

    case: number or name; base: number of the point, default base_point (designs without one have no effects).
    Returns a list of dicts, largest effect first: parameter, points (rows in order of the parameter, the base among
    them), labels (of the parameter there), change ((rows, 3): metric less that of the base, and its interval), swing
    ((3,): at the last row less at the first one). Intervals are paired by replication (Sweep.difference). Empty when
    there is nothing around the base. KeyError for an unknown case.
    """
    case = sweep.cases.index(case) if case in sweep.cases else case
    if case not in range(len(sweep.cases)):
        raise KeyError(f"no case {case!r}; there are: {', '.join(sweep.cases)}")
    base = base_point(sweep, case) if base is None else base
    found = []
    for parameter in sweep.parameters if base is not None else ():
        points = _rows_around(sweep, base, parameter)
        if points.size > 1 and base in points:
            change = np.array([(0, 0, 0) if p == base else sweep.difference(metric, base, p) for p in points])
            found.append({"parameter": parameter, "points": points, "change": change,
                          "labels": [sweep.label(parameter, p) for p in points],
                          "swing": np.array(sweep.difference(metric, points[0], points[-1]))})
    return sorted(found, key=lambda e: -span(e))


def span(effect):
    """Length of an effect's bar: from its first level over the base to its last one."""
    ends = [0, *effect["change"][[0, -1], 0]]
    return float(np.nanmax(ends) - np.nanmin(ends))


# ---- cheap and good enough


def cheapest(sweep, cost, objective=None, metric="availability"):
    """The cheapest point of each case that met the objective in every history, as a pandas.DataFrame.

    cost: parameter, or what add_cost made of one, smaller is cheaper; objective: default the first. Among equally
    cheap points the one with the best metric. A case without such a point shows its best one, and says so in `met`.
    Columns: case, met, the parameters, cost, the metric with its interval, probability (that a history meets the objective, with its
    exact interval: with few histories it is wide even if all of them did), candidates (points of the case that met it
    always).
    """
    import pandas

    objective = _objective(sweep, objective)
    return pandas.DataFrame([_cheapest_row(sweep, case, cost, objective, metric) for case in range(len(sweep.cases))])


def _objective(sweep, objective):
    if objective is None and not sweep.objectives:
        raise ValueError("the study has no objective")
    return sweep.objectives[0] if objective is None else objective


def always_met(sweep, objective):
    """(point,) bool: points of which every history met the objective, and there is one."""
    met, histories = sweep.met(objective)
    return (sweep.status == "done") & (histories > 0) & (met == histories)


def best_point(sweep, points, cost, metric):
    """The cheapest of some points, the best of these by the metric; without a cost the best; None of none."""
    goodness = sweep.direction(metric) * sweep.values(metric)[0]
    points = points[np.isfinite(goodness[points])]
    if points.size == 0:
        return None
    price = sweep.values(cost)[0][points] if cost is not None else np.zeros(points.size)
    return int(points[np.lexsort((-goodness[points], price))[0]])


def _cheapest_row(sweep, case, cost, objective, metric):
    here = sweep.case == case
    good = np.flatnonzero(here & always_met(sweep, objective))
    point = best_point(sweep, good, cost, metric)
    found = point is not None
    if not found:
        point = best_point(sweep, np.flatnonzero(here & (sweep.status == "done")), None, metric)
    row = {"case": sweep.cases[case], "met": "always" if found else "no point always; its best:"}
    if point is None:
        return {**row, "met": "no results", "candidates": 0}
    met, histories = sweep.met(objective)
    chance = " [".join(text(sweep, objective, [c[point] for c in sweep.values(objective)]))
    row["met"] = row["met"] if found else f"{row['met']} {met[point]} of {histories[point]}"
    return {**row, **{name: sweep.label(name, point) for name in sweep.parameters},
            **({} if cost in sweep.parameters else {cost: f"{sweep.values(cost)[0][point]:.4g}"}),
            metric: _quoted(sweep, metric, point),
            "probability": f"{chance}]", "candidates": int(good.size)}


def cost_steps(sweep, parameter, metric="availability", case=0):
    """What each step up of a parameter does in a case while nothing else changes: a list of dicts in order of levels.

    from, to (labels), pairs (of points with results at both levels), least, most (smallest and largest change of the
    metric over these pairs; NaN without any).
    """
    index, levels, labels = sweep.levels(parameter)
    others = [sweep.levels(p)[0] for p in sweep.parameters if p != parameter]
    rest = np.unique(np.column_stack([sweep.case, *others]), axis=0, return_inverse=True)[1].reshape(-1)
    table = np.full((rest.max() + 1, len(levels)), np.nan)
    here = (sweep.status == "done") & (sweep.case == case)
    table[rest[here], index[here]] = sweep.values(metric)[0][here]
    steps = []
    for k, change in enumerate(np.diff(table, axis=1).T):
        known = change[np.isfinite(change)]
        ends = (known.min(), known.max()) if known.size else (np.nan, np.nan)
        steps.append({"from": labels[k], "to": labels[k + 1], "pairs": int(known.size), "least": float(ends[0]),
                      "most": float(ends[1])})
    return steps


# ---- sentences


def _times(n, what):
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _change(metric, values):
    """A difference with its interval in words; availability in percentage points."""
    factor, unit = tables.shown(metric)
    unit = "points" if unit == "%" else unit
    value, interval = tables.cell(dict(zip(("value", "ci_low", "ci_high"), values)), factor)
    value = value if value.startswith("-") or value == "n/a" else f"+{value}"
    return f"{value} {unit}".rstrip() + (f" [{interval}]" if interval else "")


def says_points(sweep):
    """How much was simulated, as a sentence."""
    lacking = [f"{(sweep.status == s).sum()} {s}" for s in ("failed", "missing") if (sweep.status == s).any()]
    intervals = (f"intervals hold {100 * sweep.level:g} %" if sweep.n_replications > 1
                 else "one history gives no intervals for means")
    return (f"{_times(sweep.n_points, 'point')} with {_times(sweep.n_replications, 'replication')} each; {intervals}"
            + (f"; {' and '.join(lacking)}: these are left out" if lacking else "") + ".")


def _says_goal(sweep, objective):
    others = [f"`{name}`" for name in sweep.objectives if name != objective]
    beside = f"; {', '.join(others)} {'is' if len(others) == 1 else 'are'} not looked at" if others else ""
    return f"`{objective}` asks for {sweep.goal(objective)}{beside}."


def _says_objective(sweep, case, cost, objective, metric):
    row = _cheapest_row(sweep, case, cost, objective, metric)
    name, here = sweep.cases[case], (sweep.case == case) & (sweep.status == "done")
    if row["met"] == "no results":
        return f"**{name}** has no results."
    where = ", ".join(f"{p} {row[p]}" for p in sweep.parameters)
    if not row["candidates"]:
        return (f"**{name}** meets `{objective}` in all histories at none of {_times(here.sum(), 'point')}. Its best {metric} "
                f"is {row[metric]}, with {where}.")
    return (f"**{name}** meets `{objective}` in all histories at {row['candidates']} of {_times(here.sum(), 'point')}; the "
            f"cheapest by {cost} has {where}: {row[metric]}, and meets it with a probability of {row['probability']}.")


def _says_effects(sweep, case, metric):
    found = effects(sweep, metric, case)
    if not found:
        return None
    parts = []
    for e in found:
        swing = e["swing"]
        unsure = "" if np.isnan(swing[1]) or not swing[1] <= 0 <= swing[2] else ", not distinguishable from none"
        parts.append(f"`{e['parameter']}` from {e['labels'][0]} to {e['labels'][-1]}: {_change(metric, swing)}{unsure}")
    return (f"**{sweep.cases[case]}**, around {sweep.describe(base_point(sweep, case))}, change of {metric}: "
            f"{'; '.join(parts)}.")


def _range(metric, low, high):
    """A range of differences in words."""
    factor, unit = tables.shown(metric)
    unit = "points" if unit == "%" else unit
    if max(abs(factor * low), abs(factor * high)) < 0.005:
        return f"less than 0.01 {unit}".rstrip()
    ends = dict.fromkeys(f"{round(factor * value, 2) + 0.0:+.2f}" for value in (low, high))
    return f"{' to '.join(ends)} {unit}".rstrip()


def _says_steps(sweep, case, parameter, metric):
    if sweep.design != "grid" or parameter not in sweep.parameters:
        return None
    steps = [s for s in cost_steps(sweep, parameter, metric, case) if s["pairs"]]
    if not steps:
        return None
    first, more = steps[0], steps[1:]
    words = (f"**{sweep.cases[case]}**, whatever the others are: `{parameter}` from {first['from']} to {first['to']} changes "
             f"{metric} by {_range(metric, first['least'], first['most'])}")
    if more:
        words += (f", a step beyond, up to {more[-1]['to']}, by "
                  f"{_range(metric, min(s['least'] for s in more), max(s['most'] for s in more))}")
    return words + "."


def _says_front(sweep, x, y):
    is_front, is_open = front(sweep, x, y)
    if not is_front.any():
        return None
    counts = [f"{sweep.cases[c]} {(is_front & (sweep.case == c)).sum()}" for c in np.unique(sweep.case[is_front])]
    done = (sweep.status == "done").sum()
    return (f"By {x} and {y}, no other point beats {is_front.sum()} of the {done} ({', '.join(counts)}); "
            f"{(is_open & ~is_front).sum()} more cannot be told from them by their intervals.")


def reading(sweep, cost, objective=None, metric="availability", fronts=()):
    """What the numbers say, as Markdown, every sentence computed: objectives, effects, steps of the cost, fronts.

    cost: parameter, or what add_cost made of one; fronts: pairs of quantities. Effects are those around a base point
    (base_point), steps of the cost those of a grid: other designs have none.
    """
    parameter = sweep.cost_parameter(cost)
    objective = _objective(sweep, objective)
    cases = range(len(sweep.cases))
    lines = [says_points(sweep), _says_goal(sweep, objective), *(_says_objective(sweep, c, cost, objective, metric) for c in cases),
             *(_says_effects(sweep, c, metric) for c in cases), *(_says_steps(sweep, c, parameter, metric) for c in cases),
             *(_says_front(sweep, x, y) for x, y in fronts)]
    return "\n".join(f"- {line}" for line in lines if line)
