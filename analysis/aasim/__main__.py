"""python3 -m aasim figures FILE.h5 --out DIR   writes the figures, prints their paths
python3 -m aasim table FILE.h5               prints the decision table"""

import argparse
import os
import sys

from .results import ResultsError, load


def _parser():
    parser = argparse.ArgumentParser(prog="python3 -m aasim", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    figures = verbs.add_parser("figures", help="write the figures of a results file")
    figures.add_argument("file", help="results file")
    figures.add_argument("-o", "--out", "--output", default=".", help="directory, made when missing (default: .)")
    figures.add_argument("--format", default="png", choices=("png", "svg", "pdf"))
    figures.add_argument("--dpi", type=int, default=150, help="of PNG files (default: 150)")
    table = verbs.add_parser("table", help="print the decision table")
    table.add_argument("file", help="results file")
    return parser


def main(argv=None):
    """Exit code: 0, 65 (no results file), 66 (missing), 73 (cannot write)."""
    args = _parser().parse_args(argv)
    try:
        results = load(args.file)
    except FileNotFoundError as error:
        print(f"aasim: {error}", file=sys.stderr)
        return 66
    except ResultsError as error:
        print(f"aasim: {error}", file=sys.stderr)
        return 65
    if args.verb == "table":
        from . import tables

        print(tables.text(results))
        return 0
    import matplotlib

    matplotlib.use("Agg")
    from . import figures

    try:
        for path in figures.save_all(results, args.out, args.format, args.dpi):
            print(path)
    except OSError as error:
        print(f"aasim: cannot write figures: {error}", file=sys.stderr)
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
