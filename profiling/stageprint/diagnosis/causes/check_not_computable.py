"""Declared checks could not be computed."""

from __future__ import annotations

from typing import ClassVar

from stageprint.config.decision import Missing
from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.lacking import unexplained_checks
from stageprint.model import ColumnKey
from stageprint.model.figures import count

MAX_CHECKS_NAMED = 5
"""Maximum number of checks that the evidence names."""


class CheckNotComputable(Cause):
    """Declared checks of a table could not be computed, so they neither passed nor failed.

    Someone relies on these checks, and nothing was checked. The table was profiled, but its profile lacks what the
    checks need, or their declaration does not fit the data.

    Signature: a declared check has the status `not_computable`, although its table and every table it is compared with
    have a profile, and although there are earlier runs if it needs some. All such checks of a table are one finding. If
    another finding began in the same table or column, they become figures of that finding.

    Told apart from: `table_missing`, `table_unreadable` and `stage_missing`: all checks of the affected tables stay
    uncomputed; a first run: a check that needs an earlier run is not computable yet.

    Check:
        - Read the reasons in the evidence: each says what the check lacks.
        - Check whether the column's type or the declared limits changed.
        - For a key, check that `keys` or `columns.theta` declares it; for a query, run it by hand.

    Fix: Correct the check's declaration, or supply what it needs, and compare again. Remove checks that can never be
    computed: they look like protection but give none.

    Evidence:
        checks: up to five of the checks, each with its place, what was expected and why it was not computed.
        number: number of checks that could not be computed.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import run_lacking
        >>> reasons = {"pattern": "the column is bigint, not text"}
        >>> evidence, orders = run_lacking({"raw": ["orders"]}, checks={"raw.orders": reasons})
        >>> CheckNotComputable().explain(evidence, orders).evidence["number"]
        1
    """

    name: ClassVar[str] = "check_not_computable"
    family: ClassVar[Family] = "missing"
    level: ClassVar[Level] = "both"
    missing: ClassVar[Missing | None] = "check"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Collect the table's checks that nothing else explains."""
        found = [] if evidence.coverage is None else unexplained_checks(evidence.coverage, origin.table_key)
        if not found:
            return None
        first = found[0]
        place = "" if first.key == origin else f" of {first.key}"
        more = "" if len(found) == 1 else f", and {count(len(found) - 1)} more"
        checks = "A declared check" if len(found) == 1 else f"{count(len(found))} declared checks"
        sentence = f"{checks} of {origin} could not be computed: {first.check}{place} ({first.reason}){more}"
        figures = {
            "checks": [
                {"check": check.check, "at": str(check.key), "expected": check.expected, "reason": check.reason}
                for check in found[:MAX_CHECKS_NAMED]
            ],
            "number": len(found),
        }
        return Fit(1.0, sentence, figures, finding_class="unknown")
