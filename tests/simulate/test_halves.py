"""Random halves of a real month do not differ."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from scripts.simulation.halves import month_of_flights, split_month


def nearer(half: pa.Table) -> pa.Table:
    """Return the rows with every distance in kilometres."""
    place = half.schema.get_field_index("distance")
    return half.set_column(
        place, half.schema.field(place), pc.multiply(half["distance"], 1.609).cast(pa.int32(), safe=False)
    )


@pytest.mark.parametrize(("spoil", "columns"), [(lambda half: half, set()), (nearer, {"distance"})])
def test_random_halves_of_a_real_month_are_silent_until_one_is_spoiled(
    spoil: Callable[[pa.Table], pa.Table], columns: set[str]
) -> None:
    # Every 9th row, so that a test takes seconds; `scripts/simulation/split_month.py` takes all.
    rows = month_of_flights().take(pa.array(range(0, 27_000, 9)))
    found = split_month(rows, 5, 3, spoil=spoil)
    assert found.comparisons == 5 * 2 * 19
    assert {column for _, column, _ in found.alerts} == columns
    assert {split for split, _, _ in found.alerts} <= {4}
