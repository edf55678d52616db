"""What to look at first where a cause was found, how to mend it, and queries for what the finding says."""

from __future__ import annotations

from dataclasses import dataclass

from stageprint.model import STAGE_LEVEL
from stageprint.model.spark_sql import text_literal
from stageprint.report.rows import Row


@dataclass(frozen=True)
class NextSteps:
    """What to do about a finding.

    Attributes:
        meaning: What its cause means.
        check: What to look at first, in this order.
        fix: How to mend it.
    """

    meaning: str = ""
    check: tuple[str, ...] = ()
    fix: str = ""


def next_steps(cause: str) -> NextSteps:
    """Return what the cause's page says; nothing for a cause that this version does not know."""
    from stageprint.diagnosis.base import cause_named  # noqa: PLC0415 -- takes a second; a help page needs none
    from stageprint.diagnosis.cause_text import CauseText  # noqa: PLC0415

    known = cause_named(cause)
    if known is None or not type(known).__doc__:
        return NextSteps()
    text = CauseText.of(known)
    return NextSteps(f"{text.summary} {text.meaning}".strip(), text.check, text.fix)


def queries(finding: Row) -> list[str]:
    """Return SQL over the views (`stageprint views`) that shows what a finding says."""
    stage, table, column = finding["stage"], finding["table"], finding["column"]
    of = {"pipeline": None, "stage": stage}
    if table != STAGE_LEVEL:
        of["table_name"] = table
    here = " AND ".join(f"{name} = {text_literal(str(value))}" for name, value in of.items() if value is not None)
    run = text_literal(str(finding["run_id"]))
    place = here if column is None else f"{here} AND column_name = {text_literal(str(column))}"
    figures = "row_count, null_share, distinct_count, min_text, median, mean, max_text, severity"
    found = [
        "SELECT column_name, statistic, value, expected_low, expected_high, p_value, severity, explanation\n"
        f"FROM shifts WHERE run_id = {run} AND {place} AND severity <> 'none'\nORDER BY p_value"
    ]
    if column is not None:
        found.append(
            f"SELECT run_id, {figures}\nFROM column_history\nWHERE {place} AND slice_key IS NULL\n"
            "ORDER BY order_key, run_id"
        )
    elif table != STAGE_LEVEL:
        found.append(
            "SELECT run_id, status, row_count, source_bytes, source_files, source_version\nFROM table_profiles\n"
            f"WHERE {place} AND slice_key IS NULL\nORDER BY run_id"
        )
    return found
