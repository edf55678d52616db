"""Collects measurements and writes them as one Arrow table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.model import ColumnKey, NotComputable
from stageprint.shifts.base import Measured, Outcome, Shift

MEASUREMENTS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("slice_key", pa.string()),
        pa.field("slice_value", pa.string()),
        pa.field("column_name", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("reference", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("error", pa.float64()),
        pa.field("residual", pa.float64()),
        pa.field("variance_floor", pa.float64()),
        pa.field("n_reference", pa.int64()),
        pa.field("n_current", pa.int64()),
        pa.field("deterministic", pa.bool_(), nullable=False),
        pa.field("detail", pa.string()),
        pa.field("current_figure", pa.float64()),
        pa.field("reference_figure", pa.float64()),
        pa.field("reason", pa.string()),
    ]
)

Ints = NDArray[np.int64]

_NOTHING = Outcome(np.nan)


Code = TypeVar("Code", bound=Hashable)


class Key(NamedTuple):
    """What is measured."""

    column: ColumnKey
    kind: str


class Rows:
    """Measurements in the making: texts as codes, numbers as arrays."""

    def __init__(self) -> None:
        """Begin without a row."""
        self._keys: dict[Key, int] = {}
        self._statistics: dict[str, int] = {}
        self._references: dict[str, int] = {}
        self._chunks: list[pa.Table] = []
        self._single: list[tuple[int, int, int, Outcome | NotComputable, float, float, bool]] = []

    def one(
        self,
        key: Key,
        shift: Shift,
        reference: str,
        outcome: Outcome | NotComputable,
        n_reference: float,
        n_current: float,
    ) -> None:
        """Add one row."""
        statistic = _code(self._statistics, shift.name)
        codes = self.key(key), statistic, self.reference(reference)
        self._single.append((*codes, outcome, n_reference, n_current, shift.deterministic))

    def key(self, key: Key) -> int:
        """Return a key's code."""
        return _code(self._keys, key)

    def reference(self, name: str) -> int:
        """Return a reference's code."""
        return _code(self._references, name)

    def many(
        self,
        shift: Shift,
        measured: Measured,
        pairs: NDArray[np.intp],
        keys: Ints,
        references: Ints,
        n_reference: NDArray[np.float64],
        n_current: NDArray[np.float64],
    ) -> None:
        """Add a row for each of `pairs`, the position of a row's pair in `measured`."""
        size = len(pairs)
        self._chunks.append(
            _chunk(
                keys,
                np.full(size, _code(self._statistics, shift.name)),
                references,
                measured.value[pairs],
                measured.error[pairs],
                measured.floor[pairs],
                n_reference,
                n_current,
                np.full(size, shift.deterministic),
                _texts(measured.details, len(measured.value), pairs),
                _figures(measured.current_figure, pairs),
                _figures(measured.reference_figure, pairs),
                _texts(measured.reasons, len(measured.value), pairs),
            )
        )

    def table(self) -> pa.Table:
        """Return all rows in the schema `MEASUREMENTS`."""
        chunks = list(self._chunks)
        if self._single:
            single = list(zip(*self._single, strict=True))
            keys, statistics, references, outcomes, n_reference, n_current, deterministic = single
            known = [outcome if isinstance(outcome, Outcome) else _NOTHING for outcome in outcomes]
            reasons = [outcome.reason if isinstance(outcome, NotComputable) else None for outcome in outcomes]
            chunks.append(
                _chunk(
                    np.array(keys),
                    np.array(statistics),
                    np.array(references),
                    np.array([outcome.value for outcome in known], dtype=np.float64),
                    np.array([outcome.error for outcome in known], dtype=np.float64),
                    np.array([outcome.floor for outcome in known], dtype=np.float64),
                    np.array(n_reference, dtype=np.float64),
                    np.array(n_current, dtype=np.float64),
                    np.array(deterministic),
                    pa.array([outcome.detail for outcome in known], pa.string()),
                    np.array([outcome.now for outcome in known], dtype=np.float64),
                    np.array([outcome.then for outcome in known], dtype=np.float64),
                    pa.array(reasons, pa.string()),
                )
            )
        if not chunks:
            return MEASUREMENTS.empty_table()
        coded = pa.concat_tables(chunks).combine_chunks()
        columns = [key.column for key in self._keys]
        slices = [(None, None) if column.slice is None else column.slice for column in columns]
        arrays = [
            _decode(coded["key"], [column.stage for column in columns]),
            _decode(coded["key"], [column.table for column in columns]),
            _decode(coded["key"], [part for part, _ in slices]),
            _decode(coded["key"], [value for _, value in slices]),
            _decode(coded["key"], [column.column for column in columns]),
            _decode(coded["key"], [key.kind for key in self._keys]),
            _decode(coded["statistic"], list(self._statistics)),
            _decode(coded["reference"], list(self._references)),
            *(coded[name] for name in coded.column_names[3:]),
        ]
        return pa.table(arrays, schema=MEASUREMENTS)


def _code(codes: dict[Code, int], name: Code) -> int:
    return codes.setdefault(name, len(codes))


def _figures(figures: NDArray[np.float64] | None, pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    return np.full(len(pairs), np.nan) if figures is None else figures[pairs]


def _texts(texts: Mapping[int, str], size: int, pairs: NDArray[np.intp]) -> pa.Array:
    if not texts:
        return pa.nulls(len(pairs), pa.string())
    filled: Sequence[str | None] = [texts.get(position) for position in range(size)]
    return pa.array(filled, pa.string()).take(pa.array(pairs))


def _chunk(
    key: Ints,
    statistic: Ints,
    reference: Ints,
    value: NDArray[np.float64],
    error: NDArray[np.float64],
    floor: NDArray[np.float64],
    n_reference: NDArray[np.float64],
    n_current: NDArray[np.float64],
    deterministic: NDArray[np.bool_],
    detail: pa.Array,
    current_figure: NDArray[np.float64],
    reference_figure: NDArray[np.float64],
    reason: pa.Array,
) -> pa.Table:
    missing = np.isnan(value)
    residual = np.maximum(0.0, np.abs(value) - error)
    return pa.table(
        {
            "key": key,
            "statistic": statistic,
            "reference": reference,
            "value": pa.array(value, mask=missing),
            "error": pa.array(error, mask=missing),
            "residual": pa.array(residual, mask=missing),
            "variance_floor": pa.array(floor, mask=missing),
            "n_reference": pa.array(np.nan_to_num(n_reference).astype(np.int64)),
            "n_current": pa.array(np.nan_to_num(n_current).astype(np.int64)),
            "deterministic": deterministic,
            "detail": detail,
            "current_figure": pa.array(current_figure, mask=np.isnan(current_figure)),
            "reference_figure": pa.array(reference_figure, mask=np.isnan(reference_figure)),
            "reason": reason,
        }
    )


def _decode(codes: pa.ChunkedArray, names: Sequence[str | None]) -> pa.Array:
    return pa.array(names, pa.string()).take(codes.combine_chunks())
