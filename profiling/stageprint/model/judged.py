"""How much of a comparison was judged: how many columns of each table, by what, and how many still learn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stageprint.model.keys import TableKey

MAX_MORE_RUNS: Final = 3
"""Most runs that a column without any earlier run needs before the whole rule judges it."""

_MORE_RUNS: Final = ("one_more_run", "two_more_runs", "three_more_runs")
JUDGED_SQL: Final = (
    "array<struct<stage:string,table_name:string,columns:bigint,whole_rule:bigint,large_shifts:bigint,"
    f"fixed_rules:bigint,{','.join(f'{name}:bigint' for name in _MORE_RUNS)}>>"
)
"""The type of `JudgedTable` in a result table."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The number of columns that a comparison judged, and by what. A column counts in one of the three at most.

    A column in none of them was judged by nothing: it had no earlier run, its table never had a row, or an override
    ignores it.

    Attributes:
        columns: Columns compared, whether or not they could be judged.
        whole_rule: Columns judged by the whole decision rule.
        large_shifts: Columns judged by fixed rules and by shifts that need no history.
        fixed_rules: Columns judged by fixed rules alone.
        more_runs: Columns that the whole rule judges after one, two and three more runs.
    """

    columns: int = 0
    whole_rule: int = 0
    large_shifts: int = 0
    fixed_rules: int = 0
    more_runs: tuple[int, int, int] = (0, 0, 0)

    @property
    def learning(self) -> int:
        """Number of columns that the whole rule cannot judge yet."""
        return sum(self.more_runs)

    @property
    def nothing(self) -> bool:
        """Whether there are columns, and all of them still learn."""
        return 0 < self.columns == self.learning

    @property
    def sentence(self) -> str:
        """How many columns still learn: ``9 of 11 columns are still learning (1 to 3 more runs)``; else empty."""
        if not self.learning:
            return ""
        are = "is" if self.learning == 1 else "are"
        columns = f"column{'' if self.columns == 1 else 's'}"
        return f"{self.learning:,} of {self.columns:,} {columns} {are} still learning ({self._wait})"

    @property
    def explained(self) -> str:
        """`sentence`, and what judged the columns that still learn; empty where none does."""
        if not self.learning:
            return ""
        by = (
            "fixed rules and shifts that need no history"
            if self.large_shifts
            else "fixed rules"
            if self.fixed_rules
            else ""
        )
        return f"{self.sentence}: " + (f"only {by} were looked for in them" if by else "they were not judged")

    @property
    def _wait(self) -> str:
        runs = [number for number, columns in enumerate(self.more_runs, 1) if columns]
        span = str(runs[0]) if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
        return f"{span} more run{'' if runs == [1] else 's'}"

    def to_object(self) -> dict[str, Any]:
        """Return the figures as a JSON object: keys are only ever added."""
        return {
            "columns": self.columns,
            "judged": self.whole_rule,
            "by_large_shifts": self.large_shifts,
            "by_fixed_rules": self.fixed_rules,
            "learning": self.learning,
            "more_runs": list(self.more_runs),
            "sentence": self.sentence,
        }

    @staticmethod
    def total(parts: Iterable[Judged]) -> Judged:
        """Return the sum of several tables or runs."""
        found = list(parts)
        more = [sum(part.more_runs[place] for part in found) for place in range(MAX_MORE_RUNS)]
        return Judged(
            sum(part.columns for part in found),
            sum(part.whole_rule for part in found),
            sum(part.large_shifts for part in found),
            sum(part.fixed_rules for part in found),
            (more[0], more[1], more[2]),
        )


def judged_from_rows(rows: Iterable[Mapping[str, Any]] | None) -> dict[TableKey, Judged]:
    """Return what was judged of each table, from what `judged_rows` made; nothing from null."""
    return {
        TableKey(row["stage"], row["table_name"]): Judged(
            int(row["columns"]),
            int(row["whole_rule"]),
            int(row["large_shifts"]),
            int(row["fixed_rules"]),
            (int(row["one_more_run"]), int(row["two_more_runs"]), int(row["three_more_runs"])),
        )
        for row in rows or ()
    }


def judged_rows(judged: Mapping[TableKey, Judged]) -> list[dict[str, Any]]:
    """Return what was judged of each table as entries of type `JUDGED_SQL`, by table."""
    return [
        {
            "stage": key.stage,
            "table_name": key.table,
            "columns": one.columns,
            "whole_rule": one.whole_rule,
            "large_shifts": one.large_shifts,
            "fixed_rules": one.fixed_rules,
            **dict(zip(_MORE_RUNS, one.more_runs, strict=True)),
        }
        for key, one in sorted(judged.items(), key=lambda item: str(item[0]))
    ]
