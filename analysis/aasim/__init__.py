"""Reads results files of aasim: availability and latency of competing cloud designs.

    import aasim
    results = aasim.load("results.h5")
    results                                     # in a notebook: the decision table
    latency_s, share = results.cdf("active-active", population="tokyo")
    aasim.figures.latency_cdf(results)          # needs matplotlib, and for stores xarray and scipy
    aasim.stores.recovery_table(results)        # needs xarray, scipy and pandas
    sweep = aasim.load_sweep("sweep.h5")        # the merged file of a sweep; needs scipy for differences
    sweep.grid("availability")                  # over topology and parameters, needs xarray
    aasim.sweepfigures.heat_map(sweep)

load() needs h5py and numpy. With xarray the groups are Datasets, without it plain dictionaries of arrays.
"""

from .results import Results, ResultsError, load
from .sweeps import Sweep, load_sweep

_MODULES = ("figures", "ranking", "stores", "sweepfigures", "sweeptables", "tables", "timelines", "tradeoffs")
__all__ = ["Results", "ResultsError", "Sweep", "load", "load_sweep", *_MODULES]


def __getattr__(name):
    # figures and timelines import matplotlib, which is slow to start and not needed for numbers; stores xarray.
    if name in _MODULES:
        import importlib

        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module 'aasim' has no attribute {name!r}")
