"""Limits from YAML, numbers or dates, and how the values of a column compare with them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
from pydantic import PlainValidator, model_validator
from typing_extensions import Self

from stageprint.checks._text import between, moment, number
from stageprint.checks.base import Parameters, UndecidedError
from stageprint.model import NUMERIC, TEMPORAL, ColumnKind, ColumnProfile
from stageprint.model.epoch import microseconds_of

DAY_MICROSECONDS: Final = 86_400_000_000
_LARGEST_FLOAT: Final = float(np.finfo(np.float32).max)

Comparable: TypeAlias = int | float | Decimal


def read_limit(value: Any) -> int | float | dt.datetime:
    """Return a limit from YAML: a number, or a date or time, which is in UTC unless it has a time zone.

    Raises:
        ValueError: The value is neither.
    """
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))  # Python 3.10 does not know the Z
        except ValueError:
            value = None
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time())
    if isinstance(value, dt.datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=dt.timezone.utc)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    message = "expected a number, or a date such as 2013-01-31"
    raise ValueError(message)


Limit = Annotated[int | float | dt.datetime, PlainValidator(read_limit)]
"""A number, or a moment in UTC."""


def _number(limit: float | dt.datetime) -> float:
    return microseconds_of(limit) if isinstance(limit, dt.datetime) else limit


def show_limit(limit: float | dt.datetime) -> str:
    """Return a limit as `expected` shows it."""
    return moment(microseconds_of(limit)) if isinstance(limit, dt.datetime) else number(limit)


class LimitParameters(Parameters):
    """A smallest and a largest accepted value; at least one of them is given.

    Attributes:
        min: Smallest accepted value: a number or a date.
        max: Largest accepted value.
    """

    min: Limit | None = None
    max: Limit | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.min, self.max
        if low is None and high is None:
            message = "expected `min`, `max` or both, got neither"
            raise ValueError(message)
        if low is not None and high is not None:
            if isinstance(low, dt.datetime) != isinstance(high, dt.datetime):
                message = "expected `min` and `max` to be both numbers or both dates"
                raise ValueError(message)
            if _number(low) > _number(high):
                message = f"expected `min` to be at most `max`, got {show_limit(low)} and {show_limit(high)}"
                raise ValueError(message)
        return self

    @property
    def text(self) -> str:
        """The range in words."""
        return between(*(None if limit is None else show_limit(limit) for limit in (self.min, self.max)))


class Scale:
    """Makes a column's values comparable with limits: numbers unchanged, dates and timestamps as microseconds.

    Args:
        column: The column.

    Raises:
        UndecidedError: The column holds neither numbers nor dates.
    """

    def __init__(self, column: ColumnProfile) -> None:
        if column.kind not in NUMERIC | TEMPORAL:
            reason = f"the column is {column.data_type}, neither a number nor a date"
            raise UndecidedError(reason)
        self._column = column
        self._kind = column.kind

    def limit(self, limit: float | dt.datetime | None) -> Comparable | None:
        """Return a limit in the form of the column's values.

        Raises:
            UndecidedError: The limit is a date and the column holds numbers, or the reverse.
        """
        if limit is None:
            return None
        if isinstance(limit, dt.datetime) != (self._kind in TEMPORAL):
            what = "a date" if isinstance(limit, dt.datetime) else "a number"
            reason = f"the column is {self._column.data_type}, the limit {show_limit(limit)} is {what}"
            raise UndecidedError(reason)
        if isinstance(limit, dt.datetime):
            return microseconds_of(limit)
        if self._kind is ColumnKind.DECIMAL:
            return Decimal(str(limit))  # 0.1 means the decimal, not the double next to it
        if self._column.data_type == "float" and abs(limit) <= _LARGEST_FLOAT:
            return float(np.float32(limit))  # likewise, the float 0.1 is not above a limit of 0.1
        return limit

    def double(self, limit: float | dt.datetime | None) -> float | None:
        """Return a limit as a double, to compare with estimates.

        Raises:
            UndecidedError: As for `limit`.
        """
        found = self.limit(limit)
        return None if found is None else float(found)

    def value(self, value: Any) -> Comparable:
        """Return a value of the column in the form that compares with limits."""
        found: Comparable = value * DAY_MICROSECONDS if self._kind is ColumnKind.DATE else value
        return found

    def show(self, value: Comparable) -> str:
        """Return the text of a value that `value` returned."""
        return moment(int(value)) if self._kind in TEMPORAL else number(value)
