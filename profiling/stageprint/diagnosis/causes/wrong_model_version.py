"""The wrong version of the model answers."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.roles import beside, statistics
from stageprint.model import ColumnKey, TableProfile
from stageprint.model.figures import percent, quoted
from stageprint.shifts.model.model_version import ModelVersion
from stageprint.shifts.model.model_version_back import ModelVersionBack
from stageprint.shifts.model.model_version_evaluated import ModelVersionEvaluated

EXPECTED, EVALUATED, BACK = ModelVersion.name, ModelVersionEvaluated.name, ModelVersionBack.name
"""The rules that find it, the most certain first."""


class WrongModelVersion(Cause):
    """The wrong version of the model answers.

    Serving or evaluation uses a version that was not expected, not evaluated, or already replaced: a failed rollout, a
    cached model, a rollback that nobody announced. The reported quality and the served model do not belong together.

    Signature: the recorded version is none of those expected (by the configuration or the registry). Or it was not
    evaluated in the same run, although the recorded version always was. Or it is an earlier run's, although the version
    moved on in every run.

    Told apart from: `category_reencoded`: the expected version is recorded in another spelling.

    Check:
        - Ask the model registry which version is in production, and the serving process which one it loaded.
        - Read the deployment log around the first bad run; look for instances that were not restarted.
        - If only a share of the rows is affected, find out which instances or regions wrote them.

    Fix: Deploy the intended version everywhere and score the affected rows again. Pin the version in the deployment and
    record it with every prediction.

    Evidence:
        recorded: the wrong versions that the table records.
        share: share of the rows with such a version, 0–1.
        expected: versions that the configuration or the registry expects.
        recorded_in: latest earlier run that recorded such a version; null: none.
        evaluated: versions that were evaluated in the run.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import TableKey
        >>> from dataclasses import replace
        >>> key = TableKey("predictions", "scores")
        >>> def run(recorded, expected):
        ...     facts = {"model_version_column": "v", "model_versions": ((recorded, 9),)}
        ...     facts["expected_model_versions"] = (expected,)
        ...     return {key: replace(table_profile(key, {"v": [recorded] * 9}), facts=facts)}
        >>> runs = {"1": run("m-1", "m-1"), "2": run("m-1", "m-2")}
        >>> evidence = evidence_of(runs, {"predictions": ()}, [flag(table_node(key), "model_version")])
        >>> fit = WrongModelVersion().explain(evidence, table_node(key))
        >>> fit.evidence["recorded"], fit.evidence["expected"], fit.evidence["recorded_in"]
        (['m-1'], ['m-2'], '1')
    """

    name: ClassVar[str] = "wrong_model_version"
    family: ClassVar[Family] = "boundary"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Hold what is recorded against what was expected, evaluated, or recorded before."""
        table, flagged = evidence.table(origin.table_key), statistics(evidence, origin)
        rule = next((name for name in (EXPECTED, EVALUATED, BACK) if name in flagged), None)
        if table is None or rule is None:
            return None
        recorded = dict(table.facts.get("model_versions") or ())
        column = table.facts.get("model_version_column")
        if not recorded or column is None:
            return None
        at = origin.table_key.column(str(column))
        expected = tuple(table.facts.get("expected_model_versions") or ())
        wrong = [name for name in recorded if rule != EXPECTED or name not in expected]
        share = sum(recorded[name] for name in wrong) / sum(recorded.values())
        before = _recorded_in(evidence, origin, wrong)
        figures: dict[str, Any] = {
            "recorded": wrong,
            "share": round(share, 6),
            "expected": list(expected),
            "recorded_in": before,
        }
        since = f"{at} holds {quoted(wrong)} in {percent(share)} of the rows since {evidence.first_run(origin)}"
        back = f", the version of run {before}" if before is not None else ""
        if rule == EXPECTED:
            if expected and all(_letters(name) in {_letters(one) for one in expected} for name in wrong):
                return Fit(0.6, f"{since}, which is {quoted(expected)} in another spelling", figures, at=at)
            sentence = f"{since}{back}, where {quoted(expected)} is expected: the wrong model version answers"
            return Fit(0.98, sentence, figures, at=at, deterministic=True, brief="the wrong model version")
        if rule == EVALUATED:
            evaluated = _evaluated(evidence, origin)
            sentence = f"{since}{back}, while {quoted(evaluated)} was evaluated in the run: another model answers"
            return Fit(0.93, sentence, {**figures, "evaluated": evaluated}, at=at, brief="another model version")
        sentence = f"{since}{back}, although the version moved on from run to run: an earlier model answers"
        return Fit(0.9, sentence, figures, at=at, brief="an earlier model version")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _recorded_in(evidence: Evidence, origin: ColumnKey, versions: Collection[str]) -> str | None:
    """Return the latest earlier run that recorded one of the versions."""
    for run in reversed(evidence.history):
        table = evidence.table(origin.table_key, run)
        if table is not None and not set(versions).isdisjoint(dict(table.facts.get("model_versions") or ())):
            return run
    return None


def _evaluated(evidence: Evidence, origin: ColumnKey) -> list[str]:
    for role in ("evaluation", "training"):
        key = beside(evidence, origin.table_key, role)
        table: TableProfile | None = None if key is None else evidence.table(key)
        if table is not None and table.facts.get("model_versions"):
            return list(dict(table.facts["model_versions"]))
    return []
