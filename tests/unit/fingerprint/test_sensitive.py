"""Columns of which no single value may be stored: the bytes hold none."""

from __future__ import annotations

from typing import cast

import pyarrow as pa
import pytest

from stageprint.checks._labels import read_labels
from stageprint.config.loader import parse_config
from stageprint.errors import ConfigError
from stageprint.features.compact import compact_bytes
from stageprint.features.from_profile import read_column
from stageprint.fingerprint import Sensitive, TableFingerprint, TablePlan, merge_partials, plan_column
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.base import State
from stageprint.states.frequent_items import RARE, FrequentItemsState

NAMES = ["alice"] * 5 + ["bob"] * 3 + ["carol", "dave"]
PAY = [1000] * 5 + [2000] * 5


def profile(values: list[str] | list[int], sensitive: Sensitive | None, key: bytes = b"secret") -> ColumnProfile:
    kind = ColumnKind.STRING if isinstance(values[0], str) else ColumnKind.INTEGER
    plan = TablePlan((plan_column("x", 0, "type", kind, sensitive=sensitive),), hash_key=key)
    fingerprint = TableFingerprint(plan)
    fingerprint.update(pa.RecordBatch.from_arrays([pa.array(values)], ["x"]))
    blobs = [blob for index, blob in fingerprint.partials() if index == 0]
    return ColumnProfile("x", 0, "type", kind, merge_partials(plan, 0, blobs))


def stored(found: ColumnProfile) -> bytes:
    return b"".join(state.to_bytes() for state in found.states.values())


def items(found: ColumnProfile) -> dict[str, int]:
    state = cast("FrequentItemsState", found.states["frequent_items"])
    return {item.item: item.lower for item in state.items()}


def test_off_stores_no_value() -> None:
    found = profile(NAMES, "off")
    assert b"alice" in stored(profile(NAMES, None))
    assert not any(name.encode() in stored(found) for name in NAMES)
    assert not any(cast("State", state).holds_values for state in found.states.values())
    values, reasons = evaluate_all(found)
    assert (values["row_count"], values["null_count"], values["length_max"]) == (10, 0, 5)
    assert values["distinct_count"] == pytest.approx(4)
    assert reasons["top_items"] == "no frequent_items state was kept"
    assert reasons["min_text"] == "no extremes state was kept"


def test_hashed_texts_compare_but_do_not_read() -> None:
    found = profile(NAMES, "hashed")
    assert not any(name.encode() in stored(found) for name in NAMES)
    assert sorted(items(found).values()) == [1, 1, 3, 5]
    assert items(profile(NAMES[::-1], "hashed")) == items(found)
    assert items(profile(NAMES, "hashed", b"another")).keys() != items(found).keys()
    assert "extremes" not in found.states
    assert set(profile(PAY, "hashed").states) == set(profile(PAY, "off").states)


def test_values_of_too_few_rows_are_counted_together() -> None:
    found = profile(NAMES, 3)
    assert items(found) == {"alice": 5, "bob": 3, RARE: 2}
    assert b"carol" not in stored(found) + compact_bytes(found)
    assert b"alice" in compact_bytes(found)
    assert b"alice" not in compact_bytes(profile(NAMES, "off")) + compact_bytes(profile(NAMES, "hashed"))
    assert items(profile(["x", "y"], 3)) == {RARE: 2}
    assert {"value_counts", "kll", "extremes"} & set(profile(PAY, 5).states) == {"value_counts"}
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
