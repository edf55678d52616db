"""A query over the result tables."""

from __future__ import annotations

from math import isfinite
from typing import Any, ClassVar, Final

from pydantic import Field, model_validator
from typing_extensions import Self

from stageprint.checks._bounds import check_order, exactly, judge
from stageprint.checks._text import between, listing, number
from stageprint.checks.base import CheckContext, Parameters, SqlRows, TableCheck, UndecidedError, Verdict
from stageprint.errors import StageprintError, without_data
from stageprint.model.figures import plural
from stageprint.redact import redacted

MAX_ROWS_RETURNED: Final = 1_000
"""Rows of a result that are counted; a session may stop after one more."""

_HIDDEN: Final = "not shown: the pipeline has sensitive columns"


class CustomSqlParameters(Parameters):
    """Parameters of ``custom_sql``.

    Attributes:
        sql: The query. ``:pipeline``, ``:run_id``, ``:stage`` and ``:table_name`` stand for the run and table.
        min: Smallest accepted value, if the query returns one number.
        max: Largest accepted value, if the query returns one number.
        description: The expectation in words, as the results show it.
    """

    sql: str = Field(min_length=1)
    min: float | None = Field(default=None, allow_inf_nan=False, strict=True)
    max: float | None = Field(default=None, allow_inf_nan=False, strict=True)
    description: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.bounded:
            check_order(self.min, self.max)
        return self

    @property
    def bounded(self) -> bool:
        """Whether the query must return one number."""
        return self.min is not None or self.max is not None


class CustomSqlCheck(TableCheck[CustomSqlParameters]):
    """A query of your own over the result tables.

    With `min` or `max`, the query must return one number within these bounds. Without them, it returns the rows that
    break the expectation, and the check passes if there are none; or it returns one row with one boolean, which is the
    result. Not computable if the query fails, if it returns null instead of a number or boolean, or if there is no
    Spark session.

    Example:
        - check: custom_sql
          description: distance keeps no more distinct values than there are routes
          sql: SELECT * FROM latest_column_profiles WHERE column_name = 'distance' AND distinct_count > 500
        - custom_sql:
            sql: SELECT count(*) FROM table_profiles WHERE run_id = :run_id AND status = 'failed'
            max: 0
    """

    name: ClassVar[str] = "custom_sql"
    model: ClassVar[type[Parameters]] = CustomSqlParameters
    short: ClassVar[str | None] = "sql"
    needs_findings: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """The description, or the query and what it should return."""
        parameters = self.parameters
        if parameters.description is not None:
            return parameters.description
        query = redacted(" ".join(parameters.sql.split()))
        if not parameters.bounded:
            return f"no row from {query}"
        bounds = (None if bound is None else number(bound) for bound in (parameters.min, parameters.max))
        return f"{between(*bounds)} from {query}"

    def judge(self, context: CheckContext) -> Verdict:
        """Run the query and judge what it returns."""
        if context.evaluate_sql is None:
            reason = "needs a session"
            raise UndecidedError(reason)
        try:
            rows = context.evaluate_sql(self.parameters.sql)
        except StageprintError as error:
            why = without_data(error) if context.hide_rows else str(error)
            reason = f"the query cannot be run: {why}"
            raise UndecidedError(reason) from error
        if self.parameters.bounded:
            return self._one_number(rows, hide=context.hide_rows)
        return _no_rows(rows, hide=context.hide_rows)

    def _one_number(self, rows: SqlRows, *, hide: bool) -> Verdict:
        values = list(rows[0].values()) if len(rows) == 1 else []
        if len(values) != 1:
            reason = "expected one row of one number"
            raise UndecidedError(reason, plural(len(rows), "row"))
        verdict = judge(exactly(_double(values[0], hide=hide)), self.parameters.min, self.parameters.max, number)
        return Verdict(verdict.passed, f"a number ({_HIDDEN})") if hide else verdict


def _double(value: Any, *, hide: bool) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        reason = "the query returned no number"
        raise UndecidedError(reason, "null" if value is None else _HIDDEN if hide else repr(value)) from None
    if not isfinite(found):
        reason = "the query returned no finite number"
        raise UndecidedError(reason, str(found))
    return found


def _no_rows(rows: SqlRows, *, hide: bool) -> Verdict:
    if len(rows) == 1 and len(rows[0]) == 1:
        (value,) = rows[0].values()
        if isinstance(value, bool):
            return Verdict(value, str(value).lower())
        if value is None:
            reason = "the query returned null"
            raise UndecidedError(reason, "null")
    if not rows:
        return Verdict(True, "no rows")
    first = listing([f"{name}={value}" for name, value in rows[0].items()], 8)
    count = (
        plural(len(rows), "row") if len(rows) <= MAX_ROWS_RETURNED else f"more than {plural(MAX_ROWS_RETURNED, 'row')}"
    )
    return Verdict(False, f"{count} ({_HIDDEN})" if hide else f"{count}, first: {first}")
