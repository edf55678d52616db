"""The sections of `make bench`, each of which can be run alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.benchmarks.breakdown import bench_breakdown
from scripts.benchmarks.cases import Cases
from scripts.benchmarks.comparing import bench_comparing
from scripts.benchmarks.data import first_rows, in_files, lineitem
from scripts.benchmarks.growth import FILES, bench_growth
from scripts.benchmarks.local import bench_local
from scripts.benchmarks.many import bench_many, bench_wide
from scripts.benchmarks.measure import Result, failed
from scripts.benchmarks.merging import bench_merge
from scripts.benchmarks.overhead import bench_overhead
from scripts.benchmarks.peers import PEERS, bench_peer
from scripts.benchmarks.reach import bench_reach
from scripts.benchmarks.reading import bench_reading
from scripts.benchmarks.session import bench_session, stop
from scripts.benchmarks.table import bench_table, shape
from scripts.benchmarks.transfer import bench_comet, bench_transfer
from scripts.benchmarks.turns import in_turns

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


def _local(settings: Settings) -> Iterator[Result]:
    yield from bench_local(lineitem(settings.data, settings.scale, 4), settings.data, settings.rounds)


def _reach(settings: Settings) -> Iterator[Result]:
    yield from bench_reach(lineitem(settings.data, settings.scale, 4), settings.data, settings.rounds)


def _reading(settings: Settings) -> Iterator[Result]:
    yield from bench_reading(settings.data, settings.rounds)


def _growth(settings: Settings) -> Iterator[Result]:
    most = settings.scale, settings.wide, settings.tables
    yield from bench_growth(bench_session(), settings.data, settings.rounds, *most)


def _small_lineitem(settings: Settings) -> Path:
    return lineitem(settings.data, min(0.2, settings.scale), 2)


def _transfer(settings: Settings) -> Iterator[Result]:
    yield from bench_transfer(_small_lineitem(settings), settings.rounds)


def _comet(settings: Settings) -> Iterator[Result]:
    yield from bench_comet(_small_lineitem(settings), settings.rounds)


def _files(settings: Settings) -> Iterator[Result]:
    folder = in_files(settings.data, _small_lineitem(settings), FILES[-1])
    cases = Cases(bench_session(), folder)
    turns = {"scan_files": cases.scan_noop, "profile_files": cases.profile_arrow}
    yield from in_turns(turns, settings.rounds, *shape(folder), warm=2)


def _comparing(settings: Settings) -> Iterator[Result]:
    yield from bench_comparing(settings.data / "compare", settings.compared)


SECTIONS: Final[Mapping[str, Section]] = {
    "lineitem": Section(
        "One table: TPC-H lineitem",
        """\
Every case reads the same Parquet files.

- `profile_arrow` is the fast path: pyarrow reads row groups inside Spark's tasks. `profile_dataframe` is the general
  path: any DataFrame through `mapInArrow`. Both compute every metric and sketch of all columns, and merge them.
