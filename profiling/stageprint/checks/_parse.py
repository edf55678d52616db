"""Checks as YAML declares them → check objects, with every mistake named at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from stageprint.checks.base import Check, DeclaredCheck, all_checks
from stageprint.config.problems import show
from stageprint.errors import ConfigError, did_you_mean
from stageprint.model import Severity

_CHECK: Final = "check"
_COLUMN: Final = "column"
_SEVERITY: Final = "severity"
_SEVERITIES: Final = (Severity.CRITICAL.value, Severity.WARNING.value, Severity.REVIEW.value)

# pydantic's words → those of someone who writes YAML.
_EXPECTED: Final = {
    "string_type": "expected text",
    "string_too_short": "expected text that is not empty",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "too_short": "expected a list with at least one entry",
    "literal_error": "expected {expected}",
    "greater_than_equal": "expected a number of at least {ge:g}",
}


@dataclass(frozen=True, slots=True)
class CheckProblem:
    """One thing wrong with a table's checks.

    Attributes:
        text: What was expected and what came.
        check: The check it is about; None where it is not known.
        key: The key below the item, where that alone is wrong.
        index: Position of the item; None: it is about the list.
    """

    text: str
    check: str | None = None
    key: str | None = None
    index: int | None = None

    def __str__(self) -> str:
        """Return the problem as it follows the place of the list."""
        place = "" if self.index is None else f"[{self.index}]"
        key = "" if self.key is None else f".{self.key}"
        return f"{place}{key}{'' if self.check is None else f' ({self.check})'}: {self.text}"


class _ItemError(Exception):
    """What is wrong with one item, a `CheckProblem` each."""


def parse_checks(items: Sequence[Any], where: str) -> list[DeclaredCheck]:
    """Return the checks that a table's ``checks:`` declares.

    An item is one of::

        - {check: not_null, column: dep_delay, severity: warning}    # parameters beside the check's name
        - accepted_values: {column: origin, values: [EWR, JFK, LGA]} # or under it
        - not_null: [dep_delay, arr_delay]                           # columns alone
        - freshness: 2d                                              # the check's main parameter alone
        - key_unique                                                 # nothing to say

    `column` may be a list: the check is declared for each. `severity` (critical, warning or review; critical) says how
    loud a failure is.

    Args:
        items: The items.
        where: What is checked, for errors: file, line and key.

    Raises:
        ConfigError: An item names no check, an unknown key or a wrong value, lacks a key, or repeats another item; the
            message has a line for each.
    """
    declared, problems = read_checks(items)
    if problems:
        raise ConfigError("\n".join(f"{where}{problem}" for problem in problems))
    return declared


def read_checks(items: Sequence[Any]) -> tuple[list[DeclaredCheck], list[CheckProblem]]:
    """Return the checks that `parse_checks` would, as far as they can be read, and what is wrong with the others."""
    if not isinstance(items, (list, tuple)):
        return [], [CheckProblem(f"expected a list of checks, got {show(items)}")]
    declared: list[DeclaredCheck] = []
    problems: list[CheckProblem] = []
    seen: list[tuple[str, str | None, Any]] = []
    repeated: list[CheckProblem] = []
    for index, item in enumerate(items):
        try:
            found = _parse_item(item)
        except _ItemError as error:
            problems += [replace(problem, index=index) for problem in error.args]
            continue
        declared += found
        for entry in found:
            same = (entry.check.name, entry.check.column, entry.check.parameters)
            if same in seen:
                target = "" if entry.check.column is None else f" for column {entry.check.column!r}"
                text = f"{entry.check.name} is declared twice{target} with the same parameters"
                repeated.append(CheckProblem(text))
            seen.append(same)
    return declared, problems + repeated


def named_tables(items: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Yield (position of the item, table) of every other table that a well-formed check looks at."""
    for index, item in enumerate(items):
        yield from (
            (index, name) for name in dict.fromkeys(n for entry in _parse_item(item) for n in entry.check.tables)
        )


def _parse_item(item: Any) -> list[DeclaredCheck]:
    name, body, severity = _read(item)
    kind = all_checks().get(name)
    if kind is None:
        raise _ItemError(CheckProblem(f"no check {name!r}{did_you_mean(name, all_checks())}"))
    parameters = dict(_mapping(kind, body))
    severity = parameters.pop(_SEVERITY, severity)
    problems = [] if severity in _SEVERITIES else [CheckProblem(_wrong_severity(severity), name)]
    columns: list[str | None] = [None]
    if kind.level == "column":
        columns, found = _columns(parameters.pop(_COLUMN, None))
        problems += [CheckProblem(text, name) for text in found]
    try:
        model = kind.model.model_validate(parameters)
    except ValidationError as error:
        problems += [CheckProblem(line, name) for line in _explain(error, kind)]
        raise _ItemError(*problems) from None
    if problems:
        raise _ItemError(*problems)
    return [DeclaredCheck(kind(model, column), Severity(severity)) for column in columns]


