"""python3 -m aasim figures FILE.h5 --out DIR   writes the figures, prints their paths
python3 -m aasim table FILE.h5               prints the decision table, or the points of a sweep

FILE.h5 is what aasim compare, aasim run or aasim sweep merge wrote."""

import argparse
import os
import sys

from .results import ResultsError, load
from .sweeps import is_sweep, load_sweep


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m aasim", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    figures = verbs.add_parser("figures", help="write the figures of a results file")
    figures.add_argument("file", help="results file, or the merged file of a sweep")
    figures.add_argument("-o", "--out", "--output", default=".", help="directory, made when missing (default: .)")
    figures.add_argument("--format", default="png", choices=("png", "svg", "pdf"))
    figures.add_argument("--dpi", type=int, default=150, help="of PNG files (default: 150)")
    figures.add_argument("--metric", help="of a sweep: what its figures show (default: availability)")
    figures.add_argument("--cost", help="of a sweep: the parameter that stands for money; adds a front")
    table = verbs.add_parser("table", help="print the decision table")
    table.add_argument("file", help="results file, or the merged file of a sweep")
    table.add_argument("--metric", action="append", help="of a sweep: what is shown, may be given several times (default: "
                                                         "availability, and what objectives judge)")
    return parser


def _print_table(results, of_sweep, metrics):
    if of_sweep:
        from . import sweeptables

        print(sweeptables.text(results, metrics))
    else:
        from . import tables

        print(tables.text(results))


def _figures(results, of_sweep, args):
    """Writes the figures; yields their paths."""
    import matplotlib

    matplotlib.use("Agg")
    if of_sweep:
        from . import sweepfigures

        yield from sweepfigures.save_all(results, args.out, args.format, args.dpi, args.metric or "availability", args.cost)
    else:
        from . import figures

        yield from figures.save_all(results, args.out, args.format, args.dpi)


def main(argv=None):
    """Exit code: 0, 2 (no such metric or parameter), 65 (no results file), 66 (missing), 73 (cannot write)."""
    args = _parser().parse_args(argv)
    try:
        of_sweep = is_sweep(args.file)
        results = load_sweep(args.file) if of_sweep else load(args.file)
    except FileNotFoundError as error:
        print(f"aasim: {error}", file=sys.stderr)
        return 66
    except ResultsError as error:
        print(f"aasim: {error}", file=sys.stderr)
        return 65
    if not of_sweep and (args.metric or args.verb == "figures" and args.cost):
        print("aasim: --metric and --cost are for the merged file of a sweep", file=sys.stderr)
        return 2
    try:
        if args.verb == "table":
            _print_table(results, of_sweep, args.metric)
        else:
            for path in _figures(results, of_sweep, args):
                print(path)
    except KeyError as error:
        print(f"aasim: {error.args[0]}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"aasim: cannot write {'the table' if args.verb == 'table' else 'figures'}: {error}", file=sys.stderr)
        return 73
    return 0


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
