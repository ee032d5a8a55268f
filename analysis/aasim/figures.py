"""Figures of a results file. Each function returns a matplotlib Figure; save_all writes all of them."""

import math
import os

import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import tables
from .failovers import drain, failover_chain
from .look import (GREY, PALETTE, design_keys, design_look, duration_axis, header, new, nines, nines_axis, nothing,
                   short, styled, subtitle, top_share)
from .storefigures import (data_recovery, replication_backlog, replication_lag, store_latency, t_visibility,
                           write_fates)
from .timelines import availability_timeline, failures

__all__ = ["FIGURES", "availability_timeline", "comparison", "data_recovery", "differences", "drain", "failover_chain",
           "failures", "latency_cdf", "replication_backlog", "replication_lag", "save_all", "served", "store_latency",
           "t_visibility", "write_fates"]

# ---- latency ---------------------------------------------------------------------------------------


def _draw_cdf(axis, results, population, top):
    for d in range(len(results.designs)):
        latency, share = results.cdf(d, population)
        keep = nines(share) <= nines(top) + 0.06
        axis.plot(latency[keep], nines(share[keep]), **design_look(d))
        for q in (0.5, 0.99):
            axis.plot(results.quantile(q, d, population), nines(q), marker="o", markersize=5,
                      color=PALETTE[d % len(PALETTE)], markeredgecolor="white", markeredgewidth=0.8)


def _latency_limits(results, top):
    """Span of latencies that the panels show, with some air; None when nothing was answered."""
    pairs = [(results.cdf(d, p)[0][0], results.quantile(top, d, p)) for d in range(len(results.designs))
             for p in results.populations if results.counts(d, p).any()]
    return (min(p[0] for p in pairs) / 1.1, max(p[1] for p in pairs) * 1.3) if pairs else None


