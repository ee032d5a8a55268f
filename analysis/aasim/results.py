"""A results file in memory: groups, and the questions that are asked most.

Everything is read through h5py; nothing else in this package touches the file.
"""

import os
from dataclasses import dataclass, field

import h5py
import numpy as np

try:
    import xarray
except ImportError:  # the dictionaries serve as well
    xarray = None

SCHEMA = 1
GROUPS = ("summary", "replications", "latency", "timeseries", "stores", "replication", "recovery", "served", "events",
          "failovers", "drain", "inputs")
# Attributes of HDF5 and netCDF themselves; they say nothing about the data.
_BOOKKEEPING = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_FillValue", "_Netcdf4Dimid",
                "_Netcdf4Coordinates", "coordinates"}


class ResultsError(ValueError):
    """The file is not a finished results file that this package can read."""


@dataclass
class Group:
    """One group of the file: arrays by name, with their dimensions and attributes."""

    arrays: dict = field(default_factory=dict)
    dims: dict = field(default_factory=dict)
    attrs: dict = field(default_factory=dict)  # of the arrays, by name
    own_attrs: dict = field(default_factory=dict)
    coordinates: tuple = ()

    def __getitem__(self, name):
        return self.arrays[name]

    def __contains__(self, name):
        return name in self.arrays

    def public(self):
        """An xarray.Dataset, or a dict of arrays where there is no xarray."""
        if xarray is None:
            return dict(self.arrays)
        variables = {n: (self.dims[n], a, self.attrs[n]) for n, a in self.arrays.items()}
        dataset = xarray.Dataset(variables, attrs=self.own_attrs)
        return dataset.set_coords([n for n in self.coordinates if n in dataset])


