from __future__ import annotations

import builtins
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.pipeline.lineage.check import check_lineage

CONFIG = """\
pipeline: shop
store: memory
lineage: {{openlineage: ["{root}/events.json", "{root}/more.json"]}}
stages:
  - {{name: raw, tables: [{{name: orders, source: {{table: a}}}}]}}
"""


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts how often each file is opened."""
    found: Counter[str] = Counter()
    original = builtins.open

    def counted(file: Any, *arguments: Any, **more: Any) -> Any:
        found[Path(str(file)).name] += 1
        return original(file, *arguments, **more)

    monkeypatch.setattr(builtins, "open", counted)
    return found


def test_files_that_can_be_read_are_read_once(tmp_path: Path, opened: Counter[str]) -> None:
    for name in ("events", "more"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"job": {"name": name}, "outputs": []}), "utf-8")
    opened.clear()
    found = check_lineage(parse_config(CONFIG.format(root=tmp_path)))
    assert found.unreadable == ()
    assert {name: opened[name] for name in ("events.json", "more.json")} == {"events.json": 1, "more.json": 1}


def test_all_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "more.json").write_text("{", "utf-8")
    found = check_lineage(parse_config(CONFIG.format(root=tmp_path)))
    assert [problem.where for problem in found.unreadable] == [
        ("lineage", "openlineage", 0),
        ("lineage", "openlineage", 1),
    ]
    assert "events.json, found none" in found.unreadable[0].text
    assert "expected an OpenLineage event as JSON" in found.unreadable[1].text
