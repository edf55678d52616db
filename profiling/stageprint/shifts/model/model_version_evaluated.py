"""Another model answers than the one that was trained or evaluated in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Fact, Wording


class ModelVersionEvaluated(TableRule):
    """The run's evaluation or training table records none of the table's versions, unlike in every earlier run.

    Formula: 1 if none is, else 0.

    It is computable only if those tables record a version, and at least 3 earlier runs all had one in common.

    Example:
        Evaluated and predicting are 1, 2 and 3 in turn; now 4 was evaluated and 3 predicts: 1.
    """

    name: ClassVar[str] = "model_version_evaluated"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_VERSION})
    wording: ClassVar[Wording] = Fact("no model version of this run was evaluated or trained in it")
    unit: ClassVar[str] = "1 broken, 0 held"
    convention: ClassVar[str] = "the evaluation table's versions, or the training table's where it records none"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example(
        {
            "rows": 9,
            "role": "predictions",
            "versions": [{"1": 9}, {"2": 9}, {"3": 9}],
            "peers": [{"evaluation": {"versions": {str(run): 5}}} for run in (1, 2, 3)],
        },
        {"rows": 9, "role": "predictions", "versions": {"3": 9}, "peers": {"evaluation": {"versions": {"4": 5}}}},
        1.0,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return 1 where there is no version in common."""
        if current.role not in {"serving", "predictions"}:
            return NotComputable("the table is of no stage with the role serving or predictions")
        theirs = _evaluated(current)
        if not current.versions or not theirs:
            return NotComputable("no version is recorded on both sides in this run")
        usual = [bool(set(run.versions) & set(_evaluated(run))) for run in past if run.versions and _evaluated(run)]
        if len(usual) < MIN_INVARIANT_RUNS or not all(usual):
            return NotComputable(
                f"not in every one of at least {MIN_INVARIANT_RUNS} earlier runs was a version the same"
            )
        broken = not set(current.versions) & set(theirs)
        detail = f"version {', '.join(current.versions)}, evaluated {', '.join(theirs)}"
        return Outcome(1.0 if broken else 0.0, detail=detail if broken else None)


def _evaluated(run: TableFeatures) -> Sequence[str]:
    found = (run.peers[role].versions for role in ("evaluation", "training") if role in run.peers)
    return next((tuple(versions) for versions in found if versions), ())
