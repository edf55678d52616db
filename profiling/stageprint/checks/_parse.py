"""Reads the checks that YAML declares; all mistakes are reported together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from stageprint.checks.base import Check, DeclaredCheck, all_checks, find_check
from stageprint.config.problems import Problem, Where, explain, key_path, show
from stageprint.errors import ConfigError, did_you_mean, nearest
from stageprint.model import Severity

_CHECK: Final = "check"
_COLUMN: Final = "column"
_SEVERITY: Final = "severity"
_DEFAULT_SEVERITY: Final = Severity.CRITICAL.value
_SEVERITIES: Final = (Severity.CRITICAL.value, Severity.WARNING.value, Severity.REVIEW.value)


class _ItemError(Exception):
    """One item is wrong; the arguments are `Problem`s with paths relative to the item."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One item in any of its written forms.

    Attributes:
        name: Name of the check.
        name_at: Path of the key that holds the name.
        body: Its parameters: a mapping, a value or list for the main parameter, or None.
        body_at: Path of the parameters.
        severity: The severity beside the check; None if there is none.
    """

    name: str
    name_at: Where
    body: Any
    body_at: Where
    severity: Any = None


def parse_checks(items: Sequence[Any], where: str) -> list[DeclaredCheck]:
    """Return the checks that a table's ``checks:`` declares.

    An item is one of::

        - {check: not_null, column: dep_delay, severity: warning}    # parameters beside the check's name
        - accepted_values: {column: origin, values: [EWR, JFK, LGA]} # or below it
        - not_null: [dep_delay, arr_delay]                           # only columns
        - freshness: 2d                                              # only the check's main parameter
        - key_unique                                                 # no parameters

    `column` may be a list: the check is then declared for each column. `severity` (critical, warning or review;
    default: critical) is the severity of a failure.

    Args:
        items: The items.
        where: Where the items are, for errors: file, line and key.

    Raises:
        ConfigError: An item names no check, has an unknown key or a wrong value, lacks a key, or repeats another item.
            The message has one line for each problem.
    """
    declared, problems = read_checks(items)
    if problems:
        raise ConfigError("\n".join(f"{where}{key_path(one.where)}: {one.text}" for one in problems))
    return [entry for _, entry in declared]


def read_checks(items: Sequence[Any]) -> tuple[list[tuple[int, DeclaredCheck]], list[Problem]]:
    """Return the checks of all readable items, each with its item's position, and the problems of the others.

    The paths of the problems begin with the item's position; see `parse_checks` for what an item is.
    """
    if not isinstance(items, (list, tuple)):
        return [], [Problem((), f"expected a list of checks, got {show(items)}")]
    declared: list[tuple[int, DeclaredCheck]] = []
    problems: list[Problem] = []
    seen: list[tuple[str, str | None, Any]] = []
    for index, item in enumerate(items):
        try:
            found = _parse_item(item)
        except _ItemError as error:
            problems += [problem.below((index,)) for problem in error.args]
            continue
        for entry in found:
            declared.append((index, entry))
            same = (entry.check.name, entry.check.column, entry.check.parameters)
            if same in seen:
                target = "" if entry.check.column is None else f" for column {entry.check.column!r}"
                text = f"{entry.check.name} is declared a second time{target} with the same parameters"
                problems.append(Problem((index,), text))
            seen.append(same)
    return declared, problems


def _parse_item(value: Any) -> list[DeclaredCheck]:
    item = _read(value)
    kind = find_check(item.name)
    if kind is None:
        raise _ItemError(Problem(item.name_at, f"no check {item.name!r}{did_you_mean(item.name, all_checks())}"))
    bare = item.body is not None and not isinstance(item.body, Mapping)
    parameters = _parameters(kind, item)
    problems: list[Problem] = []
    severity = item.severity
    if _SEVERITY in parameters or severity is not None:
        place = item.body_at if _SEVERITY in parameters else ()
        severity = parameters.pop(_SEVERITY, severity)
        if severity not in _SEVERITIES:
            problems.append(Problem((*place, _SEVERITY), _wrong_severity(severity)))
    columns: list[str | None] = [None]
    if kind.level == "column":
        columns, found = _columns(parameters, kind, item.body_at if bare else (*item.body_at, _COLUMN))
        problems += found
    elif _COLUMN in parameters and _COLUMN not in kind.model.model_fields:
        del parameters[_COLUMN]
        problems.append(Problem((*item.body_at, _COLUMN), "unknown key: the check is about the whole table"))
    try:
        model = kind.model.model_validate(parameters)
    except ValidationError as error:
        for problem in explain(error, kind.model, _keys_beside(kind)):
            # A bare value stands for the one parameter, whose key is then not in the file.
            inner = problem.where[1:] if bare and problem.where[:1] == (kind.short,) else problem.where
            where = (*item.body_at, *inner)
            problems.append(Problem(where, problem.text if where else f"{item.name}: {problem.text}"))
    if problems:
        raise _ItemError(*problems)
    return [DeclaredCheck(kind(model, column), Severity(severity or _DEFAULT_SEVERITY)) for column in columns]


def _read(item: Any) -> _Item:
    """Return the parts of an item in any of its written forms."""
    if isinstance(item, str):
        return _Item(item, (), None, ())
    if not isinstance(item, Mapping) or not item or not all(isinstance(key, str) for key in item):
        text = f"expected a check such as `not_null: [a, b]` or `{{check: not_null, column: a}}`, got {show(item)}"
        raise _ItemError(Problem((), text))
    if _CHECK in item:
        name = item[_CHECK]
        if not isinstance(name, str):
            raise _ItemError(Problem((_CHECK,), f"expected the name of a check, got {show(name)}"))
        return _Item(name, (_CHECK,), {key: value for key, value in item.items() if key != _CHECK}, ())
    names = [key for key in item if key != _SEVERITY]
    if len(names) == 1:
        return _Item(names[0], (), item[names[0]], (names[0],), item.get(_SEVERITY))
    known = [key for key in names if key in all_checks()]
    if len(known) == 1:
        others = [key for key in names if key != known[0]]
        text = f"unknown key beside `{known[0]}`; write it below `{known[0]}`, or beside `check: {known[0]}`"
        raise _ItemError(*(Problem((key,), text) for key in others))
    text = f"expected one check, got {show(dict(item))}; write it as `check: NAME` beside its parameters"
    raise _ItemError(Problem((), text))


def _parameters(kind: type[Check[Any]], item: _Item) -> dict[str, Any]:
    """Return an item's parameters by name; a bare value or list is the main parameter."""
    if item.body is None:
        return {}
    if isinstance(item.body, Mapping):
        wrong = [key for key in item.body if not isinstance(key, str)]
        if wrong:
            raise _ItemError(Problem(item.body_at, f"expected keys that are text, got {show(wrong[0])}"))
        return dict(item.body)
    name = _COLUMN if kind.level == "column" else kind.short
    if name is None:
        keys = ", ".join(f"`{key}`" for key in kind.model.model_fields)
        raise _ItemError(Problem(item.body_at, f"expected a mapping of {keys}, got {show(item.body)}"))
    return {name: item.body}


