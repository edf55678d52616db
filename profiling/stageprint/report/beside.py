"""Folds findings about columns that moved beside each other: the first of them is shown, the others under it."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.report.rows import Row, place


def folded(findings: Sequence[Row]) -> list[tuple[Row, list[Row]]]:
    """Return the findings in their order, each with those that it is shown with; none of these comes again.

    Args:
        findings: Rows with the keys of `stageprint.model.finding.FINDING_KEYS`, worst first. `beside` may be null or
            missing.
    """
    left = dict(enumerate(findings))
    found = []
    for number, finding in enumerate(findings):
        if left.pop(number, None) is None:
            continue
        names = set(finding.get("beside") or ())
        under = [at for at, other in left.items() if other["run_id"] == finding["run_id"] and place(other) in names]
        found.append((finding, [left.pop(at) for at in under]))
    return found
