"""A store of many columns and runs, made without source tables: a few hundred real profiles, used many times.

A template is a column that was really profiled several times, with noise in its level. Each column of the store has a
template, and in every run one of its profiles. So a comparison reads the bytes of real profiles and sees the shifts of
healthy columns.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from delta.tables import DeltaTable
from pyspark.sql import SparkSession

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.config.sketches import SketchSettings
from stageprint.fingerprint import plan_column
from stageprint.model import ColumnProfile
from stageprint.model.result_tables import RUNS, TABLE_PROFILES, ResultTable
from stageprint.pipeline.profile_codec import stored_states
from stageprint.pipeline.profile_rows import figures
from stageprint.pipeline.tables import column_profiles
from stageprint.states.base import all_states

ROWS: Final = 64_000
"""Rows behind every profile, merged from batches: enough for the sketches to reach their full size."""

COLUMNS_A_TABLE: Final = 100
_NOISY: Final = 8
"""Profiles of each template."""
_TEMPLATES: Final = 48
_PIPELINE: Final = "many"
_STAGE: Final = "raw"
_BATCH: Final = 8_000
_CHUNK: Final = 4_000

Values = Callable[[np.random.Generator, float], pa.Array]


@dataclass(frozen=True)
class ManyColumns:
    """A store to be compared.

    Attributes:
        columns: Number of columns of each run.
        runs: Number of runs; the last is compared with the others.
        folder: Where it is.
    """

    columns: int
    runs: int
    folder: Path

    @property
    def tables(self) -> int:
        """Number of tables of each run."""
        return -(-self.columns // COLUMNS_A_TABLE)

    @property
    def run_ids(self) -> list[str]:
        """The runs, oldest first: one a day."""
        first = dt.date(2026, 1, 1)
        return [(first + dt.timedelta(days=day)).isoformat() for day in range(self.runs)]

    def config(self) -> PipelineConfig:
        """Return a configuration with these tables; their sources are never read."""
        tables = "".join(
            f"      - {{name: {name}, source: {{format: parquet, path: /nowhere/{name}}}}}\n" for name in self.names()
        )
        text = f"pipeline: {_PIPELINE}\nstore: {self.folder}\nstages:\n  - name: {_STAGE}\n    tables:\n{tables}"
        return parse_config(text)

    def names(self) -> list[str]:
        """Return the tables' names."""
        return [f"t{number:05d}" for number in range(self.tables)]


def make_store(spark: SparkSession, wanted: ManyColumns) -> None:
    """Write the runs, table profiles and column profiles of the store; an existing store is replaced."""
    shutil.rmtree(wanted.folder, ignore_errors=True)
    templates = _kept_templates(wanted.folder.parent / "templates.parquet")
    groups = templates.num_rows // _NOISY
    columns = np.arange(wanted.columns)
    noisy = np.zeros(wanted.columns, np.int64)
    for number, run in enumerate(wanted.run_ids):
        # Never the profile of the previous run: a column that does not change at all is frozen, not healthy.
        noisy = (noisy + np.random.default_rng([7, number]).integers(1, _NOISY, wanted.columns)) % _NOISY
        rows = (columns % groups) * _NOISY + noisy
        _write(wanted.folder, column_profiles(), run, _column_chunks(templates, columns, rows, wanted.names()))
        _write(wanted.folder, TABLE_PROFILES, run, iter([_table_rows(wanted, templates, rows)]))
        _write(wanted.folder, RUNS, run, iter([_run_row(run, wanted.tables)]))
    for table in (column_profiles(), TABLE_PROFILES, RUNS):
        partitions = ", ".join(f"{name} string" for name in table.partitions)
        DeltaTable.convertToDelta(spark, f"parquet.`{wanted.folder}/{table.name}`", partitions)


def _kept_templates(file: Path) -> pa.Table:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(_templates(), file)
    return pq.read_table(file).cast(column_profiles().arrow_schema)


def _templates() -> pa.Table:
    """Return rows of `column_profiles`, `_NOISY` after each other of one column."""
    schema = column_profiles().arrow_schema
    rows = []
    for number in range(_TEMPLATES):
        values = _COLUMNS[number % len(_COLUMNS)]
        for noise in range(_NOISY):
            rng = np.random.default_rng([number, noise])
            level = float(1 + 0.01 * rng.standard_normal()) * (1 + number / 10)
            rows.append(_row(values(rng, level)))
    return pa.Table.from_pylist(rows, schema)


