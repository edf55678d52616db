"""All checks of a configured table."""

from __future__ import annotations

import pytest
import yaml

from stageprint.checks import declared_checks
from stageprint.config.tables import TableConfig


def checks(text: str) -> list[tuple[str, str, str]]:
    table = TableConfig.model_validate({"name": "flights", "source": {"table": "a"}, **yaml.safe_load(text)})
    return [(entry.check.name, entry.check.expected, entry.severity.value) for entry in declared_checks(table)]


IMPLIED = ("key_coverage", "at least 100 % of distinct tailnum in raw.planes.tailnum", "warning")


def test_a_reference_is_a_check_of_its_own() -> None:
    assert checks("references: {tailnum: raw.planes.tailnum}") == [IMPLIED]


def test_checks_come_first_as_declared() -> None:
    found = checks("{references: {tailnum: raw.planes.tailnum}, checks: [{row_count: {min: 1}}, key_unique]}")
    assert [name for name, _, _ in found] == ["row_count", "key_unique", "key_coverage"]


@pytest.mark.parametrize("target", ["raw.planes", "raw.planes.tailnum"])
def test_a_declared_coverage_of_the_same_columns_takes_its_place(target: str) -> None:
    item = f"{{key_coverage: {{key: tailnum, references: {target}, min_share: 0.8}}}}"
    found = checks(f"{{references: {{tailnum: raw.planes.tailnum}}, checks: [{item}]}}")
    assert found == [("key_coverage", f"at least 80 % of distinct tailnum in {target}", "critical")]


@pytest.mark.parametrize(
    "other", ["references: raw.planes.id", "references: raw.gliders", "references: raw.planes, run: previous"]
)
def test_one_of_other_columns_does_not(other: str) -> None:
    found = checks(
        f"{{references: {{tailnum: raw.planes.tailnum}}, checks: [{{key_coverage: {{key: tailnum, {other}}}}}]}}"
    )
    assert len(found) == 2
    assert found[1] == IMPLIED


def test_no_checks() -> None:
    assert checks("{}") == []
