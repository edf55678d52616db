"""Local and Spark read the same rows: equal figures, one history, and no finding from a change of engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake
from pyarrow import orc
from pyspark.sql import SparkSession

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.spark.engine import SparkEngine
from stageprint.model.result_tables import FINDINGS, SHIFTS, TABLE_PROFILES, ResultTable
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import Engine
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.versions import IS_SPARK_3, READS_ORC_ZONES

CSV: Final[Mapping[str, list[str]]] = {
    "whole": ["1", "2", "", "-5"],
    "signed": ["+1", "007", "3", "4"],
    "long": ["1", "5000000000", "3", "4"],
    "huge": ["1", "123456789012345678901", "3", "4"],
    "number": ["1", "2.5", "1e5", "-0.0"],
    "infinite": ["1.5", "NaN", "Infinity", "-Infinity"],
    "java": ["1.5", "2d", " 3", "4 "],
    "hexadecimal": ["0x1F", "2", "3", "4"],
    "boolean": ["true", "false", "TRUE", "False"],
    "answer": ["yes", "no", "true", "1"],
    "day": ["2026-03-01", "2026-03-02", "", "2026-12-31"],
    "short_day": ["2026-3-1", "2026-03-02", "", "2026-12-31"],
    "month": ["2026-03", "2025-04", "2024-05", "2023-06"],
    "time": ["2026-03-01 10:00:00", "2026-03-02 11:00:00.5", "", "2026-12-31 00:00"],
    "iso": ["2026-03-01T10:00:00", "2026-03-02T11:00:00.123456", "", "2026-12-31T00:00:00"],
    "zoned": ["2026-03-01T10:00:00Z", "2026-03-02T11:00:00+02:00", "", "2026-12-31 00:00:00"],
    "day_or_time": ["2026-03-01", "2026-03-02 11:00:00", "", "2026-12-31"],
    "time_or_day": ["2026-03-02 11:00:00", "2026-03-01", "", "2026-12-31"],
    "american": ["03/01/2026", "03/02/2026", "03/03/2026", "03/04/2026"],
    "day_or_word": ["2026-03-01", "soon", "", ""],
    "nothing": ["", "", "", ""],
    "na": ["NA", "1", "2", "3"],
    "text": ["a", "b c", " d ", "eé"],
    "quoted": ['"a,b"', '""', '"c\\"d"', "C:\\new"],
}
"""Column → its texts in a CSV file."""

JSON: Final[Mapping[str, list[Any]]] = {
    "whole": [1, 5000000000, None, -5],
    "number": [1, 2.5, 1e5, -0.0],
    "boolean": [True, False, None, True],
    "text": ["a", "b", None, ""],
    "time": ["2026-03-01T10:00:00Z", "2026-03-02T10:00:00", None, "2026-03-01"],
    "nothing": [None, None, None, None],
    "mixed": [1, "a", 2.50, True],
    "object": [{"b": 1, "a": "x"}, {"a": "y"}, None, {"b": 2}],
    "array": [[1, 2], [], None, [3]],
    "objects": [[{"k": 1}], [{"k": 2, "m": "x"}], None, []],
    "uneven": [[1, "a"], [], None, [2.5]],
    "no_fields": [{}, {}, None, {}],
    "no_elements": [[], [], None, []],
}
"""Field → its values in a file of JSON objects."""

WHOLE_FILES: Final[Mapping[str, tuple[str, str, dict[str, str]]]] = {
    "ragged": ("csv", "a,b\n1,x\n2,y,z\n3\n", {"header": "true"}),
    "ragged_typed": ("csv", "a,b\n1,x\n2,y,z\n3\n", {"header": "true", "inferSchema": "true"}),
    "blank_lines": ("csv", "a,b\n\n1,2\n   \n3,4\n", {"header": "true"}),
    "crlf": ("csv", "a,b\r\n1,2\r\n3,4\r\n", {"header": "true"}),
    "null_word": ("csv", "a,b\nNA,1\n2,\n", {"header": "true", "inferSchema": "true", "nullValue": "NA"}),
    "multiline": ("csv", 'a,b\n"x\ny",2\nz,3\n', {"header": "true", "multiLine": "true"}),
    "equal_names": ("csv", "a,A,,c\n1,2,3,4\n", {"header": "true"}),
    "no_header": ("csv", "1;x\n2;\n", {"sep": ";"}),
    "tabs": ("csv", "a\tb\n1\t2\n", {"header": "true", "sep": "\\t"}),
    "apostrophes": ("csv", "a,b\n'x,1',2\n", {"header": "true", "quote": "'"}),
    "doubled_quotes": ("csv", 'a,b\n"x ""y""",2\n', {"header": "true", "escape": '"'}),
    "header_alone": ("csv", "a,b\n", {"header": "true"}),
    "bad_lines": ("json", '{"a":1}\n{bad\n\n5\n{"a":2}\n', {}),
    "order": ("json", '{"z":1,"a":2}\n{"m":3}\n', {}),
    "an_array": ("json", '[{"a":1},{"a":2}]\n', {}),
}
"""Name → format, content and options."""

