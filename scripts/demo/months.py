"""The calendar: one run a month, and how the days of a month are split."""

from __future__ import annotations

import calendar
from dataclasses import dataclass

YEAR = 2013
TRAIN_SHARE = 0.6
SERVING_DAYS = 7


@dataclass(frozen=True, order=True)
class Month:
    """The month of one run.

    Days are calendar days in New York: days 1 to `train_until` are for training, `serve_from` to `days` for serving,
    those between for evaluation.
    """

    year: int
    month: int

    @property
    def run_id(self) -> str:
        """The name of the run, such as ``2013-05``."""
        return f"{self.year}-{self.month:02d}"

    @property
    def days(self) -> int:
        """Number of days in the month."""
        return calendar.monthrange(self.year, self.month)[1]

    @property
    def train_until(self) -> int:
        """The last day of training."""
        return int(self.days * TRAIN_SHARE)

    @property
    def serve_from(self) -> int:
        """The first day of serving."""
        return self.days - SERVING_DAYS + 1

    @property
    def previous(self) -> Month | None:
        """The month before, or None for the first month."""
        return Month(self.year, self.month - 1) if self.month > 1 else None


MONTHS = {month.run_id: month for month in (Month(YEAR, number) for number in range(1, 13))}
