"""Every format that the local engine reads: the same rows give the same figures."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import orc

from stageprint.config.loader import build_config
from stageprint.engines.local.engine import LocalEngine
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore

ROWS = 900
_RANDOM = np.random.default_rng(6)
TABLE = pa.table(
    {
        "id": pa.array(range(ROWS), pa.int64()),
        "price": pa.array(np.round(_RANDOM.gamma(2, 30, ROWS), 2), mask=_RANDOM.random(ROWS) < 0.1),
        "city": pa.array(_RANDOM.choice(["Rome", "Oslo, North", 'the "Hague"', "Åre"], ROWS)),
        "open": pa.array(_RANDOM.random(ROWS) < 0.4),
        "at": pa.array(
            [dt.datetime(2026, 3, 1) + dt.timedelta(minutes=n) for n in range(ROWS)],  # noqa: DTZ001 -- civil time
            pa.timestamp("us"),
        ),
    }
)
FIGURES = ("row_count", "null_count", "min", "max", "mean", "distinct_count", "min_text", "length_max", "true_count")


def profiled(source: dict[str, Any], **table: Any) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the rows of `column_profiles` by column, and that of `table_profiles`."""
    described = {"name": "t", "source": source, **table}
    config = build_config({"pipeline": "p", "store": "unused", "stages": [{"name": "raw", "tables": [described]}]})
    store = MemoryStore("p")
    outcome = profile(config, ["2026-03-01"], engine=LocalEngine(processes=1), store=store)
    assert not outcome.failed, outcome.failed
    whole = next(row for row in store.read(TABLE_PROFILES).to_pylist() if row["slice_key"] is None)
    columns = {row["column_name"]: row for row in store.read(column_profiles()).to_pylist() if row["slice_key"] is None}
    return columns, whole


def failure(source: dict[str, Any], **table: Any) -> str:
    """Return why a table cannot be profiled."""
    described = {"name": "t", "source": source, **table}
    config = build_config({"pipeline": "p", "store": "unused", "stages": [{"name": "raw", "tables": [described]}]})
    (failed,) = profile(config, ["a"], engine=LocalEngine(processes=1), store=MemoryStore("p")).failed
    return str(failed.error)


def _parquet(folder: Path) -> dict[str, Any]:
    pq.write_table(TABLE.slice(0, 500), folder / "a.parquet", row_group_size=100)
    pq.write_table(TABLE.slice(500), folder / "b.parquet")
    return {"format": "parquet", "path": str(folder)}


def _pandas(folder: Path) -> dict[str, Any]:
    frame = TABLE.to_pandas()
    frame["city"] = frame["city"].astype("category")
    frame["at"] = frame["at"].astype("datetime64[ns]")
    frame.to_parquet(folder / "a.parquet")
    assert pq.read_schema(folder / "a.parquet").field("at").type == pa.timestamp("ns")
    return {"format": "parquet", "path": str(folder / "*.parquet")}


def _csv(folder: Path) -> dict[str, Any]:
    for place, part in enumerate((TABLE.slice(0, 400), TABLE.slice(400))):
        text = part.set_column(4, "at", pc.strftime(part["at"], "%Y-%m-%d %H:%M:%S"))
        pa_csv.write_csv(text, folder / f"{place}.csv")
    return {"format": "csv", "path": str(folder), "options": {"header": True, "inferSchema": True}}


def _json(folder: Path) -> dict[str, Any]:
    rows = TABLE.to_pylist()
    lines = [json.dumps({k: str(v) if k == "at" else v for k, v in row.items() if v is not None}) for row in rows]
    (folder / "a.json").write_text("\n".join(lines) + "\n", "utf-8")
    return {"format": "json", "path": str(folder / "a.json")}


def _orc(folder: Path) -> dict[str, Any]:
    orc.write_table(TABLE, folder / "a.orc", stripe_size=4096)
    return {"format": "orc", "path": str(folder)}


def _delta(folder: Path) -> dict[str, Any]:
    write_deltalake(str(folder / "d"), TABLE.slice(0, 300), partition_by=["open"])
    write_deltalake(str(folder / "d"), TABLE.slice(300), mode="append")
    return {"format": "delta", "path": str(folder / "d")}


