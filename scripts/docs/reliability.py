"""The page ``docs/reliability.md``: what the tests of faults have seen, a section for each file of their results.

A file is a JSON object: ``place`` (sections are in this order), ``title``, ``text`` and ``faults``, a list of objects
with the keys of `tests.support.reliability.Seen`, or of `tests.support.reliability.write_searched`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).resolve().parents[2] / "docs" / "reliability"

_HEAD: Final = """\
# Reliability

<!-- Written by `make docs` from docs/reliability/*.json, which the tests of faults write (`make reliability`);
     edit neither this page nor the figures. -->

When something around `stageprint` goes wrong, you should get a message and lose no data. Each row of this page is a
test that really causes the fault, checks what the commands print and how they exit, removes the fault and runs the
command again. Then it counts the rows in the store: those that are missing (*lost*) and those that are there more than
once (*duplicated*); – means that there is no store to count in. `make test-e2e` runs all of these tests except the
random kills (`make kill-test`). They fail if they see anything other than what this page says.

{totals}

A message says what failed, on which file or table, the root reason and, after a semicolon, what to do. `…` stands for
a folder. Exit statuses: 0 done, 1 findings, 2 the store or the configuration cannot be used, 3 some table could not be
read and the others are done, 4 nothing can be said about a run.

"""

_COLUMNS: Final = ("fault", "tries", "rows lost", "rows duplicated", "meanwhile", "message")
_SEARCHED: Final = ("fault", "tries", "searched bytes", "values found")
"""Columns of the section about planted values, which counts no rows; its faults are those of other sections."""


def reliability_page(folder: Path = RESULTS) -> str:
    """Return ``docs/reliability.md``."""
    stored = (json.loads(path.read_text("utf-8")) for path in folder.glob("*.json"))
    # Of a section whose tests have not kept anything yet, there is nothing to say.
    sections = sorted((section for section in stored if section["faults"]), key=_place)
    rows = [row for section in sections for row in section["faults"] if _COUNTED[1] in row]
    figures = [f"{sum(row[name] or 0 for row in rows):,} {name.replace('_', ' ')}" for name in _COUNTED]
    totals = f"**{len(rows)} faults, {figures[0]}: {figures[1]}, {figures[2]}.**"
    return _HEAD.format(totals=totals) + "\n".join(map(_section, sections))


_COUNTED: Final = ("tries", "rows_lost", "rows_duplicated")


def _place(section: Mapping[str, Any]) -> int:
    place: int = section["place"]
    return place


def _section(section: Mapping[str, Any]) -> str:
    lines = [f"## {section['title']}", "", section["text"], ""]
    rows: Sequence[Mapping[str, Any]] = section["faults"]
    said = {row.get("meanwhile") for row in rows} - {None}
    shared = len(said) == 1 and len(rows) > 1
    if shared:
        lines += [f"Meanwhile: {said.pop()}.", ""]
    counts = _COUNTED[1] in rows[0]
    columns = [name for name in (_COLUMNS if counts else _SEARCHED) if not (shared and name == "meanwhile")]
    lines += [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    for row in rows:
        lines.append(f"| {' | '.join(_cell(row[name.replace(' ', '_')]) for name in columns)} |")
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value).replace("|", "\\|").replace("<", "&lt;")
