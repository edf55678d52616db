"""What every check implements: a declared expectation and a stored profile → pass, fail, or not computable."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from stageprint.errors import did_you_mean
from stageprint.model import CheckOutcome, CheckStatus, ColumnProfile, Lack, S, Severity, TableKey, TableProfile
from stageprint.registry import discover, find
from stageprint.states.counts import CountsState

Level = Literal["column", "table"]
SqlRows = Sequence[Mapping[str, Any]]

NOT_KNOWN: Final = "not known"
"""`observed` of a check that found no figures."""

PREVIOUS_RUN: Final = "previous"
"""Names the run before the one under test, where a check asks for another run."""

_PATH_MARKS: Final = (".", "[", "{")


class Parameters(BaseModel):
    """The parameters of a check, without its column; each check has its own model."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class UndecidedError(Exception):
    """Raised by a check that the profile cannot decide; the outcome is ``not_computable``.

    Args:
        reason: Why it cannot be decided.
        observed: What is known nevertheless.
        lacks: What it lacks; None: something is wrong with the check itself.
    """

    def __init__(self, reason: str, observed: str = NOT_KNOWN, lacks: Lack | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.observed = observed
        self.lacks = lacks


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an expectation holds, and the figures that say so.

    Attributes:
        passed: Whether it holds, or is missed by no more than sketch error.
        observed: The figures, in words; they say so if the value passes only because of sketch error.
    """

    passed: bool
    observed: str


def _no_table(_: TableKey) -> TableProfile | None:
    return None


def _no_run(_: TableKey, __: str) -> TableProfile | None:
    return None


@dataclass(frozen=True, slots=True)
class CheckContext:
    """Everything that checks can look at.

    Attributes:
        table: The table's profile in the run under test, with its columns.
        run_id: The run under test.
        run_date: The run's logical date; None if its name does not begin with a date.
        upstream: Profile, in the same run, of the table that the rows come from (`PipelineConfig.retention_source`).
        other_table: Looks up any other table's profile in the same run, with its keys and columns.
        other_run: Looks up a table's profile in another run, by the run's name or ``previous``.
        evaluate_sql: Runs a query over the result tables and returns its rows, perhaps not all; None without a session.
            It fills the named parameters ``:pipeline``, ``:run_id``, ``:stage`` and ``:table_name``, and raises a
            `StageprintError` if the query fails.
        has_upstream: Whether the configuration names a table that the rows come from, profiled or not.
        hide_rows: Whether nothing is shown of what a query returns or fails with, since a column of the pipeline is
            sensitive: a query may read sources too.
    """

    table: TableProfile
    run_id: str
    run_date: dt.date | None = None
    upstream: TableProfile | None = None
    other_table: Callable[[TableKey], TableProfile | None] = _no_table
    other_run: Callable[[TableKey, str], TableProfile | None] = _no_run
    evaluate_sql: Callable[[str], SqlRows] | None = None
    has_upstream: bool = False
    hide_rows: bool = False

    def find_column(self, name: str) -> ColumnProfile | None:
        """Return the column of a name, else the only one whose name differs only in case, as in Spark; else None."""
        exact = self.table.columns.get(name)
        if exact is not None:
            return exact
        folded = [column for path, column in self.table.columns.items() if path.casefold() == name.casefold()]
        return folded[0] if len(folded) == 1 else None

    def missing(self, names: Iterable[str]) -> Verdict | None:
        """Return a failure if the table lacks one of the columns, else None.

        A missing column is a failure and not "not computable": whoever relies on its values cannot have them. A column
        that is in the table but was not profiled, such as an excluded one, is not missing.
        """
        for name in names:
            if self.find_column(name) is None and not self._in_schema(name):
                return Verdict(False, f"no such column: {name}{did_you_mean(name, self.table.columns)}")
        return None

    def _in_schema(self, name: str) -> bool:
        """Return whether the table has the column, or the top-level field that the path starts from."""
        fields = [field.name.casefold() for field in self.table.schema]
        path = name.casefold()
        return any(path == field or path.startswith(tuple(field + mark for mark in _PATH_MARKS)) for field in fields)


P = TypeVar("P", bound=Parameters)


class Check(ABC, Generic[P]):
    """One kind of expectation; an instance is one declared expectation.

    The docstring says what passes, what nulls mean and when it is not computable, and shows YAML under ``Example:``.
    A value that misses its bound by no more than sketch error passes, and `observed` says so.

    Attributes:
        name: Name in YAML and in `check_results`.
        level: Whether it is about a column or the whole table.
        model: Class of its parameters.
        short: The parameter that a bare value or list stands for, as in ``freshness: 2d``. For a check on a column it
            is always the column.
        needs_findings: Whether it looks at the run's shifts and findings, and so runs after the comparison.
        parameters: The declared parameters.
        column: The column that it was declared for; None: the table.
    """

    name: ClassVar[str]
    level: ClassVar[Level]
    model: ClassVar[type[Parameters]]
    short: ClassVar[str | None] = None
    needs_findings: ClassVar[bool] = False

    def __init__(self, parameters: P, column: str | None = None) -> None:
        self.parameters = parameters
        self.column = column

    @property
    @abstractmethod
    def expected(self) -> str:
        """What was declared, in words."""

    @property
    def tables(self) -> tuple[str, ...]:
        """The other tables that it names, as ``stage.table`` or only the table's name."""
        return ()

    @abstractmethod
    def judge(self, context: CheckContext) -> Verdict:
        """Return the verdict.

        Raises:
            UndecidedError: The profile cannot decide.
        """

    def evaluate(self, context: CheckContext, severity: Severity = Severity.CRITICAL) -> CheckOutcome:
        """Return the outcome.

        Args:
            context: What the check looks at.
            severity: Severity of a failure.
        """
        try:
            verdict = self.judge(context)
        except UndecidedError as error:
            found = self.not_computable(context.run_id, context.table.key, error.reason, severity, error.observed)
            return replace(found, lacks=error.lacks)
        status: CheckStatus = "pass" if verdict.passed else "fail"
        return self._outcome(context.run_id, context.table.key, status, severity, verdict.observed, None)

    def not_computable(
        self, run_id: str, table: TableKey, reason: str, severity: Severity, observed: str = NOT_KNOWN
    ) -> CheckOutcome:
        """Return the outcome ``not_computable``.

        Args:
            run_id: The run.
            table: The table.
            reason: Why it cannot be decided.
            severity: Severity of a failure.
            observed: What is known nevertheless.
        """
        return self._outcome(run_id, table, "not_computable", severity, observed, reason)

    def _outcome(
        self, run_id: str, table: TableKey, status: CheckStatus, severity: Severity, observed: str, reason: str | None
    ) -> CheckOutcome:
        return CheckOutcome(
            run_id=run_id,
            key=table.level if self.column is None else table.column(self.column),
            check=self.name,
            status=status,
            severity=severity,
            expected=self.expected,
            observed=observed,
            reason=reason,
        )


class ColumnCheck(Check[P]):
    """A check on one column. It fails if the table lacks the column; it is not computable if that was not profiled."""

    level: ClassVar[Level] = "column"

    def __init__(self, parameters: P, column: str) -> None:
        super().__init__(parameters, column)
        self._name = column

    def judge(self, context: CheckContext) -> Verdict:
        """Find the column and judge it."""
        missing = context.missing([self._name])
        if missing is not None:
            return missing
        column = profiled(context, self._name)
        if not context.table.rows:
            reason = "the table has no rows"
            raise UndecidedError(reason, lacks=Lack.VALUES)
        return self.judge_column(column, context)

    @abstractmethod
    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:
        """Return the verdict on a column of a table that has rows.

        Raises:
            UndecidedError: The profile cannot decide.
        """


class TableCheck(Check[P]):
    """A check on a whole table."""

    level: ClassVar[Level] = "table"


def profiled(context: CheckContext, name: str) -> ColumnProfile:
    """Return a column's profile.

    Raises:
        UndecidedError: It was not profiled.
    """
    column = context.find_column(name)
    if column is None:
        reason = "the column is in the table but was not profiled"
        raise UndecidedError(reason)
    return column


def state_of(column: ColumnProfile, cls: type[S]) -> S:
    """Return a column's state.

    Raises:
        UndecidedError: The column has no such state.
    """
    state = column.state(cls)
    if state is None:
        what = column.data_type if column.sensitive is None else f"sensitive ({column.sensitive})"
        reason = f"no {cls.name} state is kept of the column, which is {what}"
        raise UndecidedError(reason)
    return state


def counts_with_values(column: ColumnProfile) -> CountsState:
    """Return a column's counts.

    Raises:
        UndecidedError: All its values are null or NaN, or it has no counts.
    """
    counts = state_of(column, CountsState)
    if not counts.values:
        what = "null or NaN" if counts.nan else "null"
        reason = f"no values: all {counts.rows:,} rows are {what}"
        raise UndecidedError(reason, lacks=Lack.VALUES)
    return counts


@dataclass(frozen=True, slots=True)
class DeclaredCheck:
    """A check and the severity of its failure."""

    check: Check[Any]
    severity: Severity = Severity.CRITICAL


def run_checks(declared: Sequence[DeclaredCheck], context: CheckContext) -> list[CheckOutcome]:
    """Evaluate the checks of one table; returns their outcomes in the order of declaration."""
    return [entry.check.evaluate(context, entry.severity) for entry in declared]


def not_run(declared: Sequence[DeclaredCheck], run_id: str, table: TableKey, reason: str) -> list[CheckOutcome]:
    """Return the outcomes of checks whose table has no profile in the run: not computable, with the reason.

    Args:
        declared: The checks.
        run_id: The run.
        table: Their table.
        reason: Why it has no profile.
    """
    found = (entry.check.not_computable(run_id, table, reason, entry.severity) for entry in declared)
    return [replace(outcome, lacks=Lack.PROFILE) for outcome in found]


def find_check(name: str) -> type[Check[Any]] | None:
    """Return the class of a check, importing no other where its file is named as it is; None: there is none."""
    return find("stageprint.checks", Check, name)


def all_checks() -> Mapping[str, type[Check[Any]]]:
    """Return the class of every registered check by name."""
    return discover("stageprint.checks", Check)
