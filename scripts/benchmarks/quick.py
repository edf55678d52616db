"""`make bench-quick`: a small version of the benchmarks in a few minutes; one JSON object a line on stdout."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.data import lineitem
from scripts.benchmarks.local import bench_local
from scripts.benchmarks.measure import report_progress
from scripts.benchmarks.reading import bench_reading
from scripts.benchmarks.session import bench_session
from scripts.benchmarks.table import bench_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurements.

    Returns:
        0, or 1 if one of our profiles could not be timed.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmarks.quick", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/bench/data"), help="where the data is kept")
    parser.add_argument("--scale", type=float, default=0.1, help="TPC-H scale factor (0.1: 600,000 rows)")
    parser.add_argument("--rounds", type=int, default=3, help="most rounds of a case")
    parser.add_argument("--only", nargs="*", default=[], help="only these cases")
    options = parser.parse_args(arguments)
    report_progress(f"TPC-H lineitem, scale {options.scale:g}, in {options.data}")
    folder = lineitem(options.data.resolve(), options.scale, 2)
    for result in [] if options.only else bench_reading(options.data.resolve(), options.rounds):
        print(result.as_json(), flush=True)
    for result in [] if options.only else bench_local(folder, options.data.resolve(), options.rounds):
        print(result.as_json(), flush=True)
    spark = bench_session()
    status = 0
    for result in bench_table(spark, folder, options.rounds, options.only):
        print(result.as_json(), flush=True)
        if result.seconds is None and result.name.startswith("profile"):
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
