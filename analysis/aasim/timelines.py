"""Figures over simulated time: availability around faults, and how requests failed."""

import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .look import GREY, PALETTE, header, new, nothing, short, styled, subtitle, time_unit

_FAULT = "#F6E3D3"
# Marks on a timeline: kind of event -> (marker, colour, words).
_MARKS = {
    "endpoint_unhealthy": ("v", "#D55E00", "DNS stops naming it"),
    "endpoint_healthy": ("^", "#0072B2", "DNS names it again"),
    "check_unhealthy": ("<", "#D55E00", "health check fails"),
    "check_healthy": (">", "#0072B2", "health check passes"),
    "target_unhealthy": ("v", "#E69F00", "balancer drops target"),
    "target_healthy": ("^", "#56B4E9", "balancer takes it back"),
    "target_anomalous": ("<", "#E69F00", "balancer sends it less"),
    "target_normal": (">", "#56B4E9", "as much as others again"),
    "zone_shifted": ("1", "#D55E00", "zone shifted away from"),
    "zone_restored": ("2", "#0072B2", "zone used again"),
    "endpoint_withdrawn": ("3", "#D55E00", "edges leave an endpoint"),
    "endpoint_returned": ("4", "#0072B2", "edges send to it again"),
    "leader_lost": ("X", "#767676", "leader missed"),
    "leader_promoted": ("D", "#009E73", "new leader"),
    "writer_failed": ("d", "#CC79A7", "database's writer fails"),
    "writer_ready": ("p", "#009E73", "another one writes"),
    "action_applied": ("P", "#000000", "operators change it"),
    "action_refused": ("x", "#000000", "a rule refuses a change"),
    "leader_stepped_down": ("s", "#CC79A7", "leader steps down"),
}
_FAILURES = {"late": "#F0E442", "error": "#D55E00", "timeout": "#0072B2", "shed": "#CC79A7", "no_answer": "#000000",
             "abandoned": "#E69F00", "breaker_open": "#56B4E9"}


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


def _recovery(results, start, limit):
    """Time (s) after `start` at which the slowest design that recovers within `limit` is up again; 0 if none."""
    time, window = results.groups["timeseries"]["time"], results.attrs["window_s"]
    slowest = 0.0
    for d in range(len(results.designs)):
        mean = results.timeline(d)["mean"]
        down = time[(time >= start - window) & (mean < results.attrs["up_threshold"])]
        if down.size and down[0] < start + limit:
            gap = np.flatnonzero(np.diff(down) > 3 * window)
            end = down[gap[0]] if gap.size else down[-1]
            slowest = max(slowest, end + window - start) if end < start + limit else slowest
    return slowest


def _views(results, spans):
    """Parts of the run that a timeline shows, a list of (low_s, high_s).

    Without scheduled faults the whole run; else the time around them, and where users are back long before
    the faults end, the time until then a second time, larger.
    """
    end = results.attrs["duration_s"]
    if not spans:
        return [(0.0, end)]
    first, last = min(s[0] for s in spans), max(s[1] for s in spans)
    air = max(0.3 * (last - first), 6 * results.attrs["window_s"])
    views = [(max(0.0, first - air), min(end, last + 2 * air))]
    recovery = _recovery(results, first, (last - first) / 2)
    if 0 < 2 * recovery < 0.4 * (views[0][1] - views[0][0]):
        views.append((max(0.0, first - 0.25 * recovery), min(end, first + 1.75 * recovery)))
    return views


def time_unit_of(views):
    """(seconds in it, name) of the unit of simulated time that suits the first view."""
    return time_unit(views[0][1] - views[0][0])


