"""Faults in the data itself: values lost, duplicated, relabelled, rescaled or reformatted."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.incidents.base import (
    FEATURE_STAGES,
    Context,
    Incident,
    TableIncident,
    column_in,
    register,
)
from scripts.demo.layout import EVENT_TIME
from scripts.demo.options import Options


class _DataIncident(TableIncident):
    family = "data"
    default_stage = "raw"


@register
class NullSpike(_DataIncident):
    """Three in ten values are lost: raw weather.temp, temp downstream of it, or the score of the predictions."""

    name = "null_spike"
    targets: ClassVar = {
        "raw": ("weather", "temp"),
        **column_in("temp", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Null the column in random rows."""
        lost = context.rng.random(len(frame)) < 0.3
        return frame.assign(**{column: frame[column].mask(lost)})


@register
class JoinDrop(Incident):
    """The planes join becomes an inner join: flights whose plane is unknown disappear without an error."""

    name = "join_drop"
    family = "data"
    stages = ("joined", "serving")
    default_stage = "joined"

    def options(self, options: Options) -> Options:
        """Turn the left join into an inner join."""
        return replace(options, drop_unknown_planes=True)


@register
class JoinDuplicate(Incident):
    """The planes that are joined still hold an old snapshot of every third plane: its flights come out twice."""

    name = "join_duplicate"
    family = "data"
    stages = ("joined", "serving")
    default_stage = "joined"

    def options(self, options: Options) -> Options:
        """Join planes that occur twice."""
        return replace(options, planes_twice=True)


@register
class WrongTimezone(_DataIncident):
    """The time_hour of flights is local time in New York, labelled as UTC: four or five hours early."""

    name = "wrong_timezone"
    targets: ClassVar = {
        "raw": ("flights", EVENT_TIME),
        **column_in(EVENT_TIME, *FEATURE_STAGES, "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Keep the local time and drop the zone."""
        del context
        wall_clock = frame[column].dt.tz_convert("America/New_York").dt.tz_localize(None)
        return frame.assign(**{column: wall_clock.dt.tz_localize("UTC")})


@register
class UnseenCategory(_DataIncident):
    """After the training cut-off, half of the flights of carrier EV come as XE, which no model has seen."""

    name = "unseen_category"
    targets: ClassVar = {
        "raw": ("flights", "carrier"),
        **column_in("carrier", "joined", "features", "evaluation", "serving", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Relabel late in the month, so that it is new to training, evaluation and serving alike."""
        after = frame["day"] > context.month.train_until
        chosen = after & (frame[column] == "EV") & (context.rng.random(len(frame)) < 0.5)
        return frame.assign(**{column: frame[column].mask(chosen, "XE")})


@register
class UnitChange(_DataIncident):
    """Distance arrives in kilometres instead of miles; the score of the predictions in percent instead of 0-1."""

    name = "unit_change"
    targets: ClassVar = {
        "raw": ("flights", "distance"),
        **column_in("distance", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Rescale every row and keep the type."""
        factor = 100.0 if context.stage == "predictions" else 1.609344
        rescaled = frame[column] * factor
        if pd.api.types.is_integer_dtype(frame[column].dtype):
            rescaled = rescaled.round().astype(frame[column].dtype)
        return frame.assign(**{column: rescaled})


@register
class NullToSentinel(_DataIncident):
    """Missing numbers become a sentinel: raw weather.pressure -999, seats -1 from the join on."""

    name = "null_to_sentinel"
    targets: ClassVar = {"raw": ("weather", "pressure"), **column_in("seats", *FEATURE_STAGES)}

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Fill the nulls."""
        del context
        sentinel = -1 if column == "seats" else -999.0
        return frame.assign(**{column: frame[column].fillna(sentinel)})


@register
class DefaultValue(_DataIncident):
    """A third of the values are replaced by a default: wind_speed by 0, the score of the predictions by 0.5."""

    name = "default_value"
    targets: ClassVar = {
        "raw": ("weather", "wind_speed"),
        **column_in("wind_speed", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Replace values of random rows, missing or not, as a lookup that times out would."""
        default = 0.5 if context.stage == "predictions" else 0.0
        failed = context.rng.random(len(frame)) < 1 / 3
        return frame.assign(**{column: frame[column].mask(failed, default)})


@register
class Clipping(_DataIncident):
    """Distance is capped at 1,500 miles; the score of the predictions at 0.4."""

    name = "clipping"
    targets: ClassVar = {
        "raw": ("flights", "distance"),
        **column_in("distance", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Cap the column."""
        cap = 0.4 if context.stage == "predictions" else 1500
        return frame.assign(**{column: frame[column].clip(upper=cap)})


@register
class Truncation(_DataIncident):
    """Destination codes are cut to two letters (raw: the airports join fails); score to one decimal place."""

    name = "truncation"
    targets: ClassVar = {
        "raw": ("flights", "dest"),
        **column_in("dest", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Truncate the values."""
        if context.stage == "predictions":
            return frame.assign(**{column: (frame[column] * 10).astype("Int64") / 10})
        return frame.assign(**{column: frame[column].str.slice(0, 2)})


@register
class Rounding(_DataIncident):
    """Temperatures are rounded to whole degrees; the score of the predictions to one decimal place."""

    name = "rounding"
    targets: ClassVar = {
        "raw": ("weather", "temp"),
        **column_in("temp", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Round the column."""
        places = 1 if context.stage == "predictions" else 0
        return frame.assign(**{column: frame[column].round(places)})


@register
class TypeChange(_DataIncident):
    """Distance is written as text, and so is the score of the predictions."""

    name = "type_change"
    targets: ClassVar = {
        "raw": ("flights", "distance"),
        **column_in("distance", *FEATURE_STAGES),
        **column_in("score", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Write numbers as text."""
        del context
        return frame.assign(**{column: frame[column].astype("string")})


@register
class FormatChange(_DataIncident):
    """Codes change their format: raw tail numbers (the planes join fails) or dest in lower case."""

    name = "format_change"
    targets: ClassVar = {
        "raw": ("flights", "tailnum"),
        **column_in("dest", *FEATURE_STAGES),
        **column_in("model_version", "predictions"),
    }

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Change the case; a model version also loses its dashes."""
        if context.stage == "predictions":
            return frame.assign(**{column: frame[column].str.upper().str.replace("-", "_")})
        return frame.assign(**{column: frame[column].str.lower()})


@register
class DuplicateKeys(Incident):
    """One flight in ten is written twice, as if a batch had been sent again."""

    name = "duplicate_keys"
    family = "data"
    stages = ("raw", *FEATURE_STAGES, "predictions")
    default_stage = "raw"

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Append a copy of random rows to the first table of the stage."""
        table, frame = next(iter(tables.items()))
        again = context.rng.random(len(frame)) < 0.1
        return {**tables, table: pd.concat([frame, frame[again]], ignore_index=True)}
