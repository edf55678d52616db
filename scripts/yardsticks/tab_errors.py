"""Faults by the library tab-err, planted in a column: a second generator that this project did not write.

tab-err 0.2.1 (PyPI, Apache-2.0; Jung and Jäger) decides which values are hit, completely at random (its ECAR
mechanism), and what becomes of them. Two of its error types are left out: `Permutate` does not end for texts of one
word, and `Mojibake` leaves texts without accents as they are.
"""

from __future__ import annotations

import importlib
import random
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scripts.yardsticks.packages import folder
from scripts.yardsticks.perturb import SHARES, Kind, SetUp

SOURCE: Final = "tab-err"


@dataclass(frozen=True)
class Library:
    """What is used of tab-err.

    Attributes:
        create_errors: Returns a frame with errors in a column, and a mask of them.
        at_random: The mechanism that hits each row equally often.
        error_types: Module with a class for each type of error.
    """

    create_errors: Callable[..., Any]
    at_random: Callable[..., Any]
    error_types: ModuleType


Settings = Callable[["pd.Series[Any]"], Mapping[str, Any]]
"""Values of the column → settings of the error type."""


def _default(values: pd.Series[Any]) -> Mapping[str, Any]:
    del values
    return {}


def _one_deviation(values: pd.Series[Any]) -> Mapping[str, Any]:
    return {"add_delta_value": float(values.std())}


def _first_character(values: pd.Series[Any]) -> Mapping[str, Any]:
    text = next((text for text in values.dropna() if text), "")
    return {"replace_what": text[:1], "replace_with": ""}


ERROR_TYPES: Final[Mapping[Kind, Mapping[str, tuple[str, Settings]]]] = {
    "numeric": {
        "AddDelta": ("one standard deviation added", _one_deviation),
        "Outlier": ("outliers", _default),
        "WrongUnit": ("× 10", _default),
        "MissingValue": ("values missing", _default),
    },
    "categorical": {
        "CategorySwap": ("another label", _default),
        "Extraneous": ("words around the value", lambda _: {"extraneous_value_template": "value: {value}"}),
        "Replace": ("a character removed", _first_character),
        "Typo": ("typing errors", _default),
        "MissingValue": ("values missing", _default),
    },
}
"""Kind of column → tab-err's error type → its name in the results, and its settings."""


def set_ups(kind: Kind) -> Iterator[SetUp]:
    """Yield tab-err's error types for a kind of column, each in 10, 50 and 100 % of the rows."""
    for error, (name, settings) in ERROR_TYPES[kind].items():
        for share in SHARES:
            percent = round(100 * share)
            change = _change(error, settings, share)
            yield SetUp(kind, f"tab-err: {name}", f"{name} {percent} %", percent, change, SOURCE)


def _change(
    error: str, settings: Settings, share: float
) -> Callable[[pa.Array, pa.Array | None, np.random.Generator], pa.Array | None]:
    def change(values: pa.Array, neighbour: pa.Array | None, rng: np.random.Generator) -> pa.Array | None:
        del neighbour
        library, seed = _library(), int(rng.integers(2**31))
        random.seed(seed)  # one of its error types draws from the global generator
        rows = pd.DataFrame({"value": _series(values, error)})
        chosen = dict(settings(rows["value"]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of defaults that it draws, and of pandas' own changes
            try:
                kind = getattr(library.error_types, error)(chosen, seed=seed)
                made, hit = library.create_errors(rows, "value", share, library.at_random(seed=seed), kind)
            except (TypeError, ValueError, AttributeError, LookupError, UnicodeError):
                return None  # it refuses columns that its error type cannot hit
        return _array(made["value"], hit["value"] & (error == "MissingValue"), values.type)

    return change


def _series(values: pa.Array, error: str) -> pd.Series[Any]:
    if pa.types.is_string(values.type):
        texts = pd.Series(values.to_pylist(), dtype=object)
        return texts.astype("category") if error == "CategorySwap" else texts
    return pd.Series(np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)))


def _array(made: pd.Series[Any], missing: pd.Series[Any], kind: pa.DataType) -> pa.Array | None:
    gone = missing.to_numpy(dtype=bool) | made.isna().to_numpy()
    if pa.types.is_string(kind):
        texts = [None if lost else str(value) for value, lost in zip(made, gone, strict=True)]
        return pa.array(texts, pa.string())
    numbers = pa.array(made.to_numpy(dtype=np.float64), mask=gone)
    return numbers if pa.types.is_floating(kind) else _whole(numbers)


def _whole(numbers: pa.Array) -> pa.Array:
    """Return whole numbers as such: what a source of integers would deliver."""
    return pc.round(numbers).cast(pa.int64(), safe=False)


@cache
def _library() -> Library:
    """Return tab-err, from the folder of the unpacked packages."""
    place = str(folder())
    sys.path.append(place)
    try:
        return Library(
            importlib.import_module("tab_err.api.low_level").create_errors,
            importlib.import_module("tab_err.error_mechanism").ECAR,
            importlib.import_module("tab_err.error_type"),
        )
    finally:
        sys.path.remove(place)
