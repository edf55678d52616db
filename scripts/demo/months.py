"""The calendar: one run a month, and how a month's days are split."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

YEAR = 2013
TRAIN_SHARE = 0.6
SERVING_DAYS = 7


@dataclass(frozen=True, order=True)
class Month:
    """One run's month.

    Days are calendar days in New York: 1 … `train_until` train, the days up to `serve_from` (excluded)
    evaluate, `serve_from` … `days` are served.
    """

    year: int
    month: int

    @property
    def run_id(self) -> str:
        """The run's name, such as ``2013-05``."""
        return f"{self.year}-{self.month:02d}"

    @property
    def days(self) -> int:
        """Number of days in the month."""
        return calendar.monthrange(self.year, self.month)[1]

    @property
    def train_until(self) -> int:
        """Last day whose flights are trained on."""
        return int(self.days * TRAIN_SHARE)

    @property
    def serve_from(self) -> int:
        """First day whose flights are served."""
        return self.days - SERVING_DAYS + 1

    @property
    def previous(self) -> Month | None:
        """The month before, or None for the first one there is."""
        return Month(self.year, self.month - 1) if self.month > 1 else None


MONTHS = {month.run_id: month for month in (Month(YEAR, number) for number in range(1, 13))}
