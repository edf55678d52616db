"""What a shift statistic is about."""

from __future__ import annotations

from enum import Enum


class Concern(str, Enum):
    """A subject that a shift statistic is about; a statistic may have several.

    Diagnosis, reports and documentation select statistics by these subjects, never by name.
    """

    ROWS = "rows"
    """How many rows a table has, and whether some of them are missing."""
    KEYS = "keys"
    """Which keys occur in a table."""
    DUPLICATES = "duplicates"
    """Rows or values that occur several times although each should occur once."""
    MISSING_VALUES = "missing values"
    """How many values are null or NaN."""
    PLACEHOLDERS = "placeholders"
    """Values in place of a missing one: empty and blank texts, a default instead of null."""
    FOREIGN_VALUES = "foreign values"
    """Rows with a value that did not occur before, does not occur upstream, or has changed its meaning."""
    LABELS = "labels"
    """Which different values a column has, and what each of them stands for."""
    DISTRIBUTION = "distribution"
    """How the values are distributed: location, spread, shares."""
    FORMAT = "format"
    """How values are written: patterns, decimal places."""
    EVENT_TIME = "event time"
    """The times of the rows: range, time of day, order."""
    FRESHNESS = "freshness"
    """Whether the data is new, rather than a repetition of an earlier run or older than it should be."""
    PROGRESS = "progress"
    """How a column that follows time or the run moves on: calendar parts, times, sequences, cumulative counts."""
    SCHEMA = "schema"
    """Columns, their order and types."""
    STORAGE = "storage"
    """How a table is stored: bytes and files. A compaction changes both and does no harm."""
    MODEL_QUALITY = "model quality"
    """How well a model predicts."""
    MODEL_VERSION = "model version"
    """Which version of the model made the predictions."""
    TRAINING_OVERLAP = "training overlap"
    """Rows that occur both in training and in evaluation."""
    UPSTREAM = "upstream"
    """A comparison of a column or table with its source in an upstream stage, in the same run."""
