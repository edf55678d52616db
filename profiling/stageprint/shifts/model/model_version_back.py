"""The model is an earlier run's one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Fact, Wording
from stageprint.shifts.distributions.frozen import MIN_CHANGED_SHARE, MIN_TRANSITIONS


class ModelVersionBack(TableRule):
    """The run's model versions are those of an earlier run again, which never happened before.

    Formula: 1 if they are, else 0.

    Either the previous run had moved on from them, and no earlier run ever went back; or they are the previous run's,
    although the version changed in at least 90 % of at least 5 earlier transitions.

    Example:
        Versions 1, 2 and 3 in turn, and now 1 again: 1.
    """

    name: ClassVar[str] = "model_version_back"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_VERSION})
    wording: ClassVar[Wording] = Fact("every model version of this run is an earlier run's")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "sets of versions, whatever their shares"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        {"rows": 9, "versions": [{"1": 9}, {"2": 9}, {"3": 9}]}, {"rows": 9, "versions": {"1": 9}}, 1.0
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return 1 where the version went back or stood still."""
        now = frozenset(current.versions)
        if not now:
            return NotComputable("no version is recorded in this run")
        if len(past) < MIN_INVARIANT_RUNS or not all(run.versions for run in past):
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs that record a version")
        before = [frozenset(run.versions) for run in past]
        if now <= before[-1]:
            changed = [one != other for one, other in pairwise(before)]
            usually = len(changed) >= MIN_TRANSITIONS and sum(changed) >= MIN_CHANGED_SHARE * len(changed)
            broken = usually and now == before[-1]
        else:
            broken = any(now <= earlier for earlier in before) and not _went_back(before)
        detail = f"version {', '.join(sorted(now))}, the run before {', '.join(sorted(before[-1]))}"
        return Outcome(1.0 if broken else 0.0, detail=detail if broken else None)


def _went_back(runs: Sequence[frozenset[str]]) -> bool:
    return any(
        not run <= runs[place - 1] and any(run <= earlier for earlier in runs[:place])
        for place, run in enumerate(runs)
        if place
    )
