"""What a shift statistic is about."""

from __future__ import annotations

from enum import Enum


class Concern(str, Enum):
    """One thing that a statistic is about; a statistic may be about several.

    Diagnosis, reports and documentation go by these and never by the names of statistics.
    """

    ROWS = "rows"
    """How many rows a table has, and whether some of them are missing."""
    KEYS = "keys"
    """Which keys a table has."""
    DUPLICATES = "duplicates"
    """Rows or values that occur several times although each should occur once."""
    MISSING_VALUES = "missing values"
    """How many values are null or NaN."""
    PLACEHOLDERS = "placeholders"
    """Values that stand for a missing one: empty and blank texts, a default in place of null."""
    FOREIGN_VALUES = "foreign values"
    """Rows whose value was not known before, is not known upstream, or means something else than before."""
    LABELS = "labels"
    """Which different values there are, and which of them stands for what."""
    DISTRIBUTION = "distribution"
    """How the values are distributed: location, spread, shares."""
    FORMAT = "format"
    """How values are written: patterns, decimal places."""
    EVENT_TIME = "event time"
    """Which times the rows are of: range, time of day, order."""
    FRESHNESS = "freshness"
    """Whether data is new: it repeats an earlier run, or ends earlier than it should."""
    SCHEMA = "schema"
    """Columns, their order and types."""
    STORAGE = "storage"
    """How a table is stored. A compaction changes it and harms nothing."""
    MODEL_QUALITY = "model quality"
    """How well a model predicts."""
    MODEL_VERSION = "model version"
    """Which version of a model made the predictions."""
    TRAINING_OVERLAP = "training overlap"
    """Rows that training and evaluation share."""
    UPSTREAM = "upstream"
    """A column or table beside the one upstream that it comes from, in the same run."""
