"""The registered statistics and rules, by name, by what they compare and by what they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from functools import cache
from types import MappingProxyType

from stageprint.errors import RegistryError, did_you_mean
from stageprint.model import ColumnKind, Concern
from stageprint.registry import discover, find
from stageprint.shifts.base import (
    CalibrationGroup,
    ColumnRelation,
    ColumnRule,
    ColumnShift,
    Shift,
    TableRule,
    TableShift,
)


@cache
def all_shifts() -> Mapping[str, Shift]:
    """Return every registered statistic and rule by name.

    Raises:
        RegistryError: A class does not say what it is about, or names a concern, a calibration group or a capping
            statistic that does not exist.
    """
    found = discover("stageprint.shifts", Shift)
    for cls in found.values():
        _check(cls, found)
    return MappingProxyType({name: cls() for name, cls in found.items()})


def concerns_of(statistic: str) -> frozenset[Concern]:
    """Return what a statistic is about; nothing for a name that is not registered (any more)."""
    shift = find("stageprint.shifts", Shift, statistic)
    return frozenset() if shift is None else shift.concerns


def _check(cls: type[Shift], known: Mapping[str, type[Shift]]) -> None:
    """Raise a `RegistryError` that names what is allowed where a class states its traits wrongly."""
    concerns: Collection[object] = getattr(cls, "concerns", ())
    group: object = cls.calibration_group
    problems = [f"unknown concern {concern!r}" for concern in concerns if not isinstance(concern, Concern)]
    if not concerns or problems:
        problem = problems[0] if problems else "does not say what the statistic is about"
        problem += f"; `concerns` is a frozenset of some of {_members(Concern)}"
    elif not isinstance(group, CalibrationGroup):
        problem = f"unknown calibration group {group!r}; expected one of {_members(CalibrationGroup)}"
    elif not known.keys() >= set(cls.capped_by):
        name = next(name for name in cls.capped_by if name not in known)
        problem = f"`capped_by` names {name!r}, which is not registered{did_you_mean(name, known)}"
    else:
        return
    message = f"{cls.__module__}.{cls.__name__}: {problem}"
    raise RegistryError(message)


def _members(enum: type[Enum]) -> str:
    return ", ".join(f"{enum.__name__}.{member.name}" for member in enum)


@cache
def column_shifts(kind: ColumnKind) -> tuple[ColumnShift, ...]:
    """Return the column statistics defined for a kind."""
    return tuple(shift for shift in all_shifts().values() if isinstance(shift, ColumnShift) and kind in shift.kinds)


@cache
def column_rules(kind: ColumnKind) -> tuple[ColumnRule, ...]:
    """Return the column rules defined for a kind."""
    return tuple(rule for rule in all_shifts().values() if isinstance(rule, ColumnRule) and kind in rule.kinds)


@cache
def column_relations(kind: ColumnKind) -> tuple[ColumnRelation, ...]:
    """Return the statistics and rules that compare a column of a kind with the column upstream."""
    return tuple(shift for shift in all_shifts().values() if isinstance(shift, ColumnRelation) and kind in shift.kinds)


@cache
def table_shifts() -> tuple[TableShift, ...]:
    """Return the table statistics, rules excluded."""
    return tuple(s for s in all_shifts().values() if isinstance(s, TableShift) and not isinstance(s, TableRule))


@cache
def table_rules() -> tuple[TableRule, ...]:
    """Return the table rules."""
    return tuple(rule for rule in all_shifts().values() if isinstance(rule, TableRule))
