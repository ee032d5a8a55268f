"""Sweeps of made up numbers in memory, for the tests of analysis/."""

import itertools

import numpy as np
import samples  # noqa: F401 (puts analysis/ where modules are found)
from scipy import stats

import aasim
from aasim.results import Group

FACTS = {"metrics": ["availability", "downtime_min", "latency_p99_s"], "directions": [1, -1, -1], "design": "grid", "judges": "availability"}


def made(values, settings, topology=None, met=None, level=0.95, **facts):
    """A Sweep of made up numbers. values: (point, metric, replication); settings: (point, parameter).

    facts: of the file, by name: metrics, directions, design, n_parameters, judges (what its objective does), of the others as in FACTS.
    """
    facts = {**FACTS, "n_parameters": np.shape(settings)[1], **facts}
    values, settings = np.asarray(values, dtype=float), np.asarray(settings, dtype=float)
    n, n_metrics, n_replications = values.shape
    topology = np.zeros(n, dtype=int) if topology is None else np.asarray(topology)
    done = np.isfinite(values).any(axis=(1, 2))
    spread = values.std(axis=2, ddof=1) if n_replications > 1 else np.full((n, n_metrics), np.nan)
    half = stats.t.ppf((1 + level) / 2, max(1, n_replications - 1)) * spread / np.sqrt(n_replications)
    met = np.zeros(n, dtype=int) if met is None else np.asarray(met)
    chance = np.where(done, met / n_replications, np.nan)
    zero = np.zeros(n, dtype=int)
    groups = {
        "points": {"point": np.arange(n), "topology": np.array([f"design-{t}" for t in range(topology.max() + 1)], dtype=object),
                   "workload": np.array(["load"], dtype=object), "fault_plan": np.array(["none"], dtype=object),
                   "topology_index": topology, "workload_index": zero, "fault_plan_index": zero,
                   "parameter": np.array(("a", "b", "c")[:settings.shape[1]], dtype=object), "value": settings,
                   "label": np.array([[f"{v:g}" for v in row] for row in settings], dtype=object),
                   "status": np.where(done, 0, 1), "message": np.array([""] * n, dtype=object),
                   "replications_done": np.where(done, n_replications, 0), "events": zero, "identity": zero},
        "summary": {"metric": np.array(facts["metrics"][:n_metrics], dtype=object), "objective": np.array(["good"], dtype=object),
                    "objective_metric": np.array([facts["judges"]], dtype=object),
                    "objective_population": np.array(["all"], dtype=object),
                    "objective_low": np.array([0.99]), "objective_high": np.array([np.inf]),
                    "metric_direction": np.array(facts["directions"][:n_metrics], dtype=np.int8),
                    "value": values.mean(axis=2), "value_ci_low": values.mean(axis=2) - half,
                    "value_ci_high": values.mean(axis=2) + half, "met": met[:, None],
                    **{name: chance[:, None] for name in ("chance", "chance_ci_low", "chance_ci_high")}},
        "metrics": {"value": values, "replication": np.arange(n_replications)}, "inputs": {},
    }
    return aasim.Sweep("made.h5", {"title": "made up", "interval_level": level, "n_replications": n_replications},
                       {name: Group(arrays=arrays, own_attrs={n: facts[n] for n in ("design", "n_parameters")} if name == "points" else {})
                        for name, arrays in groups.items()})


def grid_of(*levels):
    return np.array(list(itertools.product(*levels)), dtype=float)


def noisy(means, n=5, seed=1):
    """(point, 1, replication) values around means."""
    means = np.asarray(means, dtype=float)
    draws = np.random.default_rng(seed)
    return (means[:, None] + 0.1 * draws.normal(size=n) + 0.01 * draws.normal(size=(means.size, n)))[:, None, :]
