"""Figures of stores' data; the numbers are those of stores.py."""

import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import stores
from .look import (GREY, PALETTE, design_keys, design_look, duration, duration_axis, header, new, nines, nines_axis,
                   nothing, short, styled, subtitle, top_share)
from .timelines import fault_spans, time_panels, time_unit_of

_FATES = {"present": ("#BFD9EA", "an item's last"), "superseded": ("#0072B2", "a later one took its place"),
          "overwritten": ("#E69F00", "overwritten in a conflict"), "lost": ("#D55E00", "lost with region or lead")}
_OPERATIONS = {"write": "writes", "eventual_read": "eventual reads", "strong_read": "strong reads"}


def _panels(n, size):
    """A figure of n panels in up to three columns; those left over are hidden. Returns figure, axes (n,)."""
    columns = min(3, n)
    rows = -(-n // columns)
    figure, axes = new(rows, columns, (size[0] * columns + 0.7, size[1] * rows + 0.4), sharex=True, sharey=True)
    for axis in axes.flat[n:]:
        axis.set_visible(False)
    for i, axis in enumerate(axes.flat[:n]):
        axis.tick_params(axis="x", labelbottom=i + columns >= n)
    return figure, axes.flat[:n]


def _stores_with(data, name):
    """Names of the stores for which a variable has a number that is not 0 in some design."""
    found = np.nan_to_num(data[name].values).any(axis=tuple(i for i, d in enumerate(data[name].dims) if d != "store"))
    return [store for store, has in zip(data["store"].values, found) if has]


# ---- staleness


def _limit_since(axis, shown):
    """Times with enough reads, but not long after the last at which one in a thousand was stale."""
    most = shown.probability.max(("design", "store")).values
    known, stale = np.flatnonzero(np.isfinite(most)), np.flatnonzero(most >= 0.001)
    if known.size:
        last = min(known[-1], stale[-1] + 3) if stale.size else known[-1]
        low, high = shown.since_lo.values, shown.since_hi.values
        duration_axis(axis, low[known[0]] or high[known[0]] / 2, high[last])  # the first bin begins at 0


@styled
def t_visibility(results, least=10):
    """Probability that a read so long after a write does not see it: a panel a store, a line a design, log axis of time.

    Bands are intervals over replications, at the file's level; bins with fewer than `least` reads are left out. None when no read followed a write.
    """
    data = stores.t_visibility(results)
    names = _stores_with(data, "reads")
    if not names:
        return None
    figure, axes = _panels(len(names), (4.2, 2.6))
    shown = data.where(data.reads >= least)
    for axis, store in zip(axes, names):
        axis.set_title(short(store))
        for d, design in enumerate(results.designs):
            line = shown.sel(store=store).isel(design=d)
            if not np.isfinite(line.probability).any():
                continue
            axis.fill_between(line.since, 100 * line.low, 100 * line.high, color=PALETTE[d % len(PALETTE)], alpha=0.18,
                              linewidth=0)
            axis.plot(line.since, 100 * line.probability, **design_look(d))
        if not axis.lines:
            nothing(axis, f"fewer than {least} reads a bin")
        axis.set_ylim(0, 100)
        axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g} %"))
    _limit_since(axes[0], shown)
    figure.supylabel("reads that do not see it", fontsize=9)
    figure.supxlabel("time since the newest acknowledged write of the item", fontsize=9)
    header(figure, "How soon reads see a write",
           f"{subtitle(results)} · bands: {100 * results.level:g} % intervals", design_keys(results))
    return figure


# ---- replication over time


def _pair_look(p):
    return {"color": PALETTE[p % len(PALETTE)], "linestyle": "-" if p < len(PALETTE) else (0, (4, 1.5))}


def _time_figure(results, data, draw, label):
    """A row a design, the time around the faults; draw(axis, data of the design, unit) fills a panel."""
    figure, axes, views = time_panels(results, list(range(len(results.designs))), 1.45, fault_spans(results), 1)
    for d, axis in enumerate(axes[:, 0]):
        axis.set_title(short(results.designs[d]))
        draw(axis, data.isel(design=d), time_unit_of(views)[0])
        if not axis.lines:
            nothing(axis, "nothing of the kind here")
        if d > 0:
            axis.sharey(axes[0, 0])
    figure.supylabel(label, fontsize=9)
    return figure, axes


def _pairs_with(data, name):
    """Numbers of the pairs that have anything to show in some design."""
    return np.flatnonzero(np.nan_to_num(data[name].values).any(axis=(0, 2)))


def _pair_keys(data, pairs):
    return [Line2D([], [], label=short(str(data.pair.values[p]), 40), linewidth=1.4, **_pair_look(p)) for p in pairs]


