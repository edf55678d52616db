"""Base of the small exact counts: a few named numbers that add up."""

from __future__ import annotations

import struct
from typing import ClassVar

from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind
from stageprint.states.base import State


class TallyState(State):
    """Exact counts, one attribute for each of `fields`.

    They are states of their own rather than fields of `counts`: a profile stored before they existed lacks them instead
    of saying 0.
    """

    fields: ClassVar[tuple[str, ...]]
    """Written into stored bytes in this order: only append, with a new version."""

    def __init__(self, kind: ColumnKind) -> None:
        super().__init__(kind)
        self._add(*(0 for _ in self.fields), fresh=True)

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- counts have no size
        """Return the counts of no rows."""
        return cls(kind)

    def _add(self, *rows: int, fresh: bool = False) -> None:
        for field, more in zip(self.fields, rows, strict=True):
            setattr(self, field, more if fresh else getattr(self, field) + more)

    def _numbers(self) -> tuple[int, ...]:
        return tuple(getattr(self, field) for field in self.fields)

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        self._check_mergeable(other)
        self._add(*other._numbers())

    def _payload(self) -> bytes:
        return struct.pack(f"<{len(self.fields)}q", *self._numbers())

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        state._add(*struct.unpack(f"<{len(cls.fields)}q", payload))
        return state
