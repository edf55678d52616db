"""Compact features: a column's features in a few KiB, its distribution reduced to about 200 points, as bytes.

A run is compared once as the run under test, and then dozens of times as part of the past of later runs. There it is
mostly one of several runs in a mean, where the thousand points of a sketch say little more than two hundred do. So
compact features are stored beside the states of each profile, and a comparison reads states of the run under test only.
"""

from __future__ import annotations

import struct
from dataclasses import fields, replace
from functools import cache
from math import hypot
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stageprint.errors import StateError
from stageprint.features.column import ColumnFeatures
from stageprint.features.distribution import Cdf
from stageprint.features.from_profile import read_column
from stageprint.features.labels import LabelShares
from stageprint.model import ColumnKind, ColumnProfile

Floats = NDArray[np.float64]

COMPACT_VERSION: Final = 3
"""Version of the bytes. Where a store holds another version, comparisons read the states instead."""

MASS_GROUPS: Final = 200
"""Number of groups of equal mass that a distribution is cut into."""

_MIN_KEPT_MASS: Final = 1 / MASS_GROUPS
"""Mass from which a single value stays a point of its own."""

SCALAR_NAMES: Final = tuple(field.name for field in fields(ColumnFeatures) if field.type == "float")

# The header holds: bytes of the states' names; number of exact figures; number of points + 1, or 0 without a
# distribution; number of labels + 1, or 0 without labels; bytes of the labels' texts; the same two of the forms of
# texts; number of hours; number of days of the week; the scalars. Then follow: names (padded to align the doubles),
# exact figures, distribution, hours, days of the week, labels with their texts, forms with their texts.
_HEADER: Final = struct.Struct(f"<HBIIIIIBB{len(SCALAR_NAMES)}d")
_DOUBLE: Final = 8
_CDF: Final = struct.Struct("<3d")
_LABELS: Final = struct.Struct("<d")


def compact_features(features: ColumnFeatures) -> ColumnFeatures:
    """Return the features with a compact distribution; an exact distribution is returned as it is."""
    return features if features.cdf is None else replace(features, cdf=compact_cdf(features.cdf))


def compact_cdf(cdf: Cdf) -> Cdf:
    """Return a sketched distribution reduced to about `MASS_GROUPS` points.

    Neighbouring points are replaced by the middle one of them, in groups of mass 1/`MASS_GROUPS`. The first and the
    last point and those of more than that mass stay as they are. How far that moves the distribution function and the
    mass at a point is known exactly; it is added to the sketch's errors in squares, as it is independent of them.

    An exact distribution, and one of at most twice `MASS_GROUPS` points, is returned as it is.

    Example:
        >>> sketch = Cdf.of(np.arange(2000.0), np.ones(2000), rank_error=0.007, mass_error=0.009)
        >>> small = compact_cdf(sketch)
        >>> len(small.points), round(small.rank_error, 4), round(small.mass_error, 4)
        (202, 0.0074, 0.0101)
    """
    if not cdf.rank_error or len(cdf.points) <= 2 * MASS_GROUPS:
        return cdf
    heavy = cdf.masses >= _MIN_KEPT_MASS
    heavy[[0, -1]] = True
    part = ((cdf.cumulative - cdf.masses / 2) * MASS_GROUPS).astype(np.intp)
    starts = np.ones(len(part), dtype=bool)
    starts[1:] = (part[1:] != part[:-1]) | heavy[1:] | heavy[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(part)) - 1
    middle = (first + last) // 2
    cumulative = cdf.cumulative[last]
    below = cdf.padded[first]
    moved = max(float((cdf.padded[middle] - below).max()), float((cumulative - cdf.cumulative[middle]).max()))
    gathered = float((cumulative - below - cdf.masses[middle]).max())
    mass_error = hypot(cdf.mass_error, max(0.0, gathered))
    return Cdf(cdf.points[middle], cumulative, cdf.size, hypot(cdf.rank_error, moved), mass_error)


