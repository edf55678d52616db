"""Settings of ``stageprint maintain``: how long runs, tables and old versions are kept."""

from __future__ import annotations

from pydantic import Field, model_validator

from stageprint.config.base import ConfigModel
from stageprint.config.problems import Problem, fail
from stageprint.model import TableKey

SAFE_HOURS = 168
"""Hours for which Delta's own vacuum keeps replaced files by default: longer than any query or writer should take."""


class Keep(ConfigModel):
    """How many runs are kept, and for how long. A run goes only if no limit that is set keeps it.

    Attributes:
        keep_runs: Number of newest runs that are kept, merged runs counted apart; None: no limit of this kind.
        keep_days: Days for which a run is kept after it was last profiled; None: no limit of this kind.
    """

    keep_runs: int | None = Field(default=None, ge=1)
    keep_days: int | None = Field(default=None, ge=1)

    @property
    def is_set(self) -> bool:
        """Whether any run can go."""
        return self.keep_runs is not None or self.keep_days is not None


class TableRetention(Keep):
    """A shorter retention for some tables: their rows go, while the run and its findings stay.

    Attributes:
        stage: Stage of the tables; None: all stages.
        table: Table, as ``stage.table`` or the table's name alone; None: all tables of the stage.
    """

    stage: str | None = None
    table: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> TableRetention:
        problems = []
        if self.stage is None and self.table is None:
            problems.append(Problem((), "expected `stage`, `table` or both, got neither"))
        if not self.is_set:
            problems.append(Problem((), "expected `keep_runs`, `keep_days` or both, got neither"))
        if problems:
            fail(problems)
        return self

    def names(self, key: TableKey) -> bool:
        """Return whether the rule is about a table."""
        return self.stage in {None, key.stage} and self.table in {None, str(key.whole), key.table}


class RetentionSettings(Keep):
    """What ``stageprint maintain`` removes; the defaults remove no result.

    Attributes:
        tables: Shorter retentions of some tables; where several name a table, the last one counts.
        old_versions_hours: Hours for which replaced files, and the versions of the tables that need them, are kept.
    """

    tables: tuple[TableRetention, ...] = ()
    old_versions_hours: int = Field(default=SAFE_HOURS, ge=SAFE_HOURS)

    def of_table(self, key: TableKey) -> TableRetention | None:
        """Return the rule for a table; None: its rows go with their run."""
        rules = [rule for rule in self.tables if rule.names(key)]
        return rules[-1] if rules else None
