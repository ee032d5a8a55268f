"""What became of stores' data: staleness, lag, backlog, latency by consistency, fates of writes, recovery points.

Numbers only, as labelled arrays (xarray.Dataset) with units in their attributes; storefigures.py draws them. A store
that a design lacks, and what it cannot have, is NaN.
"""

import numpy as np
import xarray
from scipy import stats

__all__ = ["FATES", "OPERATIONS", "backlog", "counts", "fates", "lag", "latency", "latency_cdf", "ratio_interval",
           "recovery", "recovery_table", "t_visibility"]

FATES = ("present", "superseded", "overwritten", "lost")
OPERATIONS = {"write": "write_latency", "eventual_read": "eventual_read_latency", "strong_read": "strong_read_latency"}


def _names(group, dimension):
    return list(group[dimension])


def _exact(part, whole, level):
    """Clopper and Pearson's interval of a share, for arrays of counts."""
    tail = (1 - level) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(part > 0, stats.beta.ppf(tail, part, whole - part + 1), 0)
        high = np.where(part < whole, stats.beta.ppf(1 - tail, part + 1, whole - part), 1)
    return np.where(whole > 0, low, np.nan), np.where(whole > 0, high, np.nan)


def ratio_interval(part, whole, level):
    """Interval of the share sum(part) / sum(whole) over replications, the last axis; part <= whole.

    As in the simulator's tables: the jackknife over replications on the scale of asin(sqrt(share)) with Student's t,
    since reads of one run are not independent of each other; where all replications show the same, the exact bound of
    the pooled counts. level: confidence, 0..1. Returns (low, high); NaN without counts, and with one replication whose
    share is neither 0 nor 1.
    """
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    x, y, used = part.sum(axis=-1), whole.sum(axis=-1), whole > 0
    n = used.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.where(used, (x[..., None] - part) / (y[..., None] - whole), np.nan)  # one replication left out
        middle = np.where(used, left, 0).sum(axis=-1) / n
        squares = np.where(used, (left - middle[..., None]) ** 2, 0).sum(axis=-1)
        half = stats.t.ppf((1 + level) / 2, np.where(n > 1, n - 1, np.nan)) * np.sqrt((n - 1) / n * squares)
        share = x / y
        angle, turn = np.arcsin(np.sqrt(share)), half / (2 * np.sqrt(share * (1 - share)))
        low = np.sin(np.maximum(angle - turn, 0)) ** 2
        high = np.sin(np.minimum(angle + turn, np.pi / 2)) ** 2
    is_alike = (x == 0) | (x == y) | ((n > 1) & (squares <= 0))
    exact = _exact(x, y, level)
    return np.where(is_alike, exact[0], low), np.where(is_alike, exact[1], high)


def _mean_interval(values, level, axis):
    """Mean over an axis and Student's t interval, NaN left out; bounds are NaN with fewer than two values."""
    n = np.isfinite(values).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values, axis=axis) / np.where(n > 0, n, np.nan)
        squares = np.nansum((values - np.expand_dims(mean, axis)) ** 2, axis=axis)
        error = np.sqrt(squares / np.where(n > 1, n - 1, np.nan) / n)
        half = stats.t.ppf((1 + level) / 2, np.where(n > 1, n - 1, np.nan)) * error
    return mean, mean - half, mean + half


# ---- staleness


def t_visibility(results):
    """Probability that a read t after the newest acknowledged write of its item does not see it.

    (Bailis et al., Probabilistically Bounded Staleness, VLDB 2012.)
    Returns a Dataset over (design, store, since): reads, stale (counts of all replications, warm-up excluded),
    probability, low, high (shares 0..1; ratio_interval over replications at the file's level, NaN without reads);
    coordinates since (s, geometric middle of the bin, of which there are two a doubling), since_lo and since_hi (s, its
    edges).
    """
    g = results.groups["stores"]
    each = {name: np.moveaxis(g[name].astype(float), 1, -1) for name in ("since_reads", "since_reads_stale")}
    reads, stale = (values.sum(axis=-1) for values in each.values())
    low, high = ratio_interval(each["since_reads_stale"], each["since_reads"], results.level)
    with np.errstate(invalid="ignore", divide="ignore"):
        probability = stale / np.where(reads > 0, reads, np.nan)
    since_lo, since_hi = g["since_lo"], g["since_hi"]
    middle = np.sqrt(np.maximum(since_lo, since_hi / 2) * since_hi)
    dims, share = ("design", "store", "since"), {"units": "1"}
    return xarray.Dataset(
        {"reads": (dims, reads, {"units": "1", "long_name": "reads so long after a write"}),
         "stale": (dims, stale, {"units": "1", "long_name": "of these, reads that did not see it"}),
         "probability": (dims, probability, {**share, "long_name": "probability of a stale read"}),
         "low": (dims, low, share), "high": (dims, high, share)},
        {"design": _names(g, "design"), "store": _names(g, "store"),
         "since": ("since", middle, {"units": "s", "long_name": "time since the write"}),
         "since_lo": ("since", since_lo, {"units": "s"}), "since_hi": ("since", since_hi, {"units": "s"})})


