"""Predictions and scores of a model against the true labels: counts, sums, and scores by label on a fixed grid."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from typing_extensions import Self

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind, NotComputable
from stageprint.states.base import State

if TYPE_CHECKING:
    from stageprint.batch.column import ColumnBatch

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

MAX_LOG_ODDS: Final = 36.0
"""Log-odds at which the grid ends: scores of 2·10⁻¹⁶ and of 1 − 2·10⁻¹⁶, the precision of a double."""

CELL_LOG_ODDS: Final = 0.01
"""Width of a cell in log-odds: for a score s at most 0.0025, and at most 1 % of min(s, 1 − s)."""

CELLS: Final = round(2 * MAX_LOG_ODDS / CELL_LOG_ODDS) + 1

_UNITS_PER_ONE: Final = 1 << 40
"""Sums are whole numbers of units of 2⁻⁴⁰, so that they do not depend on the order of the rows."""

_MIN_SCORE: Final = float(np.finfo(np.float64).eps)
"""Scores are clipped to this distance from 0 and 1 for the logarithmic loss, as in scikit-learn."""

_COUNTS: Final = ("rows", "labelled", "other_labels", "compared", "agreeing", "scored", "outside", "positives")
_SUMS: Final = ("_scores", "_loss", "_squares")
_HEADER: Final = struct.Struct(f"<{len(_COUNTS)}q")
_SIZE: Final = struct.Struct("<I")
_SUM_BYTES: Final = 24
"""Bytes of a stored sum: enough for 2⁶³ rows of the largest loss."""


class QualityState(State):
    """Counts and sums from which accuracy, ROC AUC, log-loss and Brier score are computed.

    A batch is a struct with any of the fields ``label``, ``prediction`` and ``score``; of any other batch only the rows
    are counted. A label is a boolean, or 0 or 1; a score is the probability (0–1) that the label is true.

    Scores are counted by label in cells of equal width in log-odds. Rows of one cell count as ties; the error bound of
    `auc` says exactly how much that can change. All other figures are exact to 2⁻⁴¹ per row.

    Attributes:
        rows: Number of rows.
        labelled: Rows with a label.
        other_labels: Rows whose label is not true, false, 0 or 1.
        compared: Rows with a label and a prediction.
        agreeing: Rows whose label and prediction are equal.
        scored: Rows with a valid label and a score within 0–1.
        outside: Rows with a valid label and a score below 0, above 1 or NaN.
        positives: Rows among `scored` whose label is true.
    """

    name: ClassVar[str] = "quality"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.OTHER})
    default: ClassVar[bool] = False

    def __init__(self, kind: ColumnKind = ColumnKind.OTHER) -> None:
        super().__init__(kind)
        self.rows = self.labelled = self.other_labels = self.compared = self.agreeing = 0
        self.scored = self.outside = self.positives = 0
        self._scores = self._loss = self._squares = 0
        self._cells: Longs = np.zeros((2, CELLS), np.int64)

    @classmethod
    def empty(cls, kind: ColumnKind, settings: SketchSettings) -> Self:  # noqa: ARG003 -- the grid has one size
        """Return the state of no rows."""
        return cls(kind)

    def update(self, batch: ColumnBatch) -> None:
        """Take in a batch of structs."""
        self.rows += batch.rows
        answers = batch.array
        if not pa.types.is_struct(answers.type):
            return
        names = {answers.type.field(place).name for place in range(answers.type.num_fields)}
        if "label" not in names:
            return
        label = pc.struct_field(answers, "label")
        self.labelled += len(label) - label.null_count
        if "prediction" in names:
            same = _equal(label, pc.struct_field(answers, "prediction"))
            self.compared += len(same) - same.null_count
            self.agreeing += int(pc.sum(same.cast(pa.int64())).as_py() or 0)
        truth = _truth(label)
        if truth is None:
            self.other_labels += len(label) - label.null_count
            return
        self.other_labels += truth.null_count - label.null_count
        if "score" in names:
            self._add_scores(truth, pc.struct_field(answers, "score"))

    def _add_scores(self, truth: pa.Array, score: pa.Array) -> None:
        if not _is_number(score.type):
            return
        both = pc.and_(truth.is_valid(), score.is_valid())
        truths = truth.filter(both).to_numpy(zero_copy_only=False).astype(np.bool_)
        scores = score.filter(both).cast(pa.float64()).to_numpy(zero_copy_only=False)
        inside = (scores >= 0) & (scores <= 1)  # NaN is not
        self.outside += int(np.count_nonzero(~inside))
        truths, scores = truths[inside], scores[inside]
        self.scored += len(scores)
        self.positives += int(np.count_nonzero(truths))
        clipped = np.clip(scores, _MIN_SCORE, 1 - _MIN_SCORE)
        self._scores += _units(scores)
        self._loss += _units(-np.log(np.where(truths, clipped, 1 - clipped)))
        self._squares += _units((scores - truths) ** 2)
        odds = np.log(clipped) - np.log1p(-clipped)
        cells = np.clip(np.rint((odds + MAX_LOG_ODDS) / CELL_LOG_ODDS), 0, CELLS - 1).astype(np.int64)
        for side in (0, 1):
            self._cells[side] += np.bincount(cells[truths == bool(side)], minlength=CELLS)

    def merge(self, other: Self) -> None:
        """Add the counts of other rows."""
        self._check_mergeable(other)
        for name in (*_COUNTS, *_SUMS):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self._cells = self._cells + other._cells

    @property
    def accuracy(self) -> float | NotComputable:
        """Rows whose label and prediction are equal ÷ rows with both, 0–1."""
        if not self.compared:
            return NotComputable("no row has both a label and a prediction")
        return self.agreeing / self.compared

    @property
    def positive_share(self) -> float | NotComputable:
        """Share (0–1) of true labels among the rows with a label and a score."""
        reason = self._scored_reason()
        return self.positives / self.scored if reason is None else reason

    @property
    def mean_score(self) -> float | NotComputable:
        """Mean score (0–1) of the rows with a label and a score."""
        reason = self._scored_reason()
        return self._scores / _UNITS_PER_ONE / self.scored if reason is None else reason

    @property
    def log_loss(self) -> float | NotComputable:
        """Logarithmic loss in nats: mean of −ln of the probability that the model gave to the true label."""
        reason = self._scored_reason()
        return self._loss / _UNITS_PER_ONE / self.scored if reason is None else reason

    @property
    def brier(self) -> float | NotComputable:
        """Brier score: mean squared difference of score and label, 0–1 (Brier 1950)."""
        reason = self._scored_reason()
        return self._squares / _UNITS_PER_ONE / self.scored if reason is None else reason

    @property
    def auc(self) -> tuple[float, float] | NotComputable:
        """Area under the ROC curve (0–1), and the bound on its error.

        It is the probability that a row with a true label scores higher than one with a false label, ties counted half
        (Hanley & McNeil 1982). Rows of one cell count as ties: the error is at most half the share of such pairs.
        """
        reason = self._scored_reason()
        negatives = self.scored - self.positives
        if reason is not None:
            return reason
        if not self.positives or not negatives:
            return NotComputable("all labels are the same")
        below = np.cumsum(self._cells[0]) - self._cells[0]
        pairs = float(self.positives) * float(negatives)
        tied = float(np.dot(self._cells[0].astype(np.float64), self._cells[1].astype(np.float64))) / pairs
        wins = float(np.dot(below.astype(np.float64), self._cells[1].astype(np.float64))) / pairs
        return wins + tied / 2, tied / 2

    def figures(self) -> dict[str, float | NotComputable]:
        """Return every figure by name; ``auc_error`` is the bound on the error of ``auc``."""
        area = self.auc
        return {
            "accuracy": self.accuracy,
            "auc": area if isinstance(area, NotComputable) else area[0],
            "auc_error": area if isinstance(area, NotComputable) else area[1],
            "log_loss": self.log_loss,
            "brier": self.brier,
            "positive_share": self.positive_share,
            "mean_score": self.mean_score,
        }

    def _scored_reason(self) -> NotComputable | None:
        if self.other_labels:
            return NotComputable(f"{self.other_labels} labels are neither true nor false, 0 nor 1")
        if self.outside:
            return NotComputable(f"{self.outside} scores are no probability of 0-1")
        if not self.scored:
            return NotComputable("no row has both a label and a score")
        return None

    def _payload(self) -> bytes:
        used = np.flatnonzero(self._cells.any(axis=0))
        return b"".join(
            (
                _HEADER.pack(*(getattr(self, name) for name in _COUNTS)),
                *(getattr(self, name).to_bytes(_SUM_BYTES, "little") for name in _SUMS),
                _SIZE.pack(len(used)),
                used.astype("<u2").tobytes(),
                self._cells[:, used].astype("<i8").tobytes(),
            )
        )

    @classmethod
    def _from_payload(cls, kind: ColumnKind, version: int, payload: bytes) -> Self:  # noqa: ARG003 -- one version so far
        state = cls(kind)
        for name, value in zip(_COUNTS, _HEADER.unpack_from(payload), strict=True):
            setattr(state, name, value)
        at = _HEADER.size
        for name in _SUMS:
            setattr(state, name, int.from_bytes(payload[at : at + _SUM_BYTES], "little"))
            at += _SUM_BYTES
        (size,) = _SIZE.unpack_from(payload, at)
        at += _SIZE.size
        if len(payload) != at + size * 18 or size > CELLS:
            message = f"damaged quality state: {size} cells in {len(payload)} bytes"
            raise StateError(message)
        used = np.frombuffer(payload, "<u2", size, at).astype(np.intp)
        state._cells[:, used] = np.frombuffer(payload, "<i8", 2 * size, at + 2 * size).reshape(2, size)
        return state


def _is_number(data_type: pa.DataType) -> bool:
    return bool(pa.types.is_integer(data_type) or pa.types.is_floating(data_type) or pa.types.is_decimal(data_type))


def _truth(label: pa.Array) -> pa.Array | None:
    """Return labels as booleans, null where they are not 0 or 1; None for a type that is no boolean and no number."""
    if pa.types.is_boolean(label.type):
        return label
    if not _is_number(label.type):
        return None
    numbers = label.cast(pa.float64())
    return pc.if_else(
        pc.equal(numbers, 1.0), True, pc.if_else(pc.equal(numbers, 0.0), False, pa.scalar(None, pa.bool_()))
    )


def _equal(label: pa.Array, prediction: pa.Array) -> pa.Array:
    """Return whether both are equal, null where either is: numbers and booleans by value, others by their text."""

    def plain(side: pa.Array) -> pa.Array:
        if pa.types.is_boolean(side.type):
            return side.cast(pa.int8()).cast(pa.float64())
        return side.cast(pa.float64()) if _is_number(side.type) else side.cast(pa.large_string())

    one, other = plain(label), plain(prediction)
    if one.type != other.type:
        one, other = label.cast(pa.large_string()), prediction.cast(pa.large_string())
    return pc.equal(one, other)


def _units(values: Doubles) -> int:
    """Return the sum of values in units of 2⁻⁴⁰, each value rounded to a unit."""
    # 2²³ values of at most 37 (the largest loss) add up to less than 2⁶³ units.
    whole = np.rint(values * _UNITS_PER_ONE).astype(np.int64)
    step = 1 << 17
    return sum(int(whole[at : at + step].sum()) for at in range(0, len(whole), step))
