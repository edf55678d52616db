"""Columns of which no single value may be stored: the bytes hold none."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any, cast

import pyarrow as pa
import pytest

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.checks._labels import read_labels
from stageprint.config.loader import parse_config
from stageprint.config.sensitive import Sensitive
from stageprint.errors import ConfigError, StateError
from stageprint.features.compact import compact_bytes
from stageprint.features.from_profile import read_column
from stageprint.fingerprint import TableFingerprint, TablePlan, column_profile, merge_partials, plan_column
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.frequent_items import RARE, FrequentItemsState

NAMES = ["alice"] * 5 + ["bob"] * 3 + ["carol", "dave"]
PAY = [1000] * 5 + [2000] * 5


def profile(values: list[Any], sensitive: Sensitive | None, key: bytes = b"secret") -> ColumnProfile:
    kind = kind_of(pa.array(values).type)
    plan = TablePlan((plan_column("x", 0, "type", kind, sensitive=sensitive, secret=key),), hash_key=key)
    fingerprint = TableFingerprint(plan)
    fingerprint.update(pa.RecordBatch.from_arrays([pa.array(values)], ["x"]))
    blobs = [blob for index, blob in fingerprint.partials() if index == 0]
    return column_profile(plan, 0, merge_partials(plan, 0, blobs))


def stored(found: ColumnProfile) -> bytes:
    return b"".join(state.to_bytes() for state in found.states.values())


def items(found: ColumnProfile) -> dict[str, int]:
    state = cast("FrequentItemsState", found.states["frequent_items"])
    return {item.item: item.lower for item in state.items()}


def test_off_stores_rows_and_nulls_and_nothing_else() -> None:
    for values in (NAMES, PAY, [True] * 6 + [False], [1.5] * 7, [dt.date(1980, 2, 3)] * 7):
        found = profile(values, "off")
        assert set(found.states) == {"counts"}
        figures, reasons = evaluate_all(found)
        assert figures == {"row_count": len(values), "null_count": 0, "null_share": 0.0}
        assert reasons["distinct_count"] != ""
    assert evaluate_all(profile(NAMES, "off"))[1]["length_max"] == (
        "no lengths state was kept: the column is sensitive (off)"
    )
    assert evaluate_all(profile(PAY, "off"))[1]["zero_count"] == (
        "the column is sensitive: only rows and nulls are counted"
    )


def test_hashed_values_compare_but_do_not_read() -> None:
    found = profile(NAMES * 5, "hashed")
    assert set(found.states) == {"counts", "frequent_items", "hll"}
    assert not any(name.encode() in stored(found) for name in NAMES)
    assert sorted(items(found).values()) == [5, 5, 15, 25]
    assert items(profile((NAMES * 5)[::-1], "hashed")) == items(found)
    assert items(profile(NAMES * 5, "hashed", b"another")).keys() != items(found).keys()
    assert "alice" not in str(items(found))
    expected = hashlib.blake2b(b"alice", digest_size=8, key=b"secret").hexdigest()
    assert items(found)[expected] == 25
    assert set(profile(PAY, "hashed").states) == {"counts", "hll"}


def test_hashes_of_too_few_rows_are_counted_together() -> None:
    assert sorted(items(profile(NAMES, "hashed")).values()) == [5, 5]
    assert RARE in items(profile(NAMES, "hashed"))


@pytest.mark.parametrize("how", ["off", "hashed", 2, 5])
@pytest.mark.parametrize("values", [[4711] * 9, ["hidden"] * 9, [0.125] * 9, [dt.date(1980, 2, 3)] * 9])
def test_a_constant_column_stores_no_mean_and_no_extreme(values: list[Any], how: Sensitive) -> None:
    figures, _ = evaluate_all(profile(values, how))
    assert not {"mean", "min", "max", "median", "quantiles", "sum", "sum_exact", "min_text", "max_text"} & set(figures)
    assert {"mean", "min"} & set(evaluate_all(profile(values, None))[0]) or values[0] == "hidden"


def test_nothing_that_needs_hashes_is_kept_without_a_secret() -> None:
    assert set(profile(NAMES, 3, b"").states) == {"counts", "frequent_items"}
    assert set(profile(PAY, 3, b"").states) == {"counts", "value_counts"}
    with pytest.raises(StateError, match="without a secret"):
        ColumnBatch(pa.array(NAMES), ColumnKind.STRING).masked(b"")


def test_values_of_too_few_rows_are_counted_together() -> None:
    found = profile(NAMES, 3)
    assert items(found) == {"alice": 5, "bob": 3, RARE: 2}
    assert b"carol" not in stored(found) + compact_bytes(found)
    assert b"alice" in compact_bytes(found)
    assert b"alice" not in compact_bytes(profile(NAMES, "off")) + compact_bytes(profile(NAMES, "hashed"))
    assert items(profile(["x", "y"], 3)) == {RARE: 2}
    assert set(profile(PAY, 5).states) == {"counts", "hll", "value_counts"}
    top = evaluate_all(profile(PAY, 5))[0]["top_items"]
    assert "1000" in str(top)
    assert "1000" not in str(evaluate_all(profile(PAY, 6))[0].get("top_items"))


def test_what_is_counted_together_is_no_value_and_makes_nothing_exact() -> None:
    values, reasons = evaluate_all(profile(NAMES, 3))
    assert values["distinct_count"] == 4
    assert [item["item"] for item in cast("list[dict[str, object]]", values["top_items"])] == ["alice", "bob"]
    assert reasons["entropy"] == "more distinct texts than are counted"
    many_rare = evaluate_all(profile(["alice"] * 3 + [f"n{number}" for number in range(9)], 3))[0]
    assert many_rare["top_share"] == 0.25
    assert read_labels(profile(NAMES, 3)).counts == {"alice": 5, "bob": 3}
    assert read_column(profile(NAMES, 3)).distinct == pytest.approx(4, abs=0.1)


CONFIG = """\
pipeline: p
store: s
stages:
  - name: raw
    tables:
      - name: t
        source: {{table: t}}
        columns: {{sensitive: {0}}}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[email, name]", {"email": "off", "name": "off"}),
        ("{email: true, city: 50, name: hashed, a: off}", {"email": "off", "city": 50, "name": "hashed", "a": "off"}),
    ],
)  # fmt: skip
def test_configuration(text: str, expected: dict[str, object]) -> None:
    found = parse_config(CONFIG.format(text)).table("raw", "t").columns.sensitive
    assert found == expected


@pytest.mark.parametrize("text", ["{email: 1}", "{email: secret}"])
def test_a_mistake_names_the_column(text: str) -> None:
    with pytest.raises(ConfigError, match=r"columns\.sensitive\.email: expected"):
        parse_config(CONFIG.format(text))
