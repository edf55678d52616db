"""Checks worth declaring, from what held in every past run; each with the evidence it came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import yaml

from stageprint.checks._suggest_column import column_proposals
from stageprint.checks._suggest_table import table_proposals
from stageprint.model import Severity, TableProfile
from stageprint.shifts import MIN_INVARIANT_RUNS

_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A check to declare.

    Attributes:
        check: Registered name.
        column: The column; None: the table.
        parameters: What the check is told.
        severity: Critical for what held without exception and would break those who rely on it; warning for bounds
            learnt from figures.
        evidence: What it came from, in words: runs, rows, margins.
    """

    check: str
    column: str | None
    parameters: Mapping[str, Any]
    severity: Severity
    evidence: str = field(compare=False)

    @property
    def item(self) -> dict[str, Any]:
        """The check as `parse_checks` takes it."""
        item: dict[str, Any] = {"check": self.check}
        if self.column is not None:
            item["column"] = self.column
        item |= self.parameters
        if self.severity is not Severity.CRITICAL:
            item["severity"] = self.severity.value
        return item


def propose(history: Mapping[str, TableProfile]) -> list[Suggestion]:
    """Propose checks from the profiles of one table.

    Deliberately conservative: a check is proposed where it held in every run, in at least three (the runs that an
    invariant must have held in before breaking it means anything), and where the profile decides it without sketch
    error. Each proposal passes on every run it came from.

    - ``not_null``: no null in any run, and at least 300 rows in all: by the rule of three (Hanley & Lippman-Hand 1983)
      the true share of nulls is under 3/rows, 1 %, at 95 %.
    - ``completeness``: the lower end of the prediction interval of the shares (on arcsine), from 20 % on as in Deequ's
      RetainCompletenessRule (Schelter et al. 2018).
    - ``accepted_values``: at most 50 labels, 10 rows for each in every run, all counted exactly, each seen in two runs
      or more: then the estimated share of labels not seen yet is zero (Good 1953, Chao 1987).
    - ``accepted_range``: zero for a column that never passes it (or 1, where every run reaches it); an extreme that
      every run reaches is taken for the domain's end; else the end of the extremes' prediction interval, rounded
      outward to two digits. None for what only rises or falls from run to run, as counters do, nor for a bound ten
      times what was ever seen.
    - ``unique``, ``key_unique``: proven in every run. A column must also be one in which values drawn at random from
      its range would have repeated (birthday problem), or texts of one length; a declared key need not.
    - ``row_count``: the prediction interval of the number of rows, on the logarithm and 10 % wide at least (no smaller
      shift is ever reported); never below 1.
    - ``schema``: the columns of all runs: in order, else in any order, else those that all share.
    - ``freshness``: the greatest age plus half the usual time between runs, since a missed load adds a whole one.

    Runs in which a column repeats an earlier run's values to the last digit, as those of a static table do, are no new
    evidence: they count once. The prediction interval for one more run is mean ± t·s·√(1 + 1/n) at 99.9 % (Hahn &
    Meeker 1991), never narrower than what was seen. What is learnt from figures is proposed as a warning.

    Args:
        history: The table's profile, with its columns, by run, oldest first.

    Returns:
        Suggestions for the table, then for each column in the order of the schema; none with fewer than three runs.
    """
    if len(history) < MIN_INVARIANT_RUNS:
        return []
    return list(_suggestions(history))


def _suggestions(history: Mapping[str, TableProfile]) -> Iterator[Suggestion]:
    runs = list(history.values())
    for proposal in table_proposals(history):
        yield Suggestion(*proposal)
    if not all(run.rows for run in runs):
        return
    shared = [path for path in runs[-1].columns if all(path in run.columns for run in runs)]
    for path in sorted(shared, key=lambda path: runs[-1].columns[path].position):
        for check, parameters, severity, evidence in column_proposals(path, runs):
            yield Suggestion(check, path, parameters, severity, evidence)


def to_yaml(suggestions: list[Suggestion]) -> str:
    """Return suggestions as YAML to paste beside a table, the evidence as a comment above each."""
    lines = ["checks:" if suggestions else "checks: []"]
    for suggestion in suggestions:
        text = yaml.safe_dump(
            [suggestion.item], default_flow_style=None, sort_keys=False, allow_unicode=True, width=_WIDTH
        )
        lines += [f"# {line}" for line in wrap(suggestion.evidence, _WIDTH)] + text.rstrip().split("\n")
    return "\n  ".join(lines) + "\n"
