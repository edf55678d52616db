"""Patterns for the stages of a draft: folders and schemas all of whose tables were found in one place."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from stageprint.config.patterns import STAR, TablePattern
from stageprint.pipeline.draft.model import DraftPattern, TableFound

_MIN_TABLES: Final = 2
"""Tables that make a folder one of tables."""

_PLACES: Final = (("path", "/"), ("table", "."))
"""Keys of sources that patterns can stand for, and what separates the parts of their values."""


def patterns_of(stage: str, found: Sequence[TableFound]) -> list[DraftPattern]:
    """Return the patterns that match several tables of a stage, each under its name, and no other table that was found.

    Args:
        stage: The stage.
        found: The tables of all stages.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for table in found:
        if table.stage == stage:
            for one in _patterns(table):
                groups[json.dumps(one)].append(table.name)
    made = []
    taken: set[str] = set()
    for text, names in sorted(groups.items(), key=lambda item: -len(item[1])):
        source: dict[str, Any] = json.loads(text)
        if len(names) >= _MIN_TABLES and not taken & set(names) and not _reaches(source, stage, names, found):
            made.append(DraftPattern(source, tuple(sorted(names))))
            taken |= set(names)
    return made


def _patterns(table: TableFound) -> Iterator[dict[str, Any]]:
    """Yield the sources with a ``*`` for the table's name that call the table as it is called."""
    for key, separator in _PLACES:
        parts = str(table.source[key]).split(separator) if table.source.get(key) else []
        for at, part in enumerate(parts):
            for start in (found.start() for found in re.finditer(re.escape(table.name), part)):
                with_star = part[:start] + STAR + part[start + len(table.name) :]
                source = {**table.source, key: separator.join([*parts[:at], with_star, *parts[at + 1 :]])}
                if _is_called(source, table.name):
                    yield source


def _is_called(source: Mapping[str, Any], name: str) -> bool:
    try:
        return TablePattern.model_validate(dict(source)).name(name) == name
    except ValidationError:
        return False


def _reaches(source: Mapping[str, Any], stage: str, names: Sequence[str], found: Sequence[TableFound]) -> bool:
    """Tell whether a pattern matches a table that is not one of these, or a folder with such a table in it."""
    key, separator = next((key, separator) for key, separator in _PLACES if key in source)
    outside = "[^" + re.escape(separator) + "]*"
    before, _, after = str(source[key]).partition(STAR)
    pattern = re.compile(f"{re.escape(before)}{outside}{re.escape(after)}({re.escape(separator)}.*)?")
    others = (one for one in found if one.stage != stage or one.name not in names)
    return any(pattern.fullmatch(str(one.source.get(key, ""))) for one in others)