def compact_bytes(profile: ColumnProfile) -> bytes:
    """Return a profile's compact features as bytes: little-endian, doubles and the labels' texts in UTF-8."""
    features = compact_features(read_column(profile))
    names = ",".join(sorted(features.states))
    states = (names + "," * (-len(names) % _DOUBLE)).encode()
    cdf, hours, weekdays = features.cdf, features.hours, features.weekdays
    labels, forms = _labels_bytes(features.labels), _labels_bytes(features.forms)
    parts = [
        _HEADER.pack(
            len(states),
            len(features.exact),
            0 if cdf is None else len(cdf.points) + 1,
            *labels.sizes,
            *forms.sizes,
            0 if hours is None else len(hours),
            0 if weekdays is None else len(weekdays),
            *(getattr(features, name) for name in SCALAR_NAMES),
        ),
        states,
        struct.pack(f"<{len(features.exact)}d", *features.exact),
    ]
    if cdf is not None:
        parts += [_CDF.pack(cdf.size, cdf.rank_error, cdf.mass_error), _packed(cdf.points), _packed(cdf.cumulative)]
    parts += [_packed(shares) for shares in (hours, weekdays) if shares is not None]
    return b"".join([*parts, labels.stored, forms.stored])


def read_compact(kind: ColumnKind, data_type: str, stored: bytes) -> ColumnFeatures:
    """Return the features that `compact_bytes` stored.

    Args:
        kind: The column's kind.
        data_type: Spark SQL's name of its type.
        stored: Bytes of version `COMPACT_VERSION`.

    Raises:
        StateError: The bytes are damaged.
    """
    try:
        return _read(kind, data_type, stored)
    except (struct.error, ValueError) as error:
        message = f"damaged compact features ({len(stored)} bytes): {error}"
        raise StateError(message) from error


def _read(kind: ColumnKind, data_type: str, stored: bytes) -> ColumnFeatures:
    names, exact, points, labels, texts, forms, form_texts, hours, days, *scalars = _HEADER.unpack_from(stored)
    at = _HEADER.size + names
    features = ColumnFeatures(kind, data_type, _states(stored[_HEADER.size : at]), *scalars)
    features.exact = struct.unpack_from(f"<{exact}d", stored, at)
    at += 8 * exact
    if points:
        size, rank_error, mass_error = _CDF.unpack_from(stored, at)
        both = np.frombuffer(stored, "<f8", 2 * (points - 1), at + _CDF.size)
        features.cdf = Cdf(both[: points - 1], both[points - 1 :], size, rank_error, mass_error)
        at += _CDF.size + both.nbytes
    if hours:
        features.hours = np.frombuffer(stored, "<f8", hours, at)
        at += features.hours.nbytes
    if days:
        features.weekdays = np.frombuffer(stored, "<f8", days, at)
        at += features.weekdays.nbytes
    features.labels, at = _labels_from(stored, at, labels, texts)
    features.forms, at = _labels_from(stored, at, forms, form_texts)
    if at != len(stored):
        message = f"expected {at}"
        raise ValueError(message)
    return features


class _StoredLabels(NamedTuple):
    """Label shares as bytes: number of labels + 1 and bytes of their texts (0, 0 without labels), and the bytes."""

    sizes: tuple[int, int]
    stored: bytes


def _labels_bytes(labels: LabelShares | None) -> _StoredLabels:
    if labels is None:
        return _StoredLabels((0, 0), b"")
    texts = list(labels.index)
    joined = "".join(texts).encode()
    lengths = np.fromiter(map(len, texts), "<u4", len(texts)).tobytes()
    parts = [_LABELS.pack(labels.absent), _packed(labels.lower), lengths, joined]
    return _StoredLabels((len(texts) + 1, len(joined)), b"".join(parts))


def _labels_from(stored: bytes, at: int, labels: int, texts: int) -> tuple[LabelShares | None, int]:
    """Return the label shares that begin at a position, and where they end."""
    if not labels:
        return None, at
    (absent,) = _LABELS.unpack_from(stored, at)
    lower = np.frombuffer(stored, "<f8", labels - 1, at + _LABELS.size)
    at += _LABELS.size + lower.nbytes
    lengths = np.frombuffer(stored, "<u4", labels - 1, at)
    at += lengths.nbytes
    joined = stored[at : at + texts].decode()
    ends = np.cumsum(lengths, dtype=np.int64).tolist()
    found = [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    return LabelShares.counted(found, lower, 1.0, absent), at + texts


@cache
def _states(joined: bytes) -> frozenset[str]:
    return frozenset(joined.decode().split(",")) - {""}


def _packed(values: Floats) -> bytes:
    return np.asarray(values, "<f8").tobytes()
