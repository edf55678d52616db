"""`stageprint ingest`: the windows of replicas become the rows that `profile` writes of the same table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint import cli
from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.spark.compat import to_arrow
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profile_codec import profile_of
from stageprint.pipeline.tables import column_profiles
from stageprint.states.kll import KllState
from stageprint.stores.memory import MemoryStore
from stageprint.stores.spark.store import SparkStore
from tests.support import serving

ROWS = 6000
COUNTED = [
    *("row_count", "null_count", "null_share", "nan_count", "zero_count", "negative_count", "empty_count"),
    *("blank_count", "true_count", "min", "max", "min_text", "max_text", "mean", "standard_deviation", "skewness"),
    *("kurtosis", "length_min", "length_max", "length_mean", "hour_of_day", "weekday", "data_type", "column_kind"),
    "column_position",
]
OF_QUANTILES = ("states", "compact_features", "quantiles", "quantile_grid_101", "median", "decimal_places")
"""Of a sketch of quantiles, which keeps other values each time it is merged."""


def both(root: Path) -> str:
    """Return a configuration with the windows, and beside them the rows themselves."""
    return (
        serving.yaml(root)
        + f"""\
      - name: rows
        source: {{format: parquet, path: "{root}/rows.parquet"}}
        keys: [request_id, country]
        event_time: asked_at
        columns: {{theta: [session]}}
