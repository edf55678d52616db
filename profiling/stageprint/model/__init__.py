"""The types that every room shares: keys, column kinds, profiles, shifts, findings, check outcomes."""

from __future__ import annotations

from stageprint.model.check import CheckOutcome, CheckStatus, Lack
from stageprint.model.concern import Concern
from stageprint.model.coverage import Coverage
from stageprint.model.finding import Finding, FindingClass
from stageprint.model.keys import NULL_VALUE, OTHER_VALUES, STAGE_LEVEL, TABLE_LEVEL, ColumnKey, Slice, TableKey
from stageprint.model.kinds import ALL_KINDS, NUMERIC, ORDERED, SCALAR, SIZED, TEMPORAL, TIMESTAMPS, ColumnKind
from stageprint.model.profiles import ColumnProfile, S, SchemaField, StateLike, TableProfile
from stageprint.model.severity import Severity
from stageprint.model.shift import ReferenceResult, ShiftRecord
from stageprint.model.values import NotComputable

__all__ = [
    "ALL_KINDS",
    "NULL_VALUE",
    "NUMERIC",
    "ORDERED",
    "OTHER_VALUES",
    "SCALAR",
    "SIZED",
    "STAGE_LEVEL",
    "TABLE_LEVEL",
    "TEMPORAL",
    "TIMESTAMPS",
    "CheckOutcome",
    "CheckStatus",
    "ColumnKey",
    "ColumnKind",
    "ColumnProfile",
    "Concern",
    "Coverage",
    "Finding",
    "FindingClass",
    "Lack",
    "NotComputable",
    "ReferenceResult",
    "S",
    "SchemaField",
    "Severity",
    "ShiftRecord",
    "Slice",
    "StateLike",
    "TableKey",
    "TableProfile",
]
