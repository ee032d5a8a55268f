"""The decision table: designs by metrics, with intervals and verdicts, as HTML and as text."""

import html as _html
import math
import re

SYMBOLS = {"baseline": "", "better": "▲", "worse": "▼", "not_distinguishable": "≈", "not_compared": ""}
WORDS = {"baseline": "baseline", "better": "better", "worse": "worse",
         "not_distinguishable": "not distinguishable", "not_compared": ""}
# Shown as: factor, unit.
_SHOWN = {"availability": (100, "%"), "user_uptime": (100, "%"), "stale_read_ratio": (100, "%"), "latency_p50_s": (1000, "ms"),
          "latency_p99_s": (1000, "ms"), "latency_p999_s": (1000, "ms"), "downtime_min": (1, "min"),
          "downtime_min_per_year": (1, "min/yr"), "lost_writes_per_million": (1, "per million"),
          "rpo_s": (1, "s")}
_TITLES = {"availability": "Availability", "user_uptime": "User-uptime", "downtime_min": "Downtime in the run",
           "downtime_min_per_year": "Downtime a year", "latency_p50_s": "Median latency",
           "latency_p99_s": "p99 latency", "latency_p999_s": "p99.9 latency",
           "stale_read_ratio": "Stale reads", "lost_writes": "Lost writes in the run",
           "lost_writes_per_million": "Lost writes", "unreplicated_at_fault": "Unreplicated at fault",
           "attempts_per_request": "Attempts a request", "rpo_s": "Recovery point"}


def title(metric):
    """Heading of a metric, without its unit."""
    return _TITLES.get(metric, metric.replace("_", " "))


def shown(metric):
    """(factor, unit) with which a metric is shown to people; unit "" for plain numbers."""
    return _SHOWN.get(metric, (1, ""))


def rounded(label):
    """A text with the decimal fractions in it at four significant digits: '538.7298 s' is '538.7 s'.

    Whole numbers stay; of percentages from 90 on it is the distance to 100 that has four digits.
    """
    def short(match):
        value = float(match[1])
        if match[2] and 90 <= value < 100:
            return f"{100 - float(f'{100 - value:.4g}'):.12g}{match[2]}"
        return (f"{value:.0f}" if value >= 1000 else f"{value:.4g}") + match[2]

    return re.sub(r"(?<![\w.])(\d+\.\d+(?:e[-+]?\d+)?)(?![\w.])(\s*%|)", short, label)


def decimals(value, half_width):
    """Digits after the point such that the interval's half-width shows two of its own."""
    if half_width is None or math.isnan(half_width) or half_width <= 0:
        scale = abs(value)
        return 0 if scale >= 100 or scale == 0 else max(0, 2 - math.floor(math.log10(scale)))
    return min(9, max(0, 1 - math.floor(math.log10(half_width))))


def cell(row, factor):
    """(value, interval) of a row of Results.compare as texts; the interval is "" without one."""
    value = row["value"] * factor
    if math.isnan(value):
        return "n/a", ""
    low, high = row["ci_low"] * factor, row["ci_high"] * factor
    has_interval = not (math.isnan(low) or math.isnan(high))
    digits = decimals(value, (high - low) / 2 if has_interval else math.nan)
    interval = f"{low:,.{digits}f} … {high:,.{digits}f}" if has_interval else ""
    return f"{value:,.{digits}f}", interval


def metrics_in_use(results):
    """Metrics that have a value in at least one design, in order."""
    return [m for m in results.metrics
            if any(not math.isnan(row["value"]) for row in results.compare(m))]


def _heading(metric):
    unit = shown(metric)[1]
    return title(metric) + (f" ({unit})" if unit else "")


def notes(results):
    """What a reader must know to read the table: a list of lines."""
    a = results.attrs
    lines = [f"{a['title']}. {a['n_replications']} replications of {a['duration_s'] / 60:g} min, "
             f"seed {a['root_seed']}. Intervals: {100 * results.level:g} %."]
    if len(results.designs) > 1:
        lines.append(f"Against {results.designs[0]}, paired by replication, adjusted over designs (Holm): "
                     "▲ better, ▼ worse, ≈ not distinguishable.")
    if a["scale"] < 1:
        lines.append(f"Demand and capacity were thinned to {a['scale']:g}: queueing is not representative.")
    if a["n_replications"] < 2:
        lines.append("One replication gives no intervals.")
    return lines


_STYLE = ("<style>.aasim-table td,.aasim-table th{text-align:right;vertical-align:top}"
          ".aasim-table th:first-child{text-align:left}"
          ".aasim-table small{color:#666;display:block;white-space:nowrap}"
          ".aasim-better{color:#0072B2}.aasim-worse{color:#D55E00}"
          ".aasim-not_distinguishable,.aasim-baseline{color:#666}</style>")


def _html_cell(row):
    value, interval = cell(row, shown(row["metric"])[0])
    verdict, mark = row["verdict"], ""
    if SYMBOLS[verdict]:
        mark = f' <span class="aasim-{verdict}" title="{WORDS[verdict]}">{SYMBOLS[verdict]}</span>'
    return f"<td>{value}{mark}<small>{interval}</small></td>"


def html(results):
    """The decision table as an HTML fragment: one row a design, one column a metric."""
    metrics = metrics_in_use(results)
    rows = {m: results.compare(m) for m in metrics}
    head = "".join(f"<th>{_html.escape(_heading(m))}</th>" for m in metrics)
    body = "".join(f"<tr><th>{_html.escape(design)}</th>" + "".join(_html_cell(rows[m][d]) for m in metrics) + "</tr>"
                   for d, design in enumerate(results.designs))
    below = "".join(f"<p><small>{_html.escape(line)}</small></p>" for line in notes(results))
    return (f'{_STYLE}<table class="aasim-table"><thead><tr><th>Design</th>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>{below}")


def text(results):
    """The decision table as plain text: one block a metric, one line a design."""
    lines = notes(results)
    width = max(len(design) for design in results.designs)
    for metric in metrics_in_use(results):
        lines += ["", _heading(metric)]
        for row in results.compare(metric):
            value, interval = cell(row, shown(metric)[0])
            verdict = "" if row["verdict"] == "baseline" else WORDS[row["verdict"]]
            interval = f"[{interval}]" if interval else ""
            lines.append(f"  {row['design']:<{width}}  {value:>12}  {interval:<28} {verdict}".rstrip())
    return "\n".join(lines)
