"""docs/checks.md is what the checks say, and its YAML is what the configuration takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from stageprint.checks import all_checks, declared_checks
from stageprint.config.tables import TableConfig

PAGE_TEXT = (Path(__file__).parents[3] / "docs" / "checks.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE_TEXT, re.DOTALL)


def test_every_check_has_its_section_its_parameters_and_its_yaml() -> None:
    for name, check in all_checks().items():
        section = PAGE_TEXT.partition(f"### {name}\n")[2].partition("\n### ")[0]
        assert "```yaml" in section, name
        for key in check.model.model_fields:
            assert re.search(rf"^\| `{key}` \| [^|]+ \| \S", section, re.MULTILINE), (name, key)
    assert len(BLOCKS) == len(all_checks()) + 1


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_taken(block: str) -> None:
    table = TableConfig.model_validate({"name": "flights", "source": {"table": "a"}, **yaml.safe_load(block)})
    assert declared_checks(table)
