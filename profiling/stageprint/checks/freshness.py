"""Age of the newest event."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Final

from pydantic import PlainValidator

from stageprint.checks._limits import Scale
from stageprint.checks._text import moment
from stageprint.checks.base import CheckContext, Parameters, TableCheck, UndecidedError, Verdict, profiled, state_of
from stageprint.model import TEMPORAL, Lack
from stageprint.model.durations import duration, read_duration
from stageprint.model.epoch import microseconds_of
from stageprint.states.extremes import ExtremesState

_MICROSECOND: Final = dt.timedelta(microseconds=1)

Duration = Annotated[dt.timedelta, PlainValidator(read_duration)]


class FreshnessParameters(Parameters):
    """Parameters of ``freshness``.

    Attributes:
        max_age: Greatest accepted age of the newest event, such as ``2d`` or ``36h``.
        max_ahead: How far past the end of the logical date the newest event may be; if not set, there is no limit.
        column: A date or timestamp column; if not set, the table's `event_time`.
    """

    max_age: Duration
    max_ahead: Duration | None = None
    column: str | None = None


class FreshnessCheck(TableCheck[FreshnessParameters]):
    """The newest event is recent enough on the run's logical date.

    The age is the time from the event to the end of that date, midnight UTC: ``max_age: 1d`` needs an event on the date
    itself, ``2d`` also accepts one on the day before. A date without a time counts as 00:00 of that day. Exact. Events
    after the logical date pass, because a run may be named after the first day of its month. Set `max_ahead` to limit
    them: otherwise a single 9999-12-31 is fresh for ever. Not computable if the run's name does not begin with a date,
    or if there is no event time or no value in it.

    Example:
        - freshness: 2d
        - {check: freshness, max_age: 36h, max_ahead: 0d, column: time_hour, severity: warning}
    """

    name: ClassVar[str] = "freshness"
    model: ClassVar[type[Parameters]] = FreshnessParameters
    short: ClassVar[str | None] = "max_age"

    @property
    def expected(self) -> str:
        """The greatest age."""
        ahead = self.parameters.max_ahead
        text = f"newest {self.parameters.column or 'event time'} at most {duration(self.parameters.max_age)} old"
        return text if ahead is None else f"{text} and {duration(ahead)} ahead"

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the newest event with the end of the logical date."""
        column = self.parameters.column
        missing = context.missing([] if column is None else [column])
        if missing is not None:
            return missing
        if context.run_date is None:
            reason = "the run has no logical date: its name does not begin with one"
            raise UndecidedError(reason)
        newest = _event_time(context) if column is None else _newest(context, column)
        age = age_of(newest, context.run_date)
        ahead = self.parameters.max_ahead
        passed = age <= self.parameters.max_age // _MICROSECOND and (ahead is None or -age <= ahead // _MICROSECOND)
        return Verdict(passed, f"newest {moment(newest)}, {_age_text(age)} the end of {context.run_date.isoformat()}")


def age_of(newest: int, run_date: dt.date) -> int:
    """Return the age of the newest event at the end of the logical date, in microseconds.

    Args:
        newest: The event, in microseconds since 1970-01-01.
        run_date: The logical date.
    """
    midnight = dt.datetime.combine(run_date, dt.time(), dt.timezone.utc)
    return microseconds_of(midnight) + dt.timedelta(days=1) // _MICROSECOND - newest


def _age_text(age: int) -> str:
    try:
        span = duration(dt.timedelta(microseconds=abs(age)))
    except OverflowError:
        span = "ages"
    return f"{span} {'before' if age >= 0 else 'after'}"


def _newest(context: CheckContext, name: str) -> int:
    column = profiled(context, name)
    if column.kind not in TEMPORAL:
        reason = f"the column is {column.data_type}, not a date"
        raise UndecidedError(reason)
    newest = state_of(column, ExtremesState).maximum
    if newest is None:
        reason = "the column has no values"
        raise UndecidedError(reason, lacks=Lack.VALUES)
    return int(Scale(column).value(newest))


def _event_time(context: CheckContext) -> int:
    newest = context.table.facts.get("event_time_max")
    if not isinstance(newest, dt.datetime):
        reason = "the table has no event time, or no value in it; declare `event_time`, or name a `column`"
        raise UndecidedError(reason, lacks=None if context.table.rows else Lack.VALUES)
    return microseconds_of(newest if newest.tzinfo is not None else newest.replace(tzinfo=dt.timezone.utc))
