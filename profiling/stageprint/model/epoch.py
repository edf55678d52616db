"""Times as they are stored and sketched: microseconds since 1970-01-01 UTC."""

from __future__ import annotations

import datetime as dt
from typing import Final

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


def microseconds_of(moment: dt.datetime) -> int:
    """Return the whole microseconds from 1970-01-01 UTC to a time, negative before it.

    Args:
        moment: The time, with its zone.

    Raises:
        TypeError: It has no zone.

    Example:
        >>> microseconds_of(dt.datetime(1970, 1, 2, tzinfo=dt.timezone.utc))
        86400000000
    """
    return (moment - EPOCH) // dt.timedelta(microseconds=1)
