"""The data of the benchmarks: TPC-H by tpchgen-cli, many small tables, one wide table; made once and kept."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def lineitem(root: Path, scale: float, parts: int) -> Path:
    """Return the folder of TPC-H's lineitem in Parquet, 6 million rows × 16 columns at scale 1."""

    def make(folder: Path) -> None:
        # The package has no module to run with `python -m`, only a program beside the interpreter.
        program = shutil.which("tpchgen-cli", path=str(Path(sys.executable).parent)) or "tpchgen-cli"
        words = ["parquet", "-s", str(scale), "-T", "lineitem", f"--parts={parts}", f"--output-dir={folder}", "-q"]
        subprocess.run([program, *words], check=True)  # noqa: S603 -- words of our own

    return _kept(root / f"tpch-{scale:g}", make) / "lineitem"


def first_rows(root: Path, folder: Path, rows: int) -> Path:
    """Return a folder of one Parquet file: the first rows of another folder's first file."""

    def make(own: Path) -> None:
        own.mkdir()
        table = pq.read_table(min(folder.glob("*.parquet"))).slice(0, rows)
        pq.write_table(table, own / "part-0.parquet", row_group_size=128 * 1024)

    return _kept(root / f"{folder.parent.name}-first-{rows}", make)


def in_files(root: Path, folder: Path, files: int) -> Path:
    """Return a folder of the same rows in a given number of Parquet files."""

    def make(own: Path) -> None:
        own.mkdir()
        table = pq.read_table(folder)
        bounds = np.linspace(0, table.num_rows, files + 1).astype(int).tolist()
        for number, (start, stop) in enumerate(itertools.pairwise(bounds)):
            pq.write_table(table.slice(start, stop - start), own / f"part-{number:05d}.parquet")

    return _kept(root / f"{folder.parent.name}-in-{files}", make)


def small_tables(root: Path, tables: int, rows: int) -> Path:
    """Return a folder of folders, a small Parquet table of 8 columns in each."""

    def make(folder: Path) -> None:
        random = np.random.default_rng(1)
        for number in range(tables):
            own = folder / f"t{number:03d}"
            own.mkdir(parents=True)
            ids = np.arange(rows)
            columns = {f"x{at}": random.normal(number, 1, rows) for at in range(4)}
            texts = {f"s{at}": np.array(["a", "b", "c"])[random.integers(0, 3, rows)] for at in range(2)}
            day = pa.array(random.integers(15_000, 16_000, rows), pa.int32()).cast(pa.date32())
            pq.write_table(pa.table({"id": ids, **columns, **texts, "day": day}), own / "part-0.parquet")

    return _kept(root / f"many-{tables}x{rows}", make)


def wide_table(root: Path, columns: int, rows: int, files: int = 4) -> Path:
    """Return a folder of Parquet files of many columns: doubles, longs of few values and texts, a third each."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        random = np.random.default_rng(2)
        words = pa.array([f"label {at}" for at in range(50)])
        each = rows // files
        for file in range(files):
            arrays = []
            for column in range(columns):
                if column % 3 == 0:
                    arrays.append(pa.array(random.normal(column, 1, each)))
                elif column % 3 == 1:
                    arrays.append(pa.array(random.integers(0, 1000, each)))
                else:
                    arrays.append(pa.DictionaryArray.from_arrays(random.integers(0, 50, each).astype(np.int32), words))
            batch = pa.record_batch(arrays, [f"c{column}" for column in range(columns)])
            schema = pa.schema(
                [
                    pa.field(f.name, pa.string() if f.type.num_fields or pa.types.is_dictionary(f.type) else f.type)
                    for f in batch.schema
                ]
            )
            with pq.ParquetWriter(folder / f"part-{file}.parquet", schema) as writer:
                for start in range(0, each, 25_000):
                    writer.write_batch(batch.slice(start, 25_000).cast(schema))

    return _kept(root / f"wide-{columns}x{rows}", make)


def _kept(folder: Path, make: Callable[[Path], None]) -> Path:
    if not folder.exists():
        # Renamed only when complete, so that an interrupted run leaves no partial data behind.
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        make(partial)
        partial.rename(folder)
    return folder
