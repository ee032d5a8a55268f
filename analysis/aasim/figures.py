"""Figures of a results file. Each function returns a matplotlib Figure; save_all writes all of them."""

import math
import os

import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import tables
from .look import (GREY, PALETTE, design_keys, design_look, duration_axis, header, new, nines, nines_axis, nothing,
                   short, styled, time_unit, top_share)

_FAULT = "#F6E3D3"
# Marks on a timeline: kind of event -> (marker, colour, words).
_MARKS = {
    "endpoint_unhealthy": ("v", "#D55E00", "DNS stops naming it"),
    "endpoint_healthy": ("^", "#0072B2", "DNS names it again"),
    "target_unhealthy": ("v", "#E69F00", "balancer drops zone"),
    "target_healthy": ("^", "#56B4E9", "balancer takes it back"),
    "leader_lost": ("X", "#767676", "leader missed"),
    "leader_promoted": ("D", "#009E73", "new leader"),
    "leader_stepped_down": ("s", "#CC79A7", "leader steps down"),
}
_FAILURES = {"late": "#F0E442", "error": "#D55E00", "timeout": "#0072B2", "shed": "#CC79A7", "refused": "#E69F00",
             "no_answer": "#000000"}


def _subtitle(results):
    return f"{results.attrs['title']} · {results.attrs['n_replications']} replications"


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
    header(figure, "Latency that users see", _subtitle(results), design_keys(results))
    return figure


# ---- availability over time ------------------------------------------------------------------------


def fault_spans(results):
    """Faults that happen at the same time in every replication: a list of (start_s, end_s, name).

    Random faults differ between replications and are not in it. A fault that outlasts the run ends with it.
    """
    table = results.event_table(design=0, kinds=("fault_start", "fault_end"))
    n = int(results.attrs["n_replications"])
    spans = []
    for component in dict.fromkeys(table["component"]):
        here = table["component"] == component
        starts = table["time"][here & (table["kind"] == "fault_start")]
        ends = table["time"][here & (table["kind"] == "fault_end")]
        if starts.size == n and np.ptp(starts) < 1e-6:
            same_end = ends.size == n and np.ptp(ends) < 60
            spans.append((float(starts[0]), float(np.median(ends)) if same_end else results.attrs["duration_s"],
                          component))
    return spans


def _window(results, spans):
    """Part of the run that a timeline shows: around the faults, else all."""
    end = results.attrs["duration_s"]
    if not spans:
        return 0.0, end
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    air = max(0.3 * (last - first), 6 * results.attrs["window_s"])
    return max(0.0, first - air), min(end, last + 2 * air)


def _time_axis(axis, low, high):
    unit, name = time_unit(high - low)
    axis.set_xlim(low / unit, high / unit)
    axis.xaxis.set_major_locator(ticker.MaxNLocator(10, steps=(1, 2, 5, 10)))
    axis.set_xlabel(f"simulated time ({name})")


def _draw_timeline(axis, results, d, unit):
    line = results.timeline(d)
    steps = {"drawstyle": "steps-post"}
    for p, population in enumerate(results.populations):
        alone = results.timeline(d, population)
        axis.plot(alone["time"] / unit, 100 * alone["mean"], color=PALETTE[p % len(PALETTE)], linewidth=0.9,
                  alpha=0.9, **steps)
    axis.fill_between(line["time"] / unit, 100 * line["p05"], 100 * line["p95"], step="post", color="#000000",
                      alpha=0.13, linewidth=0)
    axis.plot(line["time"] / unit, 100 * line["mean"], color="#222222", linewidth=2, **steps)


def _draw_marks(axis, results, d, unit):
    """Event marks in a strip under the curves: the median over replications. Returns the kinds drawn.

    An event counts when it happens in most replications and about as often in each: then the first of its
    kind at its component, the second, and so on, are medians of their own.
    """
    table = results.event_table(design=d, kinds=_MARKS)
    n, drawn = int(results.attrs["n_replications"]), []
    for kind in _MARKS:
        times = []
        for component in dict.fromkeys(table["component"][table["kind"] == kind]):
            here = (table["kind"] == kind) & (table["component"] == component)
            runs = [table["time"][here & (table["replication"] == r)]
                    for r in np.unique(table["replication"][here])]
            common = int(np.median([r.size for r in runs])) if 2 * len(runs) > n else 0
            times += [float(np.median([r[k] for r in runs if r.size > k])) for k in range(common)]
        if times and len(times) <= 40:
            marker, color, _ = _MARKS[kind]
            axis.plot(np.array(times) / unit, np.full(len(times), -9), marker, color=color, markersize=6,
                      linestyle="none", markeredgecolor="white", markeredgewidth=0.6, clip_on=True, zorder=5)
            drawn.append(kind)
    return drawn


def _timeline_keys(results, kinds, spans):
    keys = [Line2D([], [], color="#222222", linewidth=2, label="all users, band: 5–95 % of replications")]
    keys += [Line2D([], [], color=PALETTE[p % len(PALETTE)], linewidth=0.9, label=short(name))
             for p, name in enumerate(results.populations)]
    if spans:
        keys.append(Patch(color=_FAULT, label=short("fault: " + ", ".join(dict.fromkeys(s[2] for s in spans)), 60)))
    return keys + [Line2D([], [], linestyle="none", marker=_MARKS[k][0], color=_MARKS[k][1], markeredgecolor="white",
                          markersize=6, label=_MARKS[k][2]) for k in _MARKS if k in kinds]


