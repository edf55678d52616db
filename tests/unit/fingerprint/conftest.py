from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest


@pytest.fixture
def orders() -> pa.Table:
    random = np.random.default_rng(7)
    rows = 500
    return pa.table(
        {
            "id": pa.array(np.arange(rows)),
            "country": pa.array(random.choice(["DE", "FR"], rows), mask=random.random(rows) < 0.1),
            "price": pa.array(np.round(random.lognormal(3, 1, rows), 2)),
            "day": pa.array(random.integers(19_000, 19_030, rows).astype("int32"), pa.date32()),
            "tags": pa.array([[1]] * rows),
        }
    )
