"""Formats and patterns of a sample of a column's distinct texts; the texts themselves are not kept."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from typing_extensions import Self

from stageprint.batch.text_formats import TextFormat, TextShape, text_shape
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.arrays import Longs
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.murmur import Words

_HEADER: Final = struct.Struct("<IBI")
_NO_HASHES: Final = np.empty(0, np.uint64)
_NO_ROWS: Final = np.empty(0, np.int64)


class TextShapesState(State):
    """Formats and patterns of the k distinct strings with the smallest hashes, and the exact rows of each.

    A bottom-k sample (Cohen & Kaplan 2007): every distinct string has the same chance to be sampled, however often it
    occurs. The k smallest hashes of all rows are among the k smallest of any part, so all rows of a sampled string are
    counted. With at most k distinct strings the sample is the whole column. Strings are not kept, only their 64-bit
    hashes (MurmurHash3; BLAKE2b for more than 512 bytes). Two strings with one hash are counted as one: among a million
    strings, a chance of 1 in 10^7. The state depends on the rows only, not on their order or partitions.

    Attributes:
        k: Largest number of strings in the sample.
        complete: Whether every distinct string is in the sample.
    """

    name: ClassVar[str] = "text_shapes"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})

    def __init__(self, kind: ColumnKind, k: int) -> None:
        super().__init__(kind)
        self.k = k
        self.complete = True
        self._hashes: Words = _NO_HASHES  # ascending
        self._rows: Longs = _NO_ROWS
        self._shapes: dict[int, TextShape] = {}

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the sample of no strings, of at most ``settings.shape_values``."""
        return cls(kind, settings.shape_values)

    @property
    def distinct(self) -> int:
        """Number of distinct strings in the sample."""
        return len(self._hashes)

    @property
    def rows(self) -> int:
        """Number of rows whose string is in the sample."""
        return int(self._rows.sum())

    def items(self) -> dict[int, tuple[TextShape, int]]:
        """Return hash (`Texts.entry_hashes`) → shape and rows of each sampled string, hashes ascending."""
        pairs = zip(self._hashes.tolist(), self._rows.tolist(), strict=True)
        return {value: (self._shapes[value], rows) for value, rows in pairs}

    def update(self, batch: ColumnBatch) -> None:
        """Take in the strings of one batch."""
        texts = batch.texts
        hashes, counts = texts.entry_hashes, texts.counts
        places: Longs | None = None
        if not self.complete:
            # Once strings were dropped, only hashes up to the largest one kept matter, and those are few.
            places = np.flatnonzero(hashes <= self._hashes[-1])
            hashes = hashes[places]
            counts = None if counts is None else counts[places]
        if not len(hashes):
            return
        new = self._count_known(hashes, counts)
        if new is None:
            return
        places = new if places is None else places[new]
        hashes, counts = hashes[new], None if counts is None else counts[new]
        least = _least(hashes, self.k)
        if least is not None:
            self.complete = False
            hashes, places, counts = hashes[least], places[least], None if counts is None else counts[least]
        distinct, first, of = np.unique(hashes, return_index=True, return_inverse=True)
        rows = np.bincount(of, counts).astype(np.int64)
        self._join(distinct, rows)
        # Only strings that stay in the sample are parsed.
        at = places[first[: int(np.searchsorted(distinct, self._hashes[-1], "right"))]]
        found = texts.take(at)
        self._shapes.update(
            (value, text_shape(text)) for value, text in zip(distinct[: len(found)].tolist(), found, strict=True)
        )

    def _count_known(self, hashes: Words, counts: Longs | None) -> Longs | None:
        """Count the rows of strings that are in the sample; return the positions of the others, None without others."""
        if not len(self._hashes):
            return np.arange(len(hashes))
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)
        known = self._hashes[at] == hashes
        if known.all():
            self._rows += np.bincount(at, counts, len(self._rows)).astype(np.int64)
            return None
        more = np.bincount(at[known], None if counts is None else counts[known], len(self._rows))
        self._rows += more.astype(np.int64)
        return np.flatnonzero(~known)

    def _join(self, hashes: Words, rows: Longs) -> None:
        """Add distinct strings, in the sample or not, and keep the k with the smallest hashes."""
        both, of = np.unique(np.concatenate((self._hashes, hashes)), return_inverse=True)
        totals = np.zeros(len(both), np.int64)
        np.add.at(totals, of, np.concatenate((self._rows, rows)))
        if len(both) > self.k:
            self.complete = False
            for value in both[self.k :].tolist():
                self._shapes.pop(value, None)
        self._hashes, self._rows = both[: self.k], totals[: self.k]

    def merge(self, other: Self) -> None:
        """Take in the sample of other rows; of two sizes, the smaller one counts."""
        self._check_mergeable(other)
        self.k = min(self.k, other.k)
        self.complete = self.complete and other.complete
        self._shapes = {**other._shapes, **self._shapes}
        self._join(other._hashes, other._rows)

    def _payload(self) -> bytes:
        shapes = [self._shapes[value] for value in self._hashes.tolist()]
        patterns = sorted({shape.pattern for shape in shapes})
        numbers = {pattern: number for number, pattern in enumerate(patterns)}
        return b"".join(
            (
                _HEADER.pack(self.k, self.complete, len(shapes)),
                self._hashes.astype("<u8").tobytes(),
                self._rows.astype("<i8").tobytes(),
                np.array([numbers[shape.pattern] for shape in shapes], "<u2").tobytes(),
                bytes(shape.formats for shape in shapes),
                json.dumps(patterns, separators=(",", ":")).encode(),
            )
        )

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        k, complete, size = _HEADER.unpack_from(payload)
        columns, at = [], _HEADER.size
        for dtype in (np.dtype("<u8"), np.dtype("<i8"), np.dtype("<u2"), np.dtype("u1")):
            columns.append(np.frombuffer(payload, dtype, size, at))
            at += size * dtype.itemsize
        hashes, rows, numbers, forms = columns
        patterns = json.loads(payload[at:])
        if size > k or complete > 1 or (not complete and size < k):
            message = f"damaged text_shapes state: {size} strings of at most {k}"
            raise StateError(message)
        state = cls(kind, k)
        state.complete = bool(complete)
        state._hashes, state._rows = hashes.astype(np.uint64), rows.astype(np.int64)
        shapes = (
            TextShape(TextFormat(form), patterns[number]) for form, number in zip(forms.tolist(), numbers, strict=True)
        )
        state._shapes = dict(zip(hashes.tolist(), shapes, strict=True))
        return state


def _least(hashes: Words, k: int) -> Longs | None:
    """Return the positions of more than `k` distinct smallest hashes; None where there are not many more than `k`."""
    size = 2 * k
    while size < len(hashes):
        places = np.flatnonzero(hashes <= np.partition(hashes, size)[size])
        if len(np.unique(hashes[places])) > k:
            return places
        size *= 8  # few distinct strings so far
    return None