- `drain_map_in_arrow` sends all rows to Python and drops them, in Spark's default batches. `drain_as_we_set_it` does
  so in the batches of the general path, whose floor it is ([below](#the-way-from-spark-to-python)).
- `duckdb_summarize` is DuckDB's `SUMMARIZE` with the same number of threads: minimum, maximum, approximate distinct
  count, mean, standard deviation, quartiles, null share.
- `spark_summary` is `DataFrame.summary()`: count, mean, standard deviation, minimum, quartiles, maximum. It was run
  once, without a warm-up.

The last two keep no frequent values, and no sketch that could be merged or compared later.""",
        _lineitem,
    ),
    "local": Section(
        "Without Spark",
        """\
The local engine on the same table. The cases take turns, so that other load on the machine affects all of them.

- `decode` is pyarrow decoding all columns in one thread; `profile_one_core` computes every metric and sketch of them in
  one process. Both are in processor seconds, the other cases in wall-clock seconds.
- `profile_local` is the local engine with its worker processes, start and merge included. `profile_arrow` is Spark's
  fast path after the session has started. `duckdb_summarize` is as above.
- `profile_small_table` is `stageprint profile` of a table of 1,000 rows, from the start of the process to its end,
  including the commits into the store.""",
        _local,
    ),
    "reach": Section(
        "In an object store, and Delta with its features",
        """\
The same rows in three places, each profiled by the fast path and scanned by Spark alone. The cases take turns.

- `local`: 32 Parquet files on the local disk.
- `s3`: the same files in an S3-compatible server (moto, in a process of its own) on the loopback interface. The scan
  reads them with hadoop-aws, the profile with Arrow's client. The server uses part of the same cores; a real store is
  further away, and uses none.
- `delta`: a Delta table with column mapping by name, written by Spark, in which deletion vectors mark one percent of
  the rows as deleted. Its scan makes every row and drops it, because Delta cannot write such a table into the `noop`
  sink.""",
        _reach,
    ),
    "reading": Section(
        "Commands that read results",
        """\
Whole processes, on a store of 12 runs of 11 tables, in processor seconds. `ratio_to_imports` compares with a process
that only imports pyarrow and numpy.""",
        _reading,
    ),
    "breakdown": Section(
        "Where the time goes",
        """\
One process on one core reads and profiles the same files, without Spark. The table shows where its time goes. Work that
several states share (sorting, counting, hashing) has lines of its own.""",
        _breakdown,
    ),
    "peers": Section(
        "Profilers in environments of their own",
        """\
The first rows of the lineitem table, in one file.

- whylogs and ydata-profiling (`minimal=True`: no correlations, no interactions) get rows that pandas already holds;
  reading is not timed. whylogs keeps KLL, HLL and frequent-items sketches, so its work is the most similar to ours.
  ydata-profiling counts exactly and keeps nothing that could be merged.
- Deequ's column profiler runs on Spark 3.5, the newest Spark with a Deequ in Maven Central, with a bare scan on the
  same Spark. It computes completeness, approximate distinct count, type, exact histograms of columns with few values,
  and for numbers mean, standard deviation, minimum, maximum, sum and percentiles; for dates only completeness and
  distinct count.
- Values per second per core: a case that runs on all cores counts as if it kept all of them busy.

There are fewer rows than above, so costs that are paid once per table weigh more. `spark_summary` was run once, without
a warm-up.""",
        _peers,
    ),
    "wide": Section(
        "A wide table",
        """\
A third of the columns are doubles, a third longs with few values, a third texts; one round without a warm-up.
`worker_peak_mib` is the largest resident memory of a Python worker. Spark's own scan holds a row group of all columns
at once: with a heap of 4 GiB it had not finished after 300 s, so it gets 12 GiB.""",
        _wide,
    ),
    "long": Section("A long table", "TPC-H lineitem again, more of it.", _long),
    "many": Section(
        "Many small tables in one run",
        """\
Every table is a folder with one Parquet file of 8 columns. One call of `profile_runs` profiles them all into an empty
store, commits included, after the session has started. The scan to compare with is one Spark job per table, into the
`noop` sink.""",
        _many,
    ),
    "merge": Section(
        "Deep merge",
        """\
Spark made and cached partial states of 8 columns (floats, integers, texts, timestamps), each of 5,000 rows, beforehand.
Only the merge by column and the metrics are timed. States are merged in Python workers and never reach the driver:
`driver_python_growth_mib` is how much the driver's peak resident memory grew, and `jvm_heap_after_gc_mib` is the live
heap of the JVM afterwards. Both should stay the same when ten times as many states are merged.""",
        _merge,
    ),
    "overhead": Section(
        "A command on a small table",
        """\
Whole processes from start to exit, in turns: `stageprint profile` on one Parquet table of 1,000 rows, and a bare script
that starts the same session and writes as many rows in as many Delta commits, but profiles nothing. Each writes a new
run into a store that holds earlier runs.""",
        _overhead,
    ),
    "transfer": Section(
        "The way from Spark to Python",
        """\
What the general path costs beyond a scan is mostly Spark converting rows to Arrow batches. TPC-H lineitem at scale 0.2;
the cases take turns, after two rounds that are not counted. A `drain` sends all rows to Python and drops them.

- `drain_as_spark_sets_it`: batches of 10,000 rows and at most 64 MB, Spark's defaults. `drain_65536_rows`: 65,536 rows.
  Neither number of rows matters: since 4.0 Spark adds up the bytes of all columns after each row, to enforce the limit
  in bytes.
- `drain_as_we_set_it`: 4,096 rows and no limit in bytes. The general path sets this for its jobs and restores it
  afterwards. Spark 3.5 has no limit in bytes. If the session sets its own limit in bytes, or fewer rows, that is kept.
- `drain_decimals_as_doubles`: in addition, decimals of 15 digits cross as doubles, from which they could be restored
  exactly. Not built: see what it gains.
- `drain_few_texts_as_codes`: in addition to our settings, four columns with at most seven distinct texts cross as
  positions in a list. Finding the position costs Spark as much as sending the text, and the list must be known
  beforehand, which for an arbitrary DataFrame takes another scan. Not built. Spark itself sends no dictionaries.
- `profile_dataframe` is the general path with all metrics, with our settings.

Tried without gain: larger socket buffers (`spark.sql.execution.pandas.udf.buffer.size` of 256 KiB, 1 and 4 MiB were
slower). Only columns that are profiled, or part of a key, cross; for types without statistics it is one bit per value.

Spark 4.2's own columnar input for sources that hold Arrow data (SPARK-56350,
`spark.sql.execution.arrow.pythonUDF.columnarInput.enabled`) is for scalar functions only: its `mapInArrow` takes
rows.""",
        _transfer,
    ),
    "comet": Section(
        "With Apache DataFusion Comet",
        """\
[Comet](spark-versions.md#apache-datafusion-comet) reads Parquet into Arrow columns and hands them to `mapInArrow`
without building rows. Spark 4.1.4 with Comet 1.2.0, TPC-H lineitem at scale 0.2; the cases take turns, after two rounds
that are not counted. The cases without Comet set `spark.comet.enabled: false`.""",
        _comet,
    ),
    "files": Section(
        "One table in many small files",
        """\
TPC-H lineitem at scale 0.2 in 512 files of 2,344 rows, 0.1 MB each. The cases take turns, after two rounds that are not
counted. Rows of several files are processed together: states are updated from batches of up to 131,072 rows.""",
        _files,
    ),
    "growth": Section(
        "Growth",
        """\
How the time of the fast path grows with the number of rows (lineitem), columns (of 100,000 rows), files (lineitem at
scale 0.2) and small tables (of 1,000 rows, into a store).""",
        _growth,
    ),
    "comparing": Section(
        "Comparing at scale",
        """\
`compare_runs` on the last two runs of synthetic stores, one round. `seconds` is the time of the last run, `cpu_seconds`
its processor time, `first_seconds` the time of the run before. A store holds real profiles of 48 columns of 8 kinds at
8 noise levels, many times over. `rows` counts the rows of `column_profiles`, `history` the runs before the one that is
compared. Each case is a process of its own. In `compare`, driver and executor share a JVM, so `jvm_peak_mib` covers
both; in `compare_apart` the executor is a process of its own, as on a cluster. Bytes read, shuffled and spilled come
from Spark's event log. All columns are healthy, and there are no findings.

How a comparison works:

- If it needs at most 20,000 column profiles (those of the run and of its references), the driver compares them by
  itself. Beyond that, executors measure a run of up to 5,000 columns, and the driver decides.
- A larger run stays in the executors. They measure each group of columns and join it with its history. The driver adds
  up two things: the moments of the columns' log variances (one row for each kind × statistic × reference) and one p
  value per column (8 bytes). With these, each executor decides its group and writes the shifts.
- The driver reads table profiles, flagged rows, and the profiles of tables that a finding can reach.
- For the run under test, eight states per column are read. For earlier runs, only the compact features that `profile`
  stores beside the states are read: those of at most 28 runs, plus those of the same weekday, however long the history.

To run one case: `.venv/bin/python -m scripts.benchmarks.compare --columns 10000 --history 8 28 100`.""",
        _comparing,
    ),
}


def measure(name: str, settings: Settings) -> Iterator[Result]:
    """Yield the results of a section; if it fails, the last one says why."""
    try:
        yield from SECTIONS[name].run(settings)
    except Exception as error:  # noqa: BLE001 -- the other sections are still measured
        yield failed(name, 0, 0, error)
