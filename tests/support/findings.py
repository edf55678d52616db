"""A finding as the store and the JSON output hold it."""

from __future__ import annotations

from typing import Any

from stageprint.model import ColumnKey, Finding, Severity
from stageprint.model.finding import finding_object

LONG = "raw.weather.temp looks converted from °F to °C: every quantile is (x − 32) ÷ 1.8 of what it was before."


def finding(**changes: Any) -> dict[str, Any]:
    row = finding_object(
        Finding(
            "f1",
            "2013-03",
            Severity.WARNING,
            "unit_change",
            "data",
            ColumnKey("raw", "weather", "temp"),
            "2013-03",
            tuple(f"joined.flights.c{n}" for n in range(9)),
            0.9,
            ("offset", "timezone_shift"),
            {"factor": 0.5556},
            LONG,
        )
    )
    return row | changes