OTHERWISE: Final[Mapping[str, tuple[str, str, dict[str, str], str]]] = {
    "clock": ("csv", "a,b\n10:00:00,1\n", {"header": "true", "inferSchema": "true"}, "data_type"),
    "rfc_quotes": ("csv", 'a,b\n"x ""y""",2\n', {"header": "true"}, "length_max"),
    "broken_lines": ("csv", 'a,b\n"x\ny",2\nz,3\n', {"header": "true"}, "row_count"),
    "beyond_64_bits": ("json", '{"a":123456789012345678901}\n', {}, "data_type"),
    "objects_as_text": ("json", '{"a":{"b": 1}}\n{"a":"x"}\n', {}, "length_max"),
}
"""What `docs/local.md` says is read otherwise: format, content, options, and the figure of column a that tells."""

_OF_THE_ENGINE: Final = frozenset(
    {"manifest_id", "seconds", "states", "compact_features", "engine_path", "engine_reason", "profiled_at"}
)
_SHORT: Final = ("row_count", "column_count", "malformed_rows", "source_notes", "schema_json", "status")


def _table(name: str, kind: str, path: Path, options: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "source": {"format": kind, "path": str(path), "options": dict(options)}}


def _tables(root: Path) -> Iterator[dict[str, Any]]:
    typed = {"header": "true", "inferSchema": "true"}
    for name, texts in CSV.items():
        file = root / f"{name}.csv"
        file.write_text("a,k\n" + "".join(f"{text},z\n" for text in texts), "utf-8")
        yield _table(f"csv_{name}", "csv", file, typed)
    for name, values in JSON.items():
        file = root / f"{name}.json"
        rows = [{"z": "q"} if value is None else {"z": "q", "a": value} for value in values]
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
        yield _table(f"json_{name}", "json", file, {})
    contents = {name: (kind, text, options) for name, (kind, text, options, _) in OTHERWISE.items()}
    for name, (kind, text, options) in {**WHOLE_FILES, **contents}.items():
        file = root / f"file_{name}.{kind}"
        file.write_bytes(text.encode())
        yield _table(name, kind, file, options)


Found = tuple[dict[str, dict[str, Any]], dict[str, dict[str, dict[str, Any]]]]


@pytest.fixture(scope="module")
def read(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Found]:
    """Rows of `table_profiles` by table, and of `column_profiles` by table and column, as each engine has them."""
    tables = list(_tables(tmp_path_factory.mktemp("texts")))
    config = build_config({"pipeline": "p", "store": "unused", "stages": [{"name": "raw", "tables": tables}]})
    found: dict[str, Found] = {}
    engines: dict[str, Engine] = {"spark": SparkEngine(spark), "local": LocalEngine()}
    for name, engine in engines.items():
        store = MemoryStore("p")
        profile(config, ["r"], engine=engine, store=store)
        columns: dict[str, dict[str, dict[str, Any]]] = {}
        for row in store.read(column_profiles()).to_pylist():
            columns.setdefault(row["table_name"], {})[row["column_name"]] = row
        found[name] = {row["table_name"]: row for row in store.read(TABLE_PROFILES).to_pylist()}, columns
    return found


def _same(one: Mapping[str, Any], other: Mapping[str, Any], where: object) -> None:
    for name, value in one.items():
        if name in _OF_THE_ENGINE:
            continue
        if isinstance(value, float) or (isinstance(value, list) and value and isinstance(value[0], float)):
            assert other[name] == pytest.approx(value, rel=1e-12, abs=1e-9, nan_ok=True), (where, name)
        else:
            assert other[name] == value, (where, name)


@pytest.mark.parametrize("table", [*(f"csv_{name}" for name in CSV), *(f"json_{name}" for name in JSON), *WHOLE_FILES])
def test_texts_are_read_and_typed_as_spark_does(read: dict[str, Found], table: str) -> None:
    (by_spark, columns), (local, own) = read["spark"], read["local"]
    assert {name: local[table][name] for name in _SHORT} == {name: by_spark[table][name] for name in _SHORT}
    assert list(own.get(table, {})) == list(columns.get(table, {}))
    for name, row in columns.get(table, {}).items():
        _same(row, own[table][name], (table, name))


@pytest.mark.parametrize("table", [name for name in OTHERWISE if not (IS_SPARK_3 and name == "objects_as_text")])
def test_what_is_read_otherwise_is_what_the_documentation_says(read: dict[str, Found], table: str) -> None:
    figure = OTHERWISE[table][3]
    assert read["spark"][1][table]["a"][figure] != read["local"][1][table]["a"][figure]


