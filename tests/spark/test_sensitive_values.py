"""Errors about tables with sensitive columns quote no value, on both paths; both paths hash with the same secret."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.dataframe import profile_frame
from stageprint.errors import SourceError
from stageprint.model import TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.delta.store import DeltaStore
from tests.support import planted

SECRET = "a secret of the Spark tests, long enough"  # noqa: S105 -- of the tests
VALUES = [f"{at:03d}-77-{at * 37:04d}x" for at in range(40)]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", SECRET)


def config(root: Path, engine: str, *, source: str | None = None, columns: str = "", more: str = "") -> PipelineConfig:
    given = source or f'{{format: parquet, path: "{root}/data/{{run_id}}"}}'
    return parse_config(f"""\
pipeline: people
store: {root}/store
engine: {engine}
stages:
  - name: raw
    tables:
      - name: people
        source: {given}
        {more}
        columns: {{sensitive: {{ssn: off, email: hashed, city: 20}}{columns}}}
""")


def write(root: Path, run: str, **changes: Any) -> None:
    folder = root / "data" / run
    folder.mkdir(parents=True)
    columns = {
        "ssn": VALUES,
        "email": [f"{value}@mail.example" for value in VALUES],
        "city": ["Oslo"] * 30 + VALUES[30:],
        "born": [dt.date(5000, 1, 1) + dt.timedelta(days=at) for at in range(40)],
        "plain": list(range(40)),
    }
    pq.write_table(pa.table({**columns, **changes}), folder / "part-0.parquet")


def haystacks(root: Path, outcome: object, captured: Any) -> dict[str, bytes]:
    shown = {"outcome": repr(outcome), "stdout": captured.out, "stderr": captured.err}
    return {name: text.encode() for name, text in shown.items()} | planted.stored_bytes(root / "store")


SENSITIVE = [*VALUES, *(f"{value}@mail" for value in VALUES)]


@pytest.mark.parametrize("engine", ["arrow", pytest.param("dataframe", marks=pytest.mark.slow)])
def test_a_good_run_holds_no_value(engine: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "r")
    outcome = profile_runs(config(tmp_path, engine, more="keys: [ssn]"), ["r"])
    assert not outcome.failed
    assert not planted.hits(SENSITIVE, haystacks(tmp_path, outcome, capfd.readouterr()))
    store = DeltaStore(str(tmp_path / "store"), "people")
    (row,) = store.read(TABLE_PROFILES).to_pylist()
    assert row["engine_path"] == engine
    assert row["keys"][0]["theta"] is not None
    assert row["key_hash_id"] is not None


def test_both_paths_hash_with_the_same_secret(tmp_path: Path) -> None:
    write(tmp_path, "r")
    found = []
    for engine in ("arrow", "dataframe"):
        root = tmp_path / engine
        pipeline = config(tmp_path, engine, more="keys: [ssn, plain]").model_copy(update={"store": f"{root}/store"})
        assert not profile_runs(pipeline, ["r"]).failed
        store = DeltaStore(f"{root}/store", "people")
        columns = {row["column_name"]: row for row in store.read(column_profiles()).to_pylist()}
        (table,) = store.read(TABLE_PROFILES).to_pylist()
        hashed = {name: columns["email"]["states"][name] for name in ("hll", "frequent_items")}
        found.append((hashed, columns["city"]["states"]["hll"], table["keys"][0]["theta"], table["key_hash_id"]))
    assert found[0] == found[1]


@pytest.mark.parametrize("engine", ["spark", pytest.param("dataframe", marks=pytest.mark.slow)])
def test_values_that_another_kind_cannot_hold_are_not_quoted(
    engine: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "r")
    outcome = profile_runs(config(tmp_path, engine, columns=", kinds: {ssn: integer}"), ["r"])
    assert not planted.hits(SENSITIVE, haystacks(tmp_path, outcome, capfd.readouterr()))


def test_files_of_different_types_are_told_without_values(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "r")
    write(tmp_path, "s", plain=VALUES)
    pipeline = config(tmp_path, "spark", source=f'{{format: parquet, path: "{tmp_path}/data/*"}}')
    outcome = profile_runs(pipeline, ["r"])
    assert len(outcome.failed) == 1
    assert not planted.hits(SENSITIVE, haystacks(tmp_path, outcome, capfd.readouterr()))


def test_an_error_of_a_query_or_a_frame_quotes_no_value(
    tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, "r")
    spark.read.parquet(f"{tmp_path}/data/r").createOrReplaceTempView("sensitive_people")
    source = '{sql: "SELECT *, CAST(ssn AS INT) AS number FROM sensitive_people"}'
    outcome = profile_runs(config(tmp_path, "spark", source=source), ["r"])
    (failed,) = outcome.failed
    assert "CAST_INVALID_INPUT" in str(failed.error)
    frame = spark.sql("SELECT *, CAST(ssn AS INT) AS number FROM sensitive_people")
    with pytest.raises(SourceError, match="CAST_INVALID_INPUT") as raised:
        profile_frame(frame, config(tmp_path, "spark"), TableKey("raw", "people"), "r")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    captured = capfd.readouterr()
    shown = haystacks(tmp_path, outcome, captured) | {"frame": str(raised.value).encode()}
    assert not planted.hits(SENSITIVE, shown)


def test_partition_values_are_not_in_errors(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for value in VALUES[:3]:
        folder = tmp_path / "data" / "r" / f"ssn={value}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"plain": [1, 2], "email": ["a", "b"], "city": ["a", "b"]}), folder / "part-0.parquet")
    damaged = tmp_path / "data" / "r" / f"ssn={VALUES[1]}" / "part-0.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-30] + b"x" * 30)
    outcome = profile_runs(config(tmp_path, "spark"), ["r"])
    assert outcome.failed
    assert not planted.hits(SENSITIVE, haystacks(tmp_path, outcome, capfd.readouterr()))


def test_slices_by_a_sensitive_column_are_those_of_enough_rows(tmp_path: Path) -> None:
    write(tmp_path, "r")
    outcome = profile_runs(config(tmp_path, "spark", more="slices: [city, \"ssn < '010'\"]"), ["r"])
    assert not outcome.failed
    rows = DeltaStore(str(tmp_path / "store"), "people").read(TABLE_PROFILES).to_pylist()
    slices = {(row["slice_key"], row["slice_value"]): row["row_count"] for row in rows}
    # Ten people live alone in their city: they, and the only other city with them, are not told apart.
    assert slices == {(None, None): 40, ("ssn < '010'", "true"): 10, ("ssn < '010'", "false"): 30}
