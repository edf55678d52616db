from __future__ import annotations

from stageprint.batch.decimal_text import decimal_text


def test_text() -> None:
    assert [decimal_text(*pair) for pair in [(5, 0), (-5, 0), (5, 2), (-1234, 3)]] == ["5", "-5", "0.05", "-1.234"]