def _row(values: pa.Array) -> dict[str, Any]:
    kind, settings = kind_of(values.type), SketchSettings()
    types = {"double": "double", "int64": "bigint", "bool": "boolean", "string": "string", "date32[day]": "date"}
    data_type = types.get(str(values.type), "timestamp")
    plan = plan_column("c", 0, data_type, kind)
    states = {state: all_states()[state].empty(kind, settings) for state in plan.states}
    for start in range(0, len(values), _BATCH):
        batch = ColumnBatch(values.slice(start, _BATCH), kind)
        for name, state in states.items():
            partial = all_states()[name].empty(kind, settings)
            partial.update(batch)
            state.merge(partial)
    profile = ColumnProfile("c", 0, data_type, kind, states)
    facts = {"column_name": "c", "column_position": 0, "data_type": data_type, "column_kind": kind.value}
    return {**facts, **figures(profile, settings, None), "states": stored_states(states)}


def _gaussian(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array(rng.normal(10 * level, 3, ROWS), mask=rng.random(ROWS) < 0.02)


def _money(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array(np.round(rng.lognormal(2 + level / 10, 1, ROWS), 2))


def _identifier(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array(rng.integers(0, int(1e6 * level), ROWS))


def _count(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array(rng.poisson(4 * level, ROWS))


def _few_labels(rng: np.random.Generator, level: float) -> pa.Array:
    shares = np.array([5 * level, 3, 1, 0.5, 0.2])
    return pa.array([f"label {at}" for at in range(5)]).take(pa.array(rng.choice(5, ROWS, p=shares / shares.sum())))


def _many_labels(rng: np.random.Generator, level: float) -> pa.Array:
    ranks = np.minimum(rng.zipf(1.3 + level / 20, ROWS), 20_000)
    return pa.array([f"customer {rank}" for rank in ranks.tolist()])


def _moment(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array((1.767e15 + 8.64e10 * level * rng.random(ROWS)).astype(np.int64), pa.timestamp("us", "UTC"))


def _flag(rng: np.random.Generator, level: float) -> pa.Array:
    return pa.array(rng.random(ROWS) < 0.1 + level / 40)


_COLUMNS: Final[tuple[Values, ...]] = (
    _gaussian,
    _few_labels,
    _money,
    _count,
    _identifier,
    _many_labels,
    _moment,
    _flag,
)


def _column_chunks(
    templates: pa.Table, columns: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], tables: list[str]
) -> Iterator[pa.Table]:
    for start in range(0, len(columns), _CHUNK):
        own = columns[start : start + _CHUNK].tolist()
        table = templates.take(pa.array(rows[start : start + _CHUNK]))
        made: dict[str, list[Any]] = {
            "table_name": [tables[number // COLUMNS_A_TABLE] for number in own],
            "column_name": [f"c{number % COLUMNS_A_TABLE:03d}_{number // COLUMNS_A_TABLE % 37}" for number in own],
            "column_position": [number % COLUMNS_A_TABLE for number in own],
        }
        for name, values in made.items():
            at = table.schema.get_field_index(name)
            table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
        yield table


def _table_rows(wanted: ManyColumns, templates: pa.Table, rows: np.ndarray[Any, Any]) -> pa.Table:
    types = templates["data_type"].to_pylist()
    found = []
    for number, name in enumerate(wanted.names()):
        first = number * COLUMNS_A_TABLE
        own = rows[first : first + COLUMNS_A_TABLE].tolist()
        fields = [
            {"name": f"c{at:03d}_{number % 37}", "type": types[row], "nullable": True} for at, row in enumerate(own)
        ]
        found.append(
            {
                "table_name": name,
                "status": "ok",
                "row_count": ROWS,
                "rows_scanned": ROWS,
                "column_count": len(own),
                "schema_json": json.dumps(fields),
                "source_bytes": 1_000_000 + int(first),
                "source_files": 1,
                "keys": [],
                "engine_path": "arrow",
            }
        )
    return pa.Table.from_pylist(found, TABLE_PROFILES.arrow_schema)


def _run_row(run: str, tables: int) -> pa.Table:
    row = {"logical_date": run_date(run), "status": "ok", "tables_profiled": tables, "tables_failed": 0}
    return pa.Table.from_pylist([{**row, "merged": False}], RUNS.arrow_schema)


def _write(folder: Path, table: ResultTable, run: str, chunks: Iterator[pa.Table]) -> None:
    place = {"pipeline": _PIPELINE, "run_id": run, "stage": _STAGE}
    part = folder / table.name / "/".join(f"{name}={place[name]}" for name in table.partitions) / "part-0.parquet"
    part.parent.mkdir(parents=True)
    schema = pa.schema([field for field in table.arrow_schema if field.name not in table.partitions])
    # Real profiles do not repeat, so Parquet must not store these once in a dictionary.
    with pq.ParquetWriter(part, schema, use_dictionary=["table_name", "column_kind", "data_type"]) as writer:
        for chunk in chunks:
            writer.write_table(chunk.select(schema.names).cast(schema))