# ---- replication over time


def _series(results, names):
    g = results.groups["replication"]
    coordinates = {"design": _names(g, "design"), "pair": _names(g, "pair"), "time": ("time", g["time"], {"units": "s"})}
    for name in ("pair_store", "from_region", "to_region"):
        coordinates[name] = ("pair", list(g[name]))
    return xarray.Dataset({name: (g.dims[name], g[name], g.attrs[name]) for name in names}, coordinates,
                          {"window_s": g.own_attrs["window_s"]})


def lag(results):
    """Time from the acknowledgement of a write in one region to its being applied in another, over simulated time.

    Returns a Dataset over (design, pair, time): applied (writes, sum over replications); mean_lag_* and most_lag_*
    (s), each _mean, _p05 and _p95 over replications, NaN where nothing was applied. pair: "store: from > to", with the
    coordinates pair_store, from_region, to_region; time: s, start of the step, which is the attribute window_s long.
    """
    bands = [f"{kind}_lag_{part}" for kind in ("mean", "most") for part in ("mean", "p05", "p95")]
    return _series(results, ["applied", *bands])


def backlog(results):
    """Acknowledged writes that are still to be applied in another region, at the end of each step of simulated time.

    Returns a Dataset over (design, pair, time) as lag does: backlog_mean, backlog_p05, backlog_p95 (writes, over
    replications). NaN for stores that do not replicate asynchronously. Writes that were lost stay in it.
    """
    return _series(results, ["backlog_mean", "backlog_p05", "backlog_p95"])


# ---- operations


def latency(results, quantiles=(0.5, 0.9, 0.99, 0.999)):
    """Time of operations at the replica that is asked, by consistency: its queue and quorum included.

    quantiles: shares 0..1. Returns a Dataset over (design, store, operation): answered (operations of all
    replications, answered with success); latency (design, store, operation, quantile) in s, NaN where none was
    answered. operation: write, eventual_read (of one copy), strong_read (of a quorum).
    """
    g = results.groups["stores"]
    count = np.stack([g[name] for name in OPERATIONS.values()], axis=2).astype(float)
    answered = count.sum(axis=3)
    value = np.full((*answered.shape, len(quantiles)), np.nan)
    for at in np.argwhere(answered > 0):
        share = np.cumsum(count[tuple(at)]) / answered[tuple(at)]
        value[tuple(at)] = g["bin_hi"][np.minimum(np.searchsorted(share, quantiles), share.size - 1)]
    dims = ("design", "store", "operation")
    return xarray.Dataset(
        {"answered": (dims, answered, {"units": "1", "long_name": "operations answered with success"}),
         "latency": ((*dims, "quantile"), value, {"units": "s", "long_name": "time at the replica that is asked"})},
        {"design": _names(g, "design"), "store": _names(g, "store"), "operation": list(OPERATIONS),
         "quantile": list(quantiles)})


def latency_cdf(results, design, store, operation):
    """Distribution function of an operation's time at the replica that is asked.

    Returns (latency, share) as Results.cdf does: s and 0..1, (n,) each, empty when nothing was answered. KeyError for
    an unknown design, store or operation.
    """
    g = results.groups["stores"]
    count = g[OPERATIONS[operation]][results.design_index(design), _names(g, "store").index(store)]
    used = np.flatnonzero(count)
    if used.size == 0:
        return np.empty(0), np.empty(0)
    inside = slice(used[0], used[-1] + 1)
    return g["bin_hi"][inside], np.cumsum(count[inside]) / count.sum()


# ---- fates of writes


def counts(results):
    """Every count of stores in each replication: a DataArray over (design, replication, store, counter).

    NaN where a store cannot have any, or a design lacks the store. counter: the names of docs/results-file.md.
    """
    g = results.groups["stores"]
    dims = g.dims["count"]
    return xarray.DataArray(g["count"], {d: _names(g, d) for d in dims}, dims, attrs={"units": "1"})