@styled
def availability_timeline(results, designs=None):
    """Share of requests answered in time, by the window in which they started: a panel a design.

    Shaded: faults that are the same in every replication; then the axis shows the time around them, else the
    whole run. Marks under the curves: health changes and promotions, at their median time.
    designs: names, default all. KeyError for an unknown one.
    """
    designs = [results.design_index(d) for d in (designs or results.designs)]
    figure, axes = new(len(designs), 1, (8.6, 1.75 * len(designs) + 0.5), sharex=True, sharey=True)
    spans = fault_spans(results)
    low, high = _window(results, spans)
    unit = time_unit(high - low)[0]
    kinds = set()
    for axis, d in zip(axes[:, 0], designs):
        for start, end, _ in spans:
            axis.axvspan(start / unit, end / unit, color=_FAULT, linewidth=0, zorder=0)
        _draw_timeline(axis, results, d, unit)
        kinds.update(_draw_marks(axis, results, d, unit))
        axis.axhline(100 * results.attrs["up_threshold"], color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
        axis.set_title(short(results.designs[d]))
        axis.set_ylim(-17 if kinds else -3, 104)
        axis.set_yticks([0, 25, 50, 75, 100], ["0 %", "", "50 %", "", "100 %"])
    _time_axis(axes[-1, 0], low, high)
    figure.supylabel("requests answered in time", fontsize=9)
    header(figure, "Availability around the fault" if spans else "Availability over time",
           _subtitle(results) + f" · dotted: a window is up from {100 * results.attrs['up_threshold']:g} %",
           _timeline_keys(results, kinds, spans))
    return figure


@styled
def failures(results, designs=None):
    """How requests failed, by the window in which they started: stacked shares, a panel a design.

    designs: names, default all. KeyError for an unknown one.
    """
    designs = [results.design_index(d) for d in (designs or results.designs)]
    figure, axes = new(len(designs), 1, (8.6, 1.6 * len(designs) + 0.5), sharex=True, sharey=True)
    low, high = _window(results, fault_spans(results))
    unit = time_unit(high - low)[0]
    seen, top = [], 0.0
    for axis, d in zip(axes[:, 0], designs):
        line = results.timeline(d)
        total = sum(line[o].astype(float) for o in results.outcomes)
        total[total == 0] = np.nan
        used = [o for o in results.outcomes[1:] if line[o].any()]
        seen += [o for o in used if o not in seen]
        shares = [100 * line[o] / total for o in used]
        top = max([top, *np.nan_to_num(np.sum(shares, axis=0) if shares else [0])])
        if shares:
            axis.stackplot(line["time"] / unit, *shares, colors=[_FAILURES.get(o, GREY) for o in used], step="post",
                           linewidth=0)
        axis.set_title(short(results.designs[d]))
        axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g} %"))
        if not used:
            nothing(axis, "no request failed")
    axes[0, 0].set_ylim(0, min(100.0, 1.08 * top) if top else 1)
    _time_axis(axes[-1, 0], low, high)
    figure.supylabel("requests that failed", fontsize=9)
    header(figure, "How requests failed", _subtitle(results),
           [Patch(color=_FAILURES.get(o, GREY), label=o.replace("_", " ")) for o in results.outcomes[1:] if o in seen])
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
        filled = row["verdict"] in ("better", "worse", "baseline")
        if not math.isnan(low):
            axis.plot([low, high], [d, d], color=color, linewidth=2.2, solid_capstyle="round", zorder=3)
        axis.plot(value, d, marker="o", markersize=7, color=color, markeredgecolor=color, zorder=4,
                  markerfacecolor=color if filled else "white", markeredgewidth=1.6)


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
        axis.xaxis.set_major_locator(ticker.MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
        axis.margins(x=0.12)
        axis.ticklabel_format(axis="x", useOffset=False, style="plain")
    axes[0, 0].set_yticks(range(len(designs)), [short(d) for d in designs])
    axes[0, 0].set_ylim(len(designs) - 0.5, -0.5)


def _verdict_keys(with_baseline):
    look = {"linestyle": "-", "marker": "o", "markersize": 6, "linewidth": 2}
    keys = [Line2D([], [], color=PALETTE[0], label="better", **look),
            Line2D([], [], color=PALETTE[1], label="worse", **look),
            Line2D([], [], color=GREY, markerfacecolor="white", markeredgewidth=1.5, label="not distinguishable", **look)]
    return [Line2D([], [], color=GREY, label="baseline", **look), *keys] if with_baseline else keys


@styled
def comparison(results, metrics=None):
    """Value of each metric with its interval: a panel a metric, a line a design.

    The colour is the verdict against the first design. metrics: names, default those with a value.
    """
    metrics = tables.metrics_in_use(results) if metrics is None else list(metrics)
    figure, axes = _panels(metrics, len(results.designs))
    for axis, metric in zip(axes.flat, metrics):
        _dots(axis, results.compare(metric), "value", tables.shown(metric)[0])
    _finish_panels(axes, metrics, results.designs)
    header(figure, f"The designs side by side, {100 * results.level:g} % intervals", _subtitle(results),
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
    header(figure, "Which region answered whom", _subtitle(results),
           [Patch(color=PALETTE[g % len(PALETTE)], label=short(region)) for g, region in enumerate(results.regions)])
    return figure


# ---- all of them -----------------------------------------------------------------------------------

FIGURES = {"comparison": comparison, "differences": differences, "availability-timeline": availability_timeline,
           "failures": failures, "latency-cdf": latency_cdf, "served": served}


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