def time_panels(results, designs, height, spans, most_views=2):
    """A row a design and a column a view, under a strip that names the faults. Returns figure, axes, views."""
    views = _views(results, spans)[:most_views]
    strips = 0.19 * len(spans) + 0.12 if spans else 0
    inches = [strips] * bool(spans) + [height] * len(designs)
    figure, axes = new(len(inches), len(views), (8.6 if len(views) == 1 else 10.6, sum(inches) + 0.5),
                       gridspec_kw={"height_ratios": inches, "width_ratios": [1, 1.5][:len(views)]},
                       sharex="col")
    unit, name = time_unit_of(views)
    for column, (low, high) in enumerate(views):
        bottom = axes[-1, column]
        bottom.set_xlim(low / unit, high / unit)
        bottom.xaxis.set_major_locator(ticker.MaxNLocator(8, steps=(1, 2, 5, 10)))
        bottom.set_xlabel(f"simulated time ({name})" + (", larger" if column else ""))
        if spans:
            _draw_strip(axes[0, column], spans, (low, high), unit, with_names=column == len(views) - 1)
        for axis in axes[bool(spans):, column]:
            for start, stop, _ in spans:
                axis.axvspan(start / unit, stop / unit, color=_FAULT, alpha=0.45, linewidth=0, zorder=0)
    return figure, axes[bool(spans):], views


def _draw_strip(axis, spans, view, unit, with_names):
    """The faults as bars, one line each."""
    axis.set_ylim(len(spans) - 0.4, -0.6)
    axis.axis("off")
    for row, (start, stop, name) in enumerate(spans):
        low, high = max(start, view[0]), min(stop, view[1])
        if low < high:
            axis.barh(row, (high - low) / unit, left=low / unit, height=0.72, color="#E8B48F")
        if with_names:
            at = low if low < high else view[0]
            axis.text(at / unit, row, f" {short(name, 40)}" + ("" if low < high else " (not in this part)"),
                      va="center", fontsize=7.5, color="#333333" if low < high else GREY)


def _whole(line, window):
    """A timeline with the end of its last window as one more point, so that steps are drawn over all of it."""
    if line["time"].size == 0:
        return line
    return {name: np.append(values, values[-1] + window if name == "time" else values[-1])
            for name, values in line.items()}


def _draw_timeline(axis, results, d, unit):
    window = results.attrs["window_s"]
    line = _whole(results.timeline(d), window)
    steps = {"drawstyle": "steps-post"}
    axis.fill_between(line["time"] / unit, 100 * line["p05"], 100 * line["p95"], step="post", color="#000000",
                      alpha=0.15, linewidth=0)
    axis.plot(line["time"] / unit, 100 * line["mean"], color="#222222", linewidth=2.2, **steps)
    for p, population in enumerate(results.populations):
        alone = _whole(results.timeline(d, population), window)
        axis.plot(alone["time"] / unit, 100 * alone["mean"], color=PALETTE[p % len(PALETTE)], linewidth=0.9, **steps)


def _mark_times(results, d):
    """Times (s) of the events of a design that replications have in common: kind -> list.

    An event counts when it happens in most replications; the first of its kind at its component, the second,
    and so on, are medians of their own.
    """
    table = results.event_table(design=d, kinds=_MARKS)
    n, times = int(results.attrs["n_replications"]), {}
    for kind in _MARKS:
        for component in dict.fromkeys(table["component"][table["kind"] == kind]):
            here = (table["kind"] == kind) & (table["component"] == component)
            runs = [table["time"][here & (table["replication"] == r)] for r in np.unique(table["replication"][here])]
            common = int(np.median([r.size for r in runs])) if 2 * len(runs) > n else 0
            found = [float(np.median([r[k] for r in runs if r.size > k])) for k in range(common)]
            times.setdefault(kind, []).extend(found)
    return {kind: t for kind, t in times.items() if t and len(t) <= 40}


def _draw_marks(axis, times, unit):
    for kind, at in times.items():
        marker, color, _ = _MARKS[kind]
        axis.plot(np.array(at) / unit, np.full(len(at), -9), marker, color=color, markersize=6.5, linestyle="none",
                  markeredgecolor="white", markeredgewidth=0.6, zorder=5)


