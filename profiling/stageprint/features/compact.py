"""What comparisons with later runs need of a profile, in a few kibibytes: its shape, the distribution in outline.

A run is the run under test once, and part of the past of dozens of runs after it. As past it is mostly one of several
in a mean, and its sketch's thousand points say little more there than two hundred. So the shape is stored beside the
states when the profile is, and comparisons read the states of the run under test alone.
"""

from __future__ import annotations

import struct
from dataclasses import fields, replace
from functools import cache
from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stageprint.errors import StateError
from stageprint.features.column import Shape
from stageprint.features.distribution import Cdf
from stageprint.features.from_profile import read_column
from stageprint.features.labels import Labels
from stageprint.model import ColumnKind, ColumnProfile

Floats = NDArray[np.float64]

OUTLINE_VERSION: Final = 1
"""Version of the bytes; of outlines of other versions the states are read instead."""

GROUPS: Final = 200
"""Parts of equal mass that a distribution is cut into."""

_HEAVY: Final = 1 / GROUPS
"""Mass from which a single value is kept as it is."""

_SCALARS: Final = tuple(field.name for field in fields(Shape) if field.type == "float")

# Bytes of the states' names, numbers of exact figures, of points, of labels, of bytes of their texts, of hours; then
# the scalars. Names (padded, so that doubles are aligned), exact figures, points, hours, labels and texts follow.
_HEADER: Final = struct.Struct(f"<HBIIIB{len(_SCALARS)}d")
_DOUBLE: Final = 8
_CDF: Final = struct.Struct("<3d")
_LABELS: Final = struct.Struct("<d")


def outlined(shape: Shape) -> Shape:
    """Return the shape with its distribution in outline; one that holds every value stays as it is."""
    return shape if shape.cdf is None else replace(shape, cdf=outline(shape.cdf))


def outline(cdf: Cdf) -> Cdf:
    """Return a sketched distribution by about `GROUPS` of its points, if it has more than twice as many.

    Neighbouring points are put together on the middle one of them until they have 1/`GROUPS` of the mass; the ends and
    heavier points stay as they are. By how much that moves the distribution function and the mass at a point is known
    exactly, and added to the sketch's errors in squares: it has nothing to do with them.

    Example:
        >>> sketch = Cdf.of(np.arange(2000.0), np.ones(2000), rank_error=0.007, mass_error=0.009)
        >>> small = outline(sketch)
        >>> len(small.points), round(small.rank_error, 4), round(small.mass_error, 4)
        (202, 0.0074, 0.0101)
    """
    if not cdf.rank_error or len(cdf.points) <= 2 * GROUPS:
        return cdf  # what would be saved is not worth the error
    heavy = cdf.masses >= _HEAVY
    heavy[[0, -1]] = True
    part = ((cdf.upto - cdf.masses / 2) * GROUPS).astype(np.intp)
    starts = np.ones(len(part), dtype=bool)
    starts[1:] = (part[1:] != part[:-1]) | heavy[1:] | heavy[:-1]
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(part)) - 1
    middle = (first + last) // 2
    upto = cdf.upto[last]
    below = cdf.padded[first]
    moved = max(float((cdf.padded[middle] - below).max()), float((upto - cdf.upto[middle]).max()))
    gathered = float((upto - below - cdf.masses[middle]).max())
    return Cdf(
        cdf.points[middle], upto, cdf.size, hypot(cdf.rank_error, moved), hypot(cdf.mass_error, max(0.0, gathered))
    )


def outline_bytes(profile: ColumnProfile) -> bytes:
    """Return a profile's outline as it is stored: little-endian doubles and the labels' texts."""
    shape = outlined(read_column(profile))
    names = ",".join(sorted(shape.states))
    states = (names + "," * (-len(names) % _DOUBLE)).encode()
    cdf, labels, hours = shape.cdf, shape.labels, shape.hours
    texts = list(labels.index) if labels is not None else []
    joined = "".join(texts).encode()
    parts = [
        _HEADER.pack(
            len(states),
            len(shape.exact),
            0 if cdf is None else len(cdf.points) + 1,
            0 if labels is None else len(texts) + 1,
            len(joined),
            0 if hours is None else len(hours),
            *(getattr(shape, name) for name in _SCALARS),
        ),
        states,
        struct.pack(f"<{len(shape.exact)}d", *shape.exact),
    ]
    if cdf is not None:
        parts += [_CDF.pack(cdf.size, cdf.rank_error, cdf.mass_error), _packed(cdf.points), _packed(cdf.upto)]
    if hours is not None:
        parts.append(_packed(hours))
    if labels is not None:
        parts += [_LABELS.pack(labels.absent), _packed(labels.lower)]
        parts += [np.fromiter(map(len, texts), "<u4", len(texts)).tobytes(), joined]
    return b"".join(parts)


def read_outline(kind: ColumnKind, data_type: str, stored: bytes) -> Shape:
    """Return the shape that `outline_bytes` made these bytes of.

    Args:
        kind: The column's kind.
        data_type: Its Spark type.
        stored: The bytes, of `OUTLINE_VERSION`.

    Raises:
        StateError: The bytes are damaged.
    """
    try:
        return _read(kind, data_type, stored)
    except (struct.error, ValueError) as error:
        message = f"damaged outline ({len(stored)} bytes): {error}"
        raise StateError(message) from error


def _read(kind: ColumnKind, data_type: str, stored: bytes) -> Shape:
    names, exact, points, labels, texts, hours, *scalars = _HEADER.unpack_from(stored)
    at = _HEADER.size + names
    shape = Shape(kind, data_type, _states(stored[_HEADER.size : at]), *scalars)
    shape.exact = struct.unpack_from(f"<{exact}d", stored, at)
    at += 8 * exact
    if points:
        size, rank_error, mass_error = _CDF.unpack_from(stored, at)
        both = np.frombuffer(stored, "<f8", 2 * (points - 1), at + _CDF.size)
        shape.cdf = Cdf(both[: points - 1], both[points - 1 :], size, rank_error, mass_error)
        at += _CDF.size + both.nbytes
    if hours:
        shape.hours = np.frombuffer(stored, "<f8", hours, at)
        at += shape.hours.nbytes
    if labels:
        (absent,) = _LABELS.unpack_from(stored, at)
        lower = np.frombuffer(stored, "<f8", labels - 1, at + _LABELS.size)
        at += _LABELS.size + lower.nbytes
        lengths = np.frombuffer(stored, "<u4", labels - 1, at)
        at += lengths.nbytes
        joined = stored[at : at + texts].decode()
        at += texts
        ends = np.cumsum(lengths, dtype=np.int64).tolist()
        found = [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        shape.labels = Labels.counted(found, lower, 1.0, absent)
    if at != len(stored):
        message = f"expected {at}"
        raise ValueError(message)
    return shape


@cache
def _states(joined: bytes) -> frozenset[str]:
    return frozenset(joined.decode().split(",")) - {""}


def _packed(values: Floats) -> bytes:
    return np.asarray(values, "<f8").tobytes()
