"""Change of the share of nulls."""

from __future__ import annotations

from typing import ClassVar

from profiling.model import ALL_KINDS, ColumnKind
from profiling.shifts._share import ShareShift
from profiling.shifts.base import Example


class NullShare(ShareShift):
    """|h(p_C) − h(p_R)| of the share of nulls among all rows."""

    name: ClassVar[str] = "null_share"
    convention: ClassVar[str] = "nulls ÷ rows; NaN is no null"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    share: ClassVar[str] = "null_share"
    of: ClassVar[str] = "rows"
    freedom: ClassVar[float] = 6.5
    example: ClassVar[Example] = Example([1.0] * 4, [1.0] * 3 + [None], 1.0471975511965976, ColumnKind.FLOAT)
