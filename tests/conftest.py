"""Marks tests by the folder they are in, and keeps hypothesis quick and repeatable."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

# The same examples each time, so that a change is to blame for what fails; `--hypothesis-profile=search` looks further.
settings.register_profile("default", deadline=None, derandomize=True, database=None, max_examples=20)
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile("default")

_TESTS = Path(__file__).parent
_MARKS = {"spark": "spark", "e2e": "e2e", "perf": "perf"}


_RANDOM: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def _fresh_random(request: pytest.FixtureRequest) -> None:
    """Give every test its module's random generator as it was at first: tests come in any order."""
    generator = getattr(request.module, "RNG", None)
    if isinstance(generator, np.random.Generator):
        generator.bit_generator.state = _RANDOM[request.module.__name__]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the marker of its folder, and note each module's random generator before the first test."""
    for item in items:
        generator = getattr(getattr(item, "module", None), "RNG", None)
        if isinstance(generator, np.random.Generator):
            _RANDOM.setdefault(item.module.__name__, deepcopy(generator.bit_generator.state))  # type: ignore[attr-defined]
        folder = item.path.relative_to(_TESTS).parts[0]
        if folder in _MARKS:
            item.add_marker(_MARKS[folder])
