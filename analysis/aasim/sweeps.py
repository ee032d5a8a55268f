"""The merged file of a sweep in memory: points as rows, their metrics with intervals, and metrics as grids.

A point is a topology, a workload, a fault plan and a value of each parameter. A case is a combination of the first
three: what parameters do is asked for each of them by itself.
"""

import os

import numpy as np

from . import tables
from .results import ResultsError, open_file, plain, read_group

try:
    import xarray
except ImportError:  # data and grid() need it, the rest does not
    xarray = None

__all__ = ["Sweep", "is_sweep", "load_sweep"]

VERSION = 1
GROUPS = ("points", "metrics", "summary", "users", "latency", "inputs")
STATUS = ("done", "failed", "missing")


def is_sweep(path):
    """Whether the file is a merged sweep, of whatever version. Raises FileNotFoundError, ResultsError as load does."""
    with open_file(os.fspath(path)) as file:
        return "aasim_sweep_version" in file.attrs


def load_sweep(path):
    """Reads the file that `aasim sweep merge` wrote.

    path: file name (str or path-like). The whole file is read into memory and closed.
    Returns Sweep. Raises FileNotFoundError, or ResultsError when the file is not finished, no merged sweep, or of
    a later layout.
    """
    path = os.fspath(path)
    with open_file(path) as file:
        attrs = {k: plain(v) for k, v in file.attrs.items()}
        if "aasim_schema_version" in attrs:
            raise ResultsError(f"{path} holds the results of a comparison, not a sweep: aasim.load reads it")
        if "aasim_sweep_version" not in attrs:
            raise ResultsError(f"{path} is not a merged sweep of aasim")
        if attrs.get("complete") != 1:
            raise ResultsError(f"{path} is not complete: aasim sweep merge did not finish it")
        if attrs["aasim_sweep_version"] != VERSION:
            raise ResultsError(f"{path} has aasim_sweep_version {attrs['aasim_sweep_version']}; "
                               f"this package reads version {VERSION}")
        check_parts(file)
        there = [name for name in (*GROUPS, "sensitivity") if name in file]
        missing = [name for name in GROUPS if name not in there]
        if missing:
            raise ResultsError(f"{path} has no group {missing[0]}: the file is damaged")
        groups = {name: read_group(file[name]) for name in there}
    points = groups["points"].own_attrs
    lacking = [name for name, place in (("design", points), ("n_parameters", points),
                                        ("metric_direction", groups["summary"]),
                                        *([("objective_metric", groups["summary"])] if "objective" in groups["summary"] else []),
                                        *([("effects", groups["sensitivity"])] if "mu" in groups.get("sensitivity", ()) else []))
               if name not in place]
    if lacking:
        raise ResultsError(f"{path} has no {lacking[0]}: an older aasim merged it; `aasim sweep merge` makes it again")
    return Sweep(path, attrs, groups)


def check_parts(file):
    """ResultsError when the open file shows parts (`merge --virtual`) that are not beside it: HDF5 would fill in NaN."""
    folder, names = os.path.dirname(os.path.abspath(file.filename)), set()
    file.visititems(lambda _, item: names.update(s.file_name.replace("%%", "%") for s in item.virtual_sources())
                    if getattr(item, "is_virtual", False) else None)
    for name in sorted(names):
        part = os.path.join(folder, name)
        if not os.path.exists(part):
            raise ResultsError(f"{file.filename} shows {name}, which is not there: parts and file are moved together")
        try:
            open_file(part).close()
        except (OSError, ResultsError) as error:
            raise ResultsError(f"{file.filename} needs a part that is damaged: {error}") from error


def _levels(values, labels):
    """Levels of one parameter: (index (n,) int of each row, numbers or texts of the levels, their labels).

    Numbers are in increasing order, texts (a column with a value that is no number) in the order of the rows. Labels
    are for people: numbers in them have four significant digits.
    """
    if np.isfinite(values).all():
        levels, first, index = np.unique(values, return_index=True, return_inverse=True)
        return index, levels, [tables.rounded(labels[i]) for i in first]
    texts = list(dict.fromkeys(labels))
    index = np.array([texts.index(label) for label in labels], dtype=int)
    return index, np.array(texts, dtype=object), [tables.rounded(text) for text in texts]


