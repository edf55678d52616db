"""Keys that another table has too."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator, field_validator

from stageprint.checks._bounds import LeastShare, judge
from stageprint.checks._keys import JOIN, find_key, find_table, key_share, read_columns
from stageprint.checks._text import percent
from stageprint.checks.base import PREVIOUS, CheckContext, Parameters, TableCheck, UndecidedError, Verdict


class KeyCoverageParameters(LeastShare):
    """What coverage is told.

    Attributes:
        references: The other table, ``stage.table``, or a column of it, ``stage.table.column``; the columns of a key
            of several are joined by ``+``. Without a column it has the same columns as `key`.
        key: The key's columns in this table; without it the table's declared key.
        run: The run of the other table: ``previous``, the one before that has the table, or a run's name; without it
            the same run.
        min_share: Least share of this table's distinct keys that the other table must have, 0–1.
    """

    references: str = Field()
    key: Annotated[tuple[str, ...], PlainValidator(read_columns)] | None = None
    run: str | None = Field(default=None, min_length=1)

    @field_validator("references")
    @classmethod
    def _has_stage(cls, value: str) -> str:
        parts = value.split(".", 2)
        if len(parts) < 2 or not all(parts):
            message = f"expected stage.table or stage.table.column, got {value!r}"
            raise ValueError(message)
        return value

    @property
    def table(self) -> str:
        """The other table, ``stage.table``."""
        return ".".join(self.references.split(".", 2)[:2])

    @property
    def their_key(self) -> tuple[str, ...] | None:
        """The columns in the other table; None: the same as here."""
        parts: list[Any] = self.references.split(".", 2)
        return tuple(parts[2].split(JOIN)) if len(parts) == 3 else None


class KeyCoverageCheck(TableCheck[KeyCoverageParameters]):
    """The keys of this table are keys of another one: a foreign key that finds its row, without a join.

    Compared are theta sketches of distinct keys, whatever number of rows each has; rows with a null in the key are left
    out. Exact while both sketches are, up to 2^``sketches.theta_lg_k`` keys (4,096); beyond, with bounds at three
    standard deviations, and only a share whose whole interval lies below the least fails. A key that the other table
    lacks for certain fails a `min_share` of 1. Both tables need the sketch: a declared key, ``columns.theta`` or the
    table's ``references``, which declare this check for each of them. Not computable without it, without keys, or where
    the two are of types that hash differently.

    Example:
        - key_coverage: {key: tailnum, references: raw.planes, min_share: 0.8}
        - {check: key_coverage, key: [origin], references: raw.airports.faa, severity: warning}
        - {check: key_coverage, references: raw.planes, run: previous, min_share: 0.9}
    """

    name: ClassVar[str] = "key_coverage"
    model: ClassVar[type[Parameters]] = KeyCoverageParameters

    @property
    def expected(self) -> str:
        """The least share."""
        key = self.parameters.key
        what = "keys" if key is None else f"distinct {JOIN.join(key)}"
        where = self.parameters.references
        if self.parameters.run is not None:
            where += " of the run before" if self.parameters.run == PREVIOUS else f" of run {self.parameters.run}"
        return f"at least {percent(self.parameters.min_share)} of {what} in {where}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The table of the keys."""
        return (self.parameters.table,)

    def judge(self, context: CheckContext) -> Verdict:
        """Hold the share of keys found against the least."""
        missing = context.missing(self.parameters.key or ())
        if missing is not None:
            return missing
        other = find_table(context, self.parameters.table, self.parameters.run)
        name, theta = find_key(context.table, self.parameters.key)
        own = self.parameters.key or tuple(name.split(JOIN))
        declared = name.split(JOIN) if len(own) > 1 else list(own)
        their_key = self.parameters.their_key or own
        if len(their_key) != len(own):
            reason = f"the key here is {name}, of another number of columns than {JOIN.join(their_key)}"
            raise UndecidedError(reason)
        partner = dict(zip(own, their_key, strict=True))
        wanted = [partner[column] for column in declared]
        their_name, theirs = find_key(other, wanted)
        if their_name != JOIN.join(wanted):
            # The columns' texts are joined in the order declared: in another one the same key has another hash.
            reason = f"{other.key} declares the key as {their_name}; to compare, declare it as {JOIN.join(wanted)}"
            raise UndecidedError(reason)
        return judge(key_share(theta, theirs, str(context.table.key)), self.parameters.min_share, None)
