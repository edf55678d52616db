"""Proposes checks that held in every past run, each with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

import yaml

from stageprint.checks._suggest_column import column_proposals
from stageprint.checks._suggest_table import table_proposals
from stageprint.checks.accepted_values import AcceptedValuesCheck
from stageprint.model import Severity, TableProfile
from stageprint.shifts import MIN_INVARIANT_RUNS

_LINE_CHARACTERS = 110


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed check.

    Attributes:
        check: Registered name.
        column: The column; None: the table.
        parameters: Its parameters.
        severity: Critical for what held without exception and others may rely on; warning for bounds that were
            estimated.
        evidence: Why it is proposed, in words: runs, rows, margins.
    """

    check: str
    column: str | None
    parameters: Mapping[str, Any]
    severity: Severity
    evidence: str = field(compare=False)

    @property
    def item(self) -> dict[str, Any]:
        """The check as an item for `parse_checks`."""
        item: dict[str, Any] = {"check": self.check}
        if self.column is not None:
            item["column"] = self.column
        item |= self.parameters
        if self.severity is not Severity.CRITICAL:
            item["severity"] = self.severity.value
        return item


def propose(history: Mapping[str, TableProfile], *, model_version: str | None = None) -> list[Suggestion]:
    """Propose checks from the profiles of one table.

    Proposals are conservative: a check is proposed if it held in every run, in at least three (as many as an invariant
    needs), and if the profile decides it without sketch error. Each proposal passes on every run it came from.

    - ``not_null``: no null in any run, and at least 300 rows in all: by the rule of three (Hanley & Lippman-Hand 1983)
      the true share of nulls is then below 3/rows, at most 1 %, with 95 % confidence.
    - ``completeness``: the lower end of the prediction interval of the shares (on arcsine), if it is at least 20 %, as
      in Deequ's RetainCompletenessRule (Schelter et al. 2018).
    - ``accepted_values``: at most 50 labels, with 10 rows a label in every run, all counted exactly, each seen in two
      or more runs: then the estimated share of unseen labels is zero (Good 1953, Chao 1987). That takes runs that draw
      from the same labels: there is no list of a model's versions, of a column of which two runs share no label, or
      where a label was new in the later half of the runs.
    - ``accepted_range``: zero for a column that never passes it; an extreme that every run reaches, as the end of the
      domain, if it is 0, 1 or 100 or 10 rows hold it in every run (one row that a snapshot repeats is no end);
      otherwise the end of the extremes' prediction interval, rounded outward to the first digit of its margin, and to
      whole numbers where the column holds such. No range for figures that only rise or fall from run to run, such as
      counters; no bound for extremes that were only ever passed, as in a snapshot that grows; no bound beyond ten times
      the most extreme value seen, and no zero at ten times the range from the values.
    - ``unique``, ``key_unique``: proven in every run. A column that is no declared key must also hold whole numbers
      that would have repeated if they were random in their range (birthday problem), or texts of one length.
    - ``row_count``: the prediction interval of the number of rows, on the logarithm and with margins of at least 10 %
      (smaller shifts are never reported); never below 1.
    - ``schema``: the columns in order if all runs agree, else in any order, else the columns that all runs share.
    - ``freshness``: the greatest age plus half the usual time between runs; a missed load adds the whole time. Only if
      the newest event advanced at least twice: the age of one that stands still grows from run to run.

    Runs in which a column repeats the values of an earlier run exactly, as in a static table, are no new evidence: they
    count once. The prediction interval for one more run is mean ± t·s·√(1 + 1/n) at 99.9 % (Hahn & Meeker 1991), and
    never narrower than the range seen. Estimated bounds are proposed as warnings.

    Args:
        history: The table's profile, with its columns, by run, oldest first.
        model_version: The column that names the model, whose next value is none of the earlier ones; None: there is
            none.

    Returns:
        Proposals for the table, then for each column in the order of the schema; none with fewer than three runs.
    """
    if len(history) < MIN_INVARIANT_RUNS:
        return []
    return list(_suggestions(history, model_version))


def _suggestions(history: Mapping[str, TableProfile], model_version: str | None) -> Iterator[Suggestion]:
    runs = list(history.values())
    for proposal in table_proposals(history):
        yield Suggestion(*proposal)
    if not all(run.rows for run in runs):
        return
    shared = [path for path in runs[-1].columns if all(path in run.columns for run in runs)]
    for path in sorted(shared, key=lambda path: runs[-1].columns[path].position):
        for check, parameters, severity, evidence in column_proposals(path, runs):
            if path == model_version and check == AcceptedValuesCheck.name:
                continue
            yield Suggestion(check, path, parameters, severity, evidence)


def to_yaml(suggestions: list[Suggestion]) -> str:
    """Return proposals as YAML to paste beside a table, each below a comment with its evidence."""
    lines = ["checks:" if suggestions else "checks: []"]
    for suggestion in suggestions:
        text = yaml.safe_dump(
            [suggestion.item], default_flow_style=None, sort_keys=False, allow_unicode=True, width=_LINE_CHARACTERS
        )
        lines += [f"# {line}" for line in wrap(suggestion.evidence, _LINE_CHARACTERS)] + text.rstrip().split("\n")
    return "\n  ".join(lines) + "\n"
