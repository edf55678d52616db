"""`make bench`: every benchmark, written to docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.bench.data import lineitem
from scripts.bench.many import bench_many, bench_wide
from scripts.bench.measure import Result, machine
from scripts.bench.peers import PEERS, bench_peer
from scripts.bench.report import page
from scripts.bench.session import bench_session
from scripts.bench.table import bench_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run them.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/bench/data"), help="where the data is kept")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"), help="the page to write")
    parser.add_argument("--scale", type=float, default=2.0, help="TPC-H scale factor (2: 12 million rows)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of a case")
    parser.add_argument("--tables", type=int, default=500, help="small tables in one run")
    parser.add_argument("--wide", type=int, default=5000, help="columns of the wide table")
    parser.add_argument("--peer-rows", type=int, default=500_000, help="rows of the profilers over pandas")
    options = parser.parse_args(arguments)
    data = options.data.resolve()
    spark = bench_session()
    found: dict[str, list[Result]] = {}

    def take(title: str, result: Result) -> None:
        print(result.as_json(), flush=True)
        found.setdefault(title, []).append(result)

    folder = lineitem(data, options.scale, 4)
    for result in bench_table(spark, folder, options.rounds):
        take(f"One table: TPC-H lineitem, scale {options.scale:g}", result)
    small = lineitem(data, 0.2, 2)
    for result in bench_table(spark, small, options.rounds, ["profile_arrow", "profile_dataframe"]):
        take("Growth: a tenth of the rows", result)
    take("Many tables in one run, written to a store", bench_many(spark, data, options.tables, 1000))
    take("A wide table", bench_wide(spark, data, options.wide, 200_000))
    spark.stop()
    rows, file = options.peer_rows, min(folder.glob("*.parquet"))
    for name in PEERS:
        take("Profilers over pandas", bench_peer(name, file, rows, data.parent / "peers"))
    command = f"make bench  # {shlex.join(sys.argv[1:])}" if sys.argv[1:] else "make bench"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page(found, machine(), command), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
