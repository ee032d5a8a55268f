"""The look of all figures: colours, headers with legends, axes for latency and for nines.

Colours are Okabe and Ito's, which people with any kind of colour vision can tell apart; designs differ in line
style, too.
"""

import functools
import io

import matplotlib
import numpy as np
from matplotlib import ticker
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 1.5, 2)), (0, (1, 1)))
GREY = "#767676"
_STYLE = {
    "font.size": 9, "axes.titlesize": 9.5, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7, "axes.axisbelow": True, "axes.edgecolor": "#999999", "xtick.color": "#444444",
    "ytick.color": "#444444", "legend.frameon": False, "lines.linewidth": 1.7,
}
_NINES = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)
_TITLE_IN, _LINE_IN, _MARGIN_IN = 0.3, 0.22, 0.12


def styled(draw):
    """Draws in this style whatever the user's matplotlibrc says."""

    @functools.wraps(draw)
    def inner(*args, **kwargs):
        with matplotlib.rc_context({**matplotlib.rcParamsDefault, **_STYLE, "backend": matplotlib.get_backend()}):
            return draw(*args, **kwargs)

    return inner


class _Shown(Figure):
    """A Figure that a notebook shows by itself, without pyplot and its global state."""

    def _repr_png_(self):
        picture = io.BytesIO()
        self.savefig(picture, format="png", dpi=self.dpi)
        return picture.getvalue()


def new(n_rows, n_columns, size, **kwargs):
    """A Figure of panels, and its axes as a 2-D array."""
    figure = _Shown(figsize=size, dpi=100)
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **kwargs)


def design_look(d):
    """Line colour and style of design number d."""
    return {"color": PALETTE[d % len(PALETTE)], "linestyle": LINES[d % len(LINES)]}


def short(name, length=26):
    """A name that fits a label: a long one keeps its beginning and its end."""
    return name if len(name) <= length else f"{name[:length - 11]}…{name[-10:]}"


def subtitle(results):
    """What was simulated, in one line."""
    return f"{results.attrs['title']} · {results.attrs['n_replications']} replications"


def design_keys(results):
    """Legend handles of the designs."""
    return [Line2D([], [], label=short(name), **design_look(d)) for d, name in enumerate(results.designs)]


def _legend_rows(handles, width_in):
    """Handles in lines that fit the width, by a rough measure of text."""
    rows, room = [[]], width_in
    for handle in handles:
        need = 0.6 + 0.068 * len(handle.get_label())
        if rows[-1] and need > room:
            rows.append([])
            room = width_in
        rows[-1].append(handle)
        room -= need
    return rows if handles else []


def header(figure, title, line, handles=()):
    """Puts title, subtitle (line) and legend above the axes, left-aligned, and makes room for them.

    The figure grows by the height of the header, so that panels keep their size.
    """
    width, height = figure.get_size_inches()
    rows = _legend_rows(list(handles), width - 2 * _MARGIN_IN)
    top = _MARGIN_IN + _TITLE_IN + _LINE_IN * (1 + 1.05 * len(rows))
    height += top
    figure.set_size_inches(width, height)
    x = _MARGIN_IN / width
    figure.text(x, 1 - _MARGIN_IN / height, title, ha="left", va="top", fontsize=12, fontweight="bold")
    y = _MARGIN_IN + _TITLE_IN
    room = int(width * 15)
    figure.text(x, 1 - y / height, line if len(line) <= room else line[:room - 1] + "…", ha="left", va="top",
                fontsize=8.5, color="#555555")
    y += _LINE_IN
    for row in rows:
        figure.add_artist(figure.legend(handles=row, loc="upper left", bbox_to_anchor=(x, 1 - y / height),
                                        ncol=len(row), borderpad=0, borderaxespad=0, handlelength=2.6,
                                        columnspacing=1.4, fontsize=8.5))
        figure.legends.clear()
        y += 1.05 * _LINE_IN
    middle = (1 - top / height) / 2
    if figure._supylabel is not None:
        figure._supylabel.set_y(middle)
    figure.set_layout_engine("constrained", rect=(0.005, 0.005, 0.99, 1 - (top + 0.06) / height - 0.005))


def nines(share):
    """Height on an axis on which every further nine takes as much room as the one before."""
    return -np.log10(np.maximum(1 - np.asarray(share, dtype=float), 1e-12))


def nines_axis(axis, top):
    """Labels the upright axis in percent, from 0 to `top` (one of 0.9, 0.99, ...)."""
    shown = [s for s in _NINES if s <= top]
    axis.set_yticks(nines([0, *shown]), ["0 %", *(f"{100 * s:g} %" for s in shown)])
    axis.set_ylim(0, nines(top) + 0.06)


def top_share(n):
    """Highest share worth an axis when n values are known: at least ten lie beyond it."""
    return max((s for s in _NINES if n * (1 - s) >= 10), default=0.9)


def duration(seconds):
    """Text for a duration in seconds, in the unit that suits it."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:g} µs"
    return f"{seconds * 1e3:g} ms" if seconds < 1 else f"{seconds:g} s"


def duration_axis(axis, low, high):
    """Logarithmic axis of durations (s) with labels at 1, 2, 5 as far as there is room."""
    axis.set_xscale("log")
    axis.set_xlim(low, high)
    decades = np.log10(high / low)
    subs = (1, 2, 5) if decades < 1.7 else (1, 3) if decades < 3 else (1,)
    axis.xaxis.set_major_locator(ticker.LogLocator(subs=subs, numticks=99))
    axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda s, _: duration(float(f"{s:.3g}"))))
    axis.xaxis.set_minor_locator(ticker.NullLocator())


def time_unit(span_s):
    """(seconds in it, name) of the unit that suits a span of simulated time."""
    if span_s <= 300:
        return 1, "s"
    if span_s <= 4 * 3600:
        return 60, "min"
    return (3600, "h") if span_s <= 4 * 86400 else (86400, "days")


def nothing(axis, text):
    """Says in an empty panel why it is empty."""
    axis.text(0.5, 0.5, text, transform=axis.transAxes, ha="center", va="center", color=GREY)
