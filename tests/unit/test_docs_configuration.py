"""docs/configuration.md is held to the models: every key, every default, every block, every error shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from stageprint.config.calendar import CalendarSettings
from stageprint.config.decision import DecisionSettings, MissingSettings, Override
from stageprint.config.lineage import LineageSettings
from stageprint.config.loader import build_config, parse_config
from stageprint.config.notify import NotifyRule
from stageprint.config.patterns import TablePattern
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.retention import RetentionSettings
from stageprint.config.sensitive import SensitiveSettings
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import Source
from stageprint.config.stages import StageConfig
from stageprint.config.tables import ColumnsConfig, SliceConfig, TableConfig
from stageprint.errors import ConfigError

ROOT = Path(__file__).parents[2]
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", CONFIGURATION, re.DOTALL)
SECTIONS: dict[str, type[BaseModel]] = {
    "## The file": PipelineConfig,
    "## A stage": StageConfig,
    "### Tables that join by themselves": TablePattern,
    "## A table": TableConfig,
    "### Source": Source,
    "### Columns": ColumnsConfig,
    "## Sketches": SketchSettings,
    "### Sensitive": SensitiveSettings,
    "## Decision": DecisionSettings,
    "## Alerts": NotifyRule,
    "## Retention": RetentionSettings,
    "## Calendar": CalendarSettings,
    "## Lineage": LineageSettings,
    "## Slices": SliceConfig,
    "## Thresholds of your own": Override,
    "## What is missing": MissingSettings,
}
"""Sections of the page whose table lists the keys of a model."""


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_every_block_of_the_configuration_page_is_valid(block: str) -> None:
    content = yaml.safe_load(block)
    if "pipeline" not in content:
        # A part of a file: keys of the first table, or of the whole file.
        whole = yaml.safe_load(BLOCKS[1])
        target = whole if set(content) <= set(PipelineConfig.model_fields) else whole["stages"][0]["tables"][0]
        target.update(content)
        content = whole
    assert build_config(content).pipeline == "shop"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_explained_with_its_default(heading: str) -> None:
    section = re.split(r"^#+ ", CONFIGURATION.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    table = section[section.index("| key | default |") :]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \| \S", table, re.MULTILINE))
    assert rows == {key: shown_default(field) for key, field in SECTIONS[heading].model_fields.items()}


def shown_default(field: FieldInfo) -> str:
    """Return a key's default as the page shows it."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, (), {}) or isinstance(value, BaseModel):
        return "–"
    return f"`{value if isinstance(value, str) else str(value).lower()}`"


def test_the_errors_shown_are_those_of_the_product() -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", CONFIGURATION, re.DOTALL)
    text = BLOCKS[0].replace("parquet", "parqet") + "        keys: order_id\n        evnt_time: ordered_at\n"
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "shop.yml")
    assert str(caught.value) == shown.strip()


def test_the_full_example_says_what_it_seems_to() -> None:
    found = parse_config(BLOCKS[1])
    orders = found.table("raw", "orders")
    assert orders.columns.sensitive == {"email": "hashed", "birthday": "off", "city": 50}
    assert [one.by for one in orders.slices] == ["country", "amount > 1000"]
    assert found.table("raw", "events").incremental == "event_date"
    assert [(rule.severity, rule.stages) for rule in found.notify] == [("warning", ()), ("critical", ("predictions",))]
