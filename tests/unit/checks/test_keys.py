"""`retention` and `key_coverage`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest

from stageprint.checks.base import UndecidedError
from stageprint.errors import ConfigError
from stageprint.features.table import share_in
from stageprint.model import TableKey, TableProfile
from stageprint.states.theta import ThetaState
from tests.unit.checks.build import SMALL, check, evaluate, profile


def raw() -> TableProfile:
    return profile({"id": range(100)}, name="raw.orders", keys=[["id"]])


def features(ids: Any, **options: Any) -> TableProfile:
    return profile({"id": ids}, name="features.orders", **{"keys": [["id"]], **options})


def others(*tables: TableProfile) -> Mapping[str, Any]:
    known = {table.key: table for table in tables}
    return {"other_table": known.get}


@pytest.mark.parametrize(
    ("bounds", "ids", "status", "observed"),
    [
        ("min_share: 0.9", range(90), "pass", "90 %: 90 of 100 rows of raw.orders"),
        ("min_share: 0.9", range(89), "fail", "89 %: 89 of 100 rows of raw.orders"),
        ("max_share: 1.0", [*range(100), 7], "fail", "101 %: 101 of 100 rows of raw.orders"),
        ("max_share: 1.5", [*range(100), 7], "pass", "101 %: 101 of 100 rows of raw.orders"),
        ("by: keys, min_share: 1", [*range(99), 7], "fail", "99 % of the keys of raw.orders"),
        ("by: keys, min_share: 0.99", [*range(99), 7], "pass", "99 % of the keys of raw.orders"),
    ],
)
def test_retention(bounds: str, ids: Any, status: str, observed: str) -> None:
    result = evaluate(f"retention: {{{bounds}}}", features(ids), upstream=raw())
    assert (result.status, result.observed) == (status, observed)


def test_retention_of_a_named_table() -> None:
    text = "retention: {of: raw.orders, min_share: 0.5, max_share: 1}"
    result = evaluate(text, features(range(60)), **others(raw()))
    assert (result.status, result.expected) == ("pass", "from 50 % to 100 % of the rows of raw.orders")
    assert evaluate(text, features(range(60)), upstream=raw()).status == "pass"
    assert evaluate("retention: {of: orders, min_share: 0.5}", features(range(60)), upstream=raw()).status == "pass"
    same_stage = profile({"id": [1]}, name="features.other")
    result = evaluate(
        "retention: {of: other, min_share: 0.5}", features(range(60)), upstream=raw(), **others(same_stage)
    )
    assert result.status == "pass"


def test_retention_in_words() -> None:
    assert check("retention: {by: keys, max_share: 1}").expected == "at most 100 % of the keys of the upstream table"


@pytest.mark.parametrize(
    ("text", "upstream", "reason"),
    [
        ("min_share: 1", None, "no profile of an upstream table in this run; name it with `of`"),
        ("min_share: 1, of: raw.gone", None, "raw.gone has no profile in this run"),
        ("min_share: 1", lambda: profile({"id": []}, name="raw.orders"), "raw.orders has no rows"),
        (
            "by: keys, min_share: 1",
            lambda: profile({"id": [1]}, name="raw.orders"),
            "features.orders and raw.orders declare no key in common",
        ),
        (
            "by: keys, min_share: 1",
            lambda: profile({"id": ["1"]}, name="raw.orders", keys=[["id"]]),
            "keys of type string and integer cannot be compared: they are hashed differently",
        ),
        (
            "by: keys, min_share: 1",
            lambda: profile({"id": pa.array([None], pa.int64())}, name="raw.orders", keys=[["id"]]),
            "raw.orders has no keys but null",
        ),
    ],
)
def test_retention_that_is_not_computable(text: str, upstream: Callable[[], TableProfile] | None, reason: str) -> None:
    result = evaluate(f"retention: {{{text}}}", features(range(9)), upstream=upstream and upstream())
    assert (result.status, result.reason) == ("not_computable", reason)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", ": expected a lower or an upper bound or both, got neither"),
        (
            "{min_share: 0.9, max_share: 0.5}",
            ": expected the lower bound to be at most the upper, got 0.9 and 0.5",
        ),
        ("{min_share: 0.9, by: row}", ".by: expected 'rows' or 'keys', got 'row' – did you mean 'rows'?"),
        ("{max_share: -1}", ".max_share: expected a number of at least 0, got -1"),
        ("{max_share: .inf}", ".max_share: expected a finite number, got inf"),
        ("0.9", ": expected a mapping of `min_share`, `max_share`, `by`, `of`, got 0.9"),
    ],
)
def test_retention_must_make_sense(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"retention: {text}")
    assert str(caught.value) == f"checks[0].retention{message}"


def planes() -> TableProfile:
    return profile({"tailnum": ["N1", "N2", "N3"], "n": [1, 2, 3]}, name="raw.planes", keys=[["tailnum"]], theta=["n"])


def flights() -> TableProfile:
    return profile({"tailnum": ["N1", "N1", "N2", None], "n": [1, 2, 3, 9]}, theta=["tailnum", "n"])


def test_every_key_is_found() -> None:
    result = evaluate("key_coverage: {key: tailnum, references: raw.planes}", flights(), **others(planes()))
    assert (result.status, result.expected) == ("pass", "at least 100 % of distinct tailnum in raw.planes")
    assert result.observed == "100 %"


def test_keys_that_are_not_found() -> None:
    text = "key_coverage: {key: n, references: raw.planes.n, min_share: %s}"
    result = evaluate(text % 0.8, flights(), **others(planes()))
    assert (result.status, result.observed) == ("fail", "75 %")
    assert evaluate(text % 0.75, flights(), **others(planes())).status == "pass"


def test_the_declared_key_is_the_one_meant() -> None:
    result = evaluate("key_coverage: {references: features.orders}", raw(), **others(features(range(100))))
    assert (result.status, result.expected) == ("pass", "at least 100 % of keys in features.orders")


def test_a_share_of_keys_within_sketch_error_of_the_bound_passes_and_says_so() -> None:
    own = profile({"id": range(2_000)}, name="a.own", keys=[["id"]], settings=SMALL)
    other = profile({"id": range(1_000)}, name="a.other", keys=[["id"]], settings=SMALL)
    keys, theirs = own.keys["id"], other.keys["id"]
    assert isinstance(keys, ThetaState)
    assert isinstance(theirs, ThetaState)
    share = share_in(keys, theirs)
    assert share is not None
    text = "key_coverage: {references: a.other, min_share: %s}"
    result = evaluate(text % ((share.value + share.upper) / 2), own, **others(other))
    assert result.status == "pass"
    assert result.observed.endswith("within sketch error of the bound")
    assert evaluate(text % min(1.0, share.upper + 0.01), own, **others(other)).status == "fail"


def two() -> TableProfile:
    return profile({"a": [1, 2], "b": ["x", "y"]}, name="raw.two", keys=[["a", "b"]])


@pytest.mark.parametrize(
    ("columns", "text", "status"),
    [
        (["a", "b"], "references: raw.two", "pass"),
        (["a", "b"], "references: raw.two, key: [b, a]", "pass"),
        (["c", "d"], "references: raw.two.a+b", "pass"),
        (["c", "d"], "references: raw.two.b+a, key: [d, c]", "pass"),
        (["c", "d"], "references: raw.two.b+a", "not_computable"),
    ],
)
def test_keys_of_several_columns(columns: list[str], text: str, status: str) -> None:
    own = profile(dict(zip(columns, ([1, 2], ["x", "y"]), strict=True)), name="raw.own", keys=[columns])
    assert evaluate(f"key_coverage: {{{text}}}", own, **others(two())).status == status


def test_keys_declared_in_another_order_hash_differently() -> None:
    own = profile({"b": ["x"], "a": [1]}, name="raw.own", keys=[["b", "a"]])
    result = evaluate("key_coverage: {references: raw.two}", own, **others(two()))
    assert result.reason == "raw.two declares the key as a+b; to compare, declare it as b+a"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("key: tailnum, references: raw.gone", "raw.gone has no profile in this run"),
        ("references: raw.planes", "raw.flights declares no key"),
        (
            "key: tailnum, references: raw.planes.n",
            "keys of type string and integer cannot be compared: they are hashed differently",
        ),
        (
            "key: tailnum, references: raw.planes.tailnum+n",
            "the key here is tailnum, which has another number",
        ),
        (
            "key: tailnum, references: raw.planes.tail",
            "raw.planes keeps no theta sketch of tail; declare it in `keys` or `columns.theta` – did you mean",
        ),
    ],
)
def test_coverage_that_is_not_computable(text: str, reason: str) -> None:
    result = evaluate(f"key_coverage: {{{text}}}", flights(), **others(planes()))
    assert result.status == "not_computable"
    assert result.reason is not None
    assert result.reason.startswith(reason)


def test_coverage_of_a_column_that_is_not_there_fails() -> None:
    result = evaluate("key_coverage: {key: tail, references: raw.planes}", flights(), **others(planes()))
    assert (result.status, result.observed) == ("fail", "no such column: tail – did you mean 'tailnum'?")


def test_timestamps_and_decimals_compare_with_their_like() -> None:
    moments = [1, 2]
    own = profile({"t": pa.array(moments, pa.timestamp("us"))}, name="a.own", keys=[["t"]])
    other = profile({"t": pa.array(moments, pa.timestamp("us", "UTC"))}, name="a.other", keys=[["t"]])
    assert evaluate("key_coverage: {references: a.other}", own, **others(other)).status == "pass"
    own = profile({"t": pa.array(moments, pa.decimal128(10, 0))}, name="a.own", keys=[["t"]])
    other = profile({"t": moments}, name="a.other", keys=[["t"]])
    assert evaluate("key_coverage: {references: a.other}", own, **others(other)).status == "pass"


@pytest.mark.parametrize("value", ["planes", "raw.", ".planes", "raw.planes."])
def test_a_reference_names_stage_and_table(value: str) -> None:
    with pytest.raises(ConfigError, match=r"\.references: expected stage\.table or stage\.table\.column, got"):
        check(f"key_coverage: {{key: a, references: {value}}}")


@pytest.mark.parametrize("value", ["[]", "[1]", "{a: 1}", "''"])
def test_a_key_is_a_list_of_columns(value: str) -> None:
    with pytest.raises(ConfigError, match=r"\.key: expected a column or a list of columns, got"):
        check(f"key_coverage: {{key: {value}, references: raw.planes}}")


def test_reasons_travel_as_errors() -> None:
    error = UndecidedError("why")
    assert (error.reason, error.observed) == ("why", "not known")
    assert TableKey("raw", "planes") == planes().key


def test_keys_of_another_run() -> None:
    asked: list[tuple[TableKey, str]] = []

    def in_run(key: TableKey, run: str) -> TableProfile | None:
        asked.append((key, run))
        return profile({"id": [1, 2, 3]}, name="raw.planes", keys=[["id"]]) if run == "previous" else None

    def now() -> TableProfile:
        return profile({"id": [1, 2, 3, 4]}, name="raw.planes", keys=[["id"]])

    result = evaluate("key_coverage: {references: raw.planes, run: previous}", now, other_run=in_run)
    assert (result.status, result.observed) == ("fail", "75 %")
    assert result.expected == "at least 100 % of keys in raw.planes of the run before"
    named = evaluate("key_coverage: {references: raw.planes, run: 2013-01x}", now, other_run=in_run)
    assert named.reason == "raw.planes has no profile in run 2013-01x"
    assert named.expected.endswith("in raw.planes of run 2013-01x")
    assert asked == [(TableKey("raw", "planes"), "previous"), (TableKey("raw", "planes"), "2013-01x")]
    first = evaluate("key_coverage: {references: raw.planes, run: previous}", now)
    assert first.reason == "raw.planes has no profile in an earlier run"
