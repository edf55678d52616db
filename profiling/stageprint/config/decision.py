"""Settings of the decision: which shifts are findings, and how severe."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from stageprint.config.base import ConfigModel
from stageprint.config.problems import Problem, fail
from stageprint.model import ColumnKey, Severity, TableKey

Missing = Literal["table", "stage", "check"]
"""What can be missing from a run."""

MissingSeverity = Literal["critical", "warning", "review", "off"]


Period = Literal["week", "month", "quarter", "year"]
"""A time in which one false alert is expected."""


class FalseAlerts(ConfigModel):
    """The budget: how many false alerts of the pipeline are to be expected, in a time or in a run. One of both is set.

    Attributes:
        one_per: One in this time. How many runs that is follows from the usual distance of the pipeline's runs.
        per_run: So many in a run.
    """

    one_per: Period | None = None
    per_run: float | None = Field(default=None, gt=0, le=1000)

    @model_validator(mode="after")
    def _one_of_both(self) -> FalseAlerts:
        if (self.one_per is None) == (self.per_run is None):
            fail([Problem((), "expected either one_per (week, month, quarter or year) or per_run (a number)")])
        return self


class Override(ConfigModel):
    """Thresholds and a budget of your own for some shifts.

    Where several overrides apply to a shift, the last one that sets a key wins.

    Attributes:
        table: Table, as ``stage.table`` or the table's name alone; None: all tables.
        column: Column; None: all columns, and the statistics of whole tables.
        statistic: Statistic or rule, as in ``shifts.statistic``; None: all statistics.
        floor: Smallest effect that is a finding, in the statistic's unit, after sketch error is subtracted.
        critical: Effect from which an alert is critical, in the statistic's unit.
        ignore: True: the shift is measured and stored, but never a finding, and takes no share of the budget. False
            undoes an earlier override's true.
        severity_at_most: Highest severity that a finding can have.
        false_findings_per_run: Expected number of false alerts of these shifts in a run of 100,000 healthy columns.
    """

    table: str | None = None
    column: str | None = None
    statistic: str | None = None
    floor: float | None = Field(default=None, ge=0)
    critical: float | None = Field(default=None, ge=0)
    ignore: bool | None = None
    severity_at_most: Literal["review", "warning"] | None = None
    false_findings_per_run: float | None = Field(default=None, gt=0, le=100_000)

    @model_validator(mode="after")
    def _consistent(self) -> Override:
        problems = [
            Problem((key,), "needs `statistic`: its unit is the statistic's")
            for key in ("floor", "critical")
            if getattr(self, key) is not None and self.statistic is None
        ]
        if self.floor is not None and self.critical is not None and self.critical < self.floor:
            problems.append(
                Problem(("critical",), f"expected at least `floor` ({self.floor:g}), got {self.critical:g}")
            )
        if not self.summary:
            wanted = "floor, critical, ignore, severity_at_most or false_findings_per_run"
            problems.append(Problem((), f"expected at least one of {wanted}, got none of them"))
        if problems:
            fail(problems)
        return self

    @property
    def summary(self) -> str:
        """The keys it sets with their values, such as ``floor 0.1, ignore true``; empty where it sets none."""
        keys = ("ignore", "floor", "critical", "severity_at_most", "false_findings_per_run")
        values = {key: getattr(self, key) for key in keys}
        return ", ".join(f"{key} {_shown(value)}" for key, value in values.items() if value is not None)

    def names_table(self, key: TableKey) -> bool:
        """Return whether the override applies to a table, or to the table that a slice is part of."""
        return self.table in {None, str(key.whole), key.table}


class MissingSettings(ConfigModel):
    """How severe it is that something was not looked at. With ``off`` it is counted and never a finding.

    Attributes:
        table: A table could not be read, or was not profiled.
        stage: No table of a stage has a profile.
        check: A declared check could not be computed, and not because its table is missing. Of an empty table or column
            it is a review at most.
    """

    table: MissingSeverity = "critical"
    stage: MissingSeverity = "critical"
    check: MissingSeverity = "warning"

    @field_validator("table", "stage", "check", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        return "off" if value is False else value  # YAML 1.1 reads a bare `off` as false

    def severity(self, what: Missing) -> Severity:
        """Return the severity of a finding about a missing table, stage or check; `NONE` for ``off``."""
        found: str = getattr(self, what)
        return Severity.NONE if found == "off" else Severity(found)


class DecisionSettings(ConfigModel):
    """Budget and references of the decision; the defaults need no tuning.

    Attributes:
        false_alerts: Expected number of false alerts of the pipeline, in a time or in a run.
        false_findings_per_run: Deprecated, use `false_alerts`: expected number of false alerts in a run of 100,000
            healthy columns; smaller runs are allowed proportionally fewer, larger runs no more. None: `false_alerts`
            says how many.
        window: Number of runs in the ``window`` reference.
        long_window: Number of runs in the ``long`` reference.
        fail_on: Lowest severity at which ``stageprint compare`` exits with status 1.
        missing: How severe it is that a table, a stage or a check is missing from a run.
        overrides: Thresholds and budgets for some tables, columns and statistics.
    """

    false_alerts: FalseAlerts = FalseAlerts(one_per="quarter")
    false_findings_per_run: float | None = Field(default=None, gt=0, le=1000)
    window: int = Field(default=7, ge=1, le=366)
    long_window: int = Field(default=28, ge=1, le=366)
    fail_on: Literal["critical", "warning", "review", "never"] = "critical"
    missing: MissingSettings = MissingSettings()
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _one_budget(self) -> DecisionSettings:
        if {"false_alerts", "false_findings_per_run"} <= self.model_fields_set and self.false_findings_per_run:
            fail([Problem(("false_findings_per_run",), "is deprecated and has no place beside `false_alerts`")])
        return self

    @model_validator(mode="after")
    def _ordered(self) -> DecisionSettings:
        if self.long_window < self.window:
            text = f"expected at least `window` ({self.window}), got {self.long_window}"
            fail([Problem(("long_window",), text)])
        return self

    def severity_cap(self, key: ColumnKey) -> Severity:
        """Return the highest severity that the overrides allow a column, whatever the statistic."""
        caps = [
            Severity(override.severity_at_most)
            for override in self.overrides
            if override.severity_at_most is not None
            and override.statistic is None
            and override.names_table(key.table_key)
            and override.column in {None, key.column}
        ]
        return caps[-1] if caps else Severity.CRITICAL


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower()