RUNS: Final = shop.days(8)
BAD: Final = RUNS[-1]


def _text(table: pa.Table) -> pa.Table:
    return table.set_column(
        table.schema.get_field_index("ordered_at"),
        "ordered_at",
        pc.strftime(table["ordered_at"].cast(pa.timestamp("s")), "%Y-%m-%d %H:%M:%S"),
    )


def _json(table: pa.Table, folder: Path) -> None:
    rows = _text(table).to_pylist()
    (folder / "a.json").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


WRITERS: Final[Mapping[str, Callable[[pa.Table, Path], object]]] = {
    "parquet": lambda table, folder: pq.write_table(table, folder / "a.parquet"),
    "delta": lambda table, folder: write_deltalake(folder, table),
    # Spark before 4.2 does not know Arrow's type for times in ORC files.
    **({"orc": lambda table, folder: orc.write_table(table, folder / "a.orc")} if READS_ORC_ZONES else {}),
    "csv": lambda table, folder: pa_csv.write_csv(_text(table), folder / "a.csv"),
    "json": _json,
}


def _pipeline(root: Path) -> PipelineConfig:
    """Write the shop's orders in every format; on the last day prices are in cents."""
    options = {"csv": {"header": "true", "inferSchema": "true"}}
    for run in RUNS:
        orders = shop.orders(run)
        for kind, write in WRITERS.items():
            folder = root / run / kind
            folder.mkdir(parents=True)
            write(shop.in_cents(orders) if run == BAD else orders, folder)
    tables = [
        {
            "name": kind,
            "source": {"format": kind, "path": f"{root}/{{run_id}}/{kind}", "options": options.get(kind, {})},
            "keys": ["order_id"],
            **({} if kind == "json" else {"event_time": "ordered_at"}),
        }
        for kind in WRITERS
    ]
    return build_config({"pipeline": "shop", "store": "unused", "stages": [{"name": "raw", "tables": tables}]})


@pytest.mark.slow
def test_a_history_by_both_engines_is_the_history_of_one(spark: SparkSession, tmp_path: Path) -> None:
    config = _pipeline(tmp_path)
    by_spark, local = SparkEngine(spark), LocalEngine()
    engines: dict[str, list[Engine]] = {
        "spark": [by_spark] * len(RUNS),
        "local": [local] * len(RUNS),
        "both": [local if place % 2 else by_spark for place in range(len(RUNS))],
        "moved": [by_spark if place < len(RUNS) // 2 else local for place in range(len(RUNS))],
    }
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name, order in engines.items():
        store = MemoryStore("shop")
        for run, engine in zip(RUNS, order, strict=True):
            assert not profile(config, [run], engine=engine, store=store).failed
        compare(config, RUNS, store=store)
        found[name] = {
            table.name: _rows(store, table) for table in (TABLE_PROFILES, column_profiles(), SHIFTS, FINDINGS)
        }
    # Only the last run has findings: the cents, in every format. In healthy runs no change of the engine is one.
    for name, tables in found.items():
        assert {(row["run_id"], row["cause"]) for row in tables["findings"]} == {(BAD, "unit_change")}, name
        told = {(row["stage"], row["table_name"], row["column_name"]) for row in tables["findings"]}
        assert told == {("raw", kind, "price") for kind in WRITERS}, name
    for table in ("table_profiles", "column_profiles"):
        for one, other in zip(found["spark"][table], found["local"][table], strict=True):
            _near(one, other)
    for name in ("local", "both", "moved"):
        severities = [_decided(row) for row in found[name]["shifts"]]
        assert severities == [_decided(row) for row in found["spark"]["shifts"]], name


def _rows(store: MemoryStore, table: ResultTable) -> list[dict[str, Any]]:
    names = ("run_id", "stage", "table_name", "column_name", "statistic", "cause")
    rows: list[dict[str, Any]] = store.read(table).to_pylist()
    return sorted(rows, key=lambda row: [str(row.get(name)) for name in names])


def _decided(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("run_id", "table_name", "column_name", "statistic", "severity"))


def _near(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Compare two profiles of the same rows: what is exact exactly, estimates of sketches within a few percent."""
    where = [one.get(name) for name in ("run_id", "table_name", "column_name")]
    for name in (
        *("row_count", "null_count", "data_type", "column_kind", "column_position", "min", "max", "min_text"),
        *("max_text", "schema_json", "schema_fingerprint", "source_notes", "event_time_min", "event_time_max"),
    ):
        assert one.get(name) == other.get(name), (where, name)
    for name in ("mean", "standard_deviation", "sum", "length_mean", "true_share"):
        value = one.get(name)
        assert other.get(name) == (None if value is None else pytest.approx(value, rel=1e-9)), (where, name)
    for name in ("distinct_count", "median", "entropy"):
        value = one.get(name)
        assert other.get(name) == (None if value is None else pytest.approx(value, rel=0.05)), (where, name)
