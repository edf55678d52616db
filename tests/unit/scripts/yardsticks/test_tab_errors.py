"""Faults by another generator: what it hits, and that every one has a verdict on its causes."""

from __future__ import annotations

import sys
import types
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scripts.yardsticks import tab_errors
from scripts.yardsticks.causes import RIGHT
from scripts.yardsticks.perturb import PAPER, of_kind
from scripts.yardsticks.tab_errors import SOURCE, Library, set_ups


class Unit:
    """An error type that multiplies by ten."""

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        self.settings, self.seed = settings, seed


def _create(
    rows: pd.DataFrame, name: str, share: float, mechanism: Any, kind: Unit
) -> tuple[pd.DataFrame, pd.DataFrame]:
    del mechanism, kind
    if rows[name].dtype == object:
        raise TypeError
    hit = pd.DataFrame({name: np.arange(len(rows)) < share * len(rows)})
    return rows.where(~hit, rows * 10), hit


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = types.SimpleNamespace(**dict.fromkeys(("WrongUnit", "MissingValue", "Typo"), Unit))
    monkeypatch.setattr(tab_errors, "_library", lambda: Library(_create, lambda seed: seed, kinds))  # type: ignore[arg-type]


def _named(kind: Any, name: str) -> Any:
    return next(one for one in set_ups(kind) if one.name == name)


@pytest.mark.usefixtures("library")
def test_values_keep_their_type_and_missing_ones_are_null() -> None:
    random = np.random.default_rng(1)
    numbers = pa.array([1, 2, 3, 4, None, 6, 7, 8, 9, 10])
    scaled = _named("numeric", "× 10 50 %").apply(numbers, None, random)
    assert scaled.equals(pa.array([10, 20, 30, 40, None, 6, 7, 8, 9, 10]))
    missing = _named("numeric", "values missing 10 %").apply(numbers, None, random)
    assert missing.equals(pa.array([None, 2, 3, 4, None, 6, 7, 8, 9, 10]))


@pytest.mark.usefixtures("library")
def test_what_the_library_refuses_is_void() -> None:
    assert (
        _named("categorical", "typing errors 50 %").apply(pa.array(["a", "b"]), None, np.random.default_rng(1)) is None
    )


def test_every_fault_has_right_causes_and_a_source() -> None:
    for kind in ("numeric", "categorical"):
        found = list(set_ups(kind))
        assert {one.source for one in found} == {SOURCE}
        assert {one.source for one in of_kind(kind)} == {PAPER}
        assert len({one.name for one in found}) == len(found)
        assert all((kind, one.fault) in RIGHT for one in found)


def test_the_path_of_imports_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(tab_errors, "folder", lambda: tmp_path)
    before = list(sys.path)
    with pytest.raises(ModuleNotFoundError):
        tab_errors._library.__wrapped__()
    assert sys.path == before
