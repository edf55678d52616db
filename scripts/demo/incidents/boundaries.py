"""Faults between systems: data, models and features that stopped moving."""

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
    """Last month's data again: raw flights and weather, or the stage's whole table."""

    name = "stalled_ingestion"
    family = "boundaries"
    stages = ("raw", "joined", "features", "serving", "predictions")
    default_stage = "raw"
    needs_previous = "same"

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Take the run before's tables; raw dimensions are full snapshots and come as ever."""
        previous = context.previous()
        if context.stage == "raw":
            return {**tables, "flights": previous["flights"], "weather": previous["weather"]}
        return previous


@register
class WrongModelVersion(Incident):
    """Serving scores with last month's model, and says so in model_version."""

    name = "wrong_model_version"
    family = "boundaries"
    stages = ("predictions",)
    default_stage = "predictions"
    needs_previous = "training"

    def options(self, options: Options) -> Options:
        """Use the model trained a month before."""
        return replace(options, previous_model=True)


@register
class StaleFeature(TableIncident):
    """One feature keeps its first value of the month: carrier_delay_24h per carrier, raw weather.temp per airport."""

    name = "stale_feature"
    family = "boundaries"
    default_stage = "features"
    targets: ClassVar = {
        "raw": ("weather", "temp"),
        **column_in("carrier_delay_24h", "features", "serving"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Freeze the column for each entity it is looked up by."""
        entity = "origin" if context.stage == "raw" else "carrier"
        frozen = frame.sort_values(EVENT_TIME, kind="stable").groupby(entity)[column].transform("first")
        return frame.assign(**{column: frozen})