def _read(item: Any) -> tuple[str, Any, Any]:
    """Return an item's check, what is said under or beside it, and the severity beside it."""
    if isinstance(item, str):
        return item, None, Severity.CRITICAL.value
    if not isinstance(item, Mapping) or not item or not all(isinstance(key, str) for key in item):
        text = f"expected a check such as `not_null: [a, b]` or `{{check: not_null, column: a}}`, got {show(item)}"
        raise _ItemError(CheckProblem(text))
    if _CHECK in item:
        name = item[_CHECK]
        if not isinstance(name, str):
            raise _ItemError(CheckProblem(f"expected the name of a check, got {show(name)}", key=_CHECK))
        return name, {key: value for key, value in item.items() if key != _CHECK}, Severity.CRITICAL.value
    names = [key for key in item if key != _SEVERITY]
    if len(names) == 1:
        return names[0], item[names[0]], item.get(_SEVERITY, Severity.CRITICAL.value)
    known = [key for key in names if key in all_checks()]
    if len(known) == 1:
        others = ", ".join(f"`{key}`" for key in names if key != known[0])
        text = f"unknown key {others} beside it; parameters go under it, or beside `check: {known[0]}`"
        raise _ItemError(CheckProblem(text, known[0]))
    text = f"expected one check, got {show(dict(item))}; write it as `check: NAME` beside its parameters"
    raise _ItemError(CheckProblem(text))


def _mapping(kind: type[Check[Any]], body: Any) -> Mapping[str, Any]:
    """Return an item's parameters, those of a bare value or list by their name."""
    if body is None:
        return {}
    if isinstance(body, Mapping):
        strange = [key for key in body if not isinstance(key, str)]
        if strange:
            raise _ItemError(CheckProblem(f"expected keys that are text, got {show(strange[0])}", kind.name))
        return body
    name = _COLUMN if kind.level == "column" else kind.short
    if name is None:
        keys = ", ".join(f"`{key}`" for key in kind.model.model_fields)
        raise _ItemError(CheckProblem(f"expected a mapping of {keys}, got {show(body)}", kind.name))
    return {name: body}


def _columns(value: Any) -> tuple[list[str | None], list[str]]:
    names = value if isinstance(value, (list, tuple)) else [value]
    if value is None or not names:
        return [], [f"`{_COLUMN}`: required key is missing; expected a column, or a list of columns"]
    wrong = [name for name in names if not isinstance(name, str) or not name]
    if wrong:
        return [], [f"`{_COLUMN}`: expected a column's name as text, got {show(wrong[0])}"]
    return list(names), []


def _wrong_severity(value: Any) -> str:
    expected = ", ".join(_SEVERITIES[:-1]) + f" or {_SEVERITIES[-1]}"
    hint = did_you_mean(value, _SEVERITIES) if isinstance(value, str) else ""
    return f"`{_SEVERITY}`: expected {expected}, got {show(value)}{hint}"


def _explain(error: ValidationError, kind: type[Check[Any]]) -> Iterator[str]:
    """Yield a line for each problem pydantic found: the key, what was expected and what came."""
    known = [*kind.model.model_fields, *([_COLUMN] if kind.level == "column" else []), _SEVERITY]
    found = error.errors()
    places = [problem["loc"] for problem in found]
    for problem in found:
        place = problem["loc"]
        key = _dotted(place)
        code, context, got = problem["type"], problem.get("ctx", {}), problem["input"]
        if code == "too_short" and any(other[: len(place)] == place and other != place for other in places):
            continue  # pydantic drops entries with errors of their own, and then finds the list too short
        if code == "extra_forbidden":
            hint = did_you_mean(key, known)
            column = key == _COLUMN and kind.level == "table"
            yield f"unknown key `{key}`" + ("; it is about the whole table" if column else hint)
        elif code == "missing":
            yield f"`{key}`: required key is missing"
        elif code == "value_error":
            text = str(context["error"])
            yield (
                f"`{key}`: {text}, got {show(got)}"
                if key and ", got " not in text
                else f"{f'`{key}`: ' * bool(key)}{text}"
            )
        else:
            message = problem["msg"]
            expected = _EXPECTED[code].format(**context) if code in _EXPECTED else message[0].lower() + message[1:]
            yield f"`{key}`: {expected}, got {show(got)}"


def _dotted(loc: Sequence[int | str]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