class Sweep:
    """A merged sweep.

    attrs       dict of the file's attributes (study, title, root_seed, n_replications, ...)
    groups      the file's groups, as Results.groups: docs/sweeps.md has every array
    data        the points as rows: one xarray.Dataset
    topologies, workloads, fault_plans, metrics, objectives
                names, lists of str, in the order of the file
    parameters  names of what was varied
    derived     names of values that follow from parameters
    fixed       names of derived values, and of parameters with one value
    design      kind of design, as the study's key `design` calls it: "grid", "one-at-a-time", ...
    judged      dict of objective to the metric that it judges
    cases       names of the combinations of topology, workload and fault plan; what all have in common is left out
    case        (point,) int, which of them
    level       confidence of intervals, 0..1
    """

    def __init__(self, path, attrs, groups):
        self.path, self.attrs, self.groups = path, attrs, groups
        points = groups["points"]
        self.n_points = points["point"].size
        self.topologies, self.workloads, self.fault_plans = (list(points[n]) for n in
                                                             ("topology", "workload", "fault_plan"))
        summary = groups["summary"]
        self.metrics, self.objectives = list(summary["metric"]), list(summary.arrays.get("objective", ()))
        self.level = float(attrs["interval_level"])
        self.n_replications = int(attrs["n_replications"])
        self.status = np.array(STATUS, dtype=object)[points["status"]]
        self.design = points.own_attrs["design"]
        self.judged = dict(zip(self.objectives, summary.arrays.get("objective_metric", ())))
        self._columns = list(points["parameter"]) if "parameter" in points else []
        self._levels = {name: _levels(points["value"][:, k], points["label"][:, k])
                        for k, name in enumerate(self._columns)}
        self._split_parameters()
        self._name_cases()
        self._costs, self._data = {}, None

    def _split_parameters(self):
        """Parameters that vary, and the others."""
        self.derived = self._columns[self.groups["points"].own_attrs["n_parameters"]:]
        self.fixed = [n for n in self._columns if n in self.derived or len(self._levels[n][1]) < 2]
        self.parameters = [n for n in self._columns if n not in self.fixed]

    def _name_cases(self):
        points = self.groups["points"]
        several = [len(names) > 1 for names in (self.topologies, self.workloads, self.fault_plans)]
        several[0] = several[0] or not any(several)
        combinations = [(t, w, f) for t in range(len(self.topologies)) for w in range(len(self.workloads))
                        for f in range(len(self.fault_plans))]
        self.cases = [" · ".join(names[i] for names, i, has in
                                 zip((self.topologies, self.workloads, self.fault_plans), indices, several) if has)
                      for indices in combinations]
        self.case_indices = combinations
        t, w, f = (points[n + "_index"].astype(int) for n in ("topology", "workload", "fault_plan"))
        self.case = (t * len(self.workloads) + w) * len(self.fault_plans) + f

    def __repr__(self):
        return (f"<aasim sweep {self.path}: {self.n_points} points ({(self.status == 'done').sum()} done), "
                f"{self.n_replications} replications, {self.attrs['title']}>")

    @property
    def data(self):
        """The points as rows: an xarray.Dataset with the dimensions point, parameter, metric, objective, replication.

        topology, workload, fault_plan, status, message (point; str); setting, label (point, parameter: in the
        program's unit, and as in the scenario); value, low, high (point, metric); by_replication (point, metric,
        replication); chance, chance_low, chance_high, met (point, objective); replications_done, events (point). Coordinates
        metric_units, metric_long_name, metric_direction (metric): direction as of direction().
        """
        if self._data is None:
            self._data = self._dataset()
        return self._data

    @property
    def sensitivity(self):
        """What decides each metric, as one xarray.Dataset (without xarray a dict of arrays); None: no such design.

        All are over (files, metric, parameter); files count combinations as `cases` do. Of a `saltelli` design: first,
        total, each with _ci_low and _ci_high: Sobol indices, shares of the variance. Of a `morris` design: mu, mu_star,
        sigma, in the metric's unit. NaN where the metric has no value.
        """
        return self.groups["sensitivity"].public() if "sensitivity" in self.groups else None

    def _dataset(self):
        p, s = self.groups["points"], self.groups["summary"]
        names = {n: ("point", p[n][p[n + "_index"]]) for n in ("topology", "workload", "fault_plan")}
        table = {n: ("point", p[n]) for n in ("message", "replications_done", "events", "identity")}
        by_metric = {n: (("point", "metric"), s[stored]) for n, stored in
                     (("value", "value"), ("low", "value_ci_low"), ("high", "value_ci_high"))}
        chances = {n.replace("_ci", ""): (("point", "objective"), s[n]) for n in
                   ("met", "chance", "chance_ci_low", "chance_ci_high") if n in s}
        settings = {n: (("point", "parameter"), p[stored]) for n, stored in
                    (("setting", "value"), ("label", "label")) if self._columns}
        return xarray.Dataset(
            {**names, "status": ("point", self.status), **table, **settings, **by_metric, **chances,
             "by_replication": (("point", "metric", "replication"), self.groups["metrics"]["value"])},
            coords={"point": p["point"], "metric": self.metrics,
                    **{n: ("metric", s[n]) for n in ("metric_units", "metric_long_name", "metric_direction")},
                    "replication": self.groups["metrics"]["replication"],
                    **({"parameter": self._columns} if self._columns else {}),
                    **({"objective": self.objectives} if self.objectives else {})}, attrs=dict(self.attrs))

    # ---- values of the points

    def add_cost(self, name, parameter, each):
        """Makes a quantity of the points: a parameter's value times a number for each topology.

        The file holds no money; servers, say, are `headroom` times the zones of the design. name: of the new
        quantity; each: dict of topology to factor. KeyError for a topology that is not in it.
        """
        factors = np.array([each[topology] for topology in self.topologies], dtype=float)
        values = self.settings(parameter) * factors[self.groups["points"]["topology_index"]]
        self._costs[name] = (values, parameter)

    def cost_parameter(self, cost):
        """The parameter that a cost is made of: itself, or what add_cost was given."""
        return self._costs[cost][1] if cost in self._costs else cost

    def settings(self, parameter):
        """Values of a parameter (point,), in the program's unit; NaN: no number."""
        return self.groups["points"]["value"][:, self._index(self._columns, parameter, "parameter")]

    def labels(self, parameter):
        """Values of a parameter as in the scenario, (point,) str."""
        return self.groups["points"]["label"][:, self._index(self._columns, parameter, "parameter")]

    def label(self, parameter, point):
        """Value of a parameter at a point for people: numbers have four significant digits."""
        index, _, labels = self.levels(parameter)
        return labels[index[point]]

    def levels(self, parameter):
        """(index (point,) int, levels (n,) in increasing order, their labels for people) of a parameter."""
        return self._levels[self._columns[self._index(self._columns, parameter, "parameter")]]

    @staticmethod
    def _index(names, name, what):
        if name not in names:
            raise KeyError(f"no {what} {name!r}; there are: {', '.join(names)}")
        return names.index(name)

    def values(self, name):
        """(value, low, high), each (point,), of a metric, an objective (its chance), a parameter or an added cost.

        Intervals of what is not random are the value itself. NaN where a point has no results.
        """
        s = self.groups["summary"]
        if name in self.metrics:
            m = self.metrics.index(name)
            return tuple(s[n][:, m] for n in ("value", "value_ci_low", "value_ci_high"))
        if name in self.objectives:
            o = self.objectives.index(name)
            return tuple(s[n][:, o] for n in ("chance", "chance_ci_low", "chance_ci_high"))
        if name in self._costs:
            return (self._costs[name][0],) * 3
        if name in self._columns:
            return (self.settings(name),) * 3
        there = [*self.metrics, *self.objectives, *self._columns, *self._costs]
        raise KeyError(f"nothing is called {name!r}; there are: {', '.join(there)}")

    def direction(self, name):
        """+1: larger is better (a metric of which the file says so, the chance of an objective); -1: smaller is."""
        if name in self.metrics:
            return int(self.groups["summary"]["metric_direction"][self.metrics.index(name)])
        return 1 if name in self.objectives else -1

    def check(self, metric, cost=None):
        """KeyError unless there are a metric and, when it is named, a parameter or added cost of these names."""
        self._index(self.metrics, metric, "metric")
        if cost is not None:
            self._index([*self._columns, *self._costs], cost, "parameter or added cost")

    def goal(self, objective):
        """What an objective asks for, in words: "p99 latency of europe at most 900 ms". KeyError for an unknown one."""
        summary, o = self.groups["summary"], self._index(self.objectives, objective, "objective")
        metric, whose = str(summary["objective_metric"][o]), str(summary["objective_population"][o])
        factor, unit = tables.shown(metric)
        bounds = [f"{word} {factor * bound:.10g} {unit}".rstrip() for word, bound in
                  (("at least", summary["objective_low"][o]), ("at most", summary["objective_high"][o])) if np.isfinite(bound)]
        return f"{tables.title(metric)}{'' if whose == 'all' else ' of ' + whose} {' and '.join(bounds)}"

    def met(self, objective):
        """(met, of): histories (point,) that met the objective, and those with results."""
        o = self._index(self.objectives, objective, "objective")
        return self.groups["summary"]["met"][:, o].astype(int), self.groups["points"]["replications_done"].astype(int)

    def difference(self, metric, a, b):
        """Metric at point b less that at point a: (mean, low, high), paired by replication.

        All points meet the same random numbers, so what is random in both cancels: Student's t interval of the
        differences, at the file's level. Every history counts alike (the summary's availability pools their requests).
        Bounds are NaN with fewer than two pairs, all are without any. KeyError for an unknown metric, IndexError for a
        point that is not in the sweep.
        """
        for point in (a, b):
            if not 0 <= point < self.n_points:
                raise IndexError(f"there is no point {point}: the sweep has {self.n_points}")
        values = self.groups["metrics"]["value"][:, self._index(self.metrics, metric, "metric")]
        is_equal = np.isclose(values[a], values[b], rtol=1e-13, atol=0)  # but for rounding
        return paired_interval(np.where(is_equal, 0, values[b] - values[a]), self.level)

    def describe(self, point):
        """Parameters of a point in words: 'ttl 5 s, headroom 2'."""
        return ", ".join(f"{name} {self.label(name, point)}" for name in self.parameters)

    # ---- grids

    def _grid_dims(self):
        """Dimensions of grids: name -> (index (point,), coordinate)."""
        points = self.groups["points"]
        dims = {"topology": (points["topology_index"].astype(int), self.topologies)}
        for name, names in (("workload", self.workloads), ("fault_plan", self.fault_plans)):
            if len(names) > 1:
                dims[name] = (points[name + "_index"].astype(int), names)
        return {**dims, **{p: self._levels[p][:2] for p in self.parameters}}

    def cells(self):
        """Where points are in the grid of all combinations: (shape, flat index (point,)).

        ValueError when several points are in one cell, or less than a tenth of the cells has one: of a random design.
        """
        dims = self._grid_dims()
        shape = tuple(len(coordinate) for _, coordinate in dims.values())
        flat = np.ravel_multi_index(tuple(index for index, _ in dims.values()), shape)
        if np.unique(flat).size < flat.size:
            raise ValueError(f"{self.path} is no grid: several points have the same values of {', '.join(self.parameters)}")
        if np.prod(shape, dtype=float) > 10 * flat.size:
            raise ValueError(f"{self.path} is no grid: {flat.size} points in {np.prod(shape)} combinations of values")
        return shape, flat

    def grid(self, name, what="value"):
        """A metric of a `grid` design as an xarray.DataArray over (topology, parameter, parameter, ...).

        what: "value", "low", "high", or "point" (the number of the row; -1: none). Workload and fault plan are
        dimensions behind the topology where there are several. NaN where a point is left out, missing or failed.
        Coordinates are the parameters' values; texts where there are no numbers. ValueError for other designs.
        """
        if what not in ("value", "low", "high", "point"):
            raise ValueError(f"what is {what!r}, which is none of value, low, high, point")
        shape, flat = self.cells()
        if what == "point":
            cells, source = np.full(shape, -1), np.arange(self.n_points)
        else:
            cells, source = np.full(shape, np.nan), self.values(name)[("value", "low", "high").index(what)]
            source = np.where(self.status == "done", source, np.nan)
        cells.reshape(-1)[flat] = source
        dims = self._grid_dims()
        return xarray.DataArray(cells, dims=tuple(dims), coords={n: list(c) for n, (_, c) in dims.items()}, name=name)


def paired_interval(differences, level):
    """Mean of differences (n,) by replication and Student's t interval: (mean, low, high). NaN are left out."""
    known = differences[np.isfinite(differences)]
    if known.size == 0:
        return np.nan, np.nan, np.nan
    mean = float(known.mean())
    if known.size == 1:
        return mean, np.nan, np.nan
    from scipy import stats  # slow to start, and not needed to load

    half = float(stats.t.ppf((1 + level) / 2, known.size - 1) * known.std(ddof=1) / np.sqrt(known.size))
    return mean, mean - half, mean + half
