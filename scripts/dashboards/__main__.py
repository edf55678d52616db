"""``python -m scripts.dashboards``: writes the dashboards into conf/dashboards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from scripts.dashboards import grafana, lakeview

FOLDER: Final = Path(__file__).resolve().parents[2] / "conf" / "dashboards"


def files() -> dict[str, dict[str, Any]]:
    """Return each file's name and content."""
    return {"stageprint.lvdash.json": lakeview.dashboard(), "stageprint.grafana.json": grafana.dashboard()}


def text_of(content: dict[str, Any]) -> str:
    """Return a dashboard as it is written."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the files."""
    for name, content in files().items():
        (FOLDER / name).write_text(text_of(content), encoding="utf-8")
        print(f"conf/dashboards/{name}")


if __name__ == "__main__":
    main()
