from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.unit.skew.pairs import ROWS


@pytest.fixture
def numbers() -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.random.default_rng(3).lognormal(3, 1, ROWS)