"""
    )


def serve(root: Path, replicas: int = 4) -> None:
    table = serving.requests(ROWS)
    config = parse_config(both(root))
    for number in range(replicas):
        with serving.profiler(root, config=config, table="requests", replica=f"r{number}") as profiler:
            for start in range(number * 500, ROWS, replicas * 500):
                profiler.update(table.slice(start, 500))
                profiler.flush()


def stored(store: SparkStore, table: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    where = f"table_name = '{table}' AND run_id = '{serving.RUN}'"
    (row,) = to_arrow(store.frame(TABLE_PROFILES).where(where)).to_pylist()
    columns = to_arrow(store.frame(column_profiles()).where(where)).to_pylist()
    return row, {column["column_name"]: column for column in columns}


def assert_local_engine_agrees(
    config: PipelineConfig, row: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> None:
    """Check that the local engine gives the rows of one table that Spark stored."""
    store = MemoryStore("shop")
    profile(config, [serving.RUN], tables=["requests"], engine=LocalEngine(), store=store)
    (other,) = store.read(TABLE_PROFILES).to_pylist()
    others = store.read(column_profiles()).to_pylist()
    assert [column["column_name"] for column in others] == list(columns)
    left = {"manifest_id", "seconds", "profiled_at", "engine_reason", *OF_QUANTILES}
    for one, theirs in ((other, row), *((column, columns[column["column_name"]]) for column in others)):
        for name in one.keys() - left:
            expected = pytest.approx(theirs[name], rel=1e-9, abs=1e-9) if isinstance(one[name], float) else theirs[name]
            assert one[name] == expected, (one.get("column_name"), name)


@pytest.fixture(scope="module")
def root(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("serving")
    pq.write_table(serving.requests(ROWS), root / "rows.parquet")
    serve(root)
    outcome = profile_runs(parse_config(both(root)), [serving.RUN], session=spark)
    assert [table.error for table in outcome.tables] == [None, None]
    return root


def test_what_is_stored_is_what_profile_stores(spark: SparkSession, root: Path) -> None:
    store = SparkStore(spark, f"{root}/store", "shop")
    ours, our_columns = stored(store, "requests")
    theirs, their_columns = stored(store, "rows")
    assert (ours["source_format"], ours["engine_path"], ours["status"]) == ("stageprint", "serving", "ok")
    assert ours["source_files"] == 12
    assert_local_engine_agrees(parse_config(both(root)), ours, our_columns)
    for name in ("row_count", "rows_scanned", "event_time_column", "event_time_min", "event_time_max"):
        assert ours[name] == theirs[name], name
    (our_key,), (their_key,) = ours["keys"], theirs["keys"]
    assert (our_key["columns"], our_key["null_rows"]) == (their_key["columns"], their_key["null_rows"])
    assert our_key["distinct"] == pytest.approx(their_key["distinct"], rel=0.05)
    # A serving process counts nested columns as a whole; Spark profiles what is inside them too.
    assert set(their_columns) - set(our_columns) == {"tags[]"}
    for column, theirs_of in their_columns.items():
        if column.startswith("tags"):
            continue
        ours_of = our_columns[column]
        for name in COUNTED:
            expected = theirs_of[name]
            where = f"{column}.{name}"
            assert ours_of[name] == (
                pytest.approx(expected, rel=1e-9, abs=1e-9) if isinstance(expected, float) else expected
            ), where
        assert {name for name in ours_of if ours_of[name] is None} == {
            name for name in theirs_of if theirs_of[name] is None
        }
        assert dict(ours_of["not_computable"]).keys() == dict(theirs_of["not_computable"]).keys()
        mine, other = profile_of(ours_of).state(KllState), profile_of(theirs_of).state(KllState)
        if mine is not None and other is not None:
            for rank in (0.1, 0.5, 0.9):
                low, high = other.quantiles(
                    [max(rank - 3 * mine.rank_error, 0.0), min(rank + 3 * mine.rank_error, 1.0)]
                )
                assert low <= mine.quantiles([rank])[0] <= high
    assert our_columns["amount"]["distinct_count"] == pytest.approx(their_columns["amount"]["distinct_count"], rel=0.07)


def test_ingesting_again_replaces(root: Path, spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "shop.yml").write_text(both(root), encoding="utf-8")
    before = stored(SparkStore(spark, f"{root}/store", "shop"), "rows")
    assert cli.run(["ingest", "--config", str(root / "shop.yml"), "--run", serving.RUN]) == 0
    assert "requests" in capsys.readouterr().out
    store = SparkStore(spark, f"{root}/store", "shop")
    row, columns = stored(store, "requests")
    assert (row["row_count"], len(columns)) == (ROWS, 10)
    assert stored(store, "rows") == before


def test_a_damaged_file_is_named_and_the_others_are_merged(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(tmp_path, replicas=2)
    files = sorted((tmp_path / "profiles" / serving.RUN).glob("*.parquet"))
    data = bytearray(files[0].read_bytes())
    data[len(data) // 2] ^= 0xFF
    files[0].write_bytes(bytes(data))
    files[1].write_bytes(files[1].read_bytes()[:100])
    with serving.profiler(tmp_path, config=parse_config(both(tmp_path)), table="requests", replica="late") as profiler:
        profiler.update([{"request_id": 1, "country": "DE", "items": "many", "news": 1}])
    (tmp_path / "shop.yml").write_text(both(tmp_path), encoding="utf-8")
    words = ["ingest", "--config", str(tmp_path / "shop.yml"), "--run", serving.RUN]
    assert cli.run([*words, "--dir", str(tmp_path / "profiles")]) == 3
    out = " ".join(capsys.readouterr().out.split())
    assert "2 of 13 files are left out" in out
    row, columns = stored(SparkStore(spark, f"{tmp_path}/store", "shop"), "requests")
    assert (row["status"], row["row_count"]) == ("ok", ROWS - 1000 + 1)
    assert files[0].name in row["error"]
    assert files[1].name in row["error"]
    assert (columns["items"]["row_count"], columns["items"]["null_count"]) == (ROWS - 999, 0)
    assert columns["items"]["mean"] is None
    reason = dict(columns["items"]["not_computable"])["mean"]
    assert reason == "1 of 5001 rows hold values that could not be profiled: its type changed from bigint to string"
    assert columns["news"]["null_count"] == ROWS - 1000
    assert columns["amount"]["mean"] is not None
    # Their order decides the types: Spark merges the files once more, in one task.
    there = both(tmp_path).replace("/profiles/{run_id}/", "/profiles/{run_id}")
    assert_local_engine_agrees(parse_config(there), row, columns)


def test_nothing_to_ingest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop.yml").write_text(both(tmp_path), encoding="utf-8")
    words = ["ingest", "--config", str(tmp_path / "shop.yml"), "--run"]
    assert cli.run([*words, serving.RUN]) == 2
    assert f"no source holds a run '{serving.RUN}'" in capsys.readouterr().err
    (tmp_path / "profiles" / "empty").mkdir(parents=True)
    assert cli.run([*words, "empty"]) == 3
    assert "holds no .parquet file, none of serving.requests in run 'empty'" in " ".join(
        capsys.readouterr().out.split()
    )


def test_runs_are_listed_from_the_windows(spark: SparkSession, root: Path) -> None:
    from stageprint.api import list_runs  # noqa: PLC0415

    assert list_runs(parse_config(serving.yaml(root)), spark) == [serving.RUN]
