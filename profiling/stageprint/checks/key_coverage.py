"""Keys that another table also has."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator, field_validator

from stageprint.checks._bounds import MinShareParameters, judge
from stageprint.checks._keys import KEY_SEPARATOR, find_key, find_table, key_share, read_columns
from stageprint.checks._text import percent
from stageprint.checks.base import PREVIOUS_RUN, CheckContext, Parameters, TableCheck, UndecidedError, Verdict


class KeyCoverageParameters(MinShareParameters):
    """Parameters of ``key_coverage``.

    Attributes:
        references: The other table, ``stage.table``, or a column of it, ``stage.table.column``; join several columns
            with ``+``. Without a column, the key has the same columns as `key`.
        key: The key's columns in this table; if not set, the table's declared key.
        run: The run of the other table: ``previous`` (the last earlier run that has the table and is not marked as
            bad) or a run's name; if not set, the same run.
        min_share: Smallest accepted share of this table's distinct keys that the other table has, 0–1.
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
        return tuple(parts[2].split(KEY_SEPARATOR)) if len(parts) == 3 else None


class KeyCoverageCheck(TableCheck[KeyCoverageParameters]):
    """The keys of this table are also in another table, as foreign keys should be; no join is needed.

    The check compares theta sketches of the distinct keys. It does not matter how many rows a key has, and rows with a
    null in the key are ignored. Exact as long as both sketches are, up to 2^``sketches.theta_lg_k`` keys (4,096). With
    more keys, the bounds are three standard deviations wide, and the check fails only if the whole interval is too low.
    With a `min_share` of 1, it fails if the other table certainly lacks one key. Both tables need a sketch: of a
    declared key, of ``columns.theta``, or of the table's ``references``, each of which implies this check. Not
    computable if a sketch is missing, if there are no keys, or if the types of the two keys hash differently.

    Example:
        - key_coverage: {key: tailnum, references: raw.planes, min_share: 0.8}
        - {check: key_coverage, key: [origin], references: raw.airports.faa, severity: warning}
        - {check: key_coverage, references: raw.planes, run: previous, min_share: 0.9}
    """

    name: ClassVar[str] = "key_coverage"
    model: ClassVar[type[Parameters]] = KeyCoverageParameters

    @property
    def expected(self) -> str:
        """The share."""
        key = self.parameters.key
        what = "keys" if key is None else f"distinct {KEY_SEPARATOR.join(key)}"
        where = self.parameters.references
        if self.parameters.run is not None:
            where += " of the run before" if self.parameters.run == PREVIOUS_RUN else f" of run {self.parameters.run}"
        return f"at least {percent(self.parameters.min_share)} of {what} in {where}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The other table."""
        return (self.parameters.table,)

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the share of keys that are found with `min_share`."""
        missing = context.missing(self.parameters.key or ())
        if missing is not None:
            return missing
        other = find_table(context, self.parameters.table, self.parameters.run)
        name, theta = find_key(context.table, self.parameters.key)
        own = self.parameters.key or tuple(name.split(KEY_SEPARATOR))
        declared = name.split(KEY_SEPARATOR) if len(own) > 1 else list(own)
        their_key = self.parameters.their_key or own
        if len(their_key) != len(own):
            reason = f"the key here is {name}, which has another number of columns than {KEY_SEPARATOR.join(their_key)}"
            raise UndecidedError(reason)
        partner = dict(zip(own, their_key, strict=True))
        wanted = [partner[column] for column in declared]
        their_name, theirs = find_key(other, wanted)
        wanted_name = KEY_SEPARATOR.join(wanted)
        if their_name != wanted_name:
            # A key is hashed in the declared order of its columns; in another order the same key has another hash.
            reason = f"{other.key} declares the key as {their_name}; to compare, declare it as {wanted_name}"
            raise UndecidedError(reason)
        return judge(key_share(theta, theirs, str(context.table.key)), self.parameters.min_share, None)