FORMATS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "parquet": _parquet,
    "pandas": _pandas,
    "csv": _csv,
    "json": _json,
    "orc": _orc,
    "delta": _delta,
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_rows_have_the_same_figures(name: str, tmp_path: Path) -> None:
    columns, whole = profiled(FORMATS[name](tmp_path), keys=["id"], event_time="at" if name != "json" else None)
    assert whole["row_count"] == ROWS
    assert whole["keys"][0]["duplicate_rows"] == 0
    assert whole["engine_path"] == "local"
    assert whole["source_bytes"] > 0
    assert whole["source_version"] == (1 if name == "delta" else None)
    numbers = TABLE["price"]
    assert columns["price"]["null_count"] == numbers.null_count
    assert columns["price"]["mean"] == pytest.approx(pc.mean(numbers).as_py())
    assert columns["city"]["distinct_count"] == 4
    assert columns["open"]["true_count"] == pc.sum(TABLE["open"]).as_py()
    if name != "json":  # JSON has no times
        # CSV files are read as in a session whose time zone is UTC.
        assert columns["at"]["column_kind"] == ("timestamp" if name == "csv" else "timestamp_ntz")
        assert whole["event_time_max"] == dt.datetime(2026, 3, 1, 14, 59, tzinfo=dt.timezone.utc)


def test_columns_of_all_files_are_profiled_and_the_difference_is_told(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([1, 2], pa.int32())}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": pa.array([3], pa.int64()), "b": ["x"]}), tmp_path / "2.parquet")
    columns, whole = profiled({"format": "parquet", "path": str(tmp_path)})
    assert (columns["a"]["max"], columns["b"]["null_count"]) == (3, 2)
    told = "; ".join(whole["source_notes"])
    assert "'b' is only in 2.parquet" in told
    assert "'a' is int32 in 1.parquet and int64 in 2.parquet" in told


def test_partitions_of_folders_are_columns(tmp_path: Path) -> None:
    for day, country in (("2026-03-01", "DE"), ("2026-03-02", "__HIVE_DEFAULT_PARTITION__")):
        folder = tmp_path / f"day={day}" / f"country={country}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"x": [1.0, 2.0]}), folder / "a.parquet")
    (tmp_path / "_SUCCESS").write_text("")
    columns, whole = profiled({"format": "parquet", "path": str(tmp_path)})
    assert whole["row_count"] == 4
    assert (columns["day"]["column_kind"], columns["day"]["max_text"]) == ("date", "2026-03-02")
    assert columns["country"]["null_count"] == 2


def test_malformed_rows_are_counted_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,x\n2,y,z\n3,w\n")
    columns, whole = profiled({"format": "csv", "path": str(tmp_path), "options": {"header": True}})
    assert (whole["row_count"], whole["malformed_rows"]) == (3, 1)
    assert "1 of 3 rows is malformed" in whole["source_notes"][0]
    assert "what could not be read counts as null" in whole["source_notes"][0]
    assert columns["a"]["column_kind"] == "string"
    assert columns["b"]["distinct_count"] == 3


def test_csv_without_a_header_has_the_names_that_spark_gives(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1;x\n2;\n")
    columns, _ = profiled({"format": "csv", "path": str(tmp_path / "a.csv"), "options": {"sep": ";"}})
    assert {name: row["null_count"] for name, row in columns.items()} == {"_c0": 0, "_c1": 1}


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "2", ""], "integer"),
        (["1", "5000000000"], "integer"),
        (["1", "2.5"], "float"),
        (["true", "false"], "boolean"),
        (["true", "1x"], "string"),
        (["1", "12345678901234567890"], "decimal"),
        (["1", "1" * 39], "float"),
        (["+1", "007"], "integer"),
        ([" 1", "2d", "-Infinity", "NaN", ".5e3"], "float"),
        (["0x1F", "2"], "string"),
        (["true", "1"], "string"),
        (["TRUE", "False"], "boolean"),
        (["2026-03-01", "2026-12-31"], "date"),
        (["2026-03-01", "2026-03-01 10:00"], "timestamp"),
        (["2026-3-1", "2026-03"], "timestamp"),
        (["2026-03-01T10:00:00Z", "2026-03-01 10:00:00.5+02:00"], "timestamp"),
        (["2026-13-01", "2026-03-01"], "string"),
        (["2026-03-01", "5"], "string"),
        (["2026-03-01 10:00:00", ""], "timestamp"),
        (["2026-03-01", "soon"], "string"),
        (["", ""], "string"),
    ],
)
def test_csv_columns_have_the_narrowest_type_that_holds_all_values(tmp_path: Path, texts: list[str], kind: str) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "".join(f"{text},k\n" for text in texts))
    options = {"header": True, "inferSchema": True}
    columns, _ = profiled({"format": "csv", "path": str(tmp_path / "a.csv"), "options": options})
    assert columns["a"]["column_kind"] == kind


