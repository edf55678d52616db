"""Faults between systems: data, models and features that stopped being updated."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.incidents.base import Context, Incident, TableIncident, column_in, register
from scripts.demo.layout import EVENT_TIME
from scripts.demo.options import Options


@register
class StalledIngestion(Incident):
    """The data of last month arrives again: raw flights and weather, or the whole table of the stage."""

    name = "stalled_ingestion"
    family = "boundaries"
    stages = ("raw", "joined", "features", "serving", "predictions")
    default_stage = "raw"
    needs_previous = "same"

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Take the tables of the previous run; raw dimensions are full snapshots and arrive as always."""
        previous = context.previous()
        if context.stage == "raw":
            return {**tables, "flights": previous["flights"], "weather": previous["weather"]}
        return previous


@register
class WrongModelVersion(Incident):
    """Serving scores with the model of last month, as model_version says."""

    name = "wrong_model_version"
    family = "boundaries"
    stages = ("predictions",)
    default_stage = "predictions"
    needs_previous = "training"

    def options(self, options: Options) -> Options:
        """Use the model that was trained a month earlier."""
        return replace(options, previous_model=True)


@register
class StaleFeature(TableIncident):
    """One feature keeps its first value of the month: carrier_delay_24h by carrier, raw weather.temp by airport."""

    name = "stale_feature"
    family = "boundaries"
    default_stage = "features"
    targets: ClassVar = {
        "raw": ("weather", "temp"),
        **column_in("carrier_delay_24h", "features", "serving"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Freeze the column for each carrier or airport."""
        entity = "origin" if context.stage == "raw" else "carrier"
        frozen = frame.sort_values(EVENT_TIME, kind="stable").groupby(entity)[column].transform("first")
        return frame.assign(**{column: frozen})
