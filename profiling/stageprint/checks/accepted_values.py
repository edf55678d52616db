"""Values of a list."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import Self

from stageprint.checks._bounds import MinShareParameters
from stageprint.checks._labels import Label, judge_labels, read_labels
from stageprint.checks._limits import Scale, read_limit
from stageprint.checks._text import listing, percent, quoted
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict
from stageprint.config.sketches import SketchSettings
from stageprint.model import TEMPORAL, ColumnKind, ColumnProfile
from stageprint.states.frequent_items import MAX_CHARACTERS, FrequentItemsState


def _value(value: Any) -> Any:
    if isinstance(value, (str, bool, int, float, dt.date)):
        return value
    message = "expected a text, number, date, true or false"
    raise ValueError(message)


Value = Annotated[str | bool | int | float | dt.date, PlainValidator(_value)]


class AcceptedValuesParameters(MinShareParameters):
    """Parameters of ``accepted_values``.

    Attributes:
        values: The accepted values.
        min_share: Smallest accepted share of values that are in the list, 0–1.
    """

    values: tuple[Value, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = {isinstance(value, bool) for value in self.values}
        if len(kinds) > 1:
            message = (
                "expected values of one kind, got true or false among others: YAML reads NO, no and on so; quote them"
            )
            raise ValueError(message)
        return self


class AcceptedValuesCheck(ColumnCheck[AcceptedValuesParameters]):
    """Every value is in the given list; nulls and NaN are ignored, as in SQL.

    Exact as long as the profile counts every value: up to ``sketches.max_items`` labels in a text column, up to 1,000
    numbers or dates, and always for booleans. With more values, the check fails if a label is known to be outside the
    list, or if there are more distinct values than the list has; otherwise it is not computable. A listed value that
    the column's type cannot hold matches no row, so after a change of type all rows are outside the list. Not
    computable if the column has no values.

    Example:
        - accepted_values: {column: origin, values: [EWR, JFK, LGA]}
        - {check: accepted_values, column: quarter, values: [1, 2, 3, 4], min_share: 0.999}
    """

    name: ClassVar[str] = "accepted_values"
    model: ClassVar[type[Parameters]] = AcceptedValuesParameters

    @property
    def expected(self) -> str:
        """The list."""
        values = self.parameters.values
        shown = listing([quoted(value) if isinstance(value, str) else str(value) for value in values], 10)
        share = self.parameters.min_share
        return f"only {shown}" if share == 1 else f"at least {percent(share)} of values among {shown}"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Compare the known values with the list."""
        labels = read_labels(column)
        accepted = self._accepted(column)
        return judge_labels(
            labels, accepted.__contains__, self.parameters.min_share, "accepted", accepted=len(self.parameters.values)
        )

    def _accepted(self, column: ColumnProfile) -> frozenset[Label]:
        values = self.parameters.values
        if column.kind is ColumnKind.STRING:
            if isinstance(values[0], bool):
                reason = "the column is text, the values are true and false: YAML reads yes, NO and on so; quote them"
                raise UndecidedError(reason)
            return frozenset(_as_kept([value if isinstance(value, str) else str(value) for value in values]))
        typed = (_typed(value, column) for value in values)
        return frozenset(value for value in typed if value is not None)


def _typed(value: str | bool | int | float | dt.date, column: ColumnProfile) -> Label | None:
    """Return a value as the column holds it; None if it cannot."""
    if column.kind is ColumnKind.BOOLEAN or isinstance(value, bool):
        return value if column.kind is ColumnKind.BOOLEAN and isinstance(value, bool) else None
    try:
        limit = read_limit(value)
    except ValueError:
        return None
    return Scale(column).limit(limit) if isinstance(limit, dt.datetime) == (column.kind in TEMPORAL) else None


def _as_kept(texts: list[str]) -> list[str]:
    """Return texts as the state keeps them; it shortens long ones."""
    if max(len(text) for text in texts) <= MAX_CHARACTERS:
        return texts
    import pyarrow as pa  # noqa: PLC0415 -- a command that reads results only reads what is declared

    from stageprint.batch.column import ColumnBatch  # noqa: PLC0415 -- the same

    state = FrequentItemsState.empty(ColumnKind.STRING, SketchSettings(max_items=len(texts) + 8))
    state.update(ColumnBatch(pa.array(texts, pa.string()), ColumnKind.STRING))
    return [item.item for item in state.items()]