def test_a_delta_table_with_deleted_rows_is_read_without_them(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path), TABLE)
    DeltaTable(str(tmp_path)).delete("id >= 800")
    columns, whole = profiled({"format": "delta", "path": str(tmp_path)})
    assert (whole["row_count"], columns["id"]["max"]) == (800, 799)
    _, earlier = profiled({"format": "delta", "path": str(tmp_path), "options": {"versionAsOf": "0"}})
    assert (earlier["row_count"], earlier["source_version"]) == (ROWS, 0)


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    assert "torn.parquet" in failure({"format": "parquet", "path": str(tmp_path)})
    assert "does not exist" in failure({"format": "csv", "path": str(tmp_path / "gone.csv")})
    assert "found by Spark" in failure({"table": "shop.orders"})
    (tmp_path / "empty.json").write_text("")
    assert "0 bytes" in failure({"format": "json", "path": str(tmp_path / "empty.json")})
    pq.write_table(TABLE, tmp_path / "good.pq")
    source = {"format": "parquet", "path": str(tmp_path / "good.pq")}
    assert "did you mean 'price'" in failure(source, keys=["prize"])
    assert "needs engine spark" in failure(source, slices=[{"by": "price > 3"}]).replace("need ", "needs ")
    (tmp_path / "a.csv").write_text("a\n1\n")
    asked = failure({"format": "csv", "path": str(tmp_path / "a.csv"), "options": {"dateFormat": "dd.MM.yyyy"}})
    assert "option 'dateFormat' of csv files is followed by Spark only" in asked


def test_slices_without_values_are_the_most_frequent_ones(tmp_path: Path) -> None:
    frame = pd.DataFrame({"city": ["a"] * 5 + ["b"] * 3 + ["c"], "x": range(9)})
    frame.to_parquet(tmp_path / "t.parquet")
    store = MemoryStore("p")
    table = {
        "name": "t",
        "source": {"format": "parquet", "path": str(tmp_path / "t.parquet")},
        "slices": [{"by": "city", "limit": 2}],
    }
    config = build_config({"pipeline": "p", "store": "unused", "stages": [{"name": "raw", "tables": [table]}]})
    assert not profile(config, ["a"], engine=LocalEngine(), store=store).failed
    counts = {row["slice_value"]: row["row_count"] for row in store.read(TABLE_PROFILES).to_pylist()}
    assert counts == {None: 9, "a": 5, "b": 3, "__other__": 1}


ODD: dict[str, tuple[pa.Array, str]] = {
    "fixed_size_list": (pa.array([[1.0, 2.0]] * 3, pa.list_(pa.float32(), 2)), "array<float>"),
    "fixed_size_binary": (pa.array([b"ab"] * 3, pa.binary(2)), "binary"),
    "small_decimal": (pa.array([1, 2, None], pa.decimal32(5, 2)), "decimal(5,2)"),
    "half": (pa.array(np.ones(3, np.float16)), "float"),
    "list_of_unsigned": (pa.array([[1]] * 3, pa.list_(pa.uint8())), "array<smallint>"),
    "list_of_nanoseconds": (pa.array([[1]] * 3, pa.list_(pa.timestamp("ns"))), "array<timestamp_ntz>"),
    "list_of_labels": (pa.array([["a"]] * 3, pa.list_(pa.dictionary(pa.int32(), pa.string()))), "array<string>"),
    "map_of_lists": (pa.array([[("k", [1])]] * 3, pa.map_(pa.string(), pa.list_(pa.uint8()))), ""),
    "uuid": (pa.array([b"a" * 16] * 3, pa.uuid()), "binary"),
    "json": (pa.array(['{"a": 1}'] * 3, pa.json_()), "string"),
    "with.a.dot": (pa.array([1, 2, None]), "bigint"),
    "text.with.a.dot": (pa.array(["a", "a", "b"]), "string"),
}


def test_parquet_of_types_that_spark_does_not_write_and_names_with_dots(tmp_path: Path) -> None:
    also = {"with": pa.array([{"a": {"dot": "x"}}] * 3), "text": pa.array([{"with": {"a": {"dot": "y"}}}] * 3)}
    pq.write_table(pa.table({**also, **{name: values for name, (values, _) in ODD.items()}}), tmp_path / "odd.parquet")
    columns, whole = profiled({"format": "parquet", "path": str(tmp_path / "odd.parquet")})
    assert whole["row_count"] == 3
    for name, (values, data_type) in ODD.items():
        found = columns[f"`{name}`" if "." in name else name]
        assert data_type in {"", found["data_type"]}
        assert found["null_count"] == values.null_count
    assert (columns["`with.a.dot`"]["max"], columns["with.a.dot"]["max_text"]) == (2, "x")
    assert columns["`text.with.a.dot`"]["distinct_count"] == 2


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "A": [2]}), tmp_path / "both.parquet")
    text = failure({"format": "parquet", "path": str(tmp_path / "both.parquet")})
    assert "has 2 columns 'a', whose names are equal or differ in case only" in text