def _timeline_keys(results, kinds):
    keys = [Line2D([], [], color="#222222", linewidth=2.2, label="all users (band: 5–95 % of replications)")]
    keys += [Line2D([], [], color=PALETTE[p % len(PALETTE)], linewidth=0.9, label=short(name))
             for p, name in enumerate(results.populations)]
    keys.append(Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (1, 2)),
                       label=f"up from {100 * results.attrs['up_threshold']:g} %"))
    return keys + [Line2D([], [], linestyle="none", marker=_MARKS[k][0], color=_MARKS[k][1], markeredgecolor="white",
                          markersize=6.5, label=_MARKS[k][2]) for k in _MARKS if k in kinds]


@styled
def availability_timeline(results, designs=None):
    """Share of requests answered in time, by the window in which they started: a row a design.

    Bars on top and shading: faults that are the same in every replication; then the axis shows the time around
    them, else the whole run, and a second column the minutes until users were back. Marks under the curves:
    health changes and promotions, at their median time.
    designs: names, default all. KeyError for an unknown one.
    """
    designs = [results.design_index(d) for d in (designs or results.designs)]
    spans = fault_spans(results)
    figure, axes, views = time_panels(results, designs, 1.55, spans)
    marks = {d: _mark_times(results, d) for d in designs}
    kinds = {kind for times in marks.values() for kind in times}
    for row, d in zip(axes, designs):
        row[0].set_title(short(results.designs[d]))
        for axis in row:
            axis.axhline(100 * results.attrs["up_threshold"], color=GREY, linewidth=0.9, linestyle=(0, (1, 2)))
            _draw_timeline(axis, results, d, time_unit_of(views)[0])
            _draw_marks(axis, marks[d], time_unit_of(views)[0])
            axis.set_ylim(-17 if kinds else -3, 104)
            axis.set_yticks([0, 25, 50, 75, 100], ["0 %", "", "50 %", "", "100 %"])
            axis.tick_params(labelleft=axis is row[0])
    figure.supylabel("requests answered in time", fontsize=9)
    header(figure, "Availability around the fault" if spans else "Availability over time", subtitle(results),
           _timeline_keys(results, kinds))
    return figure


def _failure_shares(line, outcomes):
    """Share of requests (%) that ended in each way, by window; NaN where none ended."""
    total = sum(line[o].astype(float) for o in outcomes)
    total[total == 0] = np.nan
    return {o: 100 * line[o] / total for o in outcomes[1:] if line[o].any()}


@styled
def failures(results, designs=None):
    """How requests failed, by the window in which they started: stacked shares, a row a design.

    The columns are those of availability_timeline. designs: names, default all. KeyError for an unknown one.
    """
    designs = [results.design_index(d) for d in (designs or results.designs)]
    figure, axes, views = time_panels(results, designs, 1.35, fault_spans(results))
    lines = {d: _whole(results.timeline(d), results.attrs["window_s"]) for d in designs}
    shares = {d: _failure_shares(lines[d], results.outcomes) for d in designs}
    top = max((float(np.nanmax(sum(s.values()))) for s in shares.values() if s), default=0.0)
    for row, d in zip(axes, designs):
        row[0].set_title(short(results.designs[d]))
        for axis in row:
            if shares[d]:
                axis.stackplot(lines[d]["time"] / time_unit_of(views)[0], *shares[d].values(), step="post", linewidth=0,
                               colors=[_FAILURES.get(o, GREY) for o in shares[d]])
            else:
                nothing(axis, "no request failed")
            axis.set_ylim(0, min(100.0, 1.08 * top) if top else 1)
            axis.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g} %"))
            axis.tick_params(labelleft=axis is row[0])
    seen = [o for o in results.outcomes if any(o in s for s in shares.values())]
    figure.supylabel("requests that failed", fontsize=9)
    header(figure, "How requests failed", subtitle(results),
           [Patch(color=_FAILURES.get(o, GREY), label=o.replace("_", " ")) for o in seen])
    return figure