def _columns(
    parameters: dict[str, Any], kind: type[Check[Any]], where: Where
) -> tuple[list[str | None], list[Problem]]:
    """Remove the columns from the parameters and return them with their problems."""
    if parameters.get(_COLUMN) is None:
        parameters.pop(_COLUMN, None)
        misspelt = any(
            nearest(key, [*kind.model.model_fields, *_keys_beside(kind)]) == _COLUMN
            for key in parameters
            if key not in kind.model.model_fields
        )
        text = "required key is missing; expected a column, or a list of columns"
        return [], [] if misspelt else [Problem(where, text)]
    value = parameters.pop(_COLUMN)
    listed = isinstance(value, (list, tuple))
    names = value if listed else [value]
    problems = [
        Problem((*where, index) if listed else where, f"expected a column's name as text, got {show(name)}")
        for index, name in enumerate(names)
        if not isinstance(name, str) or not name
    ]
    if not names:
        problems.append(Problem(where, f"expected a column, or a list of columns, got {show(value)}"))
    return list(names), problems


def _keys_beside(kind: type[Check[Any]]) -> list[str]:
    """Return the keys of an item that are not parameters of the check's model."""
    return [_COLUMN, _SEVERITY] if kind.level == "column" else [_SEVERITY]


def _wrong_severity(value: Any) -> str:
    expected = ", ".join(_SEVERITIES[:-1]) + f" or {_SEVERITIES[-1]}"
    near = nearest(value, _SEVERITIES) if isinstance(value, str) else None
    return f"expected {expected}, got {show(value)}" + (f" – did you mean {near!r}?" if near is not None else "")