def plain(value):
    """An attribute as str, int, float, or a list of them."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value


def _read_array(dataset):
    """Text as str objects, fill values as NaN (whole numbers with a fill value become float)."""
    if h5py.check_string_dtype(dataset.dtype):
        text = dataset.asstr()[()]
        return text if dataset.shape == () else np.asarray(text, dtype=object)
    values = dataset[()]
    fill = dataset.attrs.get("_FillValue")
    if fill is not None and values.dtype.kind == "u":
        values = np.where(values == fill, np.nan, values.astype(float))
    return values


def _dims_of(dataset):
    if h5py.h5ds.is_scale(dataset.id):
        return (dataset.name.rsplit("/", 1)[-1],)
    return tuple(d[0].name.rsplit("/", 1)[-1] for d in dataset.dims)


def read_group(group):
    """An h5py group as a Group."""
    result = Group(own_attrs={k: plain(v) for k, v in group.attrs.items()})
    coordinates = set()
    for name, dataset in group.items():
        result.arrays[name] = _read_array(dataset)
        result.dims[name] = _dims_of(dataset)
        result.attrs[name] = {k: plain(v) for k, v in dataset.attrs.items() if k not in _BOOKKEEPING}
        coordinates.update(plain(dataset.attrs.get("coordinates", "")).split())
    result.coordinates = tuple(sorted(coordinates))
    return result


def open_file(path):
    """The file, open to be read. Raises FileNotFoundError, or ResultsError when it is no HDF5."""
    # No locks: network file systems often have none. (Older h5py knows no `locking` argument.)
    os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")
    if not os.path.exists(path):
        raise FileNotFoundError(f"no results file {path}")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ResultsError(f"{path} cannot be read as HDF5: {error}") from error


def load(path):
    """Reads a results file.

    path: file name (str or path-like). The whole file is read into memory and closed.
    Returns Results. Raises FileNotFoundError, or ResultsError when the file is not finished, not a results
    file, or of a later layout.
    """
    path = os.fspath(path)
    with open_file(path) as file:
        attrs = {k: plain(v) for k, v in file.attrs.items()}
        if "aasim_sweep_version" in attrs:
            raise ResultsError(f"{path} is the merged file of a sweep: aasim.load_sweep reads it")
        if "aasim_schema_version" not in attrs:
            raise ResultsError(f"{path} is not a results file of aasim")
        if attrs.get("complete") != 1:
            raise ResultsError(f"{path} is not complete")
        if attrs["aasim_schema_version"] != SCHEMA:
            raise ResultsError(f"{path} has layout version {attrs['aasim_schema_version']}; "
                               f"this package reads version {SCHEMA}")
        groups = {name: read_group(file[name]) for name in GROUPS}
    return Results(path, attrs, groups)


class Results:
    """A finished results file.

    attrs     dict of the file's attributes (root_seed, scale, duration_s, ...)
    summary, replications, latency, timeseries, stores, replication, recovery, served, events, failovers, drain, inputs
              the groups: xarray.Dataset, or dict of arrays without xarray (docs/results-file.md has every
              array with its dimensions and unit)
    designs, populations, classes, regions, endpoints, metrics
              names, lists of str, in the order of the file
    """

    def __init__(self, path, attrs, groups):
        self.path, self.attrs, self.groups = path, attrs, groups
        summary = groups["summary"]
        self.designs = list(summary["design"])
        self.populations = list(summary["population"])
        self.metrics = list(summary["metric"])
        self.classes = list(groups["latency"]["class"])
        self.regions = list(groups["served"]["region"])
        self.endpoints = list(groups["served"]["endpoint"])
        self.level = float(attrs["interval_level"])
        self._public = {}

    def __getattr__(self, name):
        if name in GROUPS:
            if name not in self._public:
                self._public[name] = self.groups[name].public()
            return self._public[name]
        raise AttributeError(f"results have no {name!r}")

    def __dir__(self):
        return sorted({*super().__dir__(), *GROUPS})

    def __repr__(self):
        return (f"<aasim results {self.path}: {len(self.designs)} designs, {self.attrs['n_replications']} "
                f"replications, {self.attrs['title']}>")

    def _repr_html_(self):
        from . import tables

        return tables.html(self)

    @staticmethod
    def _index(names, name, what):
        try:
            return names.index(name)
        except ValueError:
            raise KeyError(f"no {what} {name!r}; there are: {', '.join(names)}") from None

    def design_index(self, design):
        """Position of a design, given its name or position. KeyError when there is none."""
        return design if isinstance(design, int) else self._index(self.designs, design, "design")

    def _select(self, names, name, what):
        return slice(None) if name is None else [self._index(names, name, what)]

    def counts(self, design, population=None, request_class=None):
        """Answered requests by bin of latency, (bin,) uint64; summed over what is None."""
        count = self.groups["latency"]["count"][self.design_index(design)]
        count = count[self._select(self.populations, population, "population")]
        return count[:, self._select(self.classes, request_class, "class")].sum(axis=(0, 1), dtype=np.uint64)

    def cdf(self, design, population=None, request_class=None):
        """Distribution function of the latency of answered requests.

        Returns (latency, share): latency in seconds, (n,) float, upper edges of the bins in use, increasing;
        share of answered requests at or below, (n,) float, last 1. Both empty when nothing was answered.
        Bins are at most 0.8 % wide.
        """
        count = self.counts(design, population, request_class)
        used = np.flatnonzero(count)
        if used.size == 0:
            return np.empty(0), np.empty(0)
        inside = slice(used[0], used[-1] + 1)
        latency = self.groups["latency"]["bin_hi"][inside]
        share = np.cumsum(count[inside]) / count.sum()
        return latency, share

    def quantile(self, q, design, population=None, request_class=None):
        """Latency in seconds below which a share q (0..1) of the answered requests stayed; NaN without any."""
        latency, share = self.cdf(design, population, request_class)
        if latency.size == 0:
            return float("nan")
        return float(latency[min(np.searchsorted(share, q, side="left"), latency.size - 1)])

    def timeline(self, design, population=None):
        """Availability by window of time.

        Returns a dict of (time,) arrays: time (s, start of the window), mean, p05, p95 (shares 0..1 over
        replications, NaN where no request ended), started (requests, summed over replications), and one
        count for each outcome by name. population None: all users.
        """
        series, d = self.groups["timeseries"], self.design_index(design)
        if population is None:
            band = {k: series[f"availability_all_{k}"][d] for k in ("mean", "p05", "p95")}
            pick = slice(None)
        else:
            p = self._index(self.populations, population, "population")
            band = {k: series[f"availability_{k}"][d, p] for k in ("mean", "p05", "p95")}
            pick = [p]
        counts = {name: series[name][d, pick].sum(axis=0, dtype=np.uint64)
                  for name in ("started", *self.outcomes)}
        return {"time": series["time"], **band, **counts}

    @property
    def outcomes(self):
        """Names of the ways a request can end, list of str; the first is success."""
        return list(self.groups["replications"]["outcome"])

    def compare(self, metric=None):
        """The decision table as rows.

        Returns a list of dicts, one for each (metric, design), or the designs of one metric when it is named:
        metric, units, design, value, ci_low, ci_high, sd, n, difference (to the first design), its
        difference_ci_low and difference_ci_high, p_adjusted, verdict (baseline, better, worse,
        not_distinguishable, not_compared). NaN where there is nothing to say.
        """
        s = self.groups["summary"]
        meanings = s.attrs["verdict"]["flag_meanings"].split()
        columns = ("value", "ci_low", "ci_high", "sd", "n", "difference", "difference_ci_low",
                   "difference_ci_high", "p_adjusted")
        chosen = range(len(self.metrics)) if metric is None else [self._index(self.metrics, metric, "metric")]
        return [{"metric": self.metrics[m], "units": s["metric_units"][m], "design": design,
                 **{c: s[c][d, m].item() for c in columns}, "verdict": meanings[s["verdict"][d, m]]}
                for m in chosen for d, design in enumerate(self.designs)]

    def event_table(self, design=None, kinds=None):
        """Faults, health changes and promotions: dict of equally long arrays, in order of design,
        replication, time: time (s), design, component, kind (str), replication, detail (int)."""
        e = self.groups["events"]
        names = np.array(e.attrs["kind"]["flag_meanings"].split(), dtype=object)
        table = {"time": e["time"], "design": e["design"][e["design_index"]],
                 "component": e["component"][e["component_index"]] if e["time"].size else e["component"][:0],
                 "kind": names[e["kind"]], "replication": e["replication"], "detail": e["detail"]}
        keep = np.ones(e["time"].size, dtype=bool)
        if design is not None:
            keep &= e["design_index"] == self.design_index(design)
        if kinds is not None:
            keep &= np.isin(table["kind"].astype(str), list(kinds))
        return {name: column[keep] for name, column in table.items()}

    def failover_table(self, design=None, fault=None):
        """What followed each fault that users could meet: dict of equally long arrays, a row a fault.

        design, component, fault (name in the plan; str), replication, start and lasted (s), and the times since
        the fault's start in seconds, NaN where it did not happen: detected, balancer_detected, withdrawn,
        moved_90, moved_99, served; requests, attempts, lost, late. KeyError for an unknown design or fault.
        """
        f, plan = self.groups["failovers"], list(self.groups["drain"]["fault"])
        rows = f["failover"].size
        table = {"design": f["design"][f["design_index"]] if rows else f["design"][:0],
                 "component": f["component"][f["component_index"]] if rows else f["component"][:0],
                 "fault": np.array([plan[i] for i in f["fault"]], dtype=object)}
        table.update({name: array for name, array in f.arrays.items()
                      if f.dims[name] == ("failover",) and name != "failover" and name not in table
                      and not name.endswith("_index")})
        keep = np.ones(rows, dtype=bool)
        if design is not None:
            keep &= f["design_index"] == self.design_index(design)
        if fault is not None:
            keep &= f["fault"] == self._index(plan, fault, "fault")
        return {name: column[keep] for name, column in table.items()}

    def _recovery_table(self, kind, places, design, fault):
        """The rows of one of the tables of /recovery, by column, with names for indices."""
        g = self.groups["recovery"]
        rows, prefix = g[kind].size, kind + "_"
        known = np.nan_to_num(g[prefix + "fault"].astype(float), nan=-1).astype(int)
        names = np.array([*g["fault"], ""], dtype=object)  # the last stands for none
        table = {"fault": names[known] if rows else names[:0]}
        for column, scale in {"design": "design", **places}.items():
            index = g[f"{prefix}{column}_index"]
            table[column] = g[scale][index] if rows else g[scale][:0]
        table.update({name[len(prefix):]: array for name, array in g.arrays.items()
                      if name.startswith(prefix) and not name.endswith(("_index", "_fault"))})
        keep = np.ones(rows, dtype=bool)
        if design is not None:
            keep &= g[prefix + "design_index"] == self.design_index(design)
        if fault is not None:
            keep &= known == self._index(list(g["fault"]), fault, "fault")
        return {name: column[keep] for name, column in table.items()}

    def exposure_table(self, design=None, fault=None):
        """Failures of stores in regions, and what was in danger: dict of equally long arrays, a row a failure.

        design, store, region, fault (name in the plan, "" when none explains it alone; str), replication, time (s),
        writes (acknowledged, in the region only), age (s, of the oldest of them). KeyError for an unknown design or
        fault.
        """
        return self._recovery_table("exposure", {"store": "store", "region": "region"}, design, fault)

    def convergence_table(self, design=None, fault=None):
        """Ways between regions that were clear again with writes waiting: dict of equally long arrays, a row a way.

        design, store, from, to (regions), fault (the one whose end cleared the way, or ""; str), replication, healed
        and converged (s since the start of the run; NaN: not in the run). KeyError for an unknown design or fault.
        """
        places = {"store": "store", "from": "region", "to": "region"}
        return self._recovery_table("convergence", places, design, fault)

    def drain(self, design, fault):
        """Where attempts went after a fault of the plan struck, over all its instances.

        Returns a dict: since, until (s, edges of the bins, (bin,); the first bin is the time before, since < 0),
        attempts ((bin,) all of them), share (dict by cause of (bin,): share of them that went to the hit side for
        this reason, NaN in empty bins). KeyError for an unknown design or fault.
        """
        g = self.groups["drain"]
        counts = g["attempts"][self.design_index(design), self._index(list(g["fault"]), fault, "fault")]
        total = counts.sum(axis=1)
        causes = list(g["cause"])
        with np.errstate(invalid="ignore", divide="ignore"):
            share = {c: np.where(total > 0, counts[:, k] / total, np.nan) for k, c in enumerate(causes)
                     if c != "elsewhere"}
        return {"since": g["since"], "until": g["until"], "attempts": total, "share": share}

    def to_dataframe(self, group):
        """A group's arrays that share the most dimensions, as a pandas.DataFrame (needs pandas and xarray)."""
        return getattr(self, group).to_dataframe()
