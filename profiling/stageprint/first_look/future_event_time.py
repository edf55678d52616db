"""Events after the run that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from stageprint.first_look.base import FirstLookRule, Remark, TableLook
from stageprint.model import ColumnKind

_ROOM_HOURS: Final = 36
"""Hours after the run's date that an event may have: time zones, and runs named by the day before."""

_HOUR_MICROSECONDS: Final = 3_600_000_000


class FutureEventTime(FirstLookRule):
    """Events lie after the end of the run's date or, if its name has no date, after the time of the profile.

    Allows 36 hours, for time zones and for runs that are named after the day before.
    """

    name: ClassVar[str] = "future_event_time"

    def look(self, table: TableLook) -> Iterator[Remark]:
        """Yield the event time if it is in the future."""
        column = next((one for one in table.columns if one.name == table.event_time), None)
        if column is None or not column.values:
            return
        fresh, latest = column.figure("freshness_hours"), column.figure("max")
        if fresh is not None:
            late, after = -float(fresh), f"the end of run {table.run_id}"
        elif latest is not None and table.profiled_at is not None:
            micro = float(latest) * (86_400e6 if column.kind is ColumnKind.DATE else 1)
            late, after = (micro - table.profiled_at) / _HOUR_MICROSECONDS, "the time of the profile"
        else:
            return
        if late <= _ROOM_HOURS:
            return
        share = column.figure("future_share")
        some = "some" if share is None else f"{100 * share:.2g} %"
        text = f"says when rows happened, and {some} of them lie after {after}, by up to {late / 24:,.0f} days"
        yield Remark(column.name, text, {"hours": late, "share": share})
