from __future__ import annotations

import pytest

from stageprint.model import ColumnKind
from stageprint.model.figures import single


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (8103.0625, "8,103.0625"),
        (46.040000915527344, "46.04"),  # 46.04 as a float of 32 bits
        (-0.00012345, "-0.00012345"),
        (1.5e-9, "1.5e-09"),
        (12345678.9, "12,345,678.9"),
        (-999.0, "-999"),
        (1.5e300, "1.5e+300"),
        (1 / 3, "0.333333333"),
    ],
)
def test_a_value_that_is_looked_for_is_not_rounded_away(value: float, shown: str) -> None:
    assert single(value, ColumnKind.FLOAT) == shown
    assert float(shown.replace(",", "")) == pytest.approx(value, rel=1e-7)
