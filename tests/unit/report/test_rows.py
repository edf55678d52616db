from __future__ import annotations

import pytest

from stageprint.model import TABLE_LEVEL, CheckOutcome, ColumnKey, Finding, Severity
from stageprint.model.finding import FINDING_KEYS, finding_object
from stageprint.report.json_output import CHECK_KEYS
from stageprint.report.rows import check_row, place
from tests.support.findings import finding


def test_a_finding_object_becomes_a_row_of_the_machine_interface() -> None:
    row = finding()
    assert tuple(row) == FINDING_KEYS
    assert (row["class"], row["stage"], row["table"], row["column"]) == ("data", "raw", "weather", "temp")


def test_a_finding_about_a_table_has_no_column() -> None:
    origin = ColumnKey("raw", "flights", TABLE_LEVEL)
    table = Finding("f", "r", Severity.REVIEW, "stale", "data", origin, "r", (), 1.0, (), {}, "Stale.")
    assert finding_object(table)["column"] is None
    assert place(finding_object(table)) == "raw.flights"


@pytest.mark.parametrize(("column", "named"), [("price", "raw.orders.price"), (TABLE_LEVEL, "raw.orders")])
def test_a_check_result_becomes_a_row_of_the_interface(column: str, named: str) -> None:
    key = ColumnKey("raw", "orders", column)
    row = check_row(CheckOutcome("2013-03", key, "not_null", "fail", Severity.REVIEW, "no null", "5 nulls", None))
    assert tuple(row) == CHECK_KEYS
    assert (row["severity"], row["column"]) == ("review", None if column == TABLE_LEVEL else column)
    assert place(row) == named
