"""Measures `stageprint compare` on synthetic stores of many columns and long histories; one JSON object a line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks.comparing import Comparison, bench_comparison


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the measurements.

    Returns:
        0, or 1 if a case failed.
    """
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmarks.compare", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/bench/compare"), help="folder of the stores")
    parser.add_argument(
        "--columns", type=int, nargs="*", default=[10_000, 30_000, 100_000], help="number of columns of a run"
    )
    parser.add_argument("--history", type=int, nargs="*", default=[8], help="number of runs before the compared one")
    parser.add_argument(
        "--heap", default="1g", help="heap of the Spark driver, which without --apart is also the executor"
    )
    parser.add_argument("--apart", action="store_true", help="run the executor in a process of its own")
    parser.add_argument("--keep", action="store_true", help="keep the stores")
    options = parser.parse_args(arguments)
    status = 0
    for columns in options.columns:
        for history in options.history:
            case = Comparison(columns, history, options.heap, options.apart, options.keep)
            result = bench_comparison(options.data.resolve(), case)
            print(result.as_json(), flush=True)
            status = 1 if result.seconds is None else status
    return status


if __name__ == "__main__":
    sys.exit(main())
