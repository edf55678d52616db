"""The sections of `make bench`, each of which can be run alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.benchmarks.breakdown import bench_breakdown
from scripts.benchmarks.comparing import bench_comparing
from scripts.benchmarks.data import first_rows, lineitem
from scripts.benchmarks.growth import bench_growth
from scripts.benchmarks.many import bench_many, bench_wide
from scripts.benchmarks.measure import Result, failed
from scripts.benchmarks.merging import bench_merge
from scripts.benchmarks.overhead import bench_overhead
from scripts.benchmarks.peers import PEERS, bench_peer
from scripts.benchmarks.session import bench_session, stop
from scripts.benchmarks.table import bench_table

WIDE_HEAP: Final = "12g"
"""Heap for the bare scan of the wide table, which did not finish with 4 GiB, although the profile does."""


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        data: Folder where the data is kept.
        environments: Folder of the peers' environments.
        rounds: Rounds of a case.
        scale: TPC-H scale factor of the table that every case reads.
        long_scale: The same of the long table.
        tables: Small tables in one run.
        wide: Columns of the wide table.
        peer_rows: Rows of the table that the peers read.
        states: Partial states a column that are merged.
        compared: Most columns of a run that is compared.
    """

    data: Path
    environments: Path
    rounds: int = 3
    scale: float = 2.0
    long_scale: float = 10.0
    tables: int = 500
    wide: int = 5000
    peer_rows: int = 2_000_000
    states: int = 2000
    compared: int = 111_112


@dataclass(frozen=True)
class Section:
    """A part of the benchmarks.

    Attributes:
        title: Heading on the page.
        text: What is measured, and how.
        run: Measures it.
    """

    title: str
    text: str
    run: Callable[[Settings], Iterator[Result]]


def _lineitem(settings: Settings) -> Iterator[Result]:
    yield from bench_table(bench_session(), lineitem(settings.data, settings.scale, 4), settings.rounds)


def _breakdown(settings: Settings) -> Iterator[Result]:
    yield from bench_breakdown(bench_session(), lineitem(settings.data, settings.scale, 4))


def _peers(settings: Settings) -> Iterator[Result]:
    folder = first_rows(settings.data, lineitem(settings.data, settings.scale, 4), settings.peer_rows)
    scan: float | None = None
    for result in bench_table(bench_session(), folder, settings.rounds):
        scan = result.scan_seconds
        yield _with_rate(result, os.cpu_count() or 1)
    stop()
    for name in PEERS:
        result = bench_peer(name, folder, settings.rounds, settings.environments, scan)
        yield _with_rate(result, int(result.more.get("cores") or 1))


def _with_rate(result: Result, cores: int) -> Result:
    """Add how many values a second and core a case takes in."""
    if result.seconds is None:
        return result
    rate = round(result.rows * result.columns / result.seconds / cores)
    more = {**result.more, "values_a_core_second": rate}
    return Result(result.name, result.rows, result.columns, result.seconds, result.scan_seconds, result.rounds, more)


def _wide(settings: Settings) -> Iterator[Result]:
    yield bench_wide(bench_session(WIDE_HEAP), settings.data, settings.wide, 200_000)


def _long(settings: Settings) -> Iterator[Result]:
    folder = lineitem(settings.data, settings.long_scale, 8)
    yield from bench_table(bench_session(), folder, settings.rounds, ["profile_arrow"])


def _many(settings: Settings) -> Iterator[Result]:
    yield bench_many(bench_session(), settings.data, settings.tables, 1000)


