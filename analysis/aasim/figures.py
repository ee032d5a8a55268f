"""Figures of a results file. Each function returns a matplotlib Figure; save_all writes the usual ones.

Colours are Okabe and Ito's, which people with any kind of colour vision can tell apart; designs differ in line
style, too.
"""

import math
import os

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from . import tables

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
GREY = "#767676"
FAULT = "#F3DCCB"
# Marks on a timeline: kind of event -> (marker, colour, words).
MARKS = {
    "endpoint_unhealthy": ("v", "#D55E00", "DNS stops naming it"),
    "endpoint_healthy": ("^", "#0072B2", "DNS names it again"),
    "target_unhealthy": ("v", "#E69F00", "balancer drops a zone"),
    "target_healthy": ("^", "#56B4E9", "balancer takes it back"),
    "leader_lost": ("X", "#767676", "leader missed"),
    "leader_promoted": ("*", "#009E73", "new leader"),
    "leader_stepped_down": ("P", "#CC79A7", "leader steps down"),
}
_STYLE = {
    "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#E5E5E5",
    "grid.linewidth": 0.7, "axes.axisbelow": True, "axes.edgecolor": "#999999", "xtick.color": "#444444",
    "ytick.color": "#444444", "legend.frameon": False, "lines.linewidth": 1.7, "figure.titlesize": 12,
    "figure.titleweight": "bold", "svg.hashsalt": "aasim", "figure.dpi": 100,
}


def _styled(draw):
    """Draws in the style of this module whatever the user's matplotlibrc says."""
    import functools

    @functools.wraps(draw)
    def inner(*args, **kwargs):
        with matplotlib.rc_context({**matplotlib.rcParamsDefault, **_STYLE, "backend": matplotlib.get_backend()}):
            return draw(*args, **kwargs)

    return inner


def _new(n_rows, n_columns, size, **kwargs):
    """A Figure that no global state keeps (and no notebook shows twice), and its axes as a 2-D array."""
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False, **kwargs)
    return figure, axes


def _design_look(d):
    return {"color": PALETTE[d % len(PALETTE)], "linestyle": LINES[d % len(LINES)]}


def _legend_below(figure, handles, columns=4):
    figure.legend(handles=handles, loc="outside lower center" if _has_outside() else "lower center",
                  ncol=min(columns, max(1, len(handles))), bbox_to_anchor=None)


def _has_outside():
    return tuple(int(v) for v in matplotlib.__version__.split(".")[:2]) >= (3, 7)


# ---- latency ---------------------------------------------------------------------------------------

_NINES = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)


def _nines(share):
    """Height on an axis on which every further nine takes as much room as the one before."""
    return -np.log10(np.maximum(1 - np.asarray(share, dtype=float), 1e-12))


def _nines_axis(axis, top):
    shown = [0] + [s for s in _NINES if s <= top]
    axis.set_yticks(_nines(shown), ["0"] + [f"{100 * s:g}" for s in shown[1:]])
    axis.set_ylim(0, _nines(top) + 0.05)


def _latency_axis(axis):
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda s, _: _duration(s)))
    axis.xaxis.set_minor_formatter(ticker.NullFormatter())


def _duration(seconds):
    if seconds < 1e-3:
        return f"{seconds * 1e6:g} µs"
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"


def _top_share(results):
    """Highest share worth an axis: at least ten answered requests of a population lie beyond it."""
    n = max((int(results.counts(d, p).sum()) for d in range(len(results.designs))
             for p in results.populations), default=0)
    return max([s for s in _NINES if n * (1 - s) >= 10], default=0.99)


def _draw_cdf(axis, results, population, top):
    for d in range(len(results.designs)):
        latency, share = results.cdf(d, population)
        if latency.size == 0:
            continue
        keep = share <= 1 - (1 - top) / 1.15
        axis.plot(latency[keep], _nines(share[keep]), **_design_look(d))
        for q in (0.5, 0.99):
            axis.plot(results.quantile(q, d, population), _nines(q), marker="o", markersize=4.5,
                      color=PALETTE[d % len(PALETTE)], markeredgecolor="white", markeredgewidth=0.8)


@_styled
def latency_cdf(results, populations=None):
    """Share of answered requests within a latency, a panel a population, a line a design.

    The upright axis gives every nine the same room, so that the tail shows; dots mark p50 and p99.
    populations: names, default all. Returns a Figure.
    """
    populations = results.populations if populations is None else list(populations)
    columns = min(3, max(1, len(populations)))
    rows = -(-len(populations) // columns)
    figure, axes = _new(rows, columns, (3.6 * columns + 0.6, 2.7 * rows + 1.1), sharex=True, sharey=True)
    top = _top_share(results)
    for axis, population in zip(axes.flat, populations):
        _draw_cdf(axis, results, population, top)
        axis.set_title(population)
    for axis in axes.flat[len(populations):]:
        axis.set_visible(False)
    if any(axis.lines for axis in axes.flat):
        _latency_axis(axes[0, 0])
    _nines_axis(axes[0, 0], top)
    for i, axis in enumerate(axes.flat):
        axis.tick_params(axis="x", rotation=45, labelbottom=i + columns >= len(populations))
    figure.supylabel("answered requests (%)", fontsize=9)
    figure.supxlabel("latency from the first try to the answer", fontsize=9)
    figure.suptitle("Latency that users see", x=0.01, ha="left")
    _key(figure, results)
    return figure


def _key(figure, results, extra=()):
    handles = [Line2D([], [], label=name, **_design_look(d)) for d, name in enumerate(results.designs)]
    _legend(figure, [*handles, *extra])


def _legend(figure, handles):
    """A legend at the top right, in the height of the title: never on data."""
    figure.legend(handles=handles, loc="upper right", ncol=len(handles), fontsize=8.5, borderaxespad=0.3,
                  handlelength=2.6, columnspacing=1.4)