@styled
def latency_cdf(results, populations=None):
    """Share of answered requests within a latency: a panel a population, a line a design.

    The upright axis gives every nine the same room, so that the tail shows; dots mark p50 and p99.
    populations: names, default all. KeyError for an unknown one.
    """
    populations = results.populations if populations is None else list(populations)
    columns = {1: 1, 2: 2, 4: 2}.get(len(populations), 3)
    rows = max(1, -(-len(populations) // columns))
    figure, axes = new(rows, columns, (3.4 * columns + 0.7, 2.4 * rows + 0.4), sharex=True, sharey=True)
    top = top_share(max(int(results.counts(d, p).sum()) for d in range(len(results.designs)) for p in populations))
    limits = _latency_limits(results, top)
    for i, axis in enumerate(axes.flat):
        if i >= len(populations):
            axis.set_visible(False)
            continue
        axis.set_title(short(populations[i]))
        _draw_cdf(axis, results, populations[i], top)
        if not axis.lines:
            nothing(axis, "no request was answered")
        axis.tick_params(axis="x", labelbottom=i + columns >= len(populations))
    if limits:
        duration_axis(axes[0, 0], *limits)
    nines_axis(axes[0, 0], top)
    figure.supylabel("answered requests within it", fontsize=9)
    figure.supxlabel("latency, first try to answer (dots: p50 and p99)", fontsize=9)
    header(figure, "Latency that users see", subtitle(results), design_keys(results))
    return figure


# ---- comparison ------------------------------------------------------------------------------------


def _verdict_color(verdict):
    return {"better": PALETTE[0], "worse": PALETTE[1]}.get(verdict, GREY)


def _panel_title(metric):
    unit = tables.shown(metric)[1]
    return tables.title(metric) + (f" ({unit})" if unit else "")


def _dots(axis, rows, column, factor):
    """Values and intervals of one metric, one line a design from the top."""
    for d, row in enumerate(rows):
        value = row[column] * factor
        if math.isnan(value):
            axis.annotate("n/a", (0.02, d), xycoords=("axes fraction", "data"), color=GREY, va="center", fontsize=8)
            continue
        prefix = "" if column == "value" else "difference_"
        low, high = row[prefix + "ci_low"] * factor, row[prefix + "ci_high"] * factor
        color = _verdict_color(row["verdict"])
        filled = row["verdict"] != "not_distinguishable"
        if not math.isnan(low):
            axis.plot([low, high], [d, d], color=color, linewidth=2.2, solid_capstyle="round", zorder=3)
        axis.plot(value, d, marker="o", markersize=7, color=color, markeredgecolor=color, zorder=4,
                  markerfacecolor=color if filled else "white", markeredgewidth=1.6)


def _spread(values):
    """Largest over smallest of some positive numbers; 1 when one is not positive."""
    known = [v for v in values if not math.isnan(v)]
    return max(known) / min(known) if known and min(known) > 0 else 1


def _wide_scale(axis, metric, rows):
    """A logarithmic axis where designs differ by orders of magnitude, so that the good ones can be told apart.

    Availability, whose good end is 100 %, gets an axis of nines. Other axes stay as they are.
    """
    values = [row["value"] for row in rows]
    if metric == "availability" and _spread([1 - v for v in values]) > 20:
        axis.set_xscale("function", functions=(lambda x: nines(np.clip(x, 0, 99.99999999) / 100),
                                               lambda y: 100 * (1 - 10 ** -np.asarray(y, dtype=float))))
        worst, best = min(values), max(values)
        ticks = [t for t in (0, 90, 99, 99.9, 99.99, 99.999, 99.9999) if t <= 100 - (100 - 100 * best) / 3]
        axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axis.set_xlim(100 * (1 - min(1.0, 1.6 * (1 - worst))), 100 * (1 - (1 - best) / 2.5))
    elif _spread(values) > 20:
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(ticker.LogLocator(numticks=6))
        axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda x, _: f"{x:,g}"))
        axis.xaxis.set_minor_locator(ticker.NullLocator())
    else:
        axis.xaxis.set_major_locator(ticker.MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")


def _panels(metrics, n_rows_each, size_each=0.36):
    columns = min(3, max(1, len(metrics)))
    rows = -(-len(metrics) // columns)
    return new(rows, columns, (3.1 * columns + 1.2, rows * (size_each * n_rows_each + 0.85)), sharey=True)


def _finish_panels(axes, metrics, designs):
    for i, axis in enumerate(axes.flat):
        if i >= len(metrics):
            axis.set_visible(False)
            continue
        axis.set_title(_panel_title(metrics[i]))
        axis.grid(axis="y", visible=False)
        axis.tick_params(axis="y", length=0)
        axis.margins(x=0.12)
    axes[0, 0].set_yticks(range(len(designs)), [short(d) for d in designs])
    axes[0, 0].set_ylim(len(designs) - 0.5, -0.5)


def _verdict_keys(with_baseline):
    look = {"linestyle": "-", "marker": "o", "markersize": 6, "linewidth": 2}
    keys = [Line2D([], [], color=PALETTE[0], label="better", **look),
            Line2D([], [], color=PALETTE[1], label="worse", **look),
            Line2D([], [], color=GREY, markerfacecolor="white", markeredgewidth=1.5, label="not distinguishable",
                   **look)]
    return [Line2D([], [], color=GREY, label="baseline, or not compared", **look), *keys] if with_baseline else keys


@styled
def comparison(results, metrics=None):
    """Value of each metric with its interval: a panel a metric, a line a design.

    The colour is the verdict against the first design, grey where that has no value; axes are logarithmic where
    designs differ widely.
    metrics: names, default those with a value.
    """
    metrics = tables.metrics_in_use(results) if metrics is None else list(metrics)
    figure, axes = _panels(metrics, len(results.designs))
    for axis, metric in zip(axes.flat, metrics):
        rows = results.compare(metric)
        _dots(axis, rows, "value", tables.shown(metric)[0])
        _wide_scale(axis, metric, rows)
    _finish_panels(axes, metrics, results.designs)
    header(figure, f"The designs side by side, {100 * results.level:g} % intervals", subtitle(results),
           _verdict_keys(True))
    return figure


@styled
def differences(results, metrics=None):
    """Difference of each design to the first one with its interval: a panel a metric.

    A hollow mark is not distinguishable from no difference. metrics: names, default those with a difference.
    None when there is nothing to draw, as with a single design.
    """
    if metrics is None:
        metrics = [m for m in results.metrics
                   if any(not math.isnan(row["difference"]) for row in results.compare(m)[1:])]
    if not metrics:
        return None
    others = results.designs[1:]
    figure, axes = _panels(metrics, len(others), 0.42)
    for axis, metric in zip(axes.flat, metrics):
        axis.axvline(0, color="#222222", linewidth=1)
        _dots(axis, results.compare(metric)[1:], "difference", tables.shown(metric)[0])
        axis.xaxis.set_major_locator(ticker.MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")
    _finish_panels(axes, metrics, others)
    header(figure, f"Difference to {short(results.designs[0])}",
           f"paired by replication, {100 * results.level:g} % intervals, adjusted over designs",
           _verdict_keys(False))
    return figure


# ---- where users were served -----------------------------------------------------------------------


@styled
def served(results):
    """Which region answered whom: a panel a design, a bar a population, shares of answered requests."""
    count = np.nan_to_num(results.groups["served"]["count"])
    n, rows = len(results.designs), len(results.populations)
    figure, axes = new(1, n, (2.5 * n + 1.4, 0.32 * rows + 0.9), sharey=True, sharex=True)
    total = count.sum(axis=2, keepdims=True)
    shares = np.divide(100 * count, total, out=np.zeros_like(count), where=total > 0)
    for d, axis in enumerate(axes[0]):
        left = np.zeros(rows)
        for g in range(len(results.regions)):
            axis.barh(range(rows), shares[d, :, g], left=left, height=0.7, color=PALETTE[g % len(PALETTE)],
                      edgecolor="white", linewidth=0.8)
            left += shares[d, :, g]
        axis.set_title(short(results.designs[d]))
        axis.grid(axis="y", visible=False)
        axis.tick_params(axis="y", length=0)
        axis.set_xlim(0, 100)
        axis.set_xticks([0, 50, 100], ["", "50 %", "100 %"])
    axes[0, 0].set_yticks(range(rows), [short(p) for p in results.populations])
    axes[0, 0].set_ylim(rows - 0.5, -0.5)
    figure.supxlabel("answered requests of the population", fontsize=9)
    header(figure, "Which region answered whom", subtitle(results),
           [Patch(color=PALETTE[g % len(PALETTE)], label=short(region)) for g, region in enumerate(results.regions)])
    return figure


# ---- all of them -----------------------------------------------------------------------------------

FIGURES = {"comparison": comparison, "differences": differences, "availability-timeline": availability_timeline,
           "failures": failures, "failover-chain": failover_chain, "drain": drain,
           "latency-cdf": latency_cdf, "served": served, "data-recovery": data_recovery,
           "t-visibility": t_visibility, "write-fates": write_fates, "store-latency": store_latency,
           "replication-lag": replication_lag, "replication-backlog": replication_backlog}


def save_all(results, directory, file_format="png", dpi=150):
    """Writes every figure into the directory (made when missing). Yields the paths as they are written.

    Raises OSError when a file cannot be written.
    """
    os.makedirs(directory, exist_ok=True)
    for name, draw in FIGURES.items():
        figure = draw(results)
        if figure is None:
            continue
        path = os.path.join(directory, f"{name}.{file_format}")
        # Equal results give equal PNG and PDF files: no dates, no versions inside.
        dates = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
        figure.savefig(path, dpi=dpi, metadata=dates[file_format])
        yield path
