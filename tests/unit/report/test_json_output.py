from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from stageprint.model import Severity
from stageprint.model.finding import FINDING_KEYS
from stageprint.report.json_output import finding_objects, skew_objects, to_json
from tests.support.skew import SKEW


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (1, 1),
        (True, True),
        (None, None),
        (0.1, 0.1),
        (float("nan"), None),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        ("ü", "ü"),
        (b"\x00\xff", "AP8="),
        (dt.date(2013, 5, 1), "2013-05-01"),
        (dt.datetime(2013, 5, 1, 4, tzinfo=dt.timezone.utc), "2013-05-01T04:00:00+00:00"),
        (dt.time(4, 5), "04:05:00"),
        (Decimal("1.10"), "1.10"),
        (Severity.CRITICAL, "critical"),
        ((1, [float("nan")]), [1, [None]]),
        ({"a": {1: (2,)}}, {"a": {"1": [2]}}),
    ],
)
def test_every_value_becomes_json_that_any_parser_reads(value: Any, plain: Any) -> None:
    def refuse(name: str) -> None:
        pytest.fail(f"{name} is not JSON")

    assert json.loads(to_json([{"value": value}]), parse_constant=refuse) == [{"value": plain}]


def test_text_stays_readable() -> None:
    assert "Zürich" in to_json([{"city": "Zürich"}])


def test_a_finding_has_exactly_the_keys_of_the_interface() -> None:
    rows = finding_objects([{"cause": "stale", "extra": 1}])
    assert list(rows[0]) == list(FINDING_KEYS)
    assert rows[0]["cause"] == "stale"
    assert rows[0]["table"] is None


def test_compared_tables() -> None:
    (found,) = json.loads(to_json(skew_objects([SKEW])))
    assert (found["left"], found["right"], found["keys"]) == ("features.orders", "serving.log", ["id", "country"])
    price, items, tags = found["columns"]
    assert price["suspicions"] == [
        {"kind": "factor", "rows": 990, "share": 0.99, "sentence": "the right is 100 times the left"}
    ]
    assert price["examples"] == [{"key": "7 · DE", "left": "1.5", "right": "150"}]
    assert (price["share"], items["share"], tags["share"]) == (1.0, 0.0, None)
    assert tags["reason"] == "type array<int> is not compared"
