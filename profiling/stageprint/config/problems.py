"""What is wrong with a configuration, in sentences: the key, what was expected and what was found.

The one place that turns pydantic's errors into sentences: models, loader and declared checks all use it.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from stageprint.errors import did_you_mean, nearest
from stageprint.redact import HIDDEN, is_secret_name, redacted

Where = tuple[Hashable, ...]
"""Path of keys and list positions, such as ``("stages", 0, "name")``."""

_PROBLEMS: Final = "stageprint_problems"
_MAX_SHOWN_CHARACTERS: Final = 60
_MAX_KEYS_LISTED: Final = 6
_MODEL_TYPES: Final = {"model_type", "model_attributes_type"}
_LIST_TYPES: Final = {"tuple_type", "list_type"}
_PLAIN_TEXT: Final = re.compile(r"[\w.<>= -]{1,60}")

# pydantic's error types in the words of someone who writes YAML. `{...}` are filled from the error's own context.
_EXPECTED: Final = {
    "string_type": "expected text",
    "string_too_short": "expected text that is not empty",
    "string_pattern_mismatch": "expected a name without blanks, dots, colons, slashes or braces",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected a mapping",
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
    """One thing that is wrong with a configuration.

    Attributes:
        where: Path of the key, relative to the model or list that was checked.
        text: What was expected and what was found.
    """

    where: Where
    text: str

    def below(self, where: Where) -> Problem:
        """Return the same problem with its path continued upwards by `where`."""
        return Problem((*where, *self.where), self.text)

    def __str__(self) -> str:
        """Return the key's path and the text."""
        key = key_path(self.where)
        return f"{key}: {self.text}" if key else self.text


def fail(problems: Sequence[Problem]) -> NoReturn:
    """Report problems from inside a model's validator, each at its own key.

    Raises:
        PydanticCustomError: Always; `explain` takes the problems out again.
    """
    raise PydanticCustomError(
        _PROBLEMS, "{text}", {"text": "; ".join(problem.text for problem in problems), "problems": list(problems)}
    )


def explain(error: ValidationError, model: type[BaseModel], also_known: Sequence[str] = ()) -> list[Problem]:
    """Return the problems that pydantic found.

    Args:
        error: What pydantic found.
        model: The model that was validated.
        also_known: Keys beside those of `model` that may be given at the top, for "did you mean".
    """
    return list(_problems(error, model, also_known))


def duplicates(what: str, key: str, names: Sequence[str]) -> list[Problem]:
    """Return a problem for each name in a list of mappings that stands there before."""
    return [
        Problem((key, index, "name"), f"expected each {what} name once, got {name!r} a second time")
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def show(value: object) -> str:
    """Return a wrong value as a message shows it: with its type, quoted, without credentials, not too long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = redacted(repr(value))
    short = text if len(text) <= _MAX_SHOWN_CHARACTERS else f"{text[: _MAX_SHOWN_CHARACTERS - 1]}…"
    if isinstance(value, Mapping):
        return f"a mapping ({short})"
    return f"a list ({short})" if isinstance(value, (list, tuple)) else short


def key_path(where: Where) -> str:
    """Return a path as a message shows it, such as ``stages[0].tables[1].source``."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _problems(error: ValidationError, model: type[BaseModel], also_known: Sequence[str]) -> Iterator[Problem]:
    errors = error.errors()
    places = [tuple(problem["loc"]) for problem in errors]

    def known(place: Where) -> list[str]:
        return [*_fields(model, place[:-1]), *(also_known if len(place) == 1 else ())]

    misspelt = {
        (*place[:-1], nearest(str(place[-1]), known(place)))
        for place, problem in zip(places, errors, strict=True)
        if problem["type"] == "extra_forbidden"
    }
    for place, problem in zip(places, errors, strict=True):
        kind, context = problem["type"], problem.get("ctx", {})
        if kind == _PROBLEMS:
            yield from (inner.below(place) for inner in context["problems"])
        elif kind == "too_short" and any(other[: len(place)] == place and other != place for other in places):
            # pydantic drops entries with errors of their own and then finds the list too short.
            continue
        elif kind == "missing":
            if place not in misspelt:
                described = _described(model, place)
                yield Problem(place, f"required key is missing{f'; expected {described}' if described else ''}")
        elif kind == "extra_forbidden":
            yield Problem(place, _unknown(model, place, known(place)))
        elif kind == "value_error":
            yield Problem(place, _refused(str(context["error"]), place, problem["input"]))
        elif kind in _MODEL_TYPES:
            yield Problem(place, f"expected {_mapping_of(model, place)}, got {show(problem['input'])}")
        else:
            # `keys` is no secret, `options.password` is.
            is_secret = place and str(place[-1]) not in known(place) and is_secret_name(str(place[-1]))
            got = HIDDEN if is_secret else problem["input"]
            yield Problem(place, _wrong(kind, problem["msg"], context, got))


def _wrong(kind: str, text: str, context: Mapping[str, Any], got: object) -> str:
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else f"{text[0].lower()}{text[1:]}"
    return f"{expected}, got {show(got)}{_hint(kind, context, got)}"


def _hint(kind: str, context: Mapping[str, Any], got: object) -> str:
    """Return how to mend a wrong value where that can be said, as the end of a sentence."""
    if kind in {"literal_error", "enum"} and isinstance(got, str):
        near = nearest(got, context["expected"].split("'")[1::2])
        return f" – did you mean {near!r}?" if near is not None else ""
    if kind == "string_type" and isinstance(got, bool):
        return "; put it in quotes: YAML reads on, off, yes and no as true or false"
    if kind == "string_type" and not isinstance(got, (Mapping, list, type(None))):
        return "; put it in quotes"
    if kind in _LIST_TYPES and isinstance(got, Mapping):
        return "; begin each entry with `- `"
    if kind in _LIST_TYPES and isinstance(got, str) and _PLAIN_TEXT.fullmatch(got):
        return f"; write [{got}]"
    return ""


def _mapping_of(model: type[BaseModel], place: Where) -> str:
    """Return what a mapping should hold, in words."""
    described = _described(model, place)
    fields = _fields(model, place)
    if described.startswith("a mapping"):
        return described
    short = 0 < len(fields) <= _MAX_KEYS_LISTED
    return f"a mapping with {', '.join(f'`{key}`' for key in fields)}" if short else "a mapping"


def _refused(text: str, place: Where, got: object) -> str:
    """Return a validator's own message, with the value it refused if the message does not show it."""
    return text if not place or ", got " in text else f"{text}, got {show(got)}"


def _unknown(model: type[BaseModel], place: Where, known: Sequence[str]) -> str:
    name = str(place[-1])
    if nearest(name, known) is None:
        for parent in known:
            if name in _fields(model, (*place[:-1], parent)):
                return f"unknown key here – it belongs under `{parent}`"
    return f"unknown key{did_you_mean(name, known)}"


def _described(model: type[BaseModel], place: Where) -> str:
    parent = _model_at(model, place[:-1])
    field = parent.model_fields.get(str(place[-1])) if parent is not None else None
    return (field.description if field is not None else None) or ""


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
