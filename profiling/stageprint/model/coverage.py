"""Which of the tables that a run should hold it holds, and which declared checks could not be computed in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stageprint.model.check import CheckOutcome
from stageprint.model.judged import Judged
from stageprint.model.keys import TableKey

MIN_EARLIER_RUNS: Final = 3
"""Earlier runs of a table that the decision needs to judge more than fixed rules: it scores from two past shifts on."""

_NOT_READ: Final = "could not be read"
_NOT_PROFILED: Final = "not profiled"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The tables that a run should hold, and those of them that it lacks.

    Attributes:
        expected: The tables that the run should hold, in the order of the configuration.
        failed: Those that could not be read, each with its error.
        absent: Those that were not profiled.
        last_profiled: Table that the run lacks → the latest earlier run that has a profile of it; without an entry none
            has.
        checks: The declared checks that could not be computed.
        learning: The profiled tables with a profile in fewer than `MIN_EARLIER_RUNS` earlier runs: little but fixed
            rules applied to them.
        judged: Table → how many of its columns were judged, and by what.
    """

    expected: tuple[TableKey, ...] = ()
    failed: Mapping[TableKey, str] = field(default_factory=dict)
    absent: tuple[TableKey, ...] = ()
    last_profiled: Mapping[TableKey, str] = field(default_factory=dict)
    checks: Sequence[CheckOutcome] = ()
    learning: tuple[TableKey, ...] = ()
    judged: Mapping[TableKey, Judged] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[TableKey, ...]:
        """The tables without a profile, in the order of the configuration."""
        return tuple(key for key in self.expected if key in self.failed or key in self.absent)

    @property
    def profiled(self) -> int:
        """Number of expected tables with a profile."""
        return len(self.expected) - len(self.missing)

    @property
    def columns_judged(self) -> Judged:
        """How many columns of all tables were judged, and by what."""
        return Judged.total(self.judged.values())

    def of_stage(self, stage: str) -> tuple[TableKey, ...]:
        """Return the tables of a stage that the run should hold."""
        return tuple(key for key in self.expected if key.stage == stage)

    def lacks_stage(self, stage: str) -> bool:
        """Return whether a whole stage is missing; a single table that could not be read is no stage."""
        tables = self.of_stage(stage)
        missing = set(self.missing)
        return bool(tables) and missing.issuperset(tables) and (len(tables) > 1 or tables[0] in self.absent)

    def latest_profile(self, tables: Sequence[TableKey]) -> str | None:
        """Return the latest earlier run with a profile of one of the tables, or None where there is none.

        `last_profiled` is in the order of the runs.
        """
        found = [run for key, run in self.last_profiled.items() if key in tables]
        return found[-1] if found else None

    @property
    def sentence(self) -> str:
        """What is missing, such as ``2 of 11 tables are missing: raw.a (not profiled), raw.b (could not be read)``.

        Empty where nothing is missing.
        """
        return missing_sentence(len(self.expected), {str(key): key in self.failed for key in self.missing})


def missing_sentence(expected: int, missing: Mapping[str, bool]) -> str:
    """Return which tables a run lacks; empty where it lacks none.

    Args:
        expected: Number of tables that it should hold.
        missing: Table as ``stage.table`` → whether it could not be read (else it was not profiled).
    """
    if not missing:
        return ""
    names = ", ".join(f"{name} ({_NOT_READ if failed else _NOT_PROFILED})" for name, failed in missing.items())
    are = "is" if len(missing) == 1 else "are"
    return f"{len(missing):,} of {expected:,} table{'' if expected == 1 else 's'} {are} missing: {names}"
