"""A key that identifies one row."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import PlainValidator

from stageprint.checks._distinct import distinct, estimated
from stageprint.checks._keys import KEY_SEPARATOR, find_key, read_columns
from stageprint.checks.base import CheckContext, Parameters, TableCheck, UndecidedError, Verdict
from stageprint.checks.unique import UNIQUE_BOUND_FACTOR, judge_unique
from stageprint.model import Lack, TableProfile
from stageprint.model.figures import plural
from stageprint.states.counts import CountsState


class KeyUniqueParameters(Parameters):
    """Parameters of ``key_unique``.

    Attributes:
        key: The key's columns, in any order; if not set, the table's declared key.
    """

    key: Annotated[tuple[str, ...], PlainValidator(read_columns)] | None = None


class KeyUniqueCheck(TableCheck[KeyUniqueParameters]):
    """No two rows have the same key. Rows with a null in the key are ignored, and counted in `observed`.

    Exact if duplicate keys were counted (`key_duplicate_rows` in the table's facts), or as long as the key's theta
    sketch is exact, up to 2^``sketches.theta_lg_k`` keys (4,096). With more keys, the check fails if the sketch's
    estimate plus six standard deviations is below the number of rows; otherwise it is not computable. Also not
    computable if no row has a key, or if the key is not declared.

    Example:
        - key_unique
        - key_unique: [year, month, day, carrier, flight, origin]
        - {check: key_unique, key: tailnum, severity: warning}
    """

    name: ClassVar[str] = "key_unique"
    model: ClassVar[type[Parameters]] = KeyUniqueParameters
    short: ClassVar[str | None] = "key"

    @property
    def expected(self) -> str:
        """No key twice."""
        key = self.parameters.key
        return f"no {'key' if key is None else KEY_SEPARATOR.join(key)} twice"

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the number of distinct keys with the number of rows that have a key."""
        missing = context.missing(self.parameters.key or ())
        if missing is not None:
            return missing
        table = context.table
        name, theta = find_key(table, self.parameters.key)
        nulls = _null_rows(table, name)
        rows = table.rows - nulls
        if not rows:
            reason = "no row has a key without null" if table.rows else "the table has no rows"
            raise UndecidedError(reason, lacks=Lack.VALUES)
        rest = f"; {plural(nulls, 'row')} with a null in the key left out" if nulls else ""
        twice = table.facts.get("key_duplicate_rows", {}).get(name)
        if twice is not None:
            return Verdict(not twice, f"{twice:,} of {plural(rows, 'row')} repeat a key{rest}")
        column = table.columns.get(name)
        found = (
            estimated(theta, UNIQUE_BOUND_FACTOR)
            if column is None
            else distinct(column, [theta], factor=UNIQUE_BOUND_FACTOR)
        )
        verdict = judge_unique(found, rows, "key")
        return Verdict(verdict.passed, verdict.observed + rest)


def _null_rows(table: TableProfile, name: str) -> int:
    """Return the number of rows with a null in the key.

    Raises:
        UndecidedError: It was not counted, and a column of the key has nulls.
    """
    counted = table.facts.get("key_null_rows", {}).get(name)
    if counted is not None:
        return int(counted)
    paths = [name] if name in table.columns else name.split(KEY_SEPARATOR)
    states = [table.columns[path].state(CountsState) if path in table.columns else None for path in paths]
    nulls = [state.nulls for state in states if state is not None]
    if len(nulls) < len(paths) or (len(paths) > 1 and any(nulls)):
        reason = "the rows with a null in the key were not counted"
        raise UndecidedError(reason)
    return sum(nulls)
