"""The most frequent texts of a string column."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch
    from stageprint.batch.texts import Texts

MAX_CHARACTERS: Final = 256
"""Length up to which a text is kept whole. A longer one becomes its beginning, ``…`` and 16 hex digits of its hash."""

RARE: Final = "__rare__"
"""Stands for all texts of a sensitive column that too few rows share."""

_HASH_DIGITS: Final = 16
# The library's format: "preamble longs", version, family, binary logarithms of the table's largest and present size,
# flags; then the number of texts, the stream's length, the error; then the counts; then each text after its length.
_HEADER: Final = struct.Struct("<BBBBBBH")
_TOTALS: Final = struct.Struct("<I4xQQ")
_LENGTH: Final = struct.Struct("<I")
_FAMILY: Final = 10
_IS_EMPTY: Final = 5
_LG_SMALLEST: Final = 3


class Item(NamedTuple):
    """A text and its number of rows: an estimate with a lower and an upper bound."""

    item: str
    estimate: int
    lower: int
    upper: int


class FrequentItemsState(State):
    """Counts of the most frequent texts: exact while there are at most `capacity`, estimates with bounds beyond.

    The counters of Misra & Gries (1982), merged as in Agarwal et al. (2013, "Mergeable summaries"): when there are too
    many texts, the count of the first that does not fit is subtracted from all counts and added to the error. So the
    error of a count is at most 1/`capacity` of the rows.

    The payload is the library's frequent-strings sketch. Followed by an 8-byte big-endian count of nulls, it is the
    sketch that Spark's ``approx_top_k_estimate`` takes. Texts of more than 256 characters are shortened, with a hash
    that tells them apart, so that the size of a state is bounded.

    Attributes:
        rows: Number of rows with a text.
        max_error: Bound on the error of a count: upper − lower bound; 0 while all counts are exact.
    """

    name: ClassVar[str] = "frequent_items"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    takes_hashes: ClassVar[bool] = True
    forgets_rare_values: ClassVar[bool] = True

    def __init__(self, kind: ColumnKind, lg_size: int) -> None:
        super().__init__(kind)
        self._lg_size = lg_size
        self._counts: dict[str, int] = {}
        self.rows = 0
        self.max_error = 0

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:
        """Return the counts of no texts, with room for at least ``settings.max_items`` texts."""
        # The library fills its table to three quarters.
        return cls(kind, max(_LG_SMALLEST, (-(-4 * settings.max_items // 3) - 1).bit_length()))

    @property
    def capacity(self) -> int:
        """Number of texts that can be counted."""
        return 3 << self._lg_size >> 2

    @property
    def complete(self) -> bool:
        """Whether every text is counted, exactly and separately."""
        return not self.max_error and RARE not in self._counts

    def items(self, top: int | None = None) -> list[Item]:
        """Return the `top` most frequent texts (None: all that are counted), by falling count and then by text."""
        ordered = sorted(self._counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return [Item(text, count + self.max_error, count, count + self.max_error) for text, count in ordered[:top]]

    def arrays(self) -> tuple[list[str], npt.NDArray[np.int64]]:
        """Return the texts in the order of `items`, and the lower bounds of their counts, shape (n,)."""
        texts = sorted(self._counts)
        counts = np.fromiter(map(self._counts.__getitem__, texts), np.int64, len(texts))
        order = np.argsort(-counts, kind="stable")
        return [texts[place] for place in order.tolist()], counts[order]

    def update(self, batch: ColumnBatch) -> None:
        """Take in the texts of one batch."""
        texts = batch.texts
        self.rows += texts.rows
        # Texts that would be dropped at once are never made Python objects.
        at, counts, cut = texts.most_frequent(self.capacity)
        self.max_error += cut
        above = counts > cut
        if above.all():
            self._add(_shortened(texts, at), (counts - cut).tolist())
        elif not self._counts:
            self._add(_shortened(texts, at), counts.tolist())

    def merge(self, other: Self) -> None:
        """Take in the counts of other rows; the result has the smaller of the two capacities."""
        self._check_mergeable(other)
        self._lg_size = min(self._lg_size, other._lg_size)
        self.rows += other.rows
        self.max_error += other.max_error
        self._add(list(other._counts), list(other._counts.values()))

    def suppress(self, minimum: int) -> None:
        """Count all texts of fewer than `minimum` rows together, as `RARE`."""
        kept = {text: count for text, count in self._counts.items() if count >= minimum or text == RARE}
        rare = sum(self._counts.values()) - sum(kept.values())
        if rare:
            kept[RARE] = kept.get(RARE, 0) + rare
        self._counts = kept

    def _add(self, texts: list[str], counts: list[int]) -> None:
        own = self._counts
        for text, count in zip(texts, counts, strict=True):
            own[text] = own.get(text, 0) + count
        if len(own) > self.capacity:
            cut = sorted(own.values(), reverse=True)[self.capacity]
            self.max_error += cut
            self._counts = {text: count - cut for text, count in own.items() if count > cut}
            if not self._counts:
                # The library's bytes hold no totals without an item. The first of these texts did occur `cut` times.
                self._counts = {min(own): cut}

    def _payload(self) -> bytes:
        if not self._counts:
            return _HEADER.pack(1, 1, _FAMILY, self._lg_size, _LG_SMALLEST, _IS_EMPTY, 0)
        texts = sorted(self._counts)
        # The smallest table that is at most three quarters full.
        lg_table = max(_LG_SMALLEST, (4 * len(texts) // 3).bit_length())
        encoded = [text.encode() for text in texts]
        return b"".join(
            (
                _HEADER.pack(4, 1, _FAMILY, self._lg_size, min(lg_table, self._lg_size), 0, 0),
                _TOTALS.pack(len(texts), self.rows, self.max_error),
                struct.pack(f"<{len(texts)}Q", *(self._counts[text] for text in texts)),
                *(part for text in encoded for part in (len(text).to_bytes(4, "little"), text)),
            )
        )

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        longs, _, family, lg_size, *_ = _HEADER.unpack_from(payload)
        if family != _FAMILY or longs not in {1, 4} or (longs == 1) != (len(payload) == _HEADER.size):
            message = "not a frequent-items sketch"
            raise ValueError(message)
        state = cls(kind, lg_size)
        if longs > 1:
            size, state.rows, state.max_error = _TOTALS.unpack_from(payload, _HEADER.size)
            counts = struct.unpack_from(f"<{size}Q", payload, _HEADER.size + _TOTALS.size)
            state._counts = dict(zip(_texts(payload, size), counts, strict=True))
        return state


def _texts(payload: bytes, size: int) -> list[str]:
    """Return the texts that follow the counts; six times as fast as the library, which makes an object of each.

    Raises:
        ValueError: The bytes end before or after the last text.
    """
    texts, at, length_at = [], _HEADER.size + _TOTALS.size + 8 * size, _LENGTH.unpack_from
    for _ in range(size):
        begin = at + 4
        at = begin + length_at(payload, at)[0]
        texts.append(str(payload[begin:at], "utf-8"))
    if at != len(payload):
        message = f"{size} texts in {at} bytes, got {len(payload)}"
        raise ValueError(message)
    return texts


def _shortened(texts: Texts, at: npt.NDArray[np.intp]) -> list[str]:
    """Return the texts at some positions; too long ones are shortened."""
    found = texts.take(at)
    if int(texts.lengths.max(initial=0)) <= MAX_CHARACTERS:
        return found
    return [text if len(text) <= MAX_CHARACTERS else _short(text) for text in found]


def _short(text: str) -> str:
    digest = hashlib.blake2b(text.encode(), digest_size=_HASH_DIGITS // 2).hexdigest()
    return f"{text[: MAX_CHARACTERS - _HASH_DIGITS - 1]}…{digest}"