def _merge(settings: Settings) -> Iterator[Result]:
    for states in (settings.states // 10, settings.states):
        stop()
        yield bench_merge(bench_session(), states, settings.rounds)


def _overhead(settings: Settings) -> Iterator[Result]:
    yield from bench_overhead(settings.data, settings.rounds)


def _growth(settings: Settings) -> Iterator[Result]:
    most = settings.scale, settings.wide, settings.tables
    yield from bench_growth(bench_session(), settings.data, settings.rounds, *most)


def _comparing(settings: Settings) -> Iterator[Result]:
    yield from bench_comparing(settings.data / "compare", settings.compared)


SECTIONS: Final[Mapping[str, Section]] = {
    "lineitem": Section(
        "One table: TPC-H lineitem",
        """\
The same Parquet files for every case. `profile_arrow` is the fast path (pyarrow reads row groups inside Spark's tasks),
`profile_dataframe` the general path (any DataFrame through `mapInArrow`), both with every metric and every sketch of
all columns, the merge and the metrics included. `drain_map_in_arrow` sends all rows to Python and drops them: the floor
of the general path. `duckdb_summarize` is DuckDB's `SUMMARIZE` on as many threads: minimum, maximum, approximate
distinct count, mean, standard deviation, quartiles, share of nulls. `spark_summary` is `DataFrame.summary()`: count,
mean, standard deviation, minimum, quartiles, maximum; run once, not warmed up. Neither keeps a sketch that could be
merged or compared later, nor frequent values.""",
        _lineitem,
    ),
    "breakdown": Section(
        "Where the time goes",
        """\
The same files, read and profiled by one process on one core, without Spark: seconds by what they are spent on. Work
that several states share (sorting, counting, hashing) is a line of its own.""",
        _breakdown,
    ),
    "peers": Section(
        "Profilers in environments of their own",
        """\
The first rows of that table in one file. whylogs and ydata-profiling (`minimal=True`: no correlations, no
interactions) are given rows that pandas already holds, and their reading is not timed; whylogs keeps KLL, HLL and
frequent-items sketches as we do and is the nearest in work; ydata-profiling counts exactly and keeps nothing that could
be merged. Deequ's column profiler runs on Spark 3.5, the newest Spark with a Deequ in Maven Central, with a bare scan
of its own in the same session: completeness, approximate distinct count, type, exact histogram of columns with few
values, and of numbers mean, standard deviation, minimum, maximum, sum and percentiles; of dates
only completeness and distinct count. The values a second and core of what runs on all cores are counted as if it kept
all of them busy; with fewer rows, what is paid once a table weighs more than in the section above. `spark_summary` is
run once, not warmed up.""",
        _peers,
    ),
    "wide": Section(
        "A wide table",
        """\
Doubles, longs of few values and texts, a third each; once, not warmed up. `worker_peak_mib` is the most memory that a
Python worker had resident. Spark's own scan holds a row group of all columns at once: with a heap of 4 GiB it was not
done after 300 s, and is given 12 GiB since.""",
        _wide,
    ),
    "long": Section("A long table", "TPC-H lineitem again, more of it.", _long),
    "many": Section(
        "Many small tables in one run",
        """\
Every table is a folder with one Parquet file of 8 columns; all go through `profile_runs` into an empty store, commits
included, after the session has started. The scan beside it is a Spark job a table into the `noop` sink.""",
        _many,
    ),
    "merge": Section(
        "Deep merge",
        """\
Partial states of 8 columns (floats, integers, texts, timestamps), each of 5,000 rows, made and cached by Spark
beforehand; the merge by column and the metrics are timed. States are merged in Python workers and never reach the
driver: `driver_python_growth_mib` is by how much its most resident memory grew, `jvm_heap_after_gc_mib` what is alive
in the JVM afterwards, and both are to be the same whether ten times as many states are merged.""",
        _merge,
    ),
    "overhead": Section(
        "A command on a small table",
        """\
Whole processes from start to exit, in turns: `stageprint profile` on one Parquet table of 1,000 rows, and a bare script
that starts the same session and writes the same rows in as many Delta commits with nothing profiled; each for a new run
into a store that holds earlier ones.""",
        _overhead,
    ),
    "growth": Section(
        "Growth",
        """\
The fast path against rows (lineitem), columns (100,000 rows), files (lineitem at scale 0.2) and small tables of 1,000
rows (into a store).""",
        _growth,
    ),
    "comparing": Section(
        "Comparing at scale",
        """\
`compare_runs` on the last two runs of synthetic stores, once: `seconds` are those of the last, `cpu_seconds` the
processor's, `first_seconds` those of the run before. A store has real profiles of 48 columns of 8 kinds at 8 noise
levels, many times over, written as Parquet without dictionaries and converted to Delta; `rows` are those of
`column_profiles`, `history` the runs before the one compared. Each case is a process of its own. `compare` is local:
`jvm_peak_mib` is driver and executor in one. `compare_apart` has the executor in a process of its own, as on a cluster,
and a million rows of `column_profiles`. Bytes read, shuffled and spilled are from Spark's event log. The columns are
healthy, and there are no findings.

How it is done: up to 5,000 columns a run is measured in executors and decided on the driver. Beyond that it stays in
the executors: a group of columns with its 8 runs is measured and laid beside its history (the last run's shifts, of
tables that missed it those of the two before), then two things are added up on the driver, the moments of the peers'
log variances (one row a kind × statistic × reference) and one p value a column (8 bytes); with these each group is
decided, and the shifts are written from where they are. The driver reads the table profiles, the flagged rows, and the
profiles of tables a finding can reach. Of the run under test those eight states are read that a statistic looks at; of
earlier runs only the compact features, which `profile` stores beside the states. The references take up to 28 runs
(`long`), so that a comparison reads the compact features of at most 28 runs plus those of the same weekday, however
long the history.

One case by itself: `.venv/bin/python -m scripts.benchmarks.compare --columns 10000 --history 8 28 100`.""",
        _comparing,
    ),
}


def measure(name: str, settings: Settings) -> Iterator[Result]:
    """Yield the results of a section; if it fails, the last one says why."""
    try:
        yield from SECTIONS[name].run(settings)
    except Exception as error:  # noqa: BLE001 -- the other sections are still measured
        yield failed(name, 0, 0, error)
