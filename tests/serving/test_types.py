"""What a column is taken as, when batches and replicas do not agree."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.model import ColumnKind
from stageprint.serving.values import convert_array, convert_values, type_of_arrow, type_of_values, widened
from stageprint.states.counts import CountsState
from tests.support import serving


def taken(values: list[Any], more: list[Any]) -> tuple[list[Any], int, str]:
    column = type_of_values(values)
    assert column is not None
    column = widened(column, more)
    found = convert_values(column, more)
    return found.array.to_pylist(), found.rejected, found.rejected_type


class TestValues:
    @pytest.mark.parametrize(
        ("values", "kind"),
        [
            ([None, 1], ColumnKind.INTEGER),
            ([1, 2.5], ColumnKind.FLOAT),
            ([np.float32(1), np.int64(2)], ColumnKind.FLOAT),
            ([True, 1], ColumnKind.BOOLEAN),
            ([Decimal("1.5")], ColumnKind.DECIMAL),
            ([dt.datetime(2026, 3, 2)], ColumnKind.TIMESTAMP_NTZ),  # noqa: DTZ001 -- without on purpose
            ([dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)], ColumnKind.TIMESTAMP),
            ([pd.Timestamp("2026-03-02", tz="UTC"), pd.NaT], ColumnKind.TIMESTAMP),
            ([dt.date(2026, 3, 2)], ColumnKind.DATE),
            (["a", np.str_("b")], ColumnKind.STRING),
            ([[1]], ColumnKind.OTHER),
            ([b"x"], ColumnKind.BINARY),
            ([object()], ColumnKind.OTHER),
        ],
    )
    def test_kinds(self, values: list[Any], kind: ColumnKind) -> None:
        found = type_of_values(values)
        assert found is not None
        assert found.kind is kind

    def test_nulls_alone_have_no_type(self) -> None:
        assert type_of_values([None, pd.NA, pd.NaT]) is None

    def test_fractions_widen_whole_numbers(self) -> None:
        assert taken([1], [2, 2.5, None]) == ([2.0, 2.5, None], 0, "")

    def test_whole_floats_stay_whole_numbers(self) -> None:
        assert taken([1], [2.0, 3]) == ([2, 3], 0, "")

    def test_a_long_beyond_the_doubles_is_its_nearest_double(self) -> None:
        assert taken([1.5], [2**60 + 1]) == ([float(2**60)], 0, "")

    @pytest.mark.parametrize(
        ("values", "more", "kept", "found"),
        [
            ([1], [2, "x", True], [2, None, None], "string"),
            ([1], [2**70, 3], [None, 3], "bigint"),
            ([1.5], [True, 2], [None, 2.0], "boolean"),
            (["a"], [1, "b", "\ud800"], [None, "b", None], "bigint"),
            ([dt.date(2026, 3, 2)], ["2026-03-02"], [None], "string"),
            (
                [dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)],
                [dt.datetime(2026, 3, 2)],  # noqa: DTZ001 -- without on purpose
                [None],
                "timestamp_ntz",
            ),
        ],
    )
    def test_what_does_not_fit_is_set_aside(
        self, values: list[Any], more: list[Any], kept: list[Any], found: str
    ) -> None:
        assert taken(values, more) == (kept, len(more) - sum(value is not None for value in kept), found)

    @pytest.mark.parametrize(
        ("first", "more", "kept", "rejected"),
        [
            (pa.array([1]), pa.array([2, None], pa.int8()), [2, None], 0),
            (pa.array([1]), pa.array([2.0]), [2], 0),
            (pa.array([1]), pa.array([2.5]), [2.5], 0),
            (pa.array([1.5]), pa.array([2**60 + 1]), [2**60], 0),
            (pa.array([1]), pa.array(["a", None]), [None, None], 1),
            (pa.array(["a"]), pa.array(["b"]).dictionary_encode(), ["b"], 0),
            (pa.array([Decimal("1.50")]), pa.array([Decimal("2.5"), Decimal("1.001")]), [Decimal("2.50"), None], 1),
            (pa.array([Decimal("1.50")]), pa.array([3]), [Decimal("3.00")], 0),
            (pa.array([1]), pa.nulls(2), [None, None], 0),
            (pa.array([[1]]), pa.array([[2], None]), [True, None], 0),
        ],
    )
    def test_arrow(self, first: pa.Array, more: pa.Array, kept: list[Any], rejected: int) -> None:
        column = type_of_arrow(first.type)
        assert column is not None
        found = convert_array(widened(column, more), more)
        assert (found.array.to_pylist(), found.rejected) == (kept, rejected)


def counts(root: Path, name: str) -> CountsState:
    window = serving.merged(root)
    place = [column.path for column in window.plan.columns].index(name)
    return cast("CountsState", window.states[place]["counts"])


def feed(root: Path, *batches: Any, flush: bool = True, **changes: Any) -> None:
    with serving.profiler(
        root,
        config=parse_config(
            serving.yaml(root)
            .replace("keys: [request_id, country]\n", "")
            .replace("        event_time: asked_at\n", "")
            .replace("        columns: {theta: [session]}\n", "")
        ),
        **changes,
    ) as profiler:
        for batch in batches:
            profiler.update(batch)
            if flush:
                profiler.flush()
            else:
                profiler._process_buffer()


@pytest.mark.parametrize("flush", [True, False], ids=["across windows", "within one window"])
class TestTable:
    def test_whole_numbers_then_fractions_are_floats(self, tmp_path: Path, flush: bool) -> None:
        values = [3, 1, 3, None, 0, 2.5, 3.0, -1.0]
        feed(tmp_path, [{"a": v} for v in values[:5]], [{"a": v} for v in values[5:]], flush=flush)
        ours, reasons = serving.metrics(serving.merged(tmp_path))["a"]
        table = pa.table({"a": pa.array(values, pa.float64())})
        whole = serving.one_shot(table)
        profile = next(iter(whole.profiles()))
        from stageprint.metrics.base import evaluate_all  # noqa: PLC0415

        theirs, their_reasons = evaluate_all(profile)
        assert ours.keys() == theirs.keys()
        assert reasons == their_reasons
        for name, value in theirs.items():
            assert ours[name] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), name
        assert (ours["distinct_count"], ours["min"], ours["max"]) == (5, -1.0, 3.0)

    def test_too_many_whole_numbers_then_fractions_lose_the_distinct_count_and_say_so(
        self, tmp_path: Path, flush: bool
    ) -> None:
        feed(tmp_path, [{"a": v} for v in range(1500)], [{"a": 0.5}], flush=flush)
        window = serving.merged(tmp_path)
        values, reasons = serving.metrics(window)["a"]
        assert values["mean"] == pytest.approx((1499 * 750 + 0.5) / 1501)
        assert (values["row_count"], values["max"]) == (1501, 1499.0)
        assert "distinct_count" in reasons
        assert "declare the column's type" in window.notes["a"]

    def test_nulls_first(self, tmp_path: Path, flush: bool) -> None:
        feed(tmp_path, [{"a": None, "b": 1}] * 3, [{"a": "x", "b": 2}, {"b": 3}], flush=flush)
        window = serving.merged(tmp_path)
        assert [(c.path, c.data_type) for c in window.plan.columns] == [("a", "string"), ("b", "bigint")]
        values = serving.metrics(window)["a"][0]
        assert (values["row_count"], values["null_count"], values["distinct_count"]) == (5, 4, 1)

    def test_nulls_alone(self, tmp_path: Path, flush: bool) -> None:
        feed(tmp_path, [{"a": None}] * 3, [{}], flush=flush)
        window = serving.merged(tmp_path)
        assert [(c.path, c.data_type, c.kind) for c in window.plan.columns] == [("a", "void", ColumnKind.OTHER)]
        assert (counts(tmp_path, "a").rows, counts(tmp_path, "a").nulls) == (4, 4)

    def test_another_type_keeps_the_counts_alone(self, tmp_path: Path, flush: bool) -> None:
        feed(tmp_path, [{"a": 1, "b": 1}, {"a": None, "b": 1}], [{"a": "x", "b": 2}], flush=flush)
        window = serving.merged(tmp_path)
        values, reasons = serving.metrics(window)["a"]
        assert (values["row_count"], values["null_count"]) == (3, 1)
        assert "mean" in reasons
        assert window.notes["a"] == (
            "1 of 3 rows hold values that could not be profiled: string came where bigint was expected"
        )
        assert serving.metrics(window)["b"][0]["mean"] == pytest.approx(4 / 3)

    def test_an_unknown_column_is_counted(self, tmp_path: Path, flush: bool) -> None:
        feed(tmp_path, [{"a": 1}], [{"a": 2, "new": "x"}, {"a": 3, "new": None}], flush=flush)
        window = serving.merged(tmp_path)
        assert (counts(tmp_path, "new").rows, counts(tmp_path, "new").nulls) == (3, 2)
        assert window.plan.columns[1].data_type == "string"
        assert window.notes["new"].startswith("1 of 3 rows hold values that could not be profiled: the column is not")

    def test_a_missing_column_is_null(self, tmp_path: Path, flush: bool) -> None:
        feed(tmp_path, pa.table({"a": [1, 2], "b": ["x", None]}), pa.table({"a": [3]}), flush=flush)
        assert (counts(tmp_path, "b").rows, counts(tmp_path, "b").nulls) == (3, 2)


def test_replicas_that_saw_other_types(tmp_path: Path) -> None:
    feed(tmp_path, [{"a": 1}], replica="r1")
    feed(tmp_path, [{"a": 2.5, "b": "x"}], replica="r2")
    feed(tmp_path, [{"b": "y", "a": None}], replica="r3")
    found = serving.metrics(serving.merged(tmp_path))
    assert (found["a"][0]["row_count"], found["a"][0]["mean"], found["a"][0]["null_count"]) == (3, 1.75, 1)
    assert (found["b"][0]["row_count"], found["b"][0]["null_count"]) == (3, 1)


def test_declared_columns(tmp_path: Path) -> None:
    columns = {"at": "timestamp", "a": "double", "n": pa.int64()}
    rows = [{"at": "2026-03-02T10:00:00Z", "a": 1, "n": 1}, {"at": "never", "a": 2, "n": 1.5, "z": 1}]
    feed(tmp_path, rows, columns=columns)
    window = serving.merged(tmp_path)
    assert [(c.path, c.data_type) for c in window.plan.columns] == [
        ("at", "timestamp"),
        ("a", "double"),
        ("n", "bigint"),
        ("z", "bigint"),
    ]
    found = serving.metrics(window)
    assert found["a"][0]["mean"] == 1.5
    assert sorted(window.notes) == ["at", "n", "z"]
    assert "string came where timestamp" in window.notes["at"]


def test_a_declared_schema_must_have_the_configured_columns(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"keys\[0\]: `columns` has no column 'request_id' – did you mean 'requestid'"):
        serving.profiler(tmp_path, columns=pa.schema([("requestid", pa.int64())]))
    with pytest.raises(UsageError, match="'a': expected an Arrow type or the name of a simple type, got 'long'"):
        serving.profiler(tmp_path, columns={"a": "long"})


def test_the_configuration_chooses_and_converts_columns(tmp_path: Path) -> None:
    text = serving.yaml(tmp_path).replace(
        "columns: {theta: [session]}", "columns: {exclude: [secret, COUNTRY], kinds: {model: string, code: integer}}"
    )
    with serving.profiler(tmp_path, config=parse_config(text)) as profiler:
        profiler.update([{"request_id": 1, "country": "DE", "secret": "x", "model": 7, "code": "12"}])
        profiler.update([{"request_id": 2, "country": "FR", "secret": "y", "model": 7, "code": "?"}])
    window = serving.merged(tmp_path)
    found = serving.metrics(window)
    assert sorted(found) == ["asked_at", "code", "model", "request_id"]
    assert window.plan.keys == (("request_id", "country"),)
    assert found["model"][0]["top_items"][0]["item"] == "7"  # type: ignore[index]
    # As Spark's try_cast has it, what is no number is null.
    assert (found["code"][0]["max"], found["code"][0]["null_count"]) == (12, 1)
    assert {c.path: c.data_type for c in window.plan.columns}["code"] == "string"


def test_a_key_whose_column_comes_late(tmp_path: Path) -> None:
    with serving.profiler(tmp_path) as profiler:
        profiler.update([{"request_id": 1}, {"request_id": 2}])
        profiler.flush()
        profiler.update([{"request_id": 3, "country": "DE"}])
    window = serving.merged(tmp_path)
    assert window.plan.keys == (("request_id", "country"),)
    key = cast("CountsState", window.states[-1]["counts"])
    assert (key.rows, key.nulls) == (3, 2)
    assert window.problems == ()


def test_a_key_with_values_set_aside_is_a_problem(tmp_path: Path) -> None:
    with serving.profiler(tmp_path) as profiler:
        profiler.update([{"request_id": 1, "country": "DE"}, {"request_id": "two", "country": "DE"}])
    window = serving.merged(tmp_path)
    assert window.plan.keys == ()
    assert window.problems == (
        "key request_id+country is not computable: request_id has values that could not be profiled",
    )


def test_pandas(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", None]})
    mixed = pd.DataFrame({"a": [1, "x"], "b": ["y", "z"]})
    feed(tmp_path, frame, mixed)
    window = serving.merged(tmp_path)
    assert counts(tmp_path, "b").nulls == 1
    assert counts(tmp_path, "a").nulls == 1
    assert "1 of 4 rows" in window.notes["a"]


def test_too_many_columns(tmp_path: Path) -> None:
    feed(tmp_path, [{f"c{i}": 1 for i in range(20)}], [{f"d{i}": 1 for i in range(20)}], max_columns=5)
    window = serving.merged(tmp_path)
    assert len(window.plan.columns) <= 5 + 2 * 5
    assert window.problems == ("more than 5 unknown columns came; those beyond were not counted",)