def fates(results):
    """What became of acknowledged writes, a run.

    Returns a Dataset over (design, store, fate): mean, low, high (writes a run; Student's t interval over replications
    at the file's level, NaN with one replication), share (of all acknowledged writes, of all replications, 0..1).
    fate: present, superseded, overwritten, lost: each write is one of these.
    """
    each = counts(results).sel(counter=list(FATES)).transpose("design", "store", "counter", "replication")
    mean, low, high = _mean_interval(each.values, results.level, axis=3)
    total = each.sum("replication", skipna=False).values
    with np.errstate(invalid="ignore", divide="ignore"):
        share = total / np.where(total.sum(axis=2) > 0, total.sum(axis=2), np.nan)[..., None]
    dims, writes = ("design", "store", "fate"), {"units": "1"}
    return xarray.Dataset({"mean": (dims, mean, writes), "low": (dims, np.maximum(low, 0), writes),
                           "high": (dims, high, writes), "share": (dims, share, writes)},
                          {"design": each.design.values, "store": each.store.values, "fate": list(FATES)})


# ---- recovery


def _together(table):
    """Ways that a fault's end cleared together as one row: (row of the first, s until the last had converged; NaN: never)."""
    rows = {}
    columns = [table[name] for name in ("design", "store", "fault", "replication", "healed")]
    for i, key in enumerate(zip(*columns)):
        rows.setdefault(key, []).append(i)
    after = table["converged"] - table["healed"]
    first = np.array([group[0] for group in rows.values()], dtype=int)
    return first, np.array([np.max(after[group]) for group in rows.values()])  # a NaN makes it NaN


def _figures_of(results, replication, values):
    """Mean over replications of the mean in each, its interval, and the largest; NaN without any."""
    numbers = results.groups["replications"]["replication"]
    means = np.array([values[replication == r].mean() if (replication == r).any() else np.nan for r in numbers])
    mean, low, high = _mean_interval(means, results.level, axis=0)
    return {"mean": mean, "low": low, "high": high, "worst": values.max() if values.size else np.nan}


_RECOVERY = {"rpo": "s", "writes": "1", "after": "s"}


def recovery(results):
    """Recovery points and times until replicas agreed again, by fault of the plan.

    Returns a Dataset over (design, store, fault): failures (of the store in a region, in all replications); rpo_*
    (s: age of the oldest acknowledged write in the failed region only), writes_* (how many there were), after_* (s:
    from the moment the way was clear until the last write from before was applied), each _mean, _low, _high (over
    replications, Student's t at the file's level) and _worst; healed and never (how often replicas had to agree again,
    and had not by the end of the run: such are in no mean). NaN where there was none.
    """
    g, e, c = results.groups["recovery"], results.exposure_table(), results.convergence_table()
    first, after = _together(c)
    names = [*_names(g, "fault")]
    shape = (len(results.designs), len(g["store"]), len(names))
    columns = {f"{kind}_{part}": np.full(shape, np.nan) for kind in _RECOVERY for part in ("mean", "low", "high", "worst")}
    columns.update({name: np.zeros(shape, dtype=int) for name in ("failures", "healed", "never")})
    for at in np.ndindex(*shape):
        key = (results.designs[at[0]], g["store"][at[1]], names[at[2]])
        failed = np.logical_and.reduce([e[k] == v for k, v in zip(("design", "store", "fault"), key)])
        back = np.logical_and.reduce([c[k][first] == v for k, v in zip(("design", "store", "fault"), key)])
        done = back & np.isfinite(after)
        parts = {"rpo": (e["replication"][failed], e["age"][failed]),
                 "writes": (e["replication"][failed], e["writes"][failed].astype(float)),
                 "after": (c["replication"][first][done], after[done])}
        for kind, (replication, values) in parts.items():
            for part, value in _figures_of(results, replication, values).items():
                columns[f"{kind}_{part}"][at] = value
        columns["failures"][at], columns["healed"][at] = failed.sum(), back.sum()
        columns["never"][at] = back.sum() - done.sum()
    dims = ("design", "store", "fault")
    return xarray.Dataset({name: (dims, values, {"units": _RECOVERY.get(name.split("_")[0], "1")})
                           for name, values in columns.items()},
                          {"design": results.designs, "store": list(g["store"]), "fault": names})


def recovery_table(results):
    """recovery() for people: a pandas.DataFrame, a row a design, store and fault with something to say.

    Columns: failures, RPO and its worst (s), writes in danger and most of them, agree again after and its worst (s),
    never.
    """
    frame = recovery(results).to_dataframe().reset_index()
    frame = frame[(frame.failures > 0) | (frame.healed > 0)]
    shown = {"failures": "failures", "rpo_mean": "RPO (s)", "rpo_worst": "worst (s)", "writes_mean": "writes in danger",
             "writes_worst": "most", "after_mean": "agree again after (s)", "after_worst": "longest (s)", "never": "never"}
    return frame.set_index(["fault", "design", "store"])[list(shown)].rename(columns=shown).sort_index()
