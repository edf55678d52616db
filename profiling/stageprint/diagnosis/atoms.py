"""Single values that gained rows: the mark of sentinels, defaults, clipping and stuck sensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair
from stageprint.features.column import MAX_MAGNITUDE
from stageprint.features.distribution import AlignedCdfs, mass_changes
from stageprint.model import ColumnKind
from stageprint.model.figures import single
from stageprint.model.spark_sql import INFINITIES

SENTINEL_LABELS = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "nil", "unknown", "unk", "missing", "undefined", "?", "-", "--"}
)
"""What programs and people write for "no value", case-folded and stripped."""

MIN_SECOND_GAIN_SHARE = 0.5
"""Minimum second largest gain of a value, as a share of the largest: then several values heap up without a fault."""

DAY_MICROS = 86_400_000_000.0


@dataclass(frozen=True, slots=True)
class ShareOfValue:
    """One value, or one label, with its share of all rows.

    Attributes:
        value: The value; NaN for a label.
        label: The label; None for a value.
        now: Share of all rows in the run under test.
        then: Share in the reference run.
    """

    value: float
    label: str | None
    now: float
    then: float

    @property
    def gain(self) -> float:
        """Rise of the share."""
        return self.now - self.then


def gains(both: Pair) -> list[ShareOfValue]:
    """Return the single values (or labels) that gained rows."""
    now_share, then_share = 1 - both.now.missing_share, 1 - both.then.missing_share
    if both.now.cdf is not None and both.then.cdf is not None:
        points, now, then = mass_changes(AlignedCdfs.of(both.now.cdf, both.then.cdf))
        change = now * now_share - then * then_share
        # A few of the largest are enough: the rest of a sketch's points are single rows.
        largest = np.argsort(-change)[:5]
        return [
            ShareOfValue(float(points[at]), None, float(now[at] * now_share), float(then[at] * then_share))
            for at in largest
            if change[at] > np.hypot(both.now.cdf.mass_error, both.then.cdf.mass_error)
        ]
    labels = (both.now.labels.items() if both.then.values > 0 else ()) if both.now.cdf is None else ()
    return [
        ShareOfValue(float("nan"), label, share * now_share, both.then.labels.get(label, 0.0) * then_share)
        for label, share in labels
        if share * now_share > both.then.labels.get(label, 0.0) * then_share + both.then.slack
    ]


def share_error(now: Facts) -> float:
    """Return the bound (99 %) on the error of the share of the rows that any one value has; 0: it is exact."""
    error = now.slack if now.cdf is None else now.cdf.mass_error
    return error * (1 - now.missing_share)


def heaped(both: Pair) -> bool:
    """Return whether several values gained rows, so that none of them is the one that took them."""
    ranked = sorted((atom.gain for atom in gains(both)), reverse=True)
    return len(ranked) > 1 and ranked[1] > MIN_SECOND_GAIN_SHARE * ranked[0]


def is_sentinel(atom: ShareOfValue, kind: ColumnKind) -> bool:
    """Return whether the value is one that usually stands for "no value".

    Example:
        >>> [is_sentinel(ShareOfValue(value, None, 0.1, 0.0), ColumnKind.FLOAT) for value in (-999.0, 37.0)]
        [True, False]
        >>> is_sentinel(ShareOfValue(float("nan"), " N/A ", 0.1, 0.0), ColumnKind.STRING)
        True
    """
    if atom.label is not None:
        return atom.label.strip().casefold() in SENTINEL_LABELS
    if kind in (ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ):
        # Local midnights of 1 January 1970 lie up to 14 hours from UTC's.
        return abs(atom.value) <= 14 / 24 * DAY_MICROS
    if kind is ColumnKind.DATE:
        return abs(atom.value) <= 1
    digits = f"{abs(atom.value):.15g}"
    return atom.value in (0.0, -1.0) or (len(digits) >= 2 and set(digits) <= {"9"} and atom.value == int(atom.value))


def exact(atom: ShareOfValue) -> str | float:
    """Return the value as a query compares with it: a label as it is, a number with all of its digits."""
    if atom.label is not None:
        return atom.label
    return _infinite(atom.value) or exact_number(atom.value)


def exact_number(value: float) -> float:
    """Return a number as it stands in JSON: whole ones without a fraction."""
    return int(value) if value == int(value) else value


def spoken(atom: ShareOfValue, kind: ColumnKind) -> str:
    """Return the value as a sentence shows it."""
    if atom.label is not None:
        return repr(atom.label)
    return _infinite(atom.value) or single(atom.value, kind)


def _infinite(value: float) -> str:
    """Return what SQL calls a value so large that distributions keep it at `MAX_MAGNITUDE`; others: an empty text."""
    return "" if abs(value) < MAX_MAGNITUDE else INFINITIES[value > 0]