@styled
def replication_lag(results):
    """Time from commit to being applied elsewhere, by the moment of that: a row a design, a line a pair of regions.

    Lines: mean of the writes applied in the step (mean over replications); dots: the longest. Logarithmic axis; gaps:
    nothing was applied. Shading and part of the run: as in availability_timeline. None without replication.
    """
    data = stores.lag(results)
    pairs = _pairs_with(data, "applied")
    if not pairs.size:
        return None

    def draw(axis, here, unit):
        time = (here.time + here.attrs["window_s"] / 2) / unit
        for p in pairs:
            if not np.isfinite(here.mean_lag_mean[p]).any():
                continue
            axis.plot(time, here.mean_lag_mean[p], linewidth=1.4, **_pair_look(p))
            axis.plot(time, here.most_lag_p95[p], ".", markersize=2.5, alpha=0.6, color=_pair_look(p)["color"])

    figure, axes = _time_figure(results, data, draw, "time from commit to being applied")
    axes[0, 0].set_yscale("log")
    axes[0, 0].yaxis.set_major_locator(ticker.LogLocator(numticks=6))
    axes[0, 0].yaxis.set_major_formatter(ticker.FuncFormatter(lambda s, _: duration(float(f"{s:.3g}"))))
    axes[0, 0].yaxis.set_minor_locator(ticker.NullLocator())
    keys = _pair_keys(data, pairs)
    keys.append(Line2D([], [], linestyle="none", marker=".", color=GREY, label="longest (95 % of replications)"))
    header(figure, "Replication lag", subtitle(results), keys)
    return figure


@styled
def replication_backlog(results):
    """Acknowledged writes that are still to be applied elsewhere: a row a design, a line a pair of regions.

    Lines: mean over replications, at the end of each step; bands: 5 to 95 %. The rest as in replication_lag.
    None where no store replicates asynchronously.
    """
    data = stores.backlog(results)
    pairs = _pairs_with(data, "backlog_mean")
    if not pairs.size:
        return None

    def draw(axis, here, unit):
        time = (here.time + here.attrs["window_s"]) / unit
        for p in pairs:
            if not np.isfinite(here.backlog_mean[p]).any():
                continue
            axis.fill_between(time, here.backlog_p05[p], here.backlog_p95[p], alpha=0.2, linewidth=0,
                              color=_pair_look(p)["color"])
            axis.plot(time, here.backlog_mean[p], linewidth=1.4, **_pair_look(p))

    figure, axes = _time_figure(results, data, draw, "writes still to be applied")
    axes[0, 0].set_yscale("symlog", linthresh=10)
    axes[0, 0].set_ylim(0, None)
    axes[0, 0].yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
    header(figure, "Replication backlog", subtitle(results) + " · linear up to 10, then logarithmic",
           _pair_keys(data, pairs))
    return figure


# ---- operations


@styled
def store_latency(results, store=None):
    """Time of operations at the replica that is asked: a panel an operation, a line a design; every nine takes the same room.

    store: its name, default the one with most operations. None when none was answered. KeyError for an unknown one.
    """
    data = stores.latency(results)
    if store is None:
        store = str(data.store.values[int(data.answered.sum(("design", "operation")).values.argmax())]) if data.store.size else None
    if store is None or not data.answered.sel(store=store).any():
        return None
    shown = [o for o in stores.OPERATIONS if data.answered.sel(store=store, operation=o).any()]
    figure, axes = _panels(len(shown), (3.6, 2.5))
    top = top_share(int(data.answered.sel(store=store).max()))
    low, high = [], []
    for axis, operation in zip(axes, shown):
        axis.set_title(_OPERATIONS[operation])
        for d in range(len(results.designs)):
            latency, share = stores.latency_cdf(results, d, store, operation)
            keep = nines(share) <= nines(top) + 0.06
            if keep.any():
                axis.plot(latency[keep], nines(share[keep]), **design_look(d))
                low.append(latency[keep][0])
                high.append(latency[keep][-1])
    duration_axis(axes[0], min(low) / 1.1, max(high) * 1.3)
    nines_axis(axes[0], top)
    figure.supylabel("operations within it", fontsize=9)
    figure.supxlabel("time at the replica that is asked", fontsize=9)
    header(figure, f"Operations of store '{short(store)}'", subtitle(results), design_keys(results))
    return figure


# ---- fates of writes


def _rows_of(data, has):
    """(design, store) indices of the stores that a design has, from the top."""
    return [(d, s) for d in range(data.sizes["design"]) for s in range(data.sizes["store"]) if has[d, s]]


