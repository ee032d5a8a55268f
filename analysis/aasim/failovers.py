"""Figures of failovers: how traffic leaves the side that a fault hit, and what followed when."""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .look import GREY, PALETTE, duration_axis, header, new, nothing, short, styled, subtitle

# Reasons why traffic still goes to the dead side, from the first to leave to the last.
_CAUSES = {"edge": ("#CC79A7", "accelerator still sends there"),
           "answer": ("#D55E00", "name servers still answer it"),
           "cached": ("#E69F00", "copy within its TTL"),
           "pinned": ("#0072B2", "connection was open"),
           "stretched": ("#000000", "copy kept beyond its TTL"),
           "balancer": ("#009E73", "balancer sends it there")}
_STEPS = {"detected": "detected", "withdrawn": "withdrawn", "moved_90": "90 % moved", "moved_99": "99 % moved",
          "served": "served again"}


def _worst_fault(results):
    """The fault of the plan with the most lost requests in its failovers, or None."""
    table = results.failover_table()
    if not table["fault"].size:
        return None
    names = list(dict.fromkeys(table["fault"]))
    return max(names, key=lambda name: table["lost"][table["fault"] == name].sum())


def _causes_of(results):
    known = [c for c in results.groups["drain"]["cause"] if c != "elsewhere"]
    ordered = [c for c in _CAUSES if c in known]
    return ordered + [c for c in known if c not in ordered]


def _draw_drain(axis, results, d, fault, causes):
    """Shares of the traffic to the hit side, stacked by cause; returns whether there was any."""
    drain = results.drain(d, fault)
    share, since, until = drain["share"], drain["since"], drain["until"]
    before = sum(share[c][0] for c in causes)
    keep = (since >= 0) & (drain["attempts"] > 0)
    if not keep.any():
        return False
    edges = np.append(np.maximum(since[keep], 0.5), until[keep][-1])
    base = np.zeros(keep.sum())
    for k, cause in enumerate(causes):
        top = base + 100 * share[cause][keep]
        color = _CAUSES.get(cause, (PALETTE[k % len(PALETTE)], cause))[0]
        axis.fill_between(edges, np.append(base, base[-1]), np.append(top, top[-1]), step="post", color=color,
                          alpha=0.85, linewidth=0)
        base = top
    axis.axhline(100 * before, color="#222222", linewidth=1, linestyle=(0, (3, 2)))
    return True


@styled
def drain(results, fault=None):
    """Share of all attempts that still go to the side that the fault hit, by the reason why: a panel a design.

    Time counts from the fault's start, on a logarithmic axis. fault: name in the plan, default the one with the
    most lost requests. None when there was no fault that users met. KeyError for an unknown name.
    """
    fault = _worst_fault(results) if fault is None else fault
    if fault is None:
        return None
    causes = _causes_of(results)
    columns = min(3, len(results.designs))
    rows = -(-len(results.designs) // columns)
    figure, axes = new(rows, columns, (3.3 * columns + 0.7, 2.1 * rows + 0.4), sharex=True, sharey=True)
    table = results.failover_table()
    longest = table["lasted"][table["fault"] == fault].max()
    for d, axis in enumerate(axes.flat):
        if d >= len(results.designs):
            axis.set_visible(False)
            continue
        axis.set_title(short(results.designs[d]))
        if not _draw_drain(axis, results, d, fault, causes):
            nothing(axis, "no attempt while it lasted")
        axis.tick_params(axis="x", labelbottom=d + columns >= len(results.designs))
    duration_axis(axes[0, 0], 1, max(longest, 2))
    axes[0, 0].set_ylim(0, None)
    figure.supylabel("attempts that go to the hit side, % of all", fontsize=9)
    figure.supxlabel("time since the fault struck", fontsize=9)
    keys = [Patch(color=_CAUSES[c][0], label=_CAUSES[c][1]) if c in _CAUSES else
            Patch(color=PALETTE[k % len(PALETTE)], label=c) for k, c in enumerate(causes)]
    keys.append(Line2D([], [], color="#222222", linewidth=1, linestyle=(0, (3, 2)), label="share before"))
    header(figure, f"How traffic leaves after '{short(fault)}'", subtitle(results), keys)
    return figure


def _quantile(times, q):
    """The least time by which a share q of the failovers had got so far; inf: never."""
    ordered = np.sort(np.where(np.isnan(times), np.inf, times))
    return float(ordered[max(0, math.ceil(q * ordered.size) - 1)])


def _draw_step(axis, times, d, limit):
    low, mid, high = (_quantile(times, q) for q in (0.05, 0.5, 0.95))
    color = PALETTE[d % len(PALETTE)]
    if math.isinf(mid):
        axis.annotate("never", (1, d), xycoords=("axes fraction", "data"), color=GREY, va="center", ha="right",
                      fontsize=8)
        return
    axis.plot([low, min(high, limit)], [d, d], color=color, linewidth=2.2, solid_capstyle="round")
    axis.plot(mid, d, marker="o", markersize=6.5, color=color)


@styled
def failover_chain(results, fault=None):
    """What followed a fault and when: a panel a step, a line a design: median and 5 to 95 % of the faults.

    fault: name in the plan, default the one with the most lost requests. None when users met no fault.
    KeyError for an unknown name.
    """
    fault = _worst_fault(results) if fault is None else fault
    if fault is None:
        return None
    n = len(results.designs)
    figure, axes = new(1, len(_STEPS), (1.95 * len(_STEPS) + 1.2, 0.34 * n + 0.85), sharey=True)
    tables = [results.failover_table(d, fault) for d in range(n)]
    for axis, (step, title) in zip(axes[0], _STEPS.items()):
        known = np.concatenate([t[step][~np.isnan(t[step])] for t in tables])
        limit = 1.1 * known.max() if known.size and known.max() > 0 else 1
        for d, table in enumerate(tables):
            if table[step].size:
                _draw_step(axis, table[step], d, limit)
        axis.set_title(title)
        axis.set_xlim(0, limit)
        axis.grid(axis="y", visible=False)
        axis.tick_params(axis="y", length=0)
    axes[0, 0].set_yticks(range(n), [short(d) for d in results.designs])
    axes[0, 0].set_ylim(n - 0.5, -0.5)
    figure.supxlabel("time since the fault struck (s)", fontsize=9)
    header(figure, f"Failover after '{short(fault)}'", subtitle(results) + " · dot: median, line: 5 to 95 %")
    return figure
