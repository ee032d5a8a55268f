"""Ranks of designs under several fault plans, with ties where replications cannot tell designs apart."""

import numpy as np
from scipy import stats

from .look import GREY, header, new, short, styled
from . import tables

__all__ = ["ranking", "ranks"]


def _values(results, metric):
    """(design, replication) values of a metric."""
    group = results.groups["replications"]
    return group["value"][:, :, list(group["metric"]).index(metric)]


def _p_values(values):
    """Two-sided p-values of all pairs of designs, paired by replication, adjusted by Holm; (design, design).

    Equal replications have p = 1; a constant difference that is not 0 the sign test's 2^(1-n).
    """
    n_designs, n = values.shape
    pairs = [(a, b) for a in range(n_designs) for b in range(a + 1, n_designs)]
    raw = []
    for a, b in pairs:
        difference = values[a] - values[b]
        if np.isnan(difference).any():
            raw.append(1.0)
        elif np.allclose(difference, difference[0], rtol=0, atol=1e-12):
            raw.append(1.0 if n < 2 or abs(difference[0]) < 1e-12 else 2.0 ** (1 - n))
        else:
            raw.append(float(stats.ttest_1samp(difference, 0).pvalue))
    adjusted, highest = np.ones((n_designs, n_designs)), 0.0
    for k, i in enumerate(np.argsort(raw, kind="stable")):
        highest = max(highest, min(1.0, (len(raw) - k) * raw[i]))
        adjusted[pairs[i]] = adjusted[pairs[i][::-1]] = highest
    return adjusted


def ranking(results, metric="availability"):
    """The designs of a results file, best first.

    Returns a list of dicts: design, value, ci_low, ci_high, best and worst: the ranks that the design may have when
    designs that the replications cannot tell apart at the file's level (paired t tests, Holm over all pairs) may stand in any
    order. Designs for which some replication has no value come last, without ranks (None). KeyError for an unknown metric.
    """
    rows = results.compare(metric)
    s = results.groups["summary"]
    sign = s["metric_direction"][results.metrics.index(metric)]
    values = _values(results, metric)
    is_known = ~np.isnan(values).any(axis=1)
    is_told = _p_values(values) < 1 - results.level
    mean = sign * np.array([row["value"] for row in rows])
    ranked = []
    for d, row in enumerate(rows):
        better = sum(is_told[d, e] and mean[e] > mean[d] for e in range(len(rows)))
        worse = sum(is_told[d, e] and mean[e] < mean[d] for e in range(len(rows)))
        ranked.append({"design": row["design"], "value": row["value"], "ci_low": row["ci_low"],
                       "ci_high": row["ci_high"], "best": 1 + int(better) if is_known[d] else None,
                       "worst": int(is_known.sum()) - int(worse) if is_known[d] else None})
    order = sorted(range(len(rows)), key=lambda d: (not is_known[d], -mean[d] if is_known[d] else 0, d))
    return [ranked[d] for d in order]


def _middle(row, n_designs):
    """Middle of the ranks a design may have; one without any is put behind all others."""
    return n_designs if row["best"] is None else (row["best"] + row["worst"]) / 2


def _rank_text(row):
    if row["best"] is None:
        return "–"
    return f"{row['best']}" if row["best"] == row["worst"] else f"{row['best']}–{row['worst']}"


@styled
def ranks(several, metric="availability"):
    """Designs by fault plan: a row a design, a column a plan; rank, value; dark is good; "–": there is no value.

    several: list of Results with the same designs. The rows are in order of the mean of the middle of their ranks.
    ValueError when the designs differ.
    """
    designs = several[0].designs
    if any(set(r.designs) != set(designs) for r in several):
        raise ValueError("the results files have different designs")
    columns = [{row["design"]: row for row in ranking(r, metric)} for r in several]
    middle = {d: np.mean([_middle(c[d], len(designs)) for c in columns]) for d in designs}
    order = sorted(designs, key=lambda d: (middle[d], designs.index(d)))
    figure, axes = new(1, 1, (1.5 + 2.1 * len(several), 0.42 * len(designs) + 0.6))
    axis = axes[0, 0]
    shade = np.array([[_middle(c[d], len(designs)) for c in columns] for d in order])
    axis.imshow(shade, cmap="Blues_r", vmin=-0.6 * len(designs), vmax=len(designs), aspect="auto")
    factor, unit = tables.shown(metric)
    for y, design in enumerate(order):
        for x, column in enumerate(columns):
            row = column[design]
            axis.text(x - 0.28, y, _rank_text(row), ha="center", va="center", fontweight="bold", fontsize=10)
            if row["best"] is not None:
                axis.text(x + 0.42, y, f"{tables.cell(row, factor)[0]} {unit}", ha="right", va="center", fontsize=8.5)
    axis.set_xticks(range(len(several)), [short(r.attrs["fault_plan"] or "no faults") for r in several])
    axis.set_yticks(range(len(order)), [short(d) for d in order])
    axis.xaxis.tick_top()
    axis.tick_params(length=0, colors=GREY)
    axis.grid(visible=False)
    for spine in axis.spines.values():
        spine.set_visible(False)
    n = ", ".join(sorted({str(r.attrs["n_replications"]) for r in several}))
    header(figure, f"Ranks by {tables.title(metric).lower()}",
           f"1 is best; a range: not distinguishable at {100 * several[0].level:g} % · {n} replications")
    return figure