def _label_rows(axis, results, data, rows):
    """Names of the designs, and of their stores when there are several."""
    several = len({s for _, s in rows}) > 1
    axis.set_yticks(range(len(rows)), [short(results.designs[d]) + (f" · {short(str(data.store.values[s]))}"
                                                                    if several else "") for d, s in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)


def _draw_all(axis, data, rows):
    for y, (d, s) in enumerate(rows):
        left = 0.0
        for fate, (color, _) in _FATES.items():
            width = 100 * float(data.share.sel(fate=fate)[d, s])
            axis.barh(y, width, left=left, height=0.7, color=color, edgecolor="white", linewidth=0.8)
            left += width
    axis.set_xlim(0, 100)
    axis.set_xticks([0, 50, 100], ["0 %", "50 %", "100 %"])
    axis.set_title("all acknowledged writes")


def _draw_gone(axis, data, rows):
    for y, (d, s) in enumerate(rows):
        left = 0.0
        for fate in ("overwritten", "lost"):
            width = 1e6 * float(data.share.sel(fate=fate)[d, s])
            axis.barh(y, width, left=left, height=0.7, color=_FATES[fate][0], edgecolor="white", linewidth=0.8)
            left += width
        axis.annotate(f"{left:,.0f}" if left else "none", (left, y), xytext=(4, 0), textcoords="offset points",
                      va="center", fontsize=8, color="#444444" if left else GREY)
    axis.set_xlim(0, None)
    axis.margins(x=0.15)
    axis.set_title("of these gone, per million")
    axis.xaxis.set_major_locator(ticker.MaxNLocator(4))


@styled
def write_fates(results):
    """What became of acknowledged writes, a bar a design and store: shares of all of them, and those gone per million.

    None when no write was acknowledged.
    """
    data = stores.fates(results)
    rows = _rows_of(data, np.isfinite(data.share.values).all(axis=2))
    if not rows:
        return None
    figure, axes = new(1, 2, (9.2, 0.34 * len(rows) + 0.9), sharey=True)
    _draw_all(axes[0, 0], data, rows)
    _draw_gone(axes[0, 1], data, rows)
    _label_rows(axes[0, 0], results, data, rows)
    for axis in axes[0]:
        axis.grid(axis="y", visible=False)
        axis.tick_params(axis="y", length=0)
    header(figure, "What became of acknowledged writes", subtitle(results),
           [Patch(color=color, label=words) for color, words in _FATES.values()])
    return figure


# ---- recovery

_STEPS = {"rpo": "recovery point (s)", "writes": "writes in danger", "after": "agree again after (s)"}


def _draw_step(axis, here, kind, y, color):
    mean, low, high, worst = (float(here[f"{kind}_{part}"]) for part in ("mean", "low", "high", "worst"))
    if np.isnan(mean):
        axis.annotate("-", (0.02, y), xycoords=("axes fraction", "data"), color=GREY, va="center")
        return
    if np.isfinite(low):
        axis.plot([max(low, 0), high], [y, y], color=color, linewidth=2.2, solid_capstyle="round")
    axis.plot(mean, y, marker="o", markersize=6.5, color=color)
    axis.plot(worst, y, marker="|", markersize=11, markeredgewidth=1.8, color=color)


@styled
def data_recovery(results, fault=None):
    """What a fault cost the data: recovery point in time and in writes, and the time until replicas agreed again.

    A panel each, a line a design and store: dot and line: mean and its interval over replications; upright mark: the
    worst. fault: name in the plan, default the one that put most writes in danger. None when none cost data. KeyError
    for an unknown name.
    """
    data = stores.recovery(results)
    if fault is None:
        cost = (data.writes_mean * data.failures).fillna(0).sum(("design", "store")) + 1e-9 * data.healed.sum(("design", "store"))
        if not data.fault.size or not float(cost.max()) > 0:
            return None
        fault = str(data.fault.values[int(cost.values.argmax())])
    here = data.sel(fault=fault)
    rows = _rows_of(data, ((here.failures > 0) | (here.healed > 0)).values)
    if not rows:
        return None
    figure, axes = new(1, len(_STEPS), (2.7 * len(_STEPS) + 1.2, 0.34 * len(rows) + 0.85), sharey=True)
    for axis, (kind, title) in zip(axes[0], _STEPS.items()):
        for y, (d, s) in enumerate(rows):
            _draw_step(axis, here.isel(design=d, store=s), kind, y, PALETTE[d % len(PALETTE)])
        axis.set_title(title)
        axis.set_xlim(0, None)
        axis.grid(axis="y", visible=False)
        axis.tick_params(axis="y", length=0)
    for y, (d, s) in enumerate(rows):
        never, healed = int(here.never[d, s]), int(here.healed[d, s])
        if never:
            axes[0, -1].annotate(f"{never} of {healed} never", (1, y), xycoords=("axes fraction", "data"), ha="right",
                                 va="center", fontsize=8, color=PALETTE[1])
    _label_rows(axes[0, 0], results, data, rows)
    header(figure, f"Recovery of data after '{short(fault)}'", subtitle(results) + " · mean and interval, | worst")
    return figure
