"""Marks tests by the folder they are in, and keeps hypothesis quick and repeatable."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples each time, so that a change is to blame for what fails; `--hypothesis-profile=search` looks further.
settings.register_profile("default", deadline=None, derandomize=True, database=None, max_examples=20)
settings.register_profile("search", deadline=None, max_examples=500)
settings.load_profile("default")

_TESTS = Path(__file__).parent
_MARKS = {"spark": "spark", "e2e": "e2e", "perf": "perf"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test the marker of its folder."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0]
        if folder in _MARKS:
            item.add_marker(_MARKS[folder])
