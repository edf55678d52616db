"""Turns what pydantic and YAML say of a configuration into lines with file, line, key, expected and got."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from stageprint.errors import ConfigError, did_you_mean

Where = tuple[Hashable, ...]
"""Path of keys and list positions from the top of the file."""

_PROBLEMS = "stageprint_problems"
_SHOWN = 60
"""Characters of a wrong value that a message repeats."""

# pydantic's error types, in the words of someone who writes YAML. `{...}` are the error's own context.
_EXPECTED = {
    "string_type": "expected text",
    "string_too_short": "expected text that is not empty",
    "string_pattern_mismatch": "expected a name without blanks, dots, colons, slashes or braces",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "too_short": "expected a list with at least one entry",
    "literal_error": "expected {expected}",
    "enum": "expected {expected}",
    "greater_than": "expected a number greater than {gt:g}",
    "greater_than_equal": "expected a number of at least {ge:g}",
    "less_than": "expected a number less than {lt:g}",
    "less_than_equal": "expected a number of at most {le:g}",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a configuration.

    Attributes:
        where: Its key, relative to the model that found it.
        text: What was expected and what came.
    """

    where: Where
    text: str


def fail(problems: Sequence[Problem]) -> NoReturn:
    """Report `problems` from inside a model's validator, each at its own key."""
    raise PydanticCustomError(
        _PROBLEMS, "{text}", {"text": "; ".join(problem.text for problem in problems), "problems": list(problems)}
    )


def read_yaml(text: str, file: str) -> tuple[dict[str, Any], dict[Where, int]]:
    """Parse YAML text into its mapping and the line of every key and list entry.

    Raises:
        ConfigError: Not YAML, no mapping, a key given twice, or a key that is no plain text.
    """
    lines: dict[Where, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(node, yaml.MappingNode):
            message = f"{file}:1: expected a mapping with `pipeline`, `store` and `stages`, got " + (
                "nothing: the file is empty" if node is None else show(yaml.safe_load(text))
            )
            raise ConfigError(message)
        _note_lines(node, (), lines, file, frozenset())
        content: dict[str, Any] = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        message = f"{file}:{mark.line + 1 if mark is not None else 1}: not valid YAML: {what}"
        raise ConfigError(message) from error
    except (yaml.YAMLError, ValueError) as error:
        # A reader's error spans two lines; a date such as 2013-02-30 is a ValueError without a line.
        message = f"{file}: not valid YAML: {str(error).splitlines()[0]}"
        raise ConfigError(message) from error
    return content, lines


def explain(error: ValidationError, model: type[BaseModel], lines: Mapping[Where, int], file: str) -> str:
    """Return a line for each problem of a validation: ``file:line: key: what was expected and what came``.

    Args:
        error: What pydantic found.
        model: The model of the whole file.
        lines: Line of each key.
        file: Name of the file, as shown.
    """
    found = list(_problems(error, model))
    # Positions inside the file first, so that the lines read from top to bottom.
    located = sorted((_line(problem.where, lines), index) for index, problem in enumerate(found))
    return "\n".join(_format(found[index], line, file) for line, index in located)


def show(value: object) -> str:
    """Return a wrong value as a message shows it: typed, quoted and cut to a readable length."""
    if value is None:
        return "nothing"
    text = repr(value)
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    if isinstance(value, Mapping):
        return f"a mapping ({short})"
    return f"a list ({short})" if isinstance(value, (list, tuple)) else short


def _note_lines(node: yaml.Node, where: Where, lines: dict[Where, int], file: str, above: frozenset[int]) -> None:
    line = node.start_mark.line + 1
    lines.setdefault(where, line)
    if id(node) in above:
        message = f"{file}:{line}: {_dotted(where)}: an alias (*) refers to the mapping or list it stands in"
        raise ConfigError(message)
    inside = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here_line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                problem = Problem(where, "expected a key that is plain text, got a list or mapping")
                raise ConfigError(_format(problem, here_line, file))
            here = (*where, key.value)
            if here in lines and key.value != "<<":
                message = f"{file}:{here_line}: {_dotted(here)}: key given twice (first on line {lines[here]})"
                raise ConfigError(message)
            lines[here] = here_line
            _note_lines(value, here, lines, file, inside)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*where, index), lines, file, inside)


def _problems(error: ValidationError, model: type[BaseModel]) -> Iterator[Problem]:
    errors = error.errors()
    places = [tuple(problem["loc"]) for problem in errors]
    misspelt = {
        (*place[:-1], near)
        for place, problem in zip(places, errors, strict=True)
        if problem["type"] == "extra_forbidden"
        for near in _nearest(str(place[-1]), _fields(model, place[:-1]))
    }
    for place, problem in zip(places, errors, strict=True):
        kind, context = problem["type"], problem.get("ctx", {})
        if kind == _PROBLEMS:
            for inner in context["problems"]:
                yield Problem((*place, *inner.where), inner.text)
        elif kind == "too_short" and any(other[: len(place)] == place and other != place for other in places):
            # pydantic drops entries with errors of their own and then finds the list too short.
            continue
        elif kind == "missing":
            if place not in misspelt:
                yield Problem(place, f"required key is missing; expected {_described(model, place)}")
        elif kind == "extra_forbidden":
            yield Problem(place, _unknown(model, place))
        else:
            yield Problem(place, _wrong(kind, problem["msg"], context, problem["input"]))


def _wrong(kind: str, text: str, context: Mapping[str, Any], got: object) -> str:
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else f"{text[0].lower()}{text[1:]}"
    what = f"{expected}, got {show(got)}"
    if kind in {"literal_error", "enum"} and isinstance(got, str):
        what += next((f" – did you mean {near!r}?" for near in _nearest(got, context["expected"].split("'")[1::2])), "")
    elif kind == "string_type" and not isinstance(got, (Mapping, list, type(None))):
        what += "; put it in quotes"
    return what


def _unknown(model: type[BaseModel], place: Where) -> str:
    name = str(place[-1])
    known = _fields(model, place[:-1])
    if not _nearest(name, known):
        for parent in known:
            if name in _fields(model, (*place[:-1], parent)):
                return f"unknown key here – it belongs under `{parent}`"
    return f"unknown key{did_you_mean(name, known)}"


def _nearest(name: str, known: Sequence[str]) -> list[str]:
    hint = did_you_mean(name, known)
    return [option for option in known if hint == f" – did you mean {option!r}?"]


def _described(model: type[BaseModel], place: Where) -> str:
    parent = _model_at(model, place[:-1])
    field = parent.model_fields.get(str(place[-1])) if parent is not None else None
    return (field.description if field is not None else None) or "a value"


def _fields(model: type[BaseModel], place: Where) -> list[str]:
    found = _model_at(model, place)
    return list(found.model_fields) if found is not None else []


def _model_at(model: type[BaseModel], place: Where) -> type[BaseModel] | None:
    found: type[BaseModel] | None = model
    for part in place:
        if isinstance(part, int):
            continue
        field = found.model_fields.get(str(part)) if found is not None else None
        found = _model_of(field.annotation) if field is not None else None
    return found


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_of(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model is not None), None)


def _line(where: Where, lines: Mapping[Where, int]) -> int:
    near = where
    while near and near not in lines:
        near = near[:-1]
    return lines.get(near, 1)


def _format(problem: Problem, line: int, file: str) -> str:
    key = _dotted(problem.where)
    return f"{file}:{line}: {key}: {problem.text}" if key else f"{file}:{line}: {problem.text}"


def _dotted(where: Where) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
