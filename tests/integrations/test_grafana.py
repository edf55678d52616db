"""The dashboard for Grafana, read and written by Grafana's own models: nothing in it is unknown to them, or lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "conf" / "dashboards" / "stageprint.grafana.json"


def lost(before: Any, after: Any, where: str = "") -> list[str]:
    """Return the places of what is in the first and not, or otherwise, in the second."""
    if isinstance(before, dict):
        if not isinstance(after, dict):
            return [where]
        return [place for key, value in before.items() for place in lost(value, after.get(key), f"{where}.{key}")]
    if isinstance(before, list):
        if not isinstance(after, list) or len(before) != len(after):
            return [where]
        pairs = zip(before, after, strict=True)
        return [place for number, (one, two) in enumerate(pairs) for place in lost(one, two, f"{where}[{number}]")]
    return [] if before == after else [where]


def test_grafana_reads_all_of_it() -> None:
    dashboards = pytest.importorskip("grafana_foundation_sdk.models.dashboard", reason="needs Python 3.11")
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder")
    content = json.loads(FILE.read_text(encoding="utf-8"))
    read = dashboards.Dashboard.from_json(content)
    written = json.loads(encoder.JSONEncoder(sort_keys=True).encode(read))
    # A query is of its data source, whose plug-in alone knows it.
    for panel in content["panels"]:
        del panel["targets"]
    assert lost(content, written) == []
    assert len(written["panels"]) == len(content["panels"]) > 8
