"""The tables that the pipeline writes, and where."""

from __future__ import annotations

from pathlib import Path

KEYS = ["year", "month", "day", "carrier", "flight", "origin"]
EVENT_TIME = "time_hour"
LABEL = "arrived_late"

TABLES: dict[str, tuple[str, ...]] = {
    "raw": ("flights", "weather", "planes", "airports", "airlines"),
    "joined": ("flights_joined",),
    "features": ("flight_features",),
    "training": ("training_set",),
    "evaluation": ("evaluation_set",),
    "serving": ("serving_log",),
    "predictions": ("predictions",),
}
STAGES = tuple(TABLES)
DELTA_STAGES = frozenset({"joined", "features"})


def table_path(out: Path, run_id: str, stage: str, table: str) -> Path:
    """Return the folder of one table of one run."""
    return out / run_id / stage / table
