"""What became of stores' data: staleness, lag, backlog, latency by consistency, fates of writes, recovery points.

Numbers only, as labelled arrays (xarray.Dataset) with units in their attributes; storefigures.py draws them. A store
that a design lacks, and what it cannot have, is NaN.
"""

from statistics import NormalDist

import numpy as np
import xarray
from scipy import stats

__all__ = ["FATES", "OPERATIONS", "backlog", "counts", "fates", "lag", "latency", "latency_cdf", "recovery",
           "recovery_table", "t_visibility", "wilson"]

FATES = ("present", "superseded", "overwritten", "lost")
OPERATIONS = {"write": "write_latency", "eventual_read": "eventual_read_latency", "strong_read": "strong_read_latency"}


def _names(group, dimension):
    return list(group[dimension])


def wilson(successes, trials, level):
    """Wilson's score interval of a share (Wilson 1927), for arrays of counts of the same shape.

    level: confidence, 0..1. Returns (low, high), float arrays; NaN where there are no trials. Reads of one run are
    not independent of each other, so that the interval is a little too short when an item is read very often.
    """
    successes, trials = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(trials > 0, successes / trials, np.nan)
        middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
        half = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials ** 2))) / (1 + z2 / trials)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


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


def _since_edges(group, per_decade):
    """Edges (s) of log-spaced bins that hold all the file's bins, and for each of the file's bins the number of its."""
    low, high = group["bin_lo"], group["bin_hi"]
    if low.size == 0:
        return np.array([]), np.array([], dtype=int)
    first = np.floor(per_decade * np.log10(max(low[0], 1e-9)) + 1e-9)
    last = np.ceil(per_decade * np.log10(high[-1]) - 1e-9)
    edges = 10 ** (np.arange(first, max(last, first + 1) + 1) / per_decade)
    middle = np.maximum((low + high) / 2, edges[0])
    return edges, np.minimum(np.searchsorted(edges, middle, side="right") - 1, edges.size - 2)


def t_visibility(results, per_decade=6):
    """Probability that a read t after the newest acknowledged write of its item does not see it.

    (Bailis et al., Probabilistically Bounded Staleness, VLDB 2012.) per_decade: bins of t to a factor of ten.
    Returns a Dataset over (design, store, since): reads, stale (counts of all replications, warm-up excluded),
    probability, low, high (shares 0..1; Wilson's interval at the file's level, NaN without reads); coordinates since
    (s, geometric middle of the bin), since_lo and since_hi (s, its edges).
    """
    g = results.groups["stores"]
    edges, where = _since_edges(g, per_decade)
    shape = (*g["since_write"].shape[:2], max(edges.size - 1, 0))
    counts = {"reads": np.zeros(shape), "stale": np.zeros(shape)}
    for name, source in (("reads", "since_write"), ("stale", "since_write_stale")):
        for k in range(shape[2]):
            counts[name][:, :, k] = g[source][:, :, where == k].sum(axis=2)
    low, high = wilson(counts["stale"], counts["reads"], results.level)
    with np.errstate(invalid="ignore", divide="ignore"):
        probability = counts["stale"] / np.where(counts["reads"] > 0, counts["reads"], np.nan)
    dims, share = ("design", "store", "since"), {"units": "1"}
    return xarray.Dataset(
        {"reads": (dims, counts["reads"], {"units": "1", "long_name": "reads so long after a write"}),
         "stale": (dims, counts["stale"], {"units": "1", "long_name": "of these, reads that did not see it"}),
         "probability": (dims, probability, {**share, "long_name": "probability of a stale read"}),
         "low": (dims, low, share), "high": (dims, high, share)},
        {"design": _names(g, "design"), "store": _names(g, "store"),
         "since": ("since", np.sqrt(edges[:-1] * edges[1:]), {"units": "s", "long_name": "time since the write"}),
         "since_lo": ("since", edges[:-1], {"units": "s"}), "since_hi": ("since", edges[1:], {"units": "s"})})


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
    """Ways that were cleared together as one row: (row of the first, s until the last had converged, NaN: never)."""
    rows = {}
    for i, key in enumerate(zip(table["design"], table["store"], table["replication"], table["healed"])):
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
