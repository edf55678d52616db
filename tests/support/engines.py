"""What every engine must do, on the same small ugly tables: a subclass brings a fixture `engine` and how it reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.errors import UsageError
from stageprint.model import TableKey
from stageprint.model.outcomes import ProfileOutcome
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profile_codec import profile_of
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import Engine
from stageprint.states.kll import KllState
from stageprint.stores.memory import MemoryStore

RUN, EARLIER = "2026-03-08", "2026-03-01"
MANY = 5_000
"""Rows of the table whose sketches are estimates."""

_NOON = dt.datetime(2026, 3, 7, 12, tzinfo=dt.timezone.utc)
_LAST = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.timezone.utc)

UGLY = pa.table(
    {
        "whole": pa.array([3, None, -1, 0, 2**62, 3], pa.int64()),
        "float": pa.array([0.5, None, float("nan"), float("inf"), -0.0, -2.5], pa.float64()),
        "money": pa.array([Decimal("1.50"), None, Decimal("-0.25"), Decimal("7.00"), Decimal("0.00"), None]),
        "flag": pa.array([True, None, False, True, True, False]),
        "text": pa.array(["ä", None, "", "  ", " x", "ä"]),
        "code": pa.array([b"a", None, b"", b"\xff\x00", b"a", b"b"], pa.binary()),
        "day": pa.array([dt.date(1, 1, 1), None, dt.date(9999, 12, 31), dt.date(2026, 3, 7), None, None]),
        "at": pa.array([_NOON, None, _NOON, _LAST, None, None], pa.timestamp("us", "UTC")),
        "local": pa.array([_NOON.replace(tzinfo=None), None, None, None, None, None], pa.timestamp("us")),
        "tags": pa.array([[1, None], None, [], [2], [3, 4], []], pa.list_(pa.int64())),
        "place": pa.array([{"city": "Rome"}, None, {"city": None}, {"city": "Oslo"}, {"city": "Rome"}, None]),
        "small": pa.array([1, 2, 3, 4, 5, 6], pa.int8()),
        "nothing": pa.nulls(6, pa.string()),
    }
)

EXPECTED: dict[str, dict[str, Any]] = {
    "whole": {"null_count": 1, "zero_count": 1, "negative_count": 1, "min": -1.0, "max": 2.0**62, "distinct_count": 4},
    "float": {"null_count": 1, "nan_count": 1, "positive_inf_count": 1, "negative_zero_count": 1, "min": -2.5},
    "money": {"null_count": 2, "min_text": "-0.25", "max_text": "7.00", "zero_count": 1},
    "flag": {"null_count": 1, "true_count": 3, "true_share": 0.6},
    "text": {
        "null_count": 1,
        "empty_count": 1,
        "leading_space_count": 1,
        "blank_count": 1,
        "length_max": 2,
        "distinct_count": 4,
    },
    "code": {"null_count": 1, "empty_count": 1, "length_max": 2, "distinct_count": 4},
    "day": {"null_count": 3, "min_text": "0001-01-01", "max_text": "9999-12-31"},
    "at": {"null_count": 3, "distinct_count": 2},
    "local": {"null_count": 5, "distinct_count": 1},
    "tags": {"null_count": 1, "empty_count": 2, "length_max": 2, "length_mean": 1.0},
    "tags[]": {"row_count": 5, "null_count": 1, "min": 1.0, "max": 4.0, "mean": 2.5},
    "place": {"null_count": 2},
    "place.city": {"null_count": 3, "distinct_count": 2},
    "small": {"null_count": 0, "mean": 3.5, "sum": 21.0, "median": 3.0},
    "nothing": {"null_count": 6, "distinct_count": 0, "min_text": None},
}
"""Exact figures of `UGLY` by column; a sketch of so few values is exact too."""

TYPES = {
    "whole": ("bigint", "integer"),
    "small": ("tinyint", "integer"),
    "float": ("double", "float"),
    "flag": ("boolean", "boolean"),
    "text": ("string", "string"),
    "code": ("binary", "binary"),
    "day": ("date", "date"),
    "at": ("timestamp", "timestamp"),
    "local": ("timestamp_ntz", "timestamp_ntz"),
    "tags": ("array<bigint>", "array"),
    "place": ("struct<city:string>", "other"),
}


def many() -> pa.Table:
    """Return a table whose sketches are estimates: keys that repeat or are null, three cities, skewed numbers."""
    random = np.random.default_rng(20260308)
    ids = np.arange(MANY)
    return pa.table(
        {
            "id": pa.array([None if row < 5 else int(row) % (MANY - 10) for row in ids], pa.int64()),
            "city": pa.array([("Rome", "Oslo", None)[row % 3] for row in ids]),
            "amount": random.permutation(ids).astype(float),
            "label": pa.array([f"label {row}" for row in ids]),
            "at": pa.array([_NOON - dt.timedelta(seconds=int(row)) for row in ids], pa.timestamp("us", "UTC")),
        }
    )


def rows() -> dict[str, dict[str, pa.Table]]:
    """Return the tables of the contract by run and ``stage.table``; ``raw.gone`` is in neither run."""
    tables = {"raw.ugly": UGLY, "raw.empty": UGLY.slice(0, 0), "raw.many": many(), "raw.loose": many().select(["id"])}
    return {EARLIER: {"raw.ugly": UGLY}, RUN: tables}


def write(root: Path) -> None:
    """Write the tables where the configuration has their sources."""
    for run, tables in rows().items():
        for name, table in tables.items():
            folder = root / run
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / f"{name.removeprefix('raw.')}.parquet", row_group_size=2_000)


def config(root: Path) -> PipelineConfig:
    """Return the configuration of the tables under a folder."""
    source = f'source: {{{{format: parquet, path: "{root}/{{{{run_id}}}}/{{0}}.parquet"}}}}'
    plain = "".join(f"      - name: {name}\n        {source.format(name)}\n" for name in ("ugly", "empty", "gone"))
    return parse_config(
        f"pipeline: contract\nstore: nowhere\nstages:\n  - name: raw\n    tables:\n{plain}"
        f"      - name: many\n        {source.format('many')}\n"
        "        keys: [id]\n        event_time: at\n        slices: [{by: city, values: [Rome, Oslo, Paris]}]\n"
        f"      - name: loose\n        {source.format('loose')}\n        keys: [id]\n        exact_keys: false\n"
    )


class EngineContract:
    """The tests; a subclass brings a class-wide fixture `engine` over the tables below the fixture `root`."""

    path: ClassVar[ReadPath] = "auto"

    @pytest.fixture(scope="class")
    @classmethod
    def root(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Return a folder with the tables."""
        found = tmp_path_factory.mktemp("contract")
        write(found)
        return found

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls) -> MemoryStore:
        """Return the store that `outcome` fills."""
        return MemoryStore("contract")

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def outcome(cls, engine: Engine, root: Path, store: MemoryStore) -> ProfileOutcome:
        """Profile every table of a run."""
        return profile(config(root), [RUN], engine=engine, store=store, path=cls.path)

    def columns(self, store: MemoryStore, table: str, city: str | None = None) -> dict[str, dict[str, Any]]:
        """Return the rows of `column_profiles` of a table, or a slice of it, by column."""
        found = store.read(column_profiles(), where(table_name=table, slice_value=city)).to_pylist()
        return {row["column_name"]: row for row in found}

    def tables(self, store: MemoryStore) -> dict[tuple[str, str | None], dict[str, Any]]:
        """Return the rows of `table_profiles` by table and slice."""
        return {(row["table_name"], row["slice_value"]): row for row in store.read(TABLE_PROFILES).to_pylist()}

    def test_a_failed_table_does_not_stop_the_others(self, outcome: ProfileOutcome, store: MemoryStore) -> None:
        found = {one.key.table: (one.status, one.rows) for one in outcome.tables}
        good = {"ugly": 6, "empty": 0, "many": MANY, "loose": MANY}
        assert found == {"gone": ("failed", None)} | {table: ("ok", rows) for table, rows in good.items()}
        (failed,) = outcome.failed
        assert failed.key == TableKey("raw", "gone")
        row = self.tables(store)["gone", None]
        assert (row["status"], row["error"], row["row_count"]) == ("failed", failed.error, None)
        assert "exist" in str(failed.error)

    def test_exact_figures_are_exact(self, store: MemoryStore) -> None:
        found = self.columns(store, "ugly")
        assert set(found) == {*EXPECTED}
        for column, figures in EXPECTED.items():
            assert found[column]["row_count"] == figures.get("row_count", UGLY.num_rows), column
            for name, value in figures.items():
                assert found[column][name] == (pytest.approx(value) if value is not None else None), (column, name)

    def test_types_and_places_are_those_of_the_table(self, store: MemoryStore) -> None:
        found = self.columns(store, "ugly")
        assert {name: (found[name]["data_type"], found[name]["column_kind"]) for name in TYPES} == TYPES
        order = sorted(found.values(), key=lambda row: (row["column_position"], len(row["column_name"])))
        assert [row["column_name"] for row in order] == list(EXPECTED)
        assert self.tables(store)["ugly", None]["column_count"] == len(EXPECTED)

    def test_what_cannot_be_computed_says_why(self, store: MemoryStore) -> None:
        found = self.columns(store, "ugly")
        assert found["text"]["mean"] is None
        assert "string" in dict(found["text"]["not_computable"])["mean"]
        assert "mean" not in dict(found["whole"]["not_computable"])

    def test_a_table_without_rows_has_every_column(self, store: MemoryStore) -> None:
        found = self.columns(store, "empty")
        assert set(found) == {*EXPECTED}
        assert {(row["row_count"], row["null_count"], row["mean"]) for row in found.values()} == {(0, 0, None)}
        assert self.tables(store)["empty", None]["schema_json"] == self.tables(store)["ugly", None]["schema_json"]

    def test_sketches_are_within_their_bounds(self, store: MemoryStore) -> None:
        found = self.columns(store, "many")
        for column, distinct in (("id", MANY - 15), ("amount", MANY), ("label", MANY)):
            row = found[column]
            assert row["distinct_count_lower"] <= distinct <= row["distinct_count_upper"], column
        kll = profile_of(found["amount"]).state(KllState)
        assert kll is not None
        assert kll.n == MANY
        points = np.linspace(0, MANY - 1, 21)
        assert np.abs(kll.cdf(points) - (points + 1) / MANY).max() <= 2 * kll.rank_error
        assert (found["amount"]["min"], found["amount"]["max"]) == (0, MANY - 1)
        assert found["amount"]["mean"] == pytest.approx((MANY - 1) / 2, rel=1e-12)
        assert found["amount"]["standard_deviation"] == pytest.approx(np.arange(MANY).std(ddof=1), rel=1e-9)

    def test_keys_are_counted(self, store: MemoryStore) -> None:
        row = self.tables(store)["many", None]
        (key,) = row["keys"]
        assert (key["columns"], key["rows"], key["null_rows"]) == ("id", MANY, 5)
        # The last ten ids begin again at 0; the rows of the first five are null.
        assert key["duplicate_rows"] == 5
        assert key["distinct"] == pytest.approx(MANY - 10, rel=0.05)

    def test_who_opts_out_of_exact_keys_gets_a_null(self, store: MemoryStore) -> None:
        (key,) = self.tables(store)["loose", None]["keys"]
        assert (key["null_rows"], key["duplicate_rows"]) == (5, None)
        profiles = StoredProfiles(store).tables(RUN)
        repeated = {table: profiles[TableKey("raw", table)].facts["key_duplicate_rows"] for table in ("many", "loose")}
        assert repeated == {"many": {"id": 5}, "loose": {}}

    def test_event_times_are_those_of_the_rows(self, store: MemoryStore) -> None:
        row = self.tables(store)["many", None]
        assert row["event_time_column"] == "at"
        assert row["event_time_max"] == _NOON
        assert row["event_time_min"] == _NOON - dt.timedelta(seconds=MANY - 1)

    def test_slices_add_up_to_the_whole(self, store: MemoryStore) -> None:
        counts = {city: row["row_count"] for (table, city), row in self.tables(store).items() if table == "many"}
        third = MANY // 3
        assert counts == {None: MANY, "Rome": third + 1, "Oslo": third + 1, "Paris": 0, "__null__": third}
        whole = self.columns(store, "many")["amount"]
        parts = [self.columns(store, "many", city)["amount"] for city in counts if city is not None]
        assert sum(part["row_count"] * (part["mean"] or 0.0) for part in parts) / MANY == pytest.approx(whole["mean"])
        assert max(part["max"] for part in parts if part["max"] is not None) == whole["max"]

    def test_a_run_records_what_profiled_it(self, engine: Engine, store: MemoryStore) -> None:
        (row,) = store.read(RUNS).to_pylist()
        versions = engine.versions()
        assert versions.timezone
        assert (row["spark_version"], row["session_timezone"]) == (versions.spark, versions.timezone)
        assert (row["status"], row["tables_profiled"], row["tables_failed"]) == ("failed", 4, 1)

    def test_the_runs_that_sources_hold_are_known(self, engine: Engine, root: Path) -> None:
        pipeline = config(root)
        tables = [table for _, table in pipeline.select()]
        assert engine.list_runs(pipeline) == [EARLIER, RUN]
        engine.check_run_exists(pipeline, tables, EARLIER)
        with pytest.raises(UsageError, match="no source holds a run '2026-04-01'"):
            engine.check_run_exists(pipeline, tables, "2026-04-01")
