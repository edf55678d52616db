"""Writes a draft as YAML with its evidence as comments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

import yaml

from stageprint.pipeline.draft.model import Concluded, DraftPattern, DraftStage, DraftTable

_LINE_CHARACTERS: Final = 110

_ROOM: Final = 0.9
"""Share of today's coverage of a foreign key below which a check fails."""

_FROM: Final = re.compile(r"^# Drafted from: (.+?)\s*$", re.MULTILINE)

HEAD: Final = """\
# A draft by `stageprint init`; the comments say what was found, and why. Correct what is wrong; docs/configuration.md
# explains every key. If you run `stageprint init` again, it adds new tables and changes nothing else. A table that you
# comment out stays out unless a pattern (`match`) brings it back: then add it to the pattern's `exclude`.
# Drafted from: {where}
"""


def drafted_from(text: str) -> str | None:
    """Return what a file says that it was drafted from; None: it does not say."""
    found = _FROM.search(text)
    return None if found is None else found[1]


def whole_file(where: str, pipeline: str, store: str, stages: Sequence[DraftStage]) -> str:
    """Return a configuration file."""
    lines = [
        f"pipeline: {scalar(pipeline)}",
        f"store: {scalar(store)}            # where results go: a path, or catalog.schema",
    ]
    lines.append("stages:")
    for stage in stages:
        lines += ["", *stage_lines(stage, 2)] if stage is not stages[0] else stage_lines(stage, 2)
    return HEAD.replace("{where}", where) + "\n".join(lines) + "\n"


def stage_lines(stage: DraftStage, indent: int) -> list[str]:
    """Return a stage as an entry of ``stages``.

    Args:
        stage: The stage.
        indent: Column of the hyphen.
    """
    lines = [f"- name: {scalar(stage.name)}"]
    if stage.upstream:
        for name, why in stage.upstream.items():
            lines += _comment(f"{name}: {why}", 2)
        lines.append(f"  upstream: {flow(list(stage.upstream))}")
    if stage.role is not None:
        lines.append(f"  role: {stage.role}            # from the stage's name")
    lines += _patterns(stage.patterns)
    lines.append("  tables:")
    for table in stage.tables:
        lines += table_lines(table, 4)
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def table_lines(table: DraftTable, indent: int) -> list[str]:
    """Return a table as an entry of ``tables``.

    Args:
        table: The table.
        indent: Column of the hyphen.
    """
    found = table.found
    lines = [*_comment(_headline(table), 0), f"- name: {scalar(found.name)}", f"  source: {flow(dict(found.source))}"]
    lines += _concluded("keys", table.keys)
    if table.keys is None and (table.rows or 0) > 1:
        lines += _comment("no key was found: neither one column nor a few columns together identify every row", 2)
    lines += _concluded("event_time", table.event_time)
    lines += _mapping("references", table.references)
    lines += _mapping("derived_from", table.derived)
    lines += _roles(table.roles)
    lines += _coverage(table)
    return [f"{' ' * indent}{line}".rstrip() for line in lines]


def _patterns(patterns: Sequence[DraftPattern]) -> Iterator[str]:
    if not patterns:
        return
    yield from _comment(
        "New tables that match join automatically; `exclude: [name]` keeps one out. Tables that are listed "
        "below use their own entry.",
        2,
    )
    yield "  match:"
    for one in patterns:
        yield from _comment(f"now: {', '.join(one.names)}", 4)
        yield f"    - {flow(dict(one.source))}"


def scalar(value: str) -> str:
    """Return a text as YAML writes it, in quotes where it needs them."""
    return flow(value)


def flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
    return text.removesuffix("\n").removesuffix("\n...")


def _headline(table: DraftTable) -> str:
    found = table.found
    if table.problem is not None:
        return f"not looked at: {table.problem}"
    said = []
    if found.runs:
        ends = found.runs[0] if len(found.runs) == 1 else f"{found.runs[0]} to {found.runs[-1]}"
        said.append(f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}, {ends}")
    if table.rows is not None:
        where = f" in {found.runs[-1]}" if found.runs else ""
        rows = f"{table.rows:,} row{'' if table.rows == 1 else 's'}{where}"
        said.append(rows if table.complete else f"{rows} were looked at")
    return "; ".join([*said, *found.notes]) or "described, not read"


def _concluded(key: str, found: Concluded | None) -> Iterator[str]:
    if found is None:
        return
    value = list(found.value) if isinstance(found.value, tuple) else found.value
    yield from _comment(found.evidence, 2)
    yield f"  {key}: {flow(value)}"


def _mapping(key: str, found: Mapping[str, Concluded]) -> Iterator[str]:
    if not found:
        return
    for one in found.values():
        yield from _comment(one.evidence, 2)
    yield f"  {key}: {flow({column: one.value for column, one in found.items()})}"


def _roles(roles: Mapping[str, Concluded]) -> Iterator[str]:
    """Yield what may be a model's columns as comments: a wrong one would be compared all the same."""
    for role, one in roles.items():
        yield from _comment(f"perhaps: {one.evidence}", 2)
        yield f"  # {role}: {flow(one.value)}"


def _coverage(table: DraftTable) -> Iterator[str]:
    """Yield checks of foreign keys that are not complete: without one, every value is expected to be there."""
    some = {column: one for column, one in table.references.items() if one.share is not None}
    if not some:
        return
    yield from _comment("without this check, the reference would expect every value to be there", 2)
    yield "  checks:"
    for column, one in some.items():
        least = math.floor(_ROOM * (one.share or 0.0) * 100) / 100
        item = {"check": "key_coverage", "key": column, "references": one.value, "min_share": least}
        yield f"    - {flow({**item, 'severity': 'warning'})}"


def _comment(text: str, indent: int) -> list[str]:
    plain = " ".join(text.split())
    return [f"{' ' * indent}# {line}" for line in wrap(plain, _LINE_CHARACTERS, break_long_words=False)]
